//! Worksheets that need nothing but a shell.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::Stdio,
};

use rustix::process::Signal;

use super::Sheet;
use crate::person::{Run, signal};

const GOOD: &str = r#"
## A question

```sh
answer=42
echo "The answer:   $answer %"
```

```output
The answer: {40..45} %
```

## Two terminals

```sh terminal=2
until [ -e go ]; do read -rt 0.05 < <(sleep 1) || true; done; echo gone
```

```sh
touch go
```

```output terminal=2
gone
```

## Patience

```sh until=1m
[ -e twice ] && echo now || touch twice once
```

```output
now
```

```sh fails
ls /not/there
```

```sh always
rm go twice once
```
"#;

#[test]
fn a_worksheet_that_tells_the_truth_passes() {
    let sheet = Sheet::plain(GOOD);
    let junit = sheet.folder.path().join("junit.xml");
    let run = sheet.verify(&["--junit", &junit.to_string_lossy()]);
    assert_eq!(run.code, Some(0), "{}{}", run.told, run.complained);
    run.tells(&[
        "A question",
        "The answer: expected 40-45 %, got 42 %",
        "7 steps as the worksheet says",
    ]);
    let xml = fs::read_to_string(junit).expect("it was written");
    assert!(xml.contains(r#"tests="7" skipped="0" failures="0""#), "{xml}");
    let left: Vec<_> = fs::read_dir(sheet.folder.path()).expect("a folder").collect();
    assert_eq!(left.len(), 2, "worked in the worksheet's own folder, and cleaned up: {left:?}");
}

#[test]
fn what_differs_is_told_with_its_place_and_the_rest_is_skipped() {
    let sheet = Sheet::plain(
        "\n```sh\necho one; echo 17 %\n```\n\n```output\none\n{55..85} %\n```\n\n\
         ```sh\ntouch later\n```\n\n```sh always\ntouch cleaned\n```\n",
    );
    let junit = sheet.folder.path().join("junit.xml");
    let run = sheet.verify(&["--junit", &junit.to_string_lossy()]);
    assert_eq!(run.code, Some(1), "{}", run.complained);
    let place = format!("{}:11", sheet.path.display());
    run.tells(&[
        &place,
        "expected  {55..85} %",
        "came      17 %",
        "17 is not in {55..85}",
        "| one",
        "1 steps as the worksheet says, 1 not, 1 skipped",
    ]);
    let there = |name: &str| Path::join(sheet.folder.path(), name).exists();
    assert!(!there("later"), "what follows a failure is not typed");
    assert!(there("cleaned"), "what cleans up is");
    let xml = fs::read_to_string(junit).expect("it was written");
    assert!(xml.contains(r#"<failure message="expected  {55..85} %; came"#), "{xml}");
}

#[test]
fn a_run_is_a_page_whether_it_passes_or_not() {
    let sheet = Sheet::plain(
        "# Costs < 5\n\n## Two\n\n```sh\necho '<i>42 %'\n```\n```output\n<i>{40..45} %\n```\n\
         ```sh\necho 7\n```\n```output\n8\n```\n```sh\ntouch later\n```\n",
    );
    let page = sheet.folder.path().join("report.html");
    let run = sheet.verify(&["--html", &page.to_string_lossy()]);
    assert_eq!(run.code, Some(1), "{}", run.complained);
    let page = fs::read_to_string(page).expect("it was written");
    for part in [
        "<title>FAILED: Costs &#60; 5</title>",
        "not as the worksheet says",
        "1 steps as the worksheet says",
        "expected 40-45 %, got <b>42 %</b>",
        "sheet.md:18",
        "<mark>8</mark>",
        "skipped",
        "</html>",
    ] {
        assert!(page.contains(part), "{part} is not in:\n{page}");
    }
    assert!(!page.contains("<i>42 %"), "what a command wrote is no markup:\n{page}");
    let run = sheet.verify(&["--html", "/not/there/report.html"]);
    run.complains(2, "/not/there/report.html cannot be written: No such file");
}

#[test]
fn each_way_to_fail_says_what_it_is() {
    for (blocks, told) in [
        ("```sh\nsh -c 'echo no; exit 3'\n```\n", "it ended with code 3"),
        ("```sh fails\ntrue\n```\n", "it was to fail, and ended well"),
        ("```sh within=1s\nsleep 60\n```\n", "it was not over within 1s"),
        ("```sh until=2s\nfalse\n```\n", " looks; the last one:"),
        // The second look is cut off: the first one says more.
        (
            "```sh until=3s\n[ -e first ] && sleep 60; touch first; echo here\n```\n\
             ```output\nthere\n```\n",
            "in 1 looks; the last one:\n    expected  there\n    came      here",
        ),
        (
            "```sh terminal=2\necho here; sleep 60\n```\n```output until=1s\nthere\n```\n",
            "not within 1s, and it runs on:",
        ),
        ("```sh terminal=2\necho here\n```\n```output\nthere\n```\n", "came      here"),
        ("```sh\nexit\n```\n", "it ended with code -1"),
    ] {
        let run = Sheet::plain(blocks).verify(&[]);
        assert_eq!(run.code, Some(1), "{blocks}: {}", run.complained);
        run.tells(&["FAILED", told]);
    }
}

#[test]
fn with_step_nothing_is_typed_before_enter() {
    let sheet = Sheet::plain("```sh\necho 1 >>done\n```\n```sh\necho 2 >>done\n```\n");
    let mut command = sheet.command(&["--step"]);
    let mut run = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut keys = run.stdin.take().expect("it was asked for");
    let mut told = BufReader::new(run.stdout.take().expect("it was asked for")).lines();
    let done = sheet.folder.path().join("done");
    for (at, already) in [("echo 1", None), ("echo 2", Some("1\n"))] {
        assert!(told.any(|it| it.expect("text").contains(&format!("{at} >>done    [Enter]"))));
        assert_eq!(fs::read_to_string(&done).ok().as_deref(), already);
        keys.write_all(b"\n").expect("it listens");
    }
    drop(told);
    assert_eq!(run.wait().expect("it ends").code(), Some(0));
    assert_eq!(fs::read_to_string(&done).ok().as_deref(), Some("1\n2\n"));
}

#[test]
fn an_interrupted_run_cleans_up_and_leaves_nothing_behind() {
    let sheet = Sheet::plain(
        "```sh terminal=2\necho $$ >shell; sleep 1000\n```\n```sh until=1m\ntest -s shell\n```\n\
         ```sh\necho begun; sleep 1000\n```\n```sh always\ntouch cleaned\n```\n",
    );
    let mut command = sheet.command(&[]);
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut told = BufReader::new(run.stdout.take().expect("it was asked for")).lines();
    assert!(told.any(|it| it.expect("text").contains("test -s shell")), "it has begun");
    signal(&run, Signal::INT);
    drop(told);
    let run = Run::ended(run.wait_with_output().expect("it ends"));
    run.complains(130, "cleaning up");
    assert!(sheet.folder.path().join("cleaned").exists());
    let shell = fs::read_to_string(sheet.folder.path().join("shell")).expect("it was written");
    assert!(!Path::new("/proc").join(shell.trim()).exists(), "the other terminal has ended");
}
