//! docs/knobs.md says what the settings in the code say.
//!
//! `UPDATE_DOCS=1 cargo test -p bulsajo --test knobs docs` writes its table anew.

use std::fs;

const BEGIN: &str = "<!-- knobs: written by a test from crates/chaos/src/knobs/args.rs -->\n";
const END: &str = "<!-- /knobs -->";

#[test]
fn the_page_about_knobs_has_the_table_of_the_code() {
    let file = testkit::workspace().join("docs/knobs.md");
    let page = fs::read_to_string(&file).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("where the table begins");
    let (table, after) = rest.split_once(END).expect("where the table ends");
    let said = chaos::knobs::markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, format!("{before}{BEGIN}{said}{END}{after}")).unwrap();
        return;
    }
    assert!(
        table == said,
        "docs/knobs.md is not what the code says; \
         UPDATE_DOCS=1 cargo test -p bulsajo --test knobs docs writes it anew"
    );
}
