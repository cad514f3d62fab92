//! What the other commands of a worksheet say about a name.

use std::collections::HashSet;

use super::{Call, NAMES};
use crate::migrate::shell::Commands;

/// Kinds that `kubectl run` once made, as commands write them.
const KINDS: [(&str, &str); 12] = [
    ("cj", "cronjob"),
    ("cronjob", "cronjob"),
    ("cronjobs", "cronjob"),
    ("deploy", "deployment"),
    ("deployment", "deployment"),
    ("deployments", "deployment"),
    ("job", "job"),
    ("jobs", "job"),
    ("po", "pod"),
    ("pod", "pod"),
    ("pods", "pod"),
    ("exec", "pod"),
];

/// Objects that the commands of a worksheet name.
#[derive(Debug, Default)]
pub(crate) struct Context {
    named: HashSet<(&'static str, String)>,
    /// Some command brings objects from a file: nobody knows which.
    from_files: bool,
}

impl Context {
    pub(crate) fn add(&mut self, commands: &Commands) {
        for command in &commands.commands {
            let Some(words) = command.runs(&NAMES) else { continue };
            let call = Call::read(words);
            let rest: Vec<&str> = call.rest.iter().map(|at| words[*at].text.as_str()).collect();
            match call.verb.as_str() {
                "apply" | "create" | "replace" => self.from_files = true,
                "create deployment" => {
                    let made = rest.iter().map(|it| ("made", (*it).to_owned()));
                    self.named.extend(made);
                }
                "exec" | "attach" | "port-forward" | "logs" => {
                    if let Some(name) = rest.first().filter(|it| !it.contains('/')) {
                        self.named.insert(("pod", (*name).to_owned()));
                    }
                    self.name(&rest);
                }
                _ => self.name(&rest),
            }
        }
    }

    /// `deployment shop`, `deploy/shop`, `deployments.apps shop`
    fn name(&mut self, rest: &[&str]) {
        let kind = |written: &str| {
            let plain = written.split('.').next().unwrap_or_default();
            KINDS.iter().find(|(it, _)| *it == plain).map(|(_, kind)| *kind)
        };
        for word in rest {
            if let Some((kind, name)) =
                word.split_once('/').and_then(|(it, name)| Some((kind(it)?, name)))
            {
                self.named.insert((kind, name.to_owned()));
            }
        }
        let Some((first, names)) = rest.split_first() else { return };
        for kind in first.split(',').filter_map(kind) {
            self.named.extend(names.iter().map(|it| (kind, (*it).to_owned())));
        }
    }

    /// The kind under which other commands know what `kubectl run NAME` made, if not as a pod.
    pub(super) fn kind_of(&self, name: &str) -> Option<&'static str> {
        let named = |kind: &'static str| self.named.contains(&(kind, name.to_owned()));
        if named("made") {
            return None;
        }
        ["deployment", "job", "cronjob"].into_iter().find(|it| named(it))
    }

    /// Nothing else can have made it, and nothing knows it as a pod.
    pub(super) fn is_sure(&self, name: &str) -> bool {
        !self.from_files && !self.named.contains(&("pod", name.to_owned()))
    }
}
