//! Commands of Helm 2, and charts that nobody keeps any more.

use crate::migrate::{change::Found, images::KAFKA, shell::Word};

const NAME: &str = "Helm 3 wants the name of a release before its chart, without `--name`";
const NO_NAME: &str = "Helm 3 makes up no name of a release unless it is asked to";
const PURGE: &str = "Helm 3 keeps nothing of a release that is deleted";
const SEARCH: &str = "Helm 3 searches in repositories or in the hub";

/// Commands that only Helm 2 had.
const GONE: [(&str, &str); 4] = [
    ("home", "it is `helm env`"),
    ("init", "Helm has no Tiller since version 3, and needs no preparation: leave `helm init` out"),
    ("reset", "Helm has no Tiller since version 3: leave it out"),
    ("serve", "it is gone: a web server, or a registry, has charts"),
];

/// Flags of Helm that take a value.
const VALUED: &[&str] = &[
    "--atomic-timeout",
    "--ca-file",
    "--cert-file",
    "--description",
    "--history-max",
    "--key-file",
    "--keyring",
    "--kube-apiserver",
    "--kube-as-user",
    "--kube-context",
    "--kube-token",
    "--kubeconfig",
    "--max",
    "--name",
    "--name-template",
    "--namespace",
    "--node-selectors",
    "--output",
    "--override",
    "--password",
    "--post-renderer",
    "--registry-config",
    "--repo",
    "--repository-cache",
    "--repository-config",
    "--revision",
    "--service-account",
    "--set",
    "--set-file",
    "--set-json",
    "--set-literal",
    "--set-string",
    "--tiller-image",
    "--tiller-namespace",
    "--timeout",
    "--username",
    "--values",
    "--version",
    "--wait-timeout",
    "-f",
    "-n",
    "-o",
    "-l",
    "-i",
    "-d",
];

/// Charts of these repositories, and what became of them.
const DEAD: [(&str, &str); 4] = [
    (
        "stable/",
        "the charts of `stable` are frozen since November 2020, and Kubernetes takes few of them any more: who wrote the program has a chart",
    ),
    (
        "incubator/",
        "the charts of `incubator` are frozen since November 2020, and Kubernetes takes few of them any more",
    ),
    (
        "kubernetes-charts",
        "this address is gone since November 2020: https://charts.helm.sh/stable has what was there, frozen",
    ),
    ("bitnami", "Bitnami's images are gone"),
];

/// The words of a command: the verb, flags with their values, and the rest.
struct Call<'a> {
    verb: &'a Word,
    flags: Vec<(&'a Word, Option<&'a Word>)>,
    rest: Vec<&'a Word>,
}

impl<'a> Call<'a> {
    fn read(words: &'a [Word]) -> Option<Self> {
        let (mut flags, mut rest, mut verb) = (Vec::new(), Vec::new(), None);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word.text.starts_with('-') {
                let valued = VALUED.contains(&word.text.as_str());
                flags.push((word, if valued { words.next() } else { None }));
            } else if verb.is_none() {
                verb = Some(word);
            } else {
                rest.push(word);
            }
        }
        Some(Self { verb: verb?, flags, rest })
    }

    fn flag(&self, name: &str) -> Option<&(&'a Word, Option<&'a Word>)> {
        self.flags.iter().find(|(it, _)| it.text.split('=').next() == Some(name))
    }
}

pub(crate) fn mend(text: &str, words: &[Word], found: &mut Found) {
    let Some(call) = Call::read(words) else { return };
    let verb = call.verb.text.as_str();
    if let Some((_, why)) = GONE.iter().find(|(it, _)| *it == verb) {
        found.tell(call.verb.place.start, format!("`helm {verb}`: {why}"));
    }
    match verb {
        "install" => install(text, &call, found),
        "delete" | "del" | "uninstall" => drop(text, &call, "--purge", PURGE, found),
        "search" => search(&call, found),
        _ => {}
    }
    if let Some((flag, _)) = call.flags.iter().find(|(it, _)| it.text.starts_with("--tiller")) {
        found.tell(flag.place.start, "Helm has no Tiller since version 3: leave the flag out");
    }
    charts(words, &call, found);
}

/// `helm install --name RELEASE CHART`
fn install(text: &str, call: &Call<'_>, found: &mut Found) {
    if call.rest.len() != 1 {
        return;
    }
    let chart = call.rest[0];
    // `-n` was the name, and is the namespace now.
    let named = call.flag("--name").or_else(|| call.flag("-n"));
    if let Some((flag, value)) = named {
        let release = match (value, flag.text.split_once('=')) {
            (_, Some((_, _))) => {
                let written = &text[flag.place.clone()];
                written.split_once('=').map_or("", |(_, it)| it)
            }
            (Some(value), _) => &text[value.place.clone()],
            (None, None) => return,
        };
        let end = call.verb.place.end;
        found.edit(end..end, format!(" {release}"), NAME);
        drop(text, call, flag.text.split('=').next().unwrap_or_default(), NAME, found);
        if let Some((space, _)) = call.flag("--namespace") {
            found.tell(
                space.place.start,
                "Helm 2 made the namespace; Helm 3 does with `--create-namespace`",
            );
        }
    } else if call.flag("--generate-name").is_none() && call.flag("-g").is_none() && !chart.splits {
        found.edit(call.verb.place.end..call.verb.place.end, " --generate-name", NO_NAME);
    }
}

/// `helm search WORD`
fn search(call: &Call<'_>, found: &mut Found) {
    let kind = call.rest.first().map_or("", |it| it.text.as_str());
    if !matches!(kind, "repo" | "hub") {
        found.edit(call.verb.place.end..call.verb.place.end, " repo", SEARCH);
    }
}

/// Takes a flag away, with its value and the blank before it.
fn drop(text: &str, call: &Call<'_>, name: &str, why: &str, found: &mut Found) {
    let Some((flag, value)) = call.flag(name) else { return };
    let blank = text[..flag.place.start].trim_end_matches([' ', '\t']).len();
    let start = if text[..blank].ends_with('\n') { flag.place.start } else { blank };
    found.edit(start..value.map_or(flag.place.end, |it| it.place.end), "", why);
}

fn charts(words: &[Word], call: &Call<'_>, found: &mut Found) {
    for (begin, why) in DEAD {
        let dead = |it: &&Word| {
            it.text.starts_with(begin) || (begin.ends_with("charts") && it.text.contains(begin))
        };
        if let Some(word) = words.iter().find(dead) {
            let kafka = begin == "bitnami" || word.text.ends_with("/kafka");
            let told = if kafka { format!("{why}. {KAFKA}") } else { why.to_owned() };
            found.tell(word.place.start, told);
        }
    }
    let repository =
        call.verb.text == "repo" && call.rest.first().is_some_and(|it| it.text == "add");
    if let Some(name) = call.rest.get(1).filter(|it| repository && it.text == "incubator") {
        found.tell(
            name.place.start,
            "the charts of `incubator` are frozen since November 2020: \
             https://charts.helm.sh/incubator has what was there",
        );
    }
}
