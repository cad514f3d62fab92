//! A lab with its manifests, to be run as it is, or made wrong.

use std::{fmt::Write as _, fs, process::Command};

use tempfile::TempDir;
use testkit::{Namespace, workspace};

use super::turn::Turn;
use crate::person::{Run, kubeconfig, lab};

pub(crate) fn tells_the_truth(name: &str) {
    if !Namespace::is_available(name) {
        return;
    }
    let mut command = lab("verify");
    command.arg(workspace().join("labs/en").join(format!("{name}.md")));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let page = folder.path().join("report.html");
    command.arg("--html").arg(&page).env("KUBECONFIG", kubeconfig());
    let turn = Turn::of(name);
    let run = Run::of(&mut command);
    drop(turn);
    eprintln!("{}", run.told);
    run.ends_with(0);
    is_a_report(&fs::read_to_string(page).expect("it was written"), &run.told);
}

/// It shows every pod that the run saw, and nothing leads out of it.
fn is_a_report(page: &str, told: &str) {
    let steps = told.lines().filter(|it| it.ends_with("  ok") || it.ends_with("  runs on")).count();
    assert!(page.contains(&format!("{steps} steps as the worksheet says")), "{steps}: {told}");
    assert!(
        page.contains("Pods, and their versions") && page.trim_end().ends_with("</html>"),
        "{told}"
    );
    assert!(page.contains("class=\"ready\"><title>"), "a pod was ready");
    // Only then does siege show a line for each.
    let siege = told.lines().any(|it| it.contains("-- siege ") && it.contains(" -v "));
    assert!(!siege || page.contains("Requests, failed"), "requests are shown where some were made");
    assert!(!page.contains("<script") && !page.contains("src="), "it is one file without programs");
    assert!(page.len() < 500_000, "{} bytes", page.len());
}

/// A lab with its manifests, to be made wrong.
pub(crate) struct Copy {
    folder: TempDir,
    name: String,
    _turn: Turn,
}

impl Copy {
    /// None where there is no cluster.
    pub(crate) fn of(name: &str, test: &str) -> Option<Self> {
        if !Namespace::is_available(test) {
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut files = format!("labs/en/{name}.md k8s");
        if workspace().join("labs/manifests").join(name).is_dir() {
            let _ = write!(files, " labs/manifests/{name}");
        }
        let mut copy = Command::new("cp");
        copy.args(["--recursive", "--parents"]).args(files.split(' ')).arg(folder.path());
        assert!(copy.current_dir(workspace()).status().expect("there is a cp").success());
        Some(Self { folder, name: name.to_owned(), _turn: Turn::of(name) })
    }

    /// Changes something in a manifest.
    pub(crate) fn manifest(&self, file: &str, from: &str, to: &str) {
        let file = format!("labs/manifests/{}/{file}", self.name);
        self.edit(&file, |text| {
            assert!(text.contains(from), "{from} is not in {file}");
            text.replace(from, to)
        });
    }

    /// Changes something that the worksheet says.
    pub(crate) fn says(&self, from: &str, to: &str) {
        self.edit(&format!("labs/en/{}.md", self.name), |text| {
            assert!(text.contains(from), "{from} is not there");
            text.replace(from, to)
        });
    }

    /// Leaves out what is between two places of the worksheet.
    pub(crate) fn without(&self, from: &str, to: &str) {
        self.edit(&format!("labs/en/{}.md", self.name), |text| {
            let (before, rest) = text.split_once(from).expect("it is there");
            let (_, after) = rest.split_once(to).expect("it is behind");
            format!("{before}{to}{after}")
        });
    }

    pub(crate) fn edit(&self, file: &str, change: impl Fn(&str) -> String) {
        let path = self.folder.path().join(file);
        let text = fs::read_to_string(&path).expect("it was copied");
        fs::write(&path, change(&text)).expect("it can be written");
    }

    pub(crate) fn run(&self) -> Run {
        let path = self.folder.path().join(format!("labs/en/{}.md", self.name));
        Run::of(lab("verify").arg(path).env("KUBECONFIG", kubeconfig()))
    }

    /// The run fails, and for this reason.
    pub(crate) fn is_rejected_at(&self, expected: &str) {
        let run = self.run();
        run.ends_with(1);
        let told = run.told.lines().find(|line| line.trim().starts_with("expected  "));
        assert!(told.is_some_and(|line| line.contains(expected)), "{}", run.told);
    }
}
