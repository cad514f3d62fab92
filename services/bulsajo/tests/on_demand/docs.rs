//! docs/faults.md says what the table in the code says.
//!
//! `UPDATE_DOCS=1 cargo test -p bulsajo --test on_demand docs` writes its table anew.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use crate::BINARY;

const BEGIN: &str = "<!-- faults: written by a test from crates/faults/src/catalogue.rs -->\n";
const END: &str = "<!-- /faults -->";

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/faults.md")
}

/// Each setting and its default, by the name.
type Settings = BTreeMap<String, String>;

/// What `--help` says in its group about faults.
fn settings_of_help() -> Settings {
    let ran = Command::new(BINARY).args(["order", "--help"]).env_clear().output().unwrap();
    let help = String::from_utf8(ran.stdout).unwrap();
    let (_, group) = help.split_once("\nFaults:\n").expect("the group");
    let lines = group.lines().take_while(|line| line.is_empty() || line.starts_with(' '));
    let group: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    let group = format!(" {}", group.join(" "));
    let told = |text: &str, begin: &str| {
        let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("{begin} in {text}"));
        rest[..rest.find(['=', ']']).expect("an end")].trim().to_owned()
    };
    let options = group.split(" --").skip(1);
    options.map(|option| (told(option, "[env:"), told(option, "[default:"))).collect()
}

/// What the page's table of settings says.
fn settings_of(page: &str) -> Settings {
    let rows = page.lines().skip_while(|line| !line.starts_with("| setting |"));
    let rows = rows.skip(2).take_while(|line| line.starts_with('|'));
    let told = rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        (cells[1].to_owned(), cells[cells.len() - 2].to_owned())
    });
    told.collect()
}

#[test]
fn the_page_about_faults_and_help_name_the_same_settings_with_the_same_defaults() {
    let page = fs::read_to_string(file()).unwrap();
    let (said, helped) = (settings_of(&page), settings_of_help());
    assert!(helped.contains_key("FAULTS_TOKEN") && helped.len() > 5, "{helped:?}");
    assert_eq!(said, helped, "docs/faults.md on the left, --help on the right");
}

#[test]
fn the_page_about_faults_has_the_table_of_the_code() {
    let file = file();
    let page = fs::read_to_string(&file).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("where the table begins");
    let (table, after) = rest.split_once(END).expect("where the table ends");
    let said = faults::table();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, format!("{before}{BEGIN}{said}{END}{after}")).unwrap();
        return;
    }
    assert!(
        table == said,
        "docs/faults.md is not what the code says; \
         UPDATE_DOCS=1 cargo test -p bulsajo --test on_demand docs writes it anew"
    );
}
