//! Understanding what a person wants: the command line, the environment, and files of secrets.

use std::{collections::BTreeMap, ffi::OsString, process::ExitCode};

use clap::{
    Arg, ArgMatches, Command, FromArgMatches as _,
    error::{ContextKind, ContextValue, ErrorKind},
    parser::ValueSource,
};
use runtime::Settings;
use storage::DatabaseUrl;

use crate::{
    cli::{self, Chosen, Cli},
    environment::{Environment, name, value_in},
};

/// What a person wants.
pub(crate) struct Wanted {
    pub(crate) chosen: Chosen,
    pub(crate) settings: Settings,
    /// A line for each variable of the environment that looks like a slip.
    pub(crate) slips: Vec<String>,
    /// A line for each that the platform has set.
    pub(crate) ignored: Vec<String>,
}

/// Where values came from that are not on the command line, by the settings' names.
type Sources = BTreeMap<String, String>;

/// Understands it, or says what is wrong with it in one line.
pub(crate) fn read() -> Result<Wanted, ExitCode> {
    let (known, environment, mut words) = (cli::command(), Environment::read(), words());
    let explain = |error: clap::Error, sources: &Sources| explain(&error, &known, sources);

    // What the command line says is not looked for elsewhere. Whether all of it is right is asked
    // below, when it is complete: a setting may need another one that is in a file.
    let given = known.clone().ignore_errors(true).try_get_matches_from(&words);
    let given = given.map_err(|error| explain(error, &Sources::new()))?;
    let (command, given) = innermost(&known, &given);
    let (sources, options) =
        from_elsewhere(command, given, &environment).map_err(|told| refuse(&told))?;
    let end = words.iter().position(|it| it == "--").unwrap_or(words.len());
    words.splice(end..end, options);

    let matches = blind(known.clone()).try_get_matches_from(words);
    let matches = matches.map_err(|error| explain(error, &sources))?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| explain(error, &sources))?;
    let (command, matches) = innermost(&known, &matches);
    let settings = Settings::read(command, matches, &sources, shown);
    let ignored = environment.ignored(&names(command));
    Ok(Wanted {
        chosen: cli.chosen,
        settings,
        slips: environment.slips(&all_names(&known)),
        ignored,
    })
}

/// The command, blind to variables: those that count are options by then.
fn blind(command: Command) -> Command {
    command.mut_args(|it| it.env(None::<&str>)).mut_subcommands(blind)
}

/// The command line, made complete: `cargo run` and `cargo run -- --base-port 9080` mean the
/// fleet, and so do `bulsajo config` and `bulsajo config --json`.
fn words() -> Vec<OsString> {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    let is = |at: usize, word: &str| words.get(at).is_some_and(|it| it == word);
    let at = match (is(1, "config"), is(2, "--json")) {
        (true, true) => 3,
        (true, false) => 2,
        _ => 1,
    };
    let first = words.get(at).map_or("--fleet".into(), |it| it.to_string_lossy());
    let global = ["--help", "-h", "--version", "-V"].contains(&&*first);
    if first.starts_with('-') && !global {
        words.insert(at, "fleet".into());
    }
    words
}

/// The command that was chosen: `order`, also of `config order`.
fn innermost<'a>(
    mut command: &'a Command,
    mut matches: &'a ArgMatches,
) -> (&'a Command, &'a ArgMatches) {
    while let Some((name, inner)) = matches.subcommand()
        && let Some(found) = command.find_subcommand(name)
    {
        (command, matches) = (found, inner);
    }
    (command, matches)
}

/// The values of variables, and of the files to which `NAME_FILE` points, as options of the command
/// line.
fn from_elsewhere(
    command: &Command,
    given: &ArgMatches,
    environment: &Environment,
) -> Result<(Sources, Vec<OsString>), String> {
    let (mut sources, mut options) = (Sources::new(), Vec::new());
    for argument in command.get_arguments() {
        let (Some(name), Some(long)) = (name(argument), argument.get_long()) else { continue };
        let file = environment.file_of(&name)?;
        if given.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine) {
            continue;
        }
        let (value, source) = match (file, environment.value_of(&name)) {
            (Some(file), _) => {
                let value = value_in(&file, &name, argument.is_hide_env_values_set())?;
                (value.into(), format!("file {}", file.display()))
            }
            (None, Some(value)) => (value.clone(), "environment".to_owned()),
            (None, None) => continue,
        };
        let mut option = OsString::from(format!("--{long}="));
        option.push(value);
        options.push(option);
        sources.insert(name, source);
    }
    Ok((sources, options))
}

/// The name of every setting of every command.
fn all_names(command: &Command) -> Vec<String> {
    let inner = command.get_subcommands().flat_map(all_names);
    names(command).into_iter().chain(inner).collect()
}

/// The name of every setting of this command.
fn names(command: &Command) -> Vec<String> {
    command.get_arguments().filter_map(name).collect()
}

/// What may be shown of a secret.
fn shown(argument: &Arg, value: &str) -> String {
    match argument.get_id().as_str() {
        "database_url" => DatabaseUrl::shown(value),
        _ => "(hidden)".to_owned(),
    }
}

/// What may be shown of a word that is wrong although no secret should be there: it may be one.
fn without_secrets(word: &str, kind: ContextKind) -> String {
    match (word.rfind('@'), word.split_once('=')) {
        (Some(_), _) if word.contains("://") => DatabaseUrl::shown(word),
        (Some(at), _) => format!("…{}", &word[at..]),
        // The value of a setting is told with its name; here is a setting where none can be.
        (None, Some((name, _))) if kind != ContextKind::InvalidValue => format!("{name}=…"),
        (None, _) => word.to_owned(),
    }
}

/// Help is printed as it is; a mistake becomes one line, and exit code 2.
fn explain(error: &clap::Error, known: &Command, sources: &Sources) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let (mut text, mut origin) = (error.to_string(), String::new());
    let argument = wrong(error, known);
    let secret = argument.filter(|it| it.is_hide_env_values_set());
    for kind in [ContextKind::InvalidValue, ContextKind::InvalidArg, ContextKind::InvalidSubcommand]
    {
        if let Some(ContextValue::String(word)) = error.get(kind) {
            let shown = match secret.filter(|_| kind == ContextKind::InvalidValue) {
                Some(argument) => shown(argument, word),
                None => without_secrets(word, kind),
            };
            text = text.replace(&format!("'{word}'"), &format!("'{shown}'"));
        }
    }
    if let Some(source) = argument.and_then(name).and_then(|name| sources.get(&name))
        && source.starts_with("file ")
    {
        origin = format!(", in the {source}");
    }
    let told = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let told: Vec<&str> =
        told.filter(|line| !line.is_empty() && !line.starts_with("For more")).collect();
    refuse(&format!("{}{origin}; see --help", told.join(" ").trim_start_matches("error: ")))
}

/// The setting that is wrong.
fn wrong<'a>(error: &clap::Error, command: &'a Command) -> Option<&'a Arg> {
    let Some(ContextValue::String(wrong)) = error.get(ContextKind::InvalidArg) else { return None };
    let option = wrong.split(' ').next()?.strip_prefix("--");
    let here = command.get_arguments().find(|it| option.is_some() && it.get_long() == option);
    here.or_else(|| command.get_subcommands().find_map(|it| self::wrong(error, it)))
}

fn refuse(told: &str) -> ExitCode {
    eprintln!("bulsajo: {}", runtime::escape(told));
    ExitCode::from(2)
}
