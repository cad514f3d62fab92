//! Commands of a worksheet: the images that they name, and what the programs do not take any more.

use crate::migrate::{
    Remedy, addresses,
    change::Found,
    helm, images,
    kubectl::{self, Context},
    shell::{Command, Word},
};

/// What is to become of a command.
pub(crate) fn mend(text: &str, command: &Command, context: &Context, found: &mut Found) {
    let words = &command.words;
    for (at, word) in words.iter().enumerate() {
        mend_image(text, word, &words[..at], found);
    }
    if let Some(words) = command.runs(&kubectl::NAMES) {
        kubectl::mend(text, words, context, found);
    }
    if let Some(words) = command.runs(&["helm", "helm2", "helm3"]) {
        helm::mend(text, words, found);
    }
    addresses::tell(words, found);
    tell_gone(command, found);
}

/// An image that a command names: as a word, or behind a `=`.
fn mend_image(text: &str, word: &Word, before: &[Word], found: &mut Found) {
    let (key, value) = word.text.rsplit_once('=').unwrap_or(("", &word.text));
    let name = value.trim_matches(['"', '\'', ')', ';']);
    let written = &text[word.place.clone()];
    let Some(start) = written.rfind(name).filter(|_| !name.is_empty()) else { return };
    let start = word.place.start + start;
    // Elsewhere a word with a `<` in it is no image.
    let is_image = key == "--image"
        || before.last().is_some_and(|it| it.text == "--image")
        || (!key.is_empty()
            && before.windows(2).any(|it| it[0].text == "set" && it[1].text == "image"));
    match images::remedy(name) {
        Some(Remedy::Replace(new, why)) => found.edit(start..start + name.len(), new, &why),
        Some(Remedy::Tell(what)) if is_image => found.tell(start, what),
        _ => {}
    }
}

/// Programs, words that they do not take any more, and why.
const GONE: [(&[&str], &[&str], &str); 6] = [
    (
        &["aws"],
        &["get-login"],
        "it is gone since version 2 of the AWS CLI: `aws ecr get-login-password | docker login --username AWS --password-stdin …`",
    ),
    (&["istioctl"], &["manifest", "apply"], "it is `istioctl install`"),
    (&["istioctl"], &["experimental", "auth"], "it is gone"),
    (&["gcloud"], &["docker"], "it is gone: `gcloud auth configure-docker`, then `docker push`"),
    (&["heapster"], &[], "Heapster is gone since 2018: metrics-server"),
    (&["tiller"], &[], "Helm has no Tiller since version 3"),
];

fn tell_gone(command: &Command, found: &mut Found) {
    for (programs, gone, why) in GONE {
        let words = command.runs(programs);
        if words.is_some_and(|it| gone.iter().all(|gone| it.iter().any(|it| it.text == *gone))) {
            found.tell(command.words[0].place.start, why);
        }
    }
    let kafka = |it: &Word| it.text.rsplit('/').next().is_some_and(|it| it.starts_with("kafka-"));
    let Some(tool) = command.words.iter().position(kafka) else { return };
    for word in &command.words[tool..] {
        let told = match word.text.split('=').next() {
            Some("--zookeeper") => {
                "`--zookeeper` is gone since Kafka 3.0, and so is ZooKeeper since 4.0: \
                 `--bootstrap-server BROKER:9092` (here my-kafka:9092)"
            }
            Some("--broker-list") => {
                "`--broker-list` is gone since Kafka 4.0: `--bootstrap-server`, with the same address"
            }
            _ => continue,
        };
        found.tell(word.place.start, told);
    }
}
