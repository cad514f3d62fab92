//! Pages of docs/ say what the tables in the code say.
//!
//! `UPDATE_DOCS=1 cargo test -p bulsajo --test on_demand docs` writes their tables anew.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use crate::BINARY;

fn file(page: &str) -> PathBuf {
    testkit::workspace().join("docs").join(page)
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
    let page = fs::read_to_string(file("faults.md")).unwrap();
    let (said, helped) = (settings_of(&page), settings_of_help());
    assert!(helped.contains_key("FAULTS_TOKEN") && helped.len() > 5, "{helped:?}");
    assert_eq!(said, helped, "docs/faults.md on the left, --help on the right");
}

/// Compares the table between `<!-- name: … -->` and `<!-- /name -->` of a page, or writes it.
fn has(page: &str, name: &str, said: &str) {
    let file = file(page);
    let text = fs::read_to_string(&file).unwrap();
    let begin = text.find(&format!("<!-- {name}: written by a test from ")).expect("a beginning");
    let begin = begin + text[begin..].find('\n').expect("a line") + 1;
    let end = text.find(&format!("<!-- /{name} -->")).expect("an end");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, format!("{}{said}{}", &text[..begin], &text[end..])).unwrap();
        return;
    }
    assert!(
        text[begin..end] == *said,
        "docs/{page} is not what the code says; \
         UPDATE_DOCS=1 cargo test -p bulsajo --test on_demand docs writes it anew"
    );
}

#[test]
fn the_page_about_faults_has_the_table_of_the_code() {
    has("faults.md", "faults", &chaos::faults::table());
}

#[test]
fn the_page_about_guards_has_the_tables_of_the_code() {
    // One page: two tests would write it at the same time.
    has("guards.md", "guards", &participant::Guards::table());
    has("guards.md", "bugs", &participant::CompatBugs::table());
}
