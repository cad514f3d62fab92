//! Where the repository is.

use std::{env, path::PathBuf};

/// The folder of the workspace.
///
/// Cargo says at run time whose test it runs. What it said when this was compiled may be another
/// clone that shares the target folder, and that clone may be gone.
pub fn workspace() -> PathBuf {
    let told = env::var_os("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").into());
    // Every crate is two folders deep.
    PathBuf::from(told).join("../..").canonicalize().expect("the workspace")
}
