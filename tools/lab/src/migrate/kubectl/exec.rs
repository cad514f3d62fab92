//! `kubectl exec POD COMMAND`: kubectl wants `--` before what it is to execute.

use super::{Command, Flag};
use crate::migrate::change::Found;

const WHY: &str = "kubectl wants `--` before what it is to execute";
const MOVED: &str =
    "kubectl wants `--` before what it is to execute, and its own flags before that";

/// Flags that kubectl had taken for its own wherever they stood, and nobody meant for the command.
const OWN: [&str; 7] =
    ["container", "context", "kubeconfig", "namespace", "pod-running-timeout", "stdin", "tty"];

/// Programs with flags of these letters, which are kubectl's as well.
const THEIRS: [(&str, &[&str]); 4] = [
    (
        "c",
        &[
            "ash", "bash", "dash", "grep", "ksh", "node", "perl", "ping", "psql", "python",
            "python3", "ruby", "sh", "siege", "stat", "su", "tar", "uniq", "wc", "zsh",
        ],
    ),
    ("i", &["curl", "grep", "jq", "ls", "pip", "sed", "siege"]),
    (
        "n",
        &[
            "cat",
            "echo",
            "grep",
            "head",
            "kcat",
            "ls",
            "netstat",
            "redis-cli",
            "sed",
            "sort",
            "ss",
            "sysctl",
            "tail",
            "xargs",
        ],
    ),
    (
        "t",
        &[
            "cut",
            "hey",
            "kcat",
            "ls",
            "mosquitto_pub",
            "mosquitto_sub",
            "nginx",
            "siege",
            "sort",
            "tar",
            "wrk",
        ],
    ),
];

pub(super) fn mend(command: &Command<'_>, found: &mut Found) {
    let call = &command.call;
    // With a file there is no name of a pod.
    let pods = usize::from(call.get("filename").is_none());
    let (None, Some(first)) = (call.dash, call.rest.get(pods).copied()) else { return };
    let start = command.at(first);
    if command.word(first).splits {
        let told = "kubectl wants `--` before what it is to execute: put it here, if it is not in \
                    the variable";
        found.tell(start, told);
        return;
    }
    let behind: Vec<&Flag> = call.flags.iter().filter(|it| it.at > first).collect();
    if behind.is_empty() || !behind.iter().all(|it| is_kubectls(command, first, it)) {
        found.edit(start..start, "-- ", WHY);
        return;
    }
    let mut moved = String::new();
    for (at, flag) in behind.iter().enumerate() {
        // `-it` is two flags in one word.
        if at > 0 && behind[at - 1].at == flag.at {
            continue;
        }
        let last = behind.iter().filter(|it| it.at == flag.at).find_map(|it| it.value.as_ref());
        let last = last.map_or(flag.at, |(at, _)| *at);
        let words = &command.words[flag.at..=last];
        for word in words {
            moved.push_str(&command.text[word.place.clone()]);
            moved.push(' ');
        }
        let before = command.words[flag.at - 1].place.end;
        found.edit(before..command.words[last].place.end, "", MOVED);
    }
    found.edit(start..start, format!("{moved}-- "), MOVED);
}

/// Whether a flag behind the command was kubectl's.
fn is_kubectls(command: &Command<'_>, program: usize, flag: &Flag) -> bool {
    if !flag.known || !OWN.contains(&flag.name.as_str()) {
        return false;
    }
    let name = |it: &str| {
        it.starts_with(|it: char| it.is_ascii_alphabetic() || it == '$' || it == '"')
            && !it.contains(char::is_whitespace)
    };
    let names = matches!(flag.name.as_str(), "container" | "namespace");
    if names && !flag.value.as_ref().is_some_and(|(_, value)| name(value)) {
        return false;
    }
    let program = command.word(program).text.rsplit('/').next().unwrap_or_default();
    let short = !command.word(flag.at).text.starts_with("--");
    let letter = flag.name.get(..1).map(|it| if it == "s" { "i" } else { it }).unwrap_or_default();
    let theirs = |(its, programs): &(&str, &[&str])| *its == letter && programs.contains(&program);
    // `-it` together is kubectl's, even if another program has an `-i`.
    let both = command.call.flags.iter().filter(|it| it.at == flag.at).count() > 1;
    both || !short || !THEIRS.iter().any(theirs)
}
