//! `lab`, as a person starts it.

mod cluster;
mod copy;
mod labs;
mod sheet;
mod shell;
mod turn;

use std::{fs, path::PathBuf, process::Command};

use tempfile::TempDir;

use crate::person::{Run, kubeconfig, lab};

/// A worksheet in a folder of its own.
struct Sheet {
    folder: TempDir,
    path: PathBuf,
}

impl Sheet {
    /// One that needs no cluster.
    fn plain(text: &str) -> Self {
        Self::new(&format!("---\ncluster: none\n---\n{text}"))
    }

    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("sheet.md");
        fs::write(&path, text).expect("it can be written");
        Self { folder, path }
    }

    fn verify(&self, options: &[&str]) -> Run {
        Run::of(&mut self.command(options))
    }

    fn command(&self, options: &[&str]) -> Command {
        let mut command = lab("verify");
        command.arg(&self.path).args(options);
        command
    }

    fn on_cluster(&self, options: &[&str]) -> Run {
        Run::of(self.command(options).env("KUBECONFIG", kubeconfig()))
    }
}
