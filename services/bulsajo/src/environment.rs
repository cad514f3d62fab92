//! The environment: which variables are set, which name files, which look like slips.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{Arg, Command};

/// The variables that are set. One that is set to nothing counts as not set: Compose and Kubernetes
/// make such variables out of values that nobody gave.
pub(crate) struct Environment(BTreeMap<String, OsString>);

/// How far a name may be from a setting's to be taken for a slip. Three would take `PAYMENT_PORT`,
/// which Kubernetes sets by itself, for `PAYMENT_URL`.
const FARTHEST: usize = 2;

impl Environment {
    #[expect(clippy::disallowed_methods, reason = "the one place that looks for undeclared names")]
    pub(crate) fn read() -> Self {
        let set = std::env::vars_os().filter(|(_, value)| !value.is_empty());
        Self(set.filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect())
    }

    /// The command, blind to variables that are set to nothing.
    pub(crate) fn seen_by(&self, command: Command) -> Command {
        command
            .mut_args(|it| {
                let set = name(&it).is_some_and(|name| self.0.contains_key(&name));
                if set { it } else { it.env(None::<&str>) }
            })
            .mut_subcommands(|it| self.seen_by(it))
    }

    /// The file that `NAME_FILE` gives for a setting called NAME.
    pub(crate) fn file_of(&self, setting: &str) -> Result<Option<PathBuf>, String> {
        let variable = file_variable(setting);
        match self.0.get(&variable) {
            Some(_) if self.0.contains_key(setting) => {
                Err(format!("both {setting} and {variable} are set; unset one of them"))
            }
            path => Ok(path.map(PathBuf::from)),
        }
    }

    /// A line for each variable that is no setting, but nearly.
    pub(crate) fn slips(&self, settings: &[String]) -> Vec<String> {
        let known: Vec<String> =
            settings.iter().flat_map(|it| [it.clone(), file_variable(it)]).collect();
        let unknown = self.0.keys().filter(|it| !known.contains(it));
        unknown
            .filter_map(|it| {
                let meant = nearest(it, &known)?;
                Some(format!("{it} is not a setting; did you mean {meant}?"))
            })
            .collect()
    }
}

/// The value in a secret's file: all but the end of its last line.
pub(crate) fn value_in(file: &Path, setting: &str) -> Result<String, String> {
    let (variable, shown) = (file_variable(setting), file.display());
    let text = std::fs::read_to_string(file).map_err(|error| {
        format!("{variable}: {shown} cannot be read ({error}); mount it, or unset {variable}")
    })?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(format!("{variable}: {shown} is empty; write the value of {setting} into it")),
        value => Ok(value.to_owned()),
    }
}

/// The variable of a setting.
pub(crate) fn name(argument: &Arg) -> Option<String> {
    Some(argument.get_env()?.to_string_lossy().into_owned())
}

pub(crate) fn file_variable(setting: &str) -> String {
    format!("{setting}_FILE")
}

fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a String> {
    let name = name.to_uppercase();
    let distances = known.iter().map(|it| (strsim::damerau_levenshtein(&name, it), it));
    let (distance, meant) = distances.min()?;
    // A quarter of a short name: `PATH` is not `PORT`.
    (distance <= FARTHEST.min(name.len() / 4)).then_some(meant)
}
