//! Whoever starts `lab`: the command, the key to a cluster, and what came.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Output},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::Namespace;

/// `lab` with this subcommand.
pub(crate) fn lab(subcommand: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.arg(subcommand);
    command
}

/// How a run ended, and what it wrote.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) told: String,
    pub(crate) complained: String,
}

impl Run {
    /// Runs this to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::ended(command.output().expect("it runs"))
    }

    pub(crate) fn ended(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        let code = output.status.code();
        Self { code, told: text(output.stdout), complained: text(output.stderr) }
    }

    /// All of this was told, or the test fails.
    pub(crate) fn tells(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.told.contains(part), "{part} is not in:\n{}", self.told);
        }
    }

    pub(crate) fn ends_with(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{}{}", self.told, self.complained);
    }

    pub(crate) fn complains(&self, code: i32, part: &str) {
        self.ends_with(code);
        assert!(self.complained.contains(part), "{part} is not in:\n{}", self.complained);
    }
}

/// That of whoever runs the tests, who may do everything.
///
/// # Panics
///
/// Where there is no cluster; so ask [`Namespace::is_available`] first.
#[expect(clippy::disallowed_methods, reason = "a test has no command line of its own")]
pub(crate) fn kubeconfig() -> String {
    std::env::var("TEST_KUBECONFIG").expect("asked for by `is_available`")
}

/// A kubeconfig of somebody's own; the file is gone with it.
pub(crate) struct Key {
    folder: TempDir,
}

impl Key {
    /// Leads into this namespace, and opens everything.
    pub(crate) fn into(namespace: &Namespace) -> Self {
        Self::with(namespace, |_| {})
    }

    /// Leads into this namespace, and opens nothing.
    pub(crate) fn of_nobody(namespace: &Namespace) -> Self {
        let token = namespace.kubectl("create token default");
        Self::with(namespace, |all| all["users"][0]["user"] = json!({ "token": token }))
    }

    /// One whose cluster nobody answers for, in the context `school`.
    pub(crate) fn to_nowhere() -> Self {
        Self::written(&format!(
            "{{current-context: school, contexts: [{{name: school, context: {{cluster: c, user: u}}}}],
             clusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:{}'}}}}],
             users: [{{name: u, user: {{}}}}]}}",
            testkit::free_base_port()
        ))
    }

    fn with(namespace: &Namespace, change: impl Fn(&mut Value)) -> Self {
        let shown = namespace.kubectl("config view --raw --minify --flatten --output json");
        let mut all: Value = serde_json::from_str(&shown).expect("JSON");
        all["contexts"][0]["context"]["namespace"] = json!(namespace.name());
        change(&mut all);
        Self::written(&all.to_string())
    }

    fn written(text: &str) -> Self {
        let key = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        fs::write(key.path(), text).expect("it can be written");
        key
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }
}

/// What Ctrl-C or an operator sends.
pub(crate) fn signal(run: &Child, signal: Signal) {
    let pid = i32::try_from(run.id()).ok().and_then(Pid::from_raw).expect("a pid");
    kill_process(pid, signal).expect("it runs");
}
