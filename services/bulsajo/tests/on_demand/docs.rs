//! docs/faults.md says what the table in the code says.
//!
//! `UPDATE_DOCS=1 cargo test -p bulsajo --test on_demand docs` writes its table anew.

use std::{fs, path::PathBuf};

const BEGIN: &str = "<!-- faults: written by a test from crates/faults/src/catalogue.rs -->\n";
const END: &str = "<!-- /faults -->";

#[test]
fn the_page_about_faults_has_the_table_of_the_code() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/faults.md");
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
