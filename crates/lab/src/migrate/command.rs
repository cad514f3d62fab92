//! Commands of a worksheet that `kubectl` does not take any more.

use std::ops::Range;

use crate::migrate::{
    Remedy,
    change::Found,
    images::{self, KAFKA},
};

/// A word of a command, and its place.
struct Word<'a> {
    place: Range<usize>,
    text: &'a str,
}

/// Mends the commands in these lines of a text; each line says where it begins.
pub(crate) fn mend(text: &str, lines: &[(usize, &str)]) -> Found {
    let mut found = Found::default();
    let mut words: Vec<Word<'_>> = Vec::new();
    for (at, line) in lines {
        let comment = line.trim_start().starts_with('#');
        if !comment {
            words.extend(words_of(*at, line));
        }
        if line.trim_end().ends_with('\\') {
            continue;
        }
        mend_line(text, &words, &mut found);
        words.clear();
    }
    mend_line(text, &words, &mut found);
    found
}

fn words_of(at: usize, line: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start();
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        if end == 0 {
            return words;
        }
        let start = at + line.len() - rest.len();
        if &rest[..end] != "\\" {
            words.push(Word { place: start..start + end, text: &rest[..end] });
        }
        rest = &rest[end..];
    }
}

/// What ends a command in a line.
const ENDS: [&str; 5] = ["|", "||", "&&", ";", "&"];

fn mend_line(text: &str, words: &[Word<'_>], found: &mut Found) {
    for command in words.split(|it| ENDS.contains(&it.text)) {
        for (at, word) in command.iter().enumerate() {
            let before: Vec<&str> = command[..at].iter().map(|it| it.text).collect();
            mend_image(word, &before, found);
        }
        let called = |name: &str| {
            command.iter().position(|it| it.text.trim_start_matches(['$', '(', '`']) == name)
        };
        if let Some(at) = called("kubectl") {
            mend_kubectl(text, &command[at + 1..], found);
        }
        if called("helm").is_some() && command.iter().any(|it| it.text.starts_with("bitnami")) {
            found.tell(command[0].place.start, format!("Bitnami's images are gone. {KAFKA}"));
        }
    }
}

/// An image that a command names: as a word, or behind a `=`.
fn mend_image(word: &Word<'_>, before: &[&str], found: &mut Found) {
    let (key, value) = word.text.rsplit_once('=').unwrap_or(("", word.text));
    let start = word.place.end - value.len();
    let name = value.trim_matches(['"', '\'', ')', ';']);
    let start = start + value.find(name).unwrap_or_default();
    // Elsewhere a word with a `<` in it is no image.
    let is_image = key == "--image"
        || before.last() == Some(&"--image")
        || (!key.is_empty() && before.windows(2).any(|it| it == ["set", "image"]));
    match images::remedy(name) {
        Some(Remedy::Replace(new, why)) => found.edit(start..start + name.len(), new, &why),
        Some(Remedy::Tell(what)) if is_image => found.tell(start, what),
        _ => {}
    }
}

fn mend_kubectl(text: &str, words: &[Word<'_>], found: &mut Found) {
    let Some(verb) = words.iter().position(|it| !it.text.starts_with('-')) else { return };
    let rest = &words[verb + 1..];
    match words[verb].text {
        "run" => mend_run(text, &words[verb], rest, found),
        "exec" => mend_exec(rest, found),
        "autoscale" => {
            if let Some(word) = rest.iter().find(|it| it.text.starts_with("--cpu-percent")) {
                let told = "`--cpu-percent=50` still works; since kubectl 1.34 it is `--cpu=50%`";
                found.tell(word.place.start, told);
            }
        }
        "get" | "describe" => tell_looks(rest, found),
        _ => {}
    }
}

fn tell_looks(rest: &[Word<'_>], found: &mut Found) {
    if let Some(word) = rest.iter().find(|it| it.text.starts_with("--export")) {
        found.tell(word.place.start, "`--export` is gone since kubectl 1.18: leave it out");
    }
    let secret = rest.iter().any(|it| it.text.starts_with("secret"));
    if let Some(word) = rest.iter().find(|it| secret && it.text.contains("token")) {
        let told = "service accounts have no secret with a token since Kubernetes 1.24: \
                    `kubectl create token NAME` makes one";
        found.tell(word.place.start, told);
    }
}

/// Flags of `kubectl exec` whose value is the next word.
const VALUED: [&str; 7] =
    ["-c", "--container", "-n", "--namespace", "--context", "--kubeconfig", "--filename"];

/// `kubectl exec POD COMMAND`
fn mend_exec(rest: &[Word<'_>], found: &mut Found) {
    let mut pod = false;
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        match word.text {
            "--" => return,
            flag if VALUED.contains(&flag) => {
                rest.next();
            }
            flag if flag.starts_with('-') => {}
            _ if !pod => pod = true,
            _ => {
                let start = word.place.start;
                found.edit(start..start, "-- ", "kubectl wants `--` before what it is to execute");
                return;
            }
        }
    }
}

/// What `kubectl create deployment` takes as well.
const CREATES: [&str; 4] = ["--generator", "--image", "--replicas", "--port"];
const LOST: [&str; 4] = ["--requests", "--limits", "--serviceaccount", "--hostport"];

/// `kubectl run` made Deployments once; now it makes a pod.
fn mend_run(text: &str, run: &Word<'_>, rest: &[Word<'_>], found: &mut Found) {
    let is = |word: &Word<'_>, flag: &str| word.text.split('=').next() == Some(flag);
    if let Some(word) = rest.iter().find(|it| LOST.iter().any(|flag| is(it, flag))) {
        let told = "`kubectl run` has lost this flag: write a manifest, or `--overrides`";
        found.tell(word.place.start, told);
    }
    let generator = rest.iter().position(|it| is(it, "--generator"));
    let kind = generator.map_or("", |at| match rest[at].text.split_once('=') {
        Some((_, kind)) => kind,
        None => rest.get(at + 1).map_or("", |it| it.text),
    });
    let replicas = rest.iter().any(|it| is(it, "--replicas"));
    if kind.starts_with("run-pod/") && !replicas {
        drop_generator(text, rest, found, "`kubectl run` makes a pod without being told");
    } else if kind.starts_with("deployment") || (kind.is_empty() && replicas) {
        let why = "`kubectl run` makes a pod now; this makes a Deployment, as it once did, whose \
                   pods have the label app=NAME in place of run=NAME";
        let other = |it: &&Word<'_>| it.text.starts_with('-') && !CREATES.iter().any(|f| is(it, f));
        if let Some(other) = rest.iter().take_while(|it| it.text != "--").find(other) {
            found.tell(
                other.place.start,
                format!("{why}: `kubectl create deployment`, which has no {}", other.text),
            );
            return;
        }
        found.edit(run.place.clone(), "create deployment", why);
        drop_generator(text, rest, found, why);
    } else if generator.is_some() {
        let told = "`--generator` is gone since kubectl 1.18: `kubectl create job`, `cronjob` …";
        found.tell(run.place.start, told);
    }
}

/// With the blank before it.
fn drop_generator(text: &str, rest: &[Word<'_>], found: &mut Found, why: &str) {
    for (at, flag) in rest.iter().enumerate().filter(|(_, it)| it.text.starts_with("--generator")) {
        let end = if flag.text.contains('=') { at } else { at + 1 };
        let Some(last) = rest.get(end) else { continue };
        let start = flag.place.start;
        let blank = text[..start].trim_end_matches([' ', '\t']).len();
        // A line that began with it keeps its indent.
        let start = if text[..blank].ends_with('\n') { start } else { blank };
        found.edit(start..last.place.end, "", why);
    }
}
