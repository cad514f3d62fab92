//! Letters that look like others, and files that are not in UTF-8.

use std::{fs, os::unix::fs::PermissionsExt as _};

use super::{migrate, path, text, told, typed};

#[test]
fn letters_that_look_like_others_are_mended_in_commands() {
    for (old, new) in [
        ("kubectl exec web-0 – date", "kubectl exec web-0 -- date"),
        ("kubectl exec web-0 \u{2014} date", "kubectl exec web-0 -- date"),
        ("kubectl apply –f a.yaml", "kubectl apply -f a.yaml"),
        ("kubectl apply -f \u{2013}", "kubectl apply -f -"),
        ("kubectl get pods —all-namespaces", "kubectl get pods --all-namespaces"),
        ("kubectl exec –it web-0 -- sh", "kubectl exec -it web-0 -- sh"),
        ("kubectl run a –-image=nginx:1", "kubectl run a --image=nginx:1"),
        ("kubectl run a ‐‐image=nginx:1", "kubectl run a --image=nginx:1"),
        ("helm upgrade shop ./chart —set a=b", "helm upgrade shop ./chart --set a=b"),
        ("curl –X POST http://web", "curl -X POST http://web"),
        ("kubectl get pod my‑web‑0", "kubectl get pod my-web-0"),
        ("kubectl\u{a0}exec web-0\u{3000}date", "kubectl exec web-0 -- date"),
        ("\u{feff}kubectl get pods", "kubectl get pods"),
        ("kubectl get\u{200b} pods\u{200b}", "kubectl get pods"),
        ("kubectl get po -l “app=web”", "kubectl get po -l \"app=web\""),
        ("kubectl get po -l ‘app=web’", "kubectl get po -l 'app=web'"),
        (
            "kubectl create deploy a --image=jinyoung/order:stable\u{a0}",
            "kubectl create deploy a --image=bulsajo/order:stable ",
        ),
    ] {
        let (text, report) = typed(&format!("{old}\n"));
        assert_eq!(text, format!("{new}\n"), "{report}");
        assert_eq!(typed(&text).0, text);
    }
}

#[test]
fn what_may_be_meant_so_stays() {
    for text in [
        "echo '2020–2021'\n",
        "# first – then\n",
        "echo “well”\n",
        "git commit -m \"a — b\"\n",
        "kubectl annotate pod web-0 note='it’s new'\n",
        "a: it’s new # – “so”\nb: 2020–2021\n",
    ] {
        assert_eq!(typed(text).0, text);
    }
    for text in ["docker run nginx:1 – sh\n", "kubectl exec web-0 -- – sh\n", "tar –xf a.tar\n"]
    {
        let (new, report) = typed(text);
        assert_eq!(new, text);
        assert!(report.contains("a long dash is no hyphen: put `-` or `--`"), "{report}");
    }
    let (new, report) = typed("kubectl annotate pod web-0 note='a\u{a0}b'\n");
    assert!(new.contains('\u{a0}') && report.contains("in quotes, and stays"), "{report}");
}

#[test]
fn letters_that_look_like_others_are_mended_in_manifests() {
    for (old, new) in [
        ("\u{200b}kind: Pod\n", "kind: Pod\n"),
        ("kind:\u{a0}Pod\n", "kind: Pod\n"),
        (
            "spec:\n\u{a0}\u{a0}image: jinyoung/order:stable\u{200b}\n",
            "spec:\n  image: bulsajo/order:stable\n",
        ),
        ("spec:\n – image: nginx\u{a0}\n", "spec:\n - image: nginx \n"),
        ("kind: “Pod”\n", "kind: \"Pod\"\n"),
        ("kind: Pod\n———\nkind: Pod\n", "kind: Pod\n---\nkind: Pod\n"),
        ("kind: Pod\n---\n\u{feff}kind: Pod\n", "kind: Pod\n---\nkind: Pod\n"),
        ("kind: Pod\r\nspec:\u{a0}{}\r\n", "kind: Pod\r\nspec: {}\r\n"),
    ] {
        let (text, report) = typed(old);
        assert_eq!(text, new, "{report}");
        assert_eq!(typed(&text).0, text);
    }
    let (new, report) = typed("kind: ConfigMap\ndata:\n  a: |\n    x\u{a0}y\n  b: 'x\u{a0}y'\n");
    assert!(new.matches('\u{a0}').count() == 2, "{new}");
    assert!(
        report.contains("   4 !     x⍽y\n") && report.contains("   5 !   b: 'x⍽y'\n"),
        "{report}"
    );
}

#[test]
fn a_mark_at_the_begin_of_a_file_hides_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, old, new) in [
        ("a.sh", "\u{feff}#!/bin/sh\nkubectl exec a b\n", "#!/bin/sh\nkubectl exec a -- b\n"),
        (
            "a.yaml",
            "\u{feff}apiVersion: batch/v1beta1\nkind: CronJob\n",
            "\u{feff}apiVersion: batch/v1\nkind: CronJob\n",
        ),
        (
            "a.md",
            "\u{feff}---\ntime: 1 min\n---\n```sh\nkubectl exec a b\n```\n",
            "\u{feff}---\ntime: 1 min\n---\n```sh\nkubectl exec a -- b\n```\n",
        ),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, old).expect("written");
        assert_eq!(told(&migrate(&[path(&file)]).stdout), new, "{name}");
    }
}

/// UTF-16, CP949, no text at all, nothing that may be read: the rest of the folder is migrated.
#[test]
fn one_file_that_cannot_be_read_does_not_stop_the_others() {
    let (from, to) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("two"));
    let write =
        |name: &str, bytes: &[u8]| fs::write(from.path().join(name), bytes).expect("written");
    let wide: Vec<u8> = "kind: Pod\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    write("a.yaml", &[&[0xff, 0xfe], wide.as_slice()].concat());
    write("b.yaml", &[b'#', 0xc1, 0xd6, 0xb9, 0xae, b'\n']);
    write("c.sh", b"\x7fELF\x01\x00\x00\x00 not a script");
    write("d.yaml", b"apiVersion: batch/v1beta1\nkind: CronJob\n");
    fs::create_dir(from.path().join("closed")).expect("made");
    let closed = from.path().join("closed/e.yaml");
    fs::write(&closed, "kind: Pod\n").expect("written");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).expect("set");
    // Root may read it all the same.
    let readable = fs::read(&closed).is_ok();

    let run = migrate(&["--out", path(to.path()), path(from.path())]);

    assert_eq!(run.status.code(), Some(2));
    assert_eq!(text(&to.path().join("d.yaml")), "apiVersion: batch/v1\nkind: CronJob\n");
    for part in [
        "a.yaml cannot be read: it is text in UTF-16, as `>` of Windows PowerShell writes it",
        "b.yaml cannot be read: it is no text in UTF-8; an old Korean worksheet may be CP949",
        "c.sh cannot be read: it is no text",
    ] {
        assert!(told(&run.stderr).contains(part), "{}", told(&run.stderr));
    }
    assert!(
        readable || told(&run.stderr).contains("e.yaml cannot be read"),
        "{}",
        told(&run.stderr)
    );
}
