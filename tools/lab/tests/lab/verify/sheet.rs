//! The labs as they are written, and commands that cannot be carried out.

use std::{collections::BTreeSet, fs, path::PathBuf};

use super::Sheet;
use testkit::workspace;

use crate::person::{Run, lab};

fn labs(language: &str) -> PathBuf {
    workspace().join("labs").join(language)
}

fn names(language: &str) -> BTreeSet<String> {
    let files = fs::read_dir(labs(language)).expect("labs in this language");
    let names = files.map(|it| it.expect("an entry").file_name().to_string_lossy().into_owned());
    names.filter(|it| it != "README.md").collect()
}

/// Their text is translated; what is typed and seen is one source, labs/en.
#[test]
fn both_languages_have_the_same_labs_with_the_same_blocks() {
    assert_eq!(names("en"), names("ko"));
    for name in names("en") {
        let (from, to) = (labs("en").join(&name), labs("ko").join(&name));
        let run = Run::of(lab("blocks").arg("--check").args([from, to]));
        assert_eq!(run.code, Some(0), "{}", run.complained);
    }
}

/// Lab 06 shows both, and only one of them is run.
#[test]
fn a_mesh_is_told_what_envoy_is_told() {
    let read = |file: &str| {
        let path = labs("manifests/06-circuit-breakers").join(file);
        fs::read_to_string(path).expect("a manifest of lab 06")
    };
    let said = |text: &str, field: &str| {
        let said =
            text.lines().find_map(|line| line.trim_start_matches(['-', ' ']).strip_prefix(field));
        said.unwrap_or_else(|| panic!("there is no {field}")).to_owned()
    };
    let (istio, envoy) = (read("destination-rules.yaml"), read("envoy.yaml"));
    for (one, other) in [
        ("consecutive5xxErrors:", "consecutive_5xx:"),
        ("interval:", "interval:"),
        ("baseEjectionTime:", "base_ejection_time:"),
        ("maxEjectionPercent:", "max_ejection_percent:"),
        ("maxConnections:", "max_connections:"),
        ("http1MaxPendingRequests:", "max_pending_requests:"),
        ("simple:", "lb_policy:"),
    ] {
        assert_eq!(said(&istio, one), said(&envoy, other), "{one}");
    }
}

#[test]
fn what_is_not_understood_ends_with_2_before_anything_is_done() {
    let run = Sheet::new("```sh\ntouch done\n```\n```sh until=soon\nls\n```\n").verify(&[]);
    run.complains(2, "sheet.md:4: `until=soon`: a time such as 90s or 2m");
    let run = Sheet::plain("```sh\ntouch done\n```\n").verify(&["--namespace", "mine"]);
    run.complains(2, "the worksheet needs no cluster: leave --namespace out");
    let run = Run::of(lab("verify").arg("no-such-lab.md"));
    run.complains(2, "no-such-lab.md cannot be read: No such file");
    run.complains(2, "you are not in the repository's folder: there is no labs/en here");
    for (name, told) in [
        (
            "03",
            "03 cannot be read: No such file or directory (os error 2); there is labs/en/03-zero-downtime.md\n",
        ),
        ("labs/ko/03-zero-downtme.md", "; there is labs/ko/03-zero-downtime.md\n"),
        ("no-such-lab.md", "; `ls labs/en` shows the labs\n"),
    ] {
        Run::of(lab("verify").arg(name).current_dir(workspace())).complains(2, told);
    }
    let old = Sheet::new("");
    // 가 in CP949.
    fs::write(&old.path, b"# \xb0\xa1\n").expect("it can be written");
    old.verify(&[]).complains(2, "may be CP949: iconv -f cp949 -t utf-8");
    // As `>` of Windows PowerShell writes it.
    let wide = "\u{feff}# A\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    fs::write(&old.path, wide).expect("it can be written");
    old.verify(&[]).complains(2, "it is text in UTF-16");
    Run::of(lab("blocks").args([&old.path, &old.path])).complains(2, "it is text in UTF-16");
    let grade = ["--namespaces", "student-*"];
    Run::of(lab("grade").arg(&old.path).args(grade)).complains(2, "it is text in UTF-16");
    let run = Sheet::new("```sh\ntouch done\n```\n```output\n{80..10}\n```\n").verify(&[]);
    run.complains(2, "sheet.md:5: `{80..10}`: no number is in it");
}

/// Editors on Windows put it there.
#[test]
fn a_mark_at_the_begin_of_a_worksheet_hides_nothing_of_it() {
    let text = "\u{feff}---\ncluster: none\n---\n# A\n\n```sh\necho a\n```\n\n```output\nb\n```\n";
    let run = Sheet::new(text).verify(&[]);
    run.ends_with(1);
    let right = Sheet::new(&text.replace("\nb\n", "\na\n")).verify(&[]);
    right.ends_with(0);
    let copy = Sheet::new("# 가\n```sh\nls\n```\n```output\nc\n```\n");
    let from = Sheet::new(text);
    Run::of(lab("blocks").args([&from.path, &copy.path])).ends_with(0);
    let copied = fs::read_to_string(&copy.path).expect("text");
    assert_eq!(copied, "# 가\n```sh\necho a\n```\n```output\nb\n```\n");
}

#[test]
fn blocks_are_copied_into_a_translation() {
    let (from, to) = (Sheet::new("# A\n```sh\nls\n```\n"), Sheet::new("# 가\n```sh\npwd\n```\n"));
    let blocks = |check: &[&str]| Run::of(lab("blocks").args(check).args([&from.path, &to.path]));
    blocks(&["--check"]).complains(1, "a block is not that of");
    assert_eq!(blocks(&[]).code, Some(0));
    assert_eq!(blocks(&["--check"]).code, Some(0));
    assert_eq!(fs::read_to_string(&to.path).expect("text"), "# 가\n```sh\nls\n```\n");
}
