//! The environment: which variables are set, which name files, which look like slips.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::Arg;

/// The variables that are set, without what is around their values. One that is set to nothing
/// counts as not set: Compose and Kubernetes make such variables out of values that nobody gave.
pub(crate) struct Environment {
    set: BTreeMap<String, OsString>,
    /// The Services whose links these are, by the variables' names: nobody has set them.
    links: BTreeMap<String, String>,
}

/// How far a name may be from a setting's to be taken for a slip. Three would take `PAYMENT_PORT`,
/// which Kubernetes sets by itself, for `PAYMENT_URL`.
const FARTHEST: usize = 2;

impl Environment {
    #[expect(clippy::disallowed_methods, reason = "the one place that looks for undeclared names")]
    pub(crate) fn read() -> Self {
        let named =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Self::of(named)
    }

    fn of(variables: impl IntoIterator<Item = (String, OsString)>) -> Self {
        let (mut set, mut links) = (BTreeMap::new(), BTreeMap::new());
        for (name, value) in variables {
            let value = value.to_str().map_or(value.clone(), |text| meant(text).into());
            if let Some(service) = value.to_str().and_then(|value| linked(&name, value)) {
                links.insert(name, service);
            } else if !value.is_empty() {
                set.insert(name, value);
            }
        }
        Self { set, links }
    }

    /// The value of a setting.
    pub(crate) fn value_of(&self, setting: &str) -> Option<&OsString> {
        self.set.get(setting)
    }

    /// A line for each of these settings that the platform has set and nobody else.
    pub(crate) fn ignored(&self, settings: &[String]) -> Vec<String> {
        let ours = self.links.iter().filter(|(name, _)| settings.contains(name));
        ours.map(|(name, service)| {
            format!(
                "{name} is ignored: it is the address of the Service {service}, and set by \
                 Kubernetes; rename the Service, or set enableServiceLinks to false in the pod"
            )
        })
        .collect()
    }

    /// The file that `NAME_FILE` gives for a setting called NAME.
    pub(crate) fn file_of(&self, setting: &str) -> Result<Option<PathBuf>, String> {
        let variable = file_variable(setting);
        match self.set.get(&variable) {
            Some(_) if self.set.contains_key(setting) => {
                Err(format!("both {setting} and {variable} are set; unset one of them"))
            }
            path => Ok(path.map(PathBuf::from)),
        }
    }

    /// A line for each variable that is no setting, but nearly.
    pub(crate) fn slips(&self, settings: &[String]) -> Vec<String> {
        let known: Vec<String> =
            settings.iter().flat_map(|it| [it.clone(), file_variable(it)]).collect();
        let unknown = self.set.keys().filter(|it| !known.contains(it));
        unknown
            .filter_map(|it| {
                let meant = nearest(it, &known)?;
                Some(format!("{it} is not a setting; did you mean {meant}?"))
            })
            .collect()
    }
}

/// What is meant by a value: it, without the blanks, line ends and marks around it that editors,
/// `echo` and Secrets add, and without a pair of quotes around all of it, which `docker run
/// --env-file` leaves there.
pub(crate) fn meant(text: &str) -> &str {
    let is_around = |it: char| {
        let invisible = matches!(it, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
        it.is_whitespace() || it.is_control() || invisible
    };
    let text = text.trim_matches(is_around);
    let quoted = |quote| text.strip_prefix(quote).and_then(|it| it.strip_suffix(quote));
    let inner =
        ['"', '\''].into_iter().find_map(|it| quoted(it).filter(|in_it| !in_it.contains(it)));
    inner.map_or(text, |inner| inner.trim_matches(is_around))
}

/// The Service of which this variable is a link, `MANAGEMENT_PORT=tcp://10.0.0.1:80` of the Service
/// `management`. Kubernetes gives every pod those of all Services of its namespace, and Docker those
/// of linked containers. No setting of ours takes such a value.
fn linked(name: &str, value: &str) -> Option<String> {
    let address = ["tcp://", "udp://", "sctp://"].iter().find_map(|it| value.strip_prefix(it))?;
    let is_address = address.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let (service, rest) = name.rsplit_once("_PORT")?;
    let is_link = rest.is_empty() || rest.starts_with('_');
    let is_one = is_address && is_link && !service.is_empty();
    is_one.then(|| service.to_lowercase().replace('_', "-"))
}

/// The value in a file. `secret` is a value that is not to be shown: it may stand where the file's
/// name should be.
pub(crate) fn value_in(file: &Path, setting: &str, secret: bool) -> Result<String, String> {
    let variable = file_variable(setting);
    let shown = if secret && !is_like_a_path(setting, file) {
        "(hidden, as it is not like a path)".to_owned()
    } else {
        file.display().to_string()
    };
    let text = std::fs::read_to_string(file).map_err(|error| {
        format!("{variable}: {shown} cannot be read ({error}); mount it, or unset {variable}")
    })?;
    match meant(&text) {
        "" => Err(format!("{variable}: {shown} is empty; write the value of {setting} into it")),
        value => Ok(value.to_owned()),
    }
}

/// Whether this is hardly a value that was given instead of a file that has it. A URL has a colon;
/// a token can be any word.
fn is_like_a_path(setting: &str, file: &Path) -> bool {
    let text = file.to_string_lossy();
    let is_word = setting != "DATABASE_URL" && !text.contains('/');
    !is_word && !text.contains([':', '=', ';', '@'])
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_around_a_value_is_not_meant() {
        for (text, value) in [
            ("sqlite:./data\n", "sqlite:./data"),
            ("\u{feff}sqlite:./data\r\n\r\n", "sqlite:./data"),
            (" \t\u{a0}8081\u{200b} ", "8081"),
            ("\"sqlite:./my data\"\n", "sqlite:./my data"),
            ("'5s'", "5s"),
            ("\" 5s \"", "5s"),
            ("\"\"", ""),
            ("\"", "\""),
            ("\"a\" and \"b\"", "\"a\" and \"b\""),
            ("a=\"b\"", "a=\"b\""),
            ("one\ntwo\n", "one\ntwo"),
        ] {
            assert_eq!(meant(text), value, "{text:?}");
        }
    }

    #[test]
    fn links_of_services_are_told_from_settings() {
        for (name, value, service) in [
            ("MANAGEMENT_PORT", "tcp://10.96.0.7:80", Some("management")),
            ("GRPC_HEALTH_PORT", "tcp://[fd00::7]:9999", Some("grpc-health")),
            ("BASE_PORT", "udp://10.96.0.7:53", Some("base")),
            ("BASE_PORT_80_TCP", "tcp://10.96.0.7:80", Some("base")),
            ("MANAGEMENT_PORT", "9090", None),
            ("MANAGEMENT_PORT", "tcp://management", None),
            ("KAFKA_BROKERS", "tcp://10.96.0.7:9092", None),
            ("PORT", "tcp://10.96.0.7:80", None),
        ] {
            assert_eq!(linked(name, value).as_deref(), service, "{name}={value}");
        }
    }
}
