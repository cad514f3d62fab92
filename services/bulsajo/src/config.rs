//! `bulsajo config`: the settings in force, and where each came from.

use std::{fmt::Write as _, process::ExitCode};

use runtime::Settings;

use crate::cli::Config;

/// Shows them on standard output, and what looks like a slip on standard error.
#[expect(clippy::print_stdout, reason = "this is the program's answer, not a log line")]
pub(crate) fn show(config: &Config, settings: &Settings, slips: &[String]) -> ExitCode {
    if config.json {
        let json = serde_json::to_string_pretty(settings).expect("text is always JSON");
        println!("{json}");
    } else {
        print!("{}", table(settings));
    }
    for slip in slips {
        eprintln!("warning: {slip}");
    }
    ExitCode::SUCCESS
}

fn table(settings: &Settings) -> String {
    let rows = settings.0.iter().map(|it| [&*it.name, &*it.value, &*it.source]);
    let rows: Vec<_> = [["NAME", "VALUE", "SOURCE"]].into_iter().chain(rows).collect();
    let widest = |column: usize| rows.iter().map(|it| it[column].chars().count()).max();
    let (names, values) = (widest(0).unwrap_or_default(), widest(1).unwrap_or_default());
    let mut text = String::new();
    for [name, value, source] in &rows {
        let _ = writeln!(text, "{name:<names$}  {value:<values$}  {source}");
    }
    text
}
