//! Every setting says what it is, has a unit, and hides its secret.

use clap::{Arg, Command};

use super::{command, is_duration};

/// Every option that takes a value, with its name, its help, and the command that it is of.
fn settings() -> Vec<(String, String, String, Arg)> {
    let of = |command: &Command| {
        let options = command.get_opts().filter(|it| it.get_action().takes_values());
        let described = options.map(|it| {
            let name = it.get_env().unwrap_or_default().to_string_lossy().into_owned();
            let help = it.get_long_help().or(it.get_help()).map(ToString::to_string);
            (command.get_name().to_owned(), name, help.unwrap_or_default(), it.clone())
        });
        described.collect::<Vec<_>>()
    };
    let all: Vec<_> = command().get_subcommands().flat_map(of).collect();
    assert!(all.len() > 50, "only {} settings were found", all.len());
    all
}

fn says(text: &str, words: &[&str]) -> bool {
    words.iter().any(|it| text.contains(it))
}

#[test]
fn every_setting_has_help_and_a_variable() {
    for (of, name, help, argument) in settings() {
        assert!(!name.is_empty(), "{of} {argument:?} has no environment variable");
        assert!(help.len() > 20, "{of}: {name} says too little of itself: {help:?}");
    }
}

#[test]
fn every_time_and_every_size_has_a_unit() {
    let times = ["TIMEOUT", "DELAY", "WAIT", "BACKOFF", "INTERVAL", "TTL", "_MS", "_SECONDS"];
    for (of, name, help, argument) in settings() {
        if says(&name, &times) {
            assert!(is_duration(&argument), "{of}: {name} takes no unit: make it a duration");
        }
        if says(&name, &["BYTES", "SIZE", "MEMORY"]) {
            assert!(says(&help, &["bytes", "KiB", "MiB"]), "{of}: {name} names no unit: {help}");
        }
    }
}

#[test]
fn secrets_are_hidden_and_have_files_of_their_own() {
    let all = settings();
    for (of, name, _, argument) in &all {
        if says(name, &["DATABASE_URL", "PASSWORD", "SECRET", "TOKEN"]) {
            assert!(argument.is_hide_env_values_set(), "{of}: {name} would be shown");
        }
        let file = crate::environment::file_variable(name);
        assert!(all.iter().all(|(_, it, ..)| *it != file), "{of}: {file} has two meanings");
    }
}
