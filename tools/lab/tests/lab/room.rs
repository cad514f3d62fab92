//! What a lecturer prepares: images in a file, namespaces, and keys to them.

use std::{collections::BTreeSet, fs, process::Command};

use testkit::{Namespace, namespace::PodSecurity::Baseline, workspace};

use crate::person::{self, Run, kubeconfig};

/// `lab` with these words, on the cluster of the tests.
fn lab(words: &[&str]) -> Run {
    let mut command = person::lab(words[0]);
    Run::of(command.args(&words[1..]).current_dir(workspace()).env("KUBECONFIG", kubeconfig()))
}

#[test]
fn a_bundle_has_the_images_of_its_lab_and_no_others() {
    // Where there is a cluster, there is an engine with our images.
    if !Namespace::is_available("a_bundle_has_the_images_of_its_lab_and_no_others") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("lab-03.tar");
    let file = file.to_str().expect("text");
    let made = lab(&["bundle", "labs/en/03-zero-downtime.md", "--out", file]);
    assert_eq!(made.code, Some(0), "{}", made.complained);
    assert!(made.told.contains(&format!("kind load image-archive {file}")), "{}", made.told);
    let mut tar = Command::new("tar");
    let read = Run::of(tar.args(["--extract", "--to-stdout", "--file", file, "manifest.json"]));
    let listed: serde_json::Value = serde_json::from_str(&read.told).expect("JSON");
    let tags = listed.as_array().expect("images").iter().flat_map(|it| {
        let tags = it["RepoTags"].as_array().expect("names");
        tags.iter().map(|tag| tag.as_str().expect("a name").to_owned())
    });
    let images = ["bulsajo/order:canary", "bulsajo/order:stable", "bulsajo/toolbox:0.1.0"];
    assert_eq!(tags.collect::<BTreeSet<_>>(), images.map(ToOwned::to_owned).into());
}

#[test]
fn what_is_missing_is_told_with_its_cure_and_nothing_is_written() {
    let test = "what_is_missing_is_told_with_its_cure_and_nothing_is_written";
    if !Namespace::is_available(test) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sheet = folder.path().join("sheet.md");
    let blocks =
        "```sh\nkubectl run x --image=bulsajo/none:1\nkubectl run y --image=none.invalid/y\n```\n";
    fs::write(&sheet, blocks).expect("it can be written");
    let file = folder.path().join("x.tar");
    let (sheet, out) = (sheet.to_str().expect("text"), file.to_str().expect("text"));
    let made = lab(&["bundle", sheet, "--out", out]);
    assert_eq!(made.code, Some(2), "{}{}", made.told, made.complained);
    for told in [
        "bulsajo/none:1    just images    (",
        "none.invalid/y:latest    docker pull none.invalid/y:latest    (",
        "nothing was written",
    ] {
        assert!(made.complained.contains(told), "{told}: {}", made.complained);
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "the sheet alone");
}

/// A worksheet says at its top which images it needs: those, and no others, are in its bundle.
#[test]
fn a_lab_names_the_images_that_it_needs() {
    if !Namespace::is_available("a_lab_names_the_images_that_it_needs") {
        return; // `kubectl` puts overlays together
    }
    for lab_file in fs::read_dir(workspace().join("labs/en")).expect("there are labs") {
        let path = lab_file.expect("it can be read").path();
        if path.file_name().is_some_and(|name| name == "README.md") {
            continue;
        }
        let listed = lab(&["bundle", "--list", path.to_str().expect("text")]);
        assert_eq!(listed.code, Some(0), "{}", listed.complained);
        let listed: BTreeSet<String> = listed.told.lines().map(ToOwned::to_owned).collect();
        let text = fs::read_to_string(&path).expect("a worksheet");
        assert_eq!(listed, promised(&text), "{}", path.display());
    }
}

/// `bulsajo/order:stable`, and `order` where all are to have the same tag.
fn promised(text: &str) -> BTreeSet<String> {
    let (_, rest) = text.split_once("The commands are typed").expect("what is needed");
    let (needs, _) = rest.split_once("\n\n").expect("its end");
    let (short, long) = match needs.split_once("each with the tag `") {
        Some((names, rest)) => (names, rest.split_once('`').expect("a tag")),
        None => ("", ("", needs)),
    };
    let named = |text: &str| -> Vec<String> {
        text.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect()
    };
    let (tag, long) = long;
    let ours = named(short).into_iter().map(|it| {
        let name = it.strip_prefix("bulsajo/").unwrap_or(&it);
        format!("bulsajo/{name}:{tag}")
    });
    let is_image = |it: &String| it.contains(':') && !it.contains(' ');
    ours.chain(named(long).into_iter().filter(is_image)).collect()
}

#[test]
fn what_cannot_be_is_told_before_a_cluster_is_asked() {
    for (words, told) in [
        (
            &["up", "-n", "a", "--valid", "0s"] as &[&str],
            "no cluster gives a key for less than 10m",
        ),
        (&["up", "-n", "a", "--valid", "soon"], "a time such as 12h"),
        (&["up", "-n", "a", "--pods", "0"], "0 is not in 1.."),
        (&["down", "-n", "a-["], "lab: --namespaces a-[: "),
        (&["down", "-n", "a-9..1"], "counted upwards"),
    ] {
        let nowhere = "/dev/null/kubeconfig";
        let run = Run::of(person::lab(words[0]).args(&words[1..]).env("KUBECONFIG", nowhere));
        run.complains(2, told);
    }
}

#[test]
fn a_room_is_made_with_keys_and_only_that_is_deleted() {
    if !Namespace::is_available("a_room_is_made_with_keys_and_only_that_is_deleted") {
        return;
    }
    let given = Namespace::create(Baseline);
    let stem = format!("{}-desk", given.name());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let keys = folder.path().to_str().expect("text");
    let range = format!("{stem}-1..2");

    let refused = lab(&["up", "-n", &range, "-n", given.name()]);
    assert_eq!(refused.code, Some(3), "{}", refused.complained);
    assert!(refused.complained.contains("lab did not make it; nothing was made"));
    assert!(!given.kubectl("get namespaces").contains(&stem), "nothing was made");

    for again in 0..2 {
        let made = lab(&["up", "-n", &range, "--kubeconfigs", keys]);
        assert_eq!(made.code, Some(0), "{again}: {}", made.complained);
        for number in 1..=2 {
            assert!(made.told.contains(&format!("{stem}-{number}: ready")), "{}", made.told);
        }
    }
    let key = format!("{keys}/{stem}-1.yaml");
    let student =
        |words: &[&str]| Run::of(Command::new("kubectl").args(words).env("KUBECONFIG", &key));
    let asked = student(&["exec", "siege", "--", "getent", "hosts", "kubernetes.default"]);
    assert_eq!(asked.code, Some(0), "{}", asked.complained);
    let made = student(&["create", "deployment", "order", "--image=bulsajo/order:0.1.0"]);
    assert_eq!(made.code, Some(0), "{}", made.complained);
    let other = student(&["get", "pods", "--namespace", &format!("{stem}-2")]);
    assert!(other.complained.contains("Forbidden"), "a neighbour's: {}", other.complained);
    let root = student(&["run", "root", "--image=busybox:1.36", "--privileged=true"]);
    assert!(root.complained.contains("violates PodSecurity"), "{}", root.complained);

    let down = lab(&["down", "-n", &format!("{stem}-*"), "-n", given.name()]);
    assert_eq!(down.code, Some(3), "{}{}", down.told, down.complained);
    assert!(down.told.contains(&format!("{}: left as it is", given.name())), "{}", down.told);
    let left = given.kubectl("get namespaces");
    assert!(left.contains(given.name()) && !left.contains(&stem), "{left}");
}
