//! Pages of docs/ say what the tables in the code say.
//!
//! `UPDATE_DOCS=1 cargo test -p bulsajo --test on_demand docs` writes their tables anew.

use std::{fs, path::PathBuf};

/// Compares the table between `<!-- name: … -->` and `<!-- /name -->` of a page, or writes it.
fn has(page: &str, name: &str, said: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
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
    has("faults.md", "faults", &faults::table());
}

#[test]
fn the_page_about_guards_has_the_tables_of_the_code() {
    // One page: two tests would write it at the same time.
    has("guards.md", "guards", &messaging::Guards::table());
    has("guards.md", "bugs", &participant::CompatBugs::table());
}
