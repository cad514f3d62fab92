//! The settings in force, as `GET /actuator/info` shows them: without secrets.

use clap::{ArgMatches, Command, parser::ValueSource};
use serde::Serialize;

/// One setting: its value, and where that came from.
#[derive(Debug, Clone, Serialize)]
pub struct Setting {
    pub name: String,
    pub value: String,
    pub source: &'static str,
}

/// Every setting of the process.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Settings(pub Vec<Setting>);

impl Settings {
    /// Reads what is in force out of what clap understood.
    pub fn read(command: &Command, matches: &ArgMatches) -> Self {
        let settings = command.get_arguments().filter_map(|argument| {
            let id = argument.get_id().as_str();
            let name = argument.get_env()?.to_string_lossy().into_owned();
            let values = matches.try_get_raw(id).ok().flatten();
            let shown = values.map(|all| all.map(|it| it.to_string_lossy()).collect::<Vec<_>>());
            let value = match shown {
                Some(_) if argument.is_hide_env_values_set() => "(hidden)".to_owned(),
                Some(values) => values.join(","),
                None => String::new(),
            };
            let source = match matches.value_source(id) {
                Some(ValueSource::CommandLine) => "command line",
                Some(ValueSource::EnvVariable) => "environment",
                _ => "default",
            };
            Some(Setting { name, value, source })
        });
        Self(settings.collect())
    }
}
