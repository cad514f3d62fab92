//! `lab migrate`, as a person starts it.

mod cluster;
mod commands;
mod letters;
mod objects;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use testkit::workspace;

use crate::person::lab;

/// Old worksheets, in our own words, and what they are to become.
fn before() -> Vec<PathBuf> {
    let folder = workspace().join("tools/lab/tests/lab/migrate/before");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder").map(|it| it.expect("an entry").path()).collect();
    files.sort();
    assert!(files.len() > 10, "{files:?}");
    files
}

fn after(before: &Path) -> PathBuf {
    let name = before.file_name().expect("a name");
    before.parent().and_then(Path::parent).expect("a folder").join("after").join(name)
}

fn migrate(arguments: &[&str]) -> Output {
    lab("migrate").args(arguments).output().expect("it runs")
}

/// What comes of the standard input, and the report.
fn typed(text: &str) -> (String, String) {
    let mut command = lab("migrate");
    let command =
        command.arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut run = command.spawn().expect("it runs");
    let mut stdin = run.stdin.take().expect("it was asked for");
    stdin.write_all(text.as_bytes()).expect("it reads");
    drop(stdin);
    let run = run.wait_with_output().expect("it ends");
    (told(&run.stdout).to_owned(), told(&run.stderr).to_owned())
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn told(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a name of letters")
}

#[test]
fn old_worksheets_become_what_they_should() {
    for file in before() {
        let run = migrate(&[path(&file)]);
        assert!(run.status.success(), "{}", told(&run.stderr));
        assert_eq!(told(&run.stdout), text(&after(&file)), "{}", file.display());
    }
}

#[test]
fn what_has_been_migrated_stays_as_it_is() {
    for file in before() {
        let new = after(&file);
        let run = migrate(&[path(&new)]);
        assert_eq!(told(&run.stdout), text(&new), "{}", new.display());
        let report = told(&run.stderr);
        assert!(!report.contains(" + "), "{report}");
    }
}

#[test]
fn our_own_labs_need_no_migration() {
    let (labs, manifests) = (workspace().join("labs"), workspace().join("k8s"));
    let run = migrate(&["--explain", path(&labs), path(&manifests)]);
    let report = told(&run.stdout);
    assert!(report.contains("03-zero-downtime.md: nothing to change"), "{report}");
    assert!(!report.contains(" + "), "{report}");
}

#[test]
fn where_there_is_nothing_to_do_the_report_says_why() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = migrate(&["--explain", path(folder.path())]);
    let missing = format!("there is no .yaml, .yml, .md or .sh in {}", path(folder.path()));
    assert_eq!(run.status.code(), Some(2));
    assert!(told(&run.stderr).contains(&missing), "{}", told(&run.stderr));
    for (name, text, why) in [
        ("none.yaml", "\n", ": it is empty\n"),
        ("notes.txt", "Good day\n", ": nothing to change; it is neither YAML nor a worksheet nor"),
        ("run.sh", "ls\n", ": nothing to change\n"),
        ("run", "ls\n", ": nothing to change\n"),
        ("tool.txt", "#!/bin/sh\nls\n", ": nothing to change\n"),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, text).expect("it can be written");
        let run = migrate(&["--explain", path(&file)]);
        assert!(told(&run.stdout).contains(&format!("{name}{why}")), "{}", told(&run.stdout));
    }
}

/// Worksheets say "edit line 19".
#[test]
fn the_image_stays_in_its_line() {
    let file = before().into_iter().find(|it| it.ends_with("deployment.yaml")).expect("it");
    for (file, image) in [(after(&file), "bulsajo/order:stable"), (file, "jinyoung/order:stable")] {
        let text = text(&file);
        let line = text.lines().nth(18).expect("line 19");
        assert_eq!(line.trim(), format!("image: {image}"));
    }
}

#[test]
fn a_report_says_the_line_and_why() {
    let file = before().into_iter().find(|it| it.ends_with("placeholders.yaml")).expect("it");
    let run = migrate(&["--explain", path(&file)]);
    for part in [
        "     1 - apiVersion: apps/v1beta2\n     1 + apiVersion: apps/v1\n         Kubernetes 1.16 took",
        "    16 !           image: xxxxxxxx.dkr.ecr.ap-northeast-2.amazonaws.com/user##-order:v1\n",
        "stands for an image of your own; put bulsajo/order:",
        "    20 +           image: bulsajo/order:crash\n",
        "`jinyoung/monolith:v2020` is one person's image, and not known here\n",
        "  changes: 3, for you to look at: 2\n",
    ] {
        assert!(told(&run.stdout).contains(part), "{part} is not in:\n{}", told(&run.stdout));
    }
    assert!(told(&run.stderr).is_empty(), "{}", told(&run.stderr));
}

#[test]
fn a_file_is_replaced_once_and_kept_beside() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = before().into_iter().find(|it| it.ends_with("names.yaml")).expect("it");
    let (file, kept) = (folder.path().join("names.yaml"), folder.path().join("names.yaml.orig"));
    fs::copy(&old, &file).expect("a copy");
    for _ in 0..2 {
        let run = migrate(&["--write", path(folder.path())]);
        assert!(run.status.success() && run.stdout.is_empty(), "{}", told(&run.stderr));
        assert_eq!((text(&file), text(&kept)), (text(&after(&old)), text(&old)));
    }
    fs::copy(&old, &file).expect("a copy");
    let run = migrate(&["--write", path(&file)]);
    assert_eq!(run.status.code(), Some(2));
    assert!(
        told(&run.stderr).contains("names.yaml.orig is there already"),
        "{}",
        told(&run.stderr)
    );
    assert_eq!(text(&file), text(&old), "nothing was written");
}

#[test]
fn a_folder_goes_into_another_one() {
    let (from, to) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("two"));
    fs::create_dir_all(from.path().join("week1/.git")).expect("folders");
    let write = |name: &str, text: &str| fs::write(from.path().join(name), text).expect("written");
    write("week1/a.yaml", "image: k8s.gcr.io/pause:3.1\n");
    write("week1/.git/b.yaml", "image: k8s.gcr.io/pause:3.1\n");
    write("note.txt", "k8s.gcr.io/pause:3.1\n");
    let run = migrate(&["--out", path(to.path()), path(from.path())]);
    assert!(run.status.success(), "{}", told(&run.stderr));
    assert_eq!(text(&to.path().join("week1/a.yaml")), "image: registry.k8s.io/pause:3.1\n");
    assert!(!to.path().join("note.txt").exists() && !to.path().join("week1/.git").exists());
    let run = migrate(&["--out", path(from.path()), path(from.path())]);
    assert_eq!(run.status.code(), Some(2), "what was given is not written over");
}

#[test]
fn the_standard_input_is_told_by_what_is_in_it() {
    for (typed, comes) in [
        ("apiVersion: batch/v1beta1\nkind: CronJob\n", "apiVersion: batch/v1\nkind: CronJob\n"),
        (
            "# a\n---\nimage: k8s.gcr.io/a:1\n<<: {}\n",
            "# a\n---\nimage: registry.k8s.io/a:1\n<<: {}\n",
        ),
        ("kubectl exec siege ls\r\n", "kubectl exec siege -- ls\r\n"),
        (
            "# k8s.gcr.io\n```\nkubectl exec siege ls\n",
            "# k8s.gcr.io\n```\nkubectl exec siege -- ls\n",
        ),
    ] {
        assert_eq!(self::typed(typed).0, comes);
    }
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let binary = folder.path().join("x.yaml");
    fs::write(&binary, [0xff, 0xfe, 0x00]).expect("written");
    let missing = folder.path().join("missing.yaml");
    for (arguments, said) in [
        (vec![path(&missing)], "missing.yaml cannot be read"),
        (vec![path(&binary)], "x.yaml cannot be read"),
        (vec!["a.yaml", "--write", "--out", "b"], "cannot be used with"),
        (vec!["--write", "-"], "cannot be written in place"),
    ] {
        let run = lab("migrate").args(&arguments).stdin(Stdio::null()).output().expect("it runs");
        assert_eq!(run.status.code(), Some(2), "{arguments:?}");
        assert!(told(&run.stderr).contains(said), "{}", told(&run.stderr));
    }
}

#[test]
fn what_is_not_known_is_left_alone_and_told() {
    for (written, said) in [
        ("a: [\n", "this is no YAML, and left as it is"),
        ("{{- if .x }}\na: 1\n", "this is no YAML"),
        (
            "apiVersion: shop.k8s.io/v1beta7\nkind: Shop\n",
            "shop.k8s.io/v1beta7 Shop is not known here",
        ),
        ("apiVersion: settings.k8s.io/v1alpha1\nkind: PodPreset\n", "PodPreset is gone since 1.20"),
        (
            "apiVersion: apps/v1beta1\nkind: Deployment\nspec: {template: {spec: {}}}\n",
            "this Deployment is for you to mend: it has no selector, and its pods no labels",
        ),
        (
            "apiVersion: extensions/v1beta1\nkind: Ingress\nspec: {rules: [{http: {paths: [{path: /}]}}]}\n",
            "this Ingress is for you to mend: a path has no backend",
        ),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("x.yaml");
        fs::write(&file, written).expect("written");
        let run = migrate(&[path(&file)]);
        assert_eq!(told(&run.stdout), written);
        assert!(told(&run.stderr).contains(said), "{}", told(&run.stderr));
    }
}
