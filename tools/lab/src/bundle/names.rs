//! The images that a worksheet needs: those of its manifests, and those that its commands name.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    failure::Failure,
    migrate,
    worksheet::{Action, Worksheet, read},
};

/// What `kubectl` does with manifests.
const TAKE: [&str; 4] = ["apply", "create", "replace", "delete"];

/// All but those that the worksheet says are not there.
pub(super) fn of(worksheet: &Worksheet) -> Result<BTreeSet<String>, Failure> {
    let (mut images, mut read) = (BTreeSet::new(), BTreeSet::new());
    for step in &worksheet.steps {
        let text = match &step.action {
            Action::Type(command) => &command.text,
            Action::Start { text, .. } => text,
            Action::Look { .. } => continue,
        };
        images.extend(in_commands(text));
        let folder = worksheet.folder();
        let files = files(text).map(|it| (it, false)).filter(|(it, _)| folder.join(it).is_file());
        for (path, is_overlay) in manifests(text).into_iter().chain(files) {
            if read.insert(path.clone()) {
                images.extend(in_manifest(&folder.join(path), is_overlay)?);
            }
        }
    }
    for image in &worksheet.without {
        images.remove(image);
    }
    Ok(images)
}

/// `kubectl set image deploy order order=IMAGE`, `--image=IMAGE`, and `image: IMAGE` of a heredoc.
fn in_commands(text: &str) -> BTreeSet<String> {
    let mut images = BTreeSet::new();
    for line in text.replace("\\\n", " ").lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let sets = words.windows(2).any(|it| it == ["set", "image"]);
        for (at, word) in words.iter().enumerate() {
            let next = words.get(at + 1).copied();
            let image = match word.split_once('=') {
                Some(("--image", image)) => Some(image),
                Some((container, image)) if sets && !container.starts_with('-') => Some(image),
                None if *word == "--image" || (*word == "image:" && !sets) => next,
                _ => None,
            };
            images.extend(image.and_then(name));
        }
    }
    images
}

/// The files, folders and overlays that `kubectl` is told to take.
fn manifests(text: &str) -> Vec<(PathBuf, bool)> {
    let mut found = Vec::new();
    for line in text.replace("\\\n", " ").lines() {
        let mut words = line.split_whitespace().peekable();
        // `kcat -k 3`, `tail -f log`
        let mut takes = false;
        while let Some(word) = words.next() {
            if word == "kubectl" {
                takes = words.peek().is_some_and(|it| TAKE.contains(it));
            }
            let (option, value) = match word.split_once('=') {
                Some((option, value)) => (option, Some(value)),
                None => (word, None),
            };
            let overlay = matches!(option, "-k" | "--kustomize");
            if !takes || (!overlay && !matches!(option, "-f" | "--filename")) {
                continue;
            }
            let path = value.or_else(|| words.peek().copied()).unwrap_or("-");
            // What is typed in, or comes from elsewhere, is no file of ours.
            if path != "-" && !path.starts_with('-') && !path.contains("://") {
                found.push((PathBuf::from(path), overlay));
            }
        }
    }
    found
}

/// Files that go another way: `sed … order.yaml | kubectl apply -f -`, `--patch-file order.yaml`.
fn files(text: &str) -> impl Iterator<Item = PathBuf> {
    text.split_whitespace().map(PathBuf::from).filter(|it| is_yaml(it))
}

fn in_manifest(path: &Path, is_overlay: bool) -> Result<BTreeSet<String>, Failure> {
    if is_overlay {
        return Ok(in_yaml(&kustomized(path)?));
    }
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = fs::read_dir(path).map_err(|error| Failure::unreadable(path, error))?;
        let paths = entries.filter_map(|it| Some(it.ok()?.path()));
        files = paths.filter(|it| is_yaml(it)).collect();
    }
    let mut images = BTreeSet::new();
    for file in files {
        let text = read(&file)?;
        images.extend(in_yaml(&text));
    }
    Ok(images)
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json")
}

fn kustomized(path: &Path) -> Result<String, Failure> {
    let ran = Command::new("kubectl").arg("kustomize").arg(path).output();
    let ran = ran.map_err(|error| {
        Failure::Program(format!("kubectl does not start, and it puts overlays together: {error}"))
    })?;
    if ran.status.success() {
        return Ok(String::from_utf8_lossy(&ran.stdout).into_owned());
    }
    let told = String::from_utf8_lossy(&ran.stderr);
    Err(Failure::Program(format!("kubectl kustomize {}: {}", path.display(), told.trim())))
}

fn in_yaml(text: &str) -> BTreeSet<String> {
    let mut images = BTreeSet::new();
    for document in migrate::documents(text).0 {
        document.each_entry(&mut |key, value| {
            if key.text() == Some("image") {
                images.extend(value.text().and_then(name));
            }
        });
    }
    images
}

/// With the tag that is meant where none is said; None if it is no image's name.
fn name(text: &str) -> Option<String> {
    let text = text.trim_matches(['"', '\'']);
    let letters = |it: char| it.is_ascii_alphanumeric() || "./:@_-".contains(it);
    if text.is_empty() || !text.chars().all(letters) {
        return None;
    }
    let last = text.rsplit('/').next().unwrap_or(text);
    let has_tag = last.contains([':', '@']);
    Some(if has_tag { text.to_owned() } else { format!("{text}:latest") })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{files, in_commands, in_yaml, manifests};

    #[test]
    fn commands_name_images_in_these_ways() {
        for (text, images) in [
            ("kubectl set image deploy order order=a/order:2 --record=true", &["a/order:2"][..]),
            ("kubectl create deploy x --image=x:1 --replicas=2", &["x:1"]),
            ("kubectl run x \\\n  --image busybox -- sleep 1", &["busybox:latest"]),
            ("cat <<E\nkind: Pod\n  - image: \"r.io:5000/x\"\nE", &["r.io:5000/x:latest"]),
            ("kubectl set env deploy order A=b:1", &[]),
            ("kubectl set image deploy order order=$IMAGE", &[]),
        ] {
            assert_eq!(Vec::from_iter(in_commands(text)), images, "{text}");
        }
    }

    #[test]
    fn manifests_are_what_kubectl_is_told_to_take() {
        let path = |text: &str, overlay| (PathBuf::from(text), overlay);
        for (text, found) in [
            (
                "kubectl apply -f a.yaml\nkubectl delete --filename=b/",
                vec![path("a.yaml", false), path("b/", false)],
            ),
            ("kubectl apply -k k8s/overlays/kafka", vec![path("k8s/overlays/kafka", true)]),
            ("kubectl apply -f - <<E", vec![]),
            ("kubectl logs -f pod/siege\nkcat -P -k 3", vec![]),
            ("kubectl apply -f https://x.io/a.yaml", vec![]),
        ] {
            assert_eq!(manifests(text), found, "{text}");
        }
    }

    #[test]
    fn a_file_may_go_another_way() {
        let text = "sed 's/A/B/' a/b.yaml | kubectl apply -f -\nkubectl logs x\n";
        assert_eq!(files(text).collect::<Vec<_>>(), [PathBuf::from("a/b.yaml")]);
    }

    #[test]
    fn a_manifest_names_images_wherever_it_has_containers() {
        let text = "kind: Pod\nspec:\n  initContainers: [{ image: one:1 }]\n  containers:\n  - image: two:2\n\
                    ---\nkind: List\nitems:\n- spec: {template: {spec: {containers: [{name: x, image: 'three:3'}]}}}\n";
        assert_eq!(Vec::from_iter(in_yaml(text)), ["one:1", "three:3", "two:2"]);
    }
}
