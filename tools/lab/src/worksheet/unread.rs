//! A worksheet that cannot be read, and which one may have been meant.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

/// Where the labs are, seen from the repository's folder.
const LABS: &str = "labs/en";
/// A slip of the finger in so many letters is near.
const LETTERS: usize = 4;

/// What to do about it, if that is known.
pub(super) fn cure(path: &Path, error: &io::Error) -> Option<String> {
    (error.kind() == ErrorKind::NotFound).then(|| missing(path))
}

fn missing(path: &Path) -> String {
    let beside = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let beside = sheets(beside, &name);
    let near = if beside.is_empty() { sheets(Path::new(LABS), &name) } else { beside };
    if !near.is_empty() {
        let near: Vec<String> = near.iter().map(|it| it.display().to_string()).collect();
        return format!("there is {}", near.join(", "));
    }
    if Path::new(LABS).is_dir() {
        format!("`ls {LABS}` shows the labs")
    } else {
        format!("if it is a lab, you are not in the repository's folder: there is no {LABS} here")
    }
}

/// Those of a folder whose names begin so, or are near.
fn sheets(folder: &Path, name: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path());
    let near = |it: &PathBuf| {
        let stem = it.file_stem().unwrap_or_default().to_string_lossy();
        let begins = !name.is_empty() && stem.starts_with(name);
        let like = begins || strsim::levenshtein(&stem, name) <= name.len() / LETTERS;
        like && it.extension().is_some_and(|it| it == "md")
    };
    let mut near: Vec<PathBuf> = files.filter(near).collect();
    near.sort();
    near.iter().map(|it| it.strip_prefix(".").unwrap_or(it).to_owned()).collect()
}
