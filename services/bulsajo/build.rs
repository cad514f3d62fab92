//! Bakes in which commit this is: `GIT_REVISION` where there is no checkout, as in an image.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=GIT_REVISION");
    println!("cargo::rerun-if-changed=../../.git/logs/HEAD");
    let given = std::env::var_os("GIT_REVISION").map(|it| it.to_string_lossy().into_owned());
    let revision = given.or_else(asked).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=BULSAJO_REVISION={}", revision.trim());
}

fn asked() -> Option<String> {
    let git = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok()?;
    git.status.success().then(|| String::from_utf8_lossy(&git.stdout).into_owned())
}
