//! The verbs of kubectl 1.34 and their flags, and a command read with them.

use std::{collections::HashMap, sync::LazyLock};

use crate::migrate::shell::Word;

/// What `kubectl VERB --help` says, one line a verb: `name`, `name/n` with a short form; `=` takes a
/// value, `?` takes one only behind a `=`. The line `*` has the flags of every verb.
pub(super) const TABLE: &str = include_str!("flags.txt");

/// Other names of verbs.
const ALIASES: [(&str, &str); 14] = [
    ("create cj", "create cronjob"),
    ("create cm", "create configmap"),
    ("create deploy", "create deployment"),
    ("create ing", "create ingress"),
    ("create ns", "create namespace"),
    ("create pc", "create priorityclass"),
    ("create pdb", "create poddisruptionbudget"),
    ("create resourcequota", "create quota"),
    ("create sa", "create serviceaccount"),
    ("create svc", "create service"),
    ("top no", "top node"),
    ("top nodes", "top node"),
    ("top po", "top pod"),
    ("top pods", "top pod"),
];

/// Flags that kubectl once had and that took a value.
const GONE_WITH_VALUE: &[&str] = &[
    "api-version",
    "container-port",
    "cpu-percent",
    "generator",
    "heapster-namespace",
    "heapster-port",
    "heapster-scheme",
    "heapster-service",
    "hostport",
    "http-cache-duration",
    "limits",
    "output-version",
    "pod",
    "poll-interval",
    "prune-whitelist",
    "public-ip",
    "replicas",
    "requests",
    "schedule",
    "schema-cache-dir",
    "service-generator",
    "service-overrides",
    "serviceaccount",
    "update-period",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
    /// Behind a `=` alone.
    Perhaps,
}

/// Flags by their names, and by their short forms.
#[derive(Debug, Default)]
struct Flags {
    long: HashMap<&'static str, Takes>,
    short: HashMap<char, (&'static str, Takes)>,
}

static FLAGS: LazyLock<HashMap<&'static str, Flags>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter_map(|it| it.split_once(':'));
    lines.map(|(verb, flags)| (verb, Flags::read(flags))).collect()
});

impl Flags {
    fn read(line: &'static str) -> Self {
        let mut flags = Self::default();
        for written in line.split_whitespace() {
            let (name, takes) = match (written.strip_suffix('='), written.strip_suffix('?')) {
                (Some(name), _) => (name, Takes::Value),
                (_, Some(name)) => (name, Takes::Perhaps),
                _ => (written, Takes::Nothing),
            };
            let (long, short) = name.split_once('/').unwrap_or((name, ""));
            flags.long.insert(long, takes);
            flags.short.extend(short.chars().map(|it| (it, (long, takes))));
        }
        flags
    }
}

/// A flag as it is used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Flag {
    /// The word that it is in.
    pub(crate) at: usize,
    /// Its long name, or the short one where kubectl does not know it.
    pub(crate) name: String,
    /// The word that has its value, and the value.
    pub(crate) value: Option<(usize, String)>,
    /// kubectl 1.34 takes it with this verb.
    pub(crate) known: bool,
}

/// A command for kubectl. Numbers are those of its words.
#[derive(Debug, Default)]
pub(crate) struct Call {
    /// `exec`, `create deployment`
    pub(crate) verb: String,
    /// The words of the verb.
    pub(crate) verbs: Vec<usize>,
    pub(crate) flags: Vec<Flag>,
    /// What is neither, before `--`.
    pub(crate) rest: Vec<usize>,
    /// `--`
    pub(crate) dash: Option<usize>,
}

impl Call {
    /// Reads the words behind `kubectl`.
    pub(crate) fn read(words: &[Word]) -> Self {
        let mut call = Self::default();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let text = word.text.as_str();
            if text == "--" {
                call.dash = Some(at);
                break;
            }
            if is_flag(text) {
                at = call.flag(words, at);
                continue;
            }
            call.word(word, at);
            at += 1;
        }
        call
    }

    fn word(&mut self, word: &Word, at: usize) {
        let longer = if self.verb.is_empty() {
            Some(word.text.clone())
        } else if self.rest.is_empty() {
            let longer = format!("{} {}", self.verb, word.text);
            let alias = ALIASES.iter().find(|(alias, _)| *alias == longer);
            let longer = alias.map_or(longer, |(_, verb)| (*verb).to_owned());
            FLAGS.contains_key(longer.as_str()).then_some(longer)
        } else {
            None
        };
        match longer {
            Some(verb) => {
                self.verb = verb;
                self.verbs.push(at);
            }
            None => self.rest.push(at),
        }
    }

    /// Returns the word behind the flag and its value.
    fn flag(&mut self, words: &[Word], at: usize) -> usize {
        let text = words[at].text.as_str();
        if let Some(long) = text.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, it)| (name, Some(it)));
            let takes = self.takes(name);
            let next = value.is_none() && wants_next(takes, name);
            self.push(words, at, name, takes.is_some(), value, next);
            return at + 1 + usize::from(next);
        }
        for (place, letter) in text.char_indices().skip(1) {
            let behind = &text[place + letter.len_utf8()..];
            let Some((name, takes)) = self.short(letter) else {
                self.push(words, at, &text[place..], false, None, false);
                return at + 1;
            };
            match takes {
                Takes::Value if behind.is_empty() => {
                    self.push(words, at, name, true, None, true);
                    return at + 2;
                }
                Takes::Value => {
                    let value = behind.strip_prefix('=').unwrap_or(behind);
                    self.push(words, at, name, true, Some(value), false);
                    return at + 1;
                }
                Takes::Nothing | Takes::Perhaps => self.push(words, at, name, true, None, false),
            }
            if behind.starts_with('=') {
                break;
            }
        }
        at + 1
    }

    fn push(
        &mut self,
        words: &[Word],
        at: usize,
        name: &str,
        known: bool,
        value: Option<&str>,
        next: bool,
    ) {
        let value = value.map(|it| (at, it.to_owned()));
        let behind = || words.get(at + 1).map(|it| (at + 1, it.text.clone()));
        let value = value.or_else(|| if next { behind() } else { None });
        self.flags.push(Flag { at, name: name.to_owned(), value, known });
    }

    /// Those of the verb count before those of every verb: `-p` of `patch`.
    fn takes(&self, name: &str) -> Option<Takes> {
        let of = |verb: &str| FLAGS.get(verb).and_then(|it| it.long.get(name)).copied();
        of(&self.verb)
            .or_else(|| of("*"))
            .or_else(|| self.verb.is_empty().then(|| anywhere(name))?)
    }

    fn short(&self, letter: char) -> Option<(&'static str, Takes)> {
        let of = |verb: &str| FLAGS.get(verb).and_then(|it| it.short.get(&letter)).copied();
        of(&self.verb).or_else(|| of("*")).or_else(|| {
            let all = FLAGS.values().filter_map(|it| it.short.get(&letter)).copied();
            all.max_by_key(|it| it.1 == Takes::Value).filter(|_| self.verb.is_empty())
        })
    }

    /// The flag of this name, where it is used.
    pub(crate) fn get(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|it| it.name == name)
    }

    /// The value of the flag of this name.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.get(name)?.value.as_ref().map(|(_, value)| value.as_str())
    }
}

/// A flag of a verb that comes only after it.
fn anywhere(name: &str) -> Option<Takes> {
    let all = FLAGS.values().filter_map(|it| it.long.get(name).copied());
    all.max_by_key(|it| *it == Takes::Value)
}

fn wants_next(takes: Option<Takes>, name: &str) -> bool {
    takes.map_or(GONE_WITH_VALUE.contains(&name), |it| it == Takes::Value)
}

/// `-` alone is the standard input.
pub(crate) fn is_flag(text: &str) -> bool {
    text.starts_with('-') && text != "-"
}

/// kubectl 1.34 itself has this verb.
pub(crate) fn is_verb(verb: &str) -> bool {
    FLAGS.contains_key(verb)
}

/// Some verb has a flag of this name.
pub(crate) fn is_known(name: &str) -> bool {
    anywhere(name).is_some() || GONE_WITH_VALUE.contains(&name)
}

/// kubectl 1.34 takes the flag with this verb.
pub(crate) fn takes_flag(verb: &str, name: &str) -> bool {
    let of = |verb: &str| FLAGS.get(verb).is_some_and(|it| it.long.contains_key(name));
    of(verb) || of("*")
}
