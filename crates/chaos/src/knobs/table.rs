//! Every knob there is, as clap knows it. `--help`, `GET /actuator/knobs` and docs/knobs.md say the
//! same of each.

use std::{error::Error as _, fmt::Write as _, sync::LazyLock};

use clap::{ArgMatches, Args as _, Command, FromArgMatches as _};

use super::{KnobArgs, with_presets};
use crate::did_you_mean;

/// What each is called in the API; its setting is the same in capitals.
pub const NAMES: &[&str] = &[
    "profile",
    "startup-delay",
    "startup-mode",
    "startup-cpu",
    "warmup",
    "warmup-factor",
    "cpu-per-request",
    "cpu-per-row",
    "cpu-on-workers",
    "memory-base",
    "memory-per-request",
    "leak-per-request",
    "latency",
];

pub(crate) const MEMORY_BASE: &str = "memory-base";

/// What there is to know of a knob.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) setting: String,
    pub(crate) about: String,
    pub(crate) default: String,
    /// With `PROFILE=jvm`.
    jvm: String,
}

/// All of them, in the order in which they are listed.
pub(crate) static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let command = command();
    let raw =
        |words: &[&str]| command.clone().try_get_matches_from(words).expect("presets are right");
    let (plain, jvm) = (raw(&[]), raw(&["--profile=jvm"]));
    let kinds = NAMES.iter().map(|name| {
        let id = name.replace('-', "_");
        let arg = command.get_arguments().find(|it| it.get_id() == id.as_str());
        let about = arg.and_then(|it| it.get_long_help().or(it.get_help()));
        let about = about.map(ToString::to_string).unwrap_or_default();
        let (default, jvm) = (written(&plain, &id), written(&jvm, &id));
        Kind { name, setting: id.to_uppercase(), about, default, jvm }
    });
    kinds.collect()
});

impl Kind {
    /// The knob of this name, or of its setting's.
    pub(crate) fn named(name: &str) -> Result<&'static Self, String> {
        let meant = name.to_lowercase().replace('_', "-");
        KINDS.iter().find(|kind| kind.name == meant).ok_or_else(|| unknown(name, &meant))
    }

    /// Whether it matters only while a process starts.
    pub(crate) fn is_of_start(&self) -> bool {
        self.name.starts_with("startup-") || self.name == "profile"
    }
}

fn unknown(name: &str, meant: &str) -> String {
    let guess = did_you_mean(meant, NAMES);
    format!("there is no knob `{name}`; {guess}there are {}", NAMES.join(", "))
}

/// Reads all knobs as they are written, in the order of [`NAMES`]; the error says what is possible.
pub(crate) fn read(written: &[String]) -> Result<KnobArgs, String> {
    let words = NAMES.iter().zip(written).map(|(name, text)| format!("--{name}={text}"));
    let matches = command().try_get_matches_from(words).map_err(|error| told(&error))?;
    KnobArgs::from_arg_matches(&matches).map_err(|error| told(&error))
}

/// What clap says of a value, without the words of a command line.
fn told(error: &clap::Error) -> String {
    if let Some(reason) = error.source().map(ToString::to_string) {
        // In clap's words of `BoolishValueParser`, which do not say what can be written.
        let is_boolean = reason == "value was not a boolean";
        return if is_boolean { "write on or off".to_owned() } else { reason };
    }
    let text = error.to_string();
    let lines = text.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with("For "));
    let lines: Vec<&str> = lines.collect();
    lines.join(" ").trim_start_matches("error: ").to_owned()
}

/// A command line of knobs alone, which sees no environment.
fn command() -> Command {
    let command = KnobArgs::augment_args(Command::new("knobs").no_binary_name(true));
    with_presets(command).mut_args(|it| it.env(None::<&str>))
}

fn written(matches: &ArgMatches, id: &str) -> String {
    let values = matches.get_raw(id).into_iter().flatten();
    values.map(|it| it.to_string_lossy().into_owned()).collect()
}

/// All of them as a table in Markdown, for docs/knobs.md.
pub fn markdown() -> String {
    let mut table = "| setting | what it does | `plain` | `jvm` |\n|---|---|---|---|\n".to_owned();
    for kind in KINDS.iter().filter(|it| it.name != "profile") {
        let jvm = if kind.jvm == kind.default { String::new() } else { format!("`{}`", kind.jvm) };
        let (setting, about) = (&kind.setting, kind.about.replace('|', "\\|"));
        let _ = writeln!(table, "| `{setting}` | {about} | `{}` | {jvm} |", kind.default);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_the_command_line_has_its_name_here() {
        let command = command();
        let known = command.get_arguments().map(|it| it.get_long().unwrap_or_default());
        assert_eq!(known.collect::<Vec<_>>(), NAMES);
        assert!(KINDS.iter().all(|kind| kind.about.len() > 20 && !kind.default.is_empty()));
    }

    #[test]
    fn a_knob_is_found_by_either_name_and_a_slip_gets_a_guess() {
        let by_setting = Kind::named("CPU_PER_REQUEST").expect("it is there");
        assert_eq!(by_setting.name, "cpu-per-request");
        let refused = Kind::named("cpu-per-requests").expect_err("a slip");
        assert!(refused.contains("did you mean cpu-per-request?"), "{refused}");
    }

    #[test]
    fn a_preset_gives_way_to_what_is_set() {
        let words = ["--profile=jvm", "--startup-delay=1s"];
        let matches = command().try_get_matches_from(words).expect("they are right");
        assert_eq!(written(&matches, "startup_delay"), "1s");
        assert_eq!(written(&matches, "startup_cpu"), "4s");
    }

    #[test]
    fn a_wrong_value_says_what_is_possible() {
        let mut texts: Vec<String> = KINDS.iter().map(|it| it.default.clone()).collect();
        read(&texts).expect("defaults are right");
        for (at, wrong, possible) in [
            (4, "2h", "at most 1h"),
            (5, "0.5", "from 1 to 100"),
            (6, "3", "3ms"),
            (8, "perhaps", "off"),
            (9, "much", "64MiB"),
            (12, "fast", "p50"),
        ] {
            let right = std::mem::replace(&mut texts[at], wrong.to_owned());
            let refused = read(&texts).expect_err(wrong);
            assert!(refused.contains(possible), "{wrong}: {refused}");
            texts[at] = right;
        }
    }
}
