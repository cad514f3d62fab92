//! What kubectl 1.34 takes stays as it is, but for images.

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any},
    prop_assert, prop_assert_eq, prop_oneof, proptest,
    sample::{select, subsequence},
};

use super::{Call, flags::TABLE};
use crate::migrate::{Remedy, Sort, change::edited, found, images, shell::Commands};

/// The verbs of the table, each with its flags.
fn verbs() -> Vec<(&'static str, Vec<&'static str>)> {
    let lines = TABLE.lines().filter_map(|it| it.split_once(':'));
    let verbs = lines.filter(|(verb, _)| *verb != "*");
    verbs.map(|(verb, flags)| (verb, flags.split_whitespace().collect())).collect()
}

/// The flags of every verb.
fn globals() -> Vec<&'static str> {
    let line = TABLE.lines().find_map(|it| it.strip_prefix("*:")).expect("the line of all verbs");
    line.split_whitespace().collect()
}

/// What a flag is given, and what verbs are given: no images.
fn value() -> impl Strategy<Value = String> {
    select(vec![
        "web",
        "a=b",
        "app=web,tier!=x",
        "5s",
        "3",
        "-1",
        "'two words'",
        "'{\"spec\": {\"a\": [1]}}'",
        "jsonpath='{.items[0].metadata.name}'",
        "\"$NAME\"",
        "${NAME}",
        "$(kubectl get pod -l app=web -o name)",
        "`kubectl get pod --output=name`",
        "\"$(kubectl exec web-0 -- hostname)\"",
        "a.yaml",
        "https://example.com/a.yaml",
        "-",
        "exec",
        "run",
    ])
    .prop_map(ToOwned::to_owned)
}

/// A flag with its value, as people write it.
fn flag(written: &'static str) -> impl Strategy<Value = String> {
    (value(), any::<bool>(), any::<bool>()).prop_map(move |(value, short, apart)| {
        let (name, takes) = match (written.strip_suffix('='), written.strip_suffix('?')) {
            (Some(name), _) => (name, '='),
            (_, Some(name)) => (name, '?'),
            _ => (written, ' '),
        };
        let (long, letter) = name.split_once('/').unwrap_or((name, ""));
        let short = short && !letter.is_empty();
        let flag = if short { format!("-{letter}") } else { format!("--{long}") };
        match takes {
            '=' if apart => format!("{flag} {value}"),
            '=' if short => format!("{flag}{value}"),
            '=' => format!("{flag}={value}"),
            '?' if apart => format!("{flag}=client"),
            _ => flag,
        }
    })
}

fn some(flags: Vec<&'static str>) -> impl Strategy<Value = Vec<String>> {
    let most = flags.len().min(3);
    subsequence(flags, 0..=most).prop_flat_map(|it| it.into_iter().map(flag).collect::<Vec<_>>())
}

/// What is behind `--`: a command with flags that kubectl knows as well.
fn executed() -> impl Strategy<Value = String> {
    select(vec![
        "ls -l /tmp",
        "sh -c 'echo a; kubectl get pods'",
        "curl -s -n shop http://web --export",
        "psql -c \"select 1\" -it",
        "kubectl exec web-1 -- date",
    ])
    .prop_map(ToOwned::to_owned)
}

fn image() -> impl Strategy<Value = &'static str> {
    select(vec!["nginx:1", "jinyoung/order:stable", "k8s.gcr.io/pause:3.1", "$IMAGE"])
}

/// The words behind the flags of a verb.
fn rest(verb: &'static str) -> impl Strategy<Value = String> {
    match verb {
        "exec" => (select(vec!["web-0", "deploy/web", "$POD"]), executed())
            .prop_map(|(pod, run)| format!("{pod} -- {run}"))
            .boxed(),
        // No other command names this pod: one that calls it a Deployment says that `run` made one once.
        "run" => (
            image(),
            prop_oneof![Just(String::new()), executed().prop_map(|it| format!("-- {it}"))],
        )
            .prop_map(|(image, run)| format!("once --image={image} {run}"))
            .boxed(),
        "set image" => image().prop_map(|it| format!("deploy/web web={it}")).boxed(),
        _ => {
            let word = value().prop_filter("no flag", |it| it != "-1");
            vec(word, 0..3).prop_map(|it| it.join(" ")).boxed()
        }
    }
}

/// A command that kubectl takes.
fn command() -> impl Strategy<Value = String> {
    select(verbs()).prop_flat_map(|(verb, flags)| {
        // `exec -f` has no pod beside it, and -h takes nothing.
        let not = ["filename/f=", "help/h", "image=", "version"];
        let own: Vec<&str> = flags.into_iter().filter(|it| !not.contains(it)).collect();
        let all = globals().into_iter().filter(|it| !not.contains(it)).collect();
        (some(all), some(own), rest(verb), any::<bool>()).prop_map(
            move |(all, own, rest, before)| {
                let (all, own) = (all.join(" "), own.join(" "));
                if before {
                    format!("kubectl {all} {verb} {own} {rest}")
                } else {
                    format!("kubectl {verb} {own} {all} {rest}")
                }
            },
        )
    })
}

/// Several of them, as scripts have them.
fn script() -> impl Strategy<Value = String> {
    let one = prop_oneof![
        5 => command(),
        1 => command().prop_map(|it| format!("if {it}; then {it}; fi")),
        1 => command().prop_map(|it| format!("for i in 1 2; do\n  {it} >a.txt 2>&1 &\ndone")),
        1 => command().prop_map(|it| format!("X=$({it}) && echo \"$({it})\"")),
        1 => command().prop_map(|it| format!("sudo {it} | grep -v web || true # {it}")),
        1 => command().prop_map(|it| format!("$ {it}")),
        1 => command().prop_map(|it| it.replace(" --", " \\\n  --")),
    ];
    vec(one, 1..4).prop_map(|it| it.join("\n") + "\n")
}

proptest! {
    #[test]
    fn what_kubectl_takes_stays_but_for_images(text in script(), markdown in any::<bool>()) {
        let text = if markdown { format!("# A\n\n```sh\n{text}```\n") } else { text };
        let sort = if markdown { Sort::Markdown } else { Sort::Script };
        let found = found(&text, sort);
        for edit in &found.edits {
            let old = &text[edit.place.clone()];
            let image = matches!(images::remedy(old), Some(Remedy::Replace(new, _)) if new == edit.with);
            prop_assert!(image, "{:?} becomes {:?} in:\n{}", old, edit.with, text);
        }
        let once = edited(&text, &found.edits);
        let again = crate::migrate::found(&once, sort);
        prop_assert_eq!(edited(&once, &again.edits), once);
    }

    #[test]
    fn every_flag_that_kubectl_takes_is_known(text in command()) {
        let commands = Commands::read(&text);
        let words = commands.commands.iter().find_map(|it| it.runs(&["kubectl"]));
        let call = Call::read(words.expect("it begins so"));
        let unknown = call.flags.iter().find(|it| !it.known);
        prop_assert!(unknown.is_none(), "{:?} in {}", unknown, text);
    }
}
