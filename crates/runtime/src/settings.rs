//! The settings in force, as `GET /actuator/info` and `bulsajo config` show them.

use std::collections::BTreeMap;

use clap::{Arg, ArgMatches, Command, parser::ValueSource};
use serde::Serialize;

/// One setting: its value, and where that came from.
#[derive(Debug, Clone, Serialize)]
pub struct Setting {
    pub name: String,
    pub value: String,
    pub source: String,
}

/// Every setting of the process.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Settings(pub Vec<Setting>);

impl Settings {
    /// Reads what is in force out of what clap understood. `sources` says where values came from
    /// that were not on the command line, by the settings' names; `shown` says what may be seen of
    /// a secret.
    pub fn read(
        command: &Command,
        matches: &ArgMatches,
        sources: &BTreeMap<String, String>,
        shown: impl Fn(&Arg, &str) -> String,
    ) -> Self {
        let settings = command.get_arguments().filter_map(|argument| {
            let id = argument.get_id().as_str();
            let name = argument.get_env()?.to_string_lossy().into_owned();
            let values = matches.try_get_raw(id).ok().flatten().into_iter().flatten();
            let values: Vec<_> = values.map(|it| it.to_string_lossy()).collect();
            let value = match values.join(",") {
                text if !text.is_empty() && argument.is_hide_env_values_set() => {
                    shown(argument, &text)
                }
                text => text,
            };
            let source = match (sources.get(&name), matches.value_source(id)) {
                (Some(source), _) => source.clone(),
                (None, Some(ValueSource::CommandLine)) => "command line".to_owned(),
                _ => preset(argument, matches).unwrap_or_else(|| "default".to_owned()),
            };
            Some(Setting { name, value, source })
        });
        Self(settings.collect())
    }
}

/// Which profile gave this value, if it is another than the default.
fn preset(argument: &Arg, matches: &ArgMatches) -> Option<String> {
    let mut value = matches.try_get_raw(argument.get_id().as_str()).ok()??;
    let default = argument.get_default_values().first()?;
    let profile = matches.try_get_raw("profile").ok()??.next()?;
    (value.next() != Some(default.as_os_str()))
        .then(|| format!("profile {}", profile.to_string_lossy()))
}
