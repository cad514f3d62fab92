//! Which files are migrated, and where what comes of them goes.

use std::{
    collections::HashSet,
    fs, io,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    cli::Migrate,
    failure::Failure,
    migrate::Sort,
    text::{Encoding, decode},
    worksheet::read,
};

/// One of them.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    /// Below the folder that was given; else its name alone.
    pub(crate) within: PathBuf,
    pub(crate) text: String,
    pub(crate) sort: Sort,
}

impl Source {
    /// Why nothing changes, where nothing does.
    pub(crate) fn idle(&self) -> &'static str {
        let named = self.path.extension().is_none() || Sort::of(&self.path).is_some();
        let script = self.text.starts_with("#!");
        if self.text.trim().is_empty() {
            "it is empty"
        } else if self.sort == Sort::Script && !named && !script {
            "nothing to change; it is neither YAML nor a worksheet nor a script by its name"
        } else {
            "nothing to change"
        }
    }
}

/// What was given, folders with all that is in them.
#[derive(Default)]
pub(crate) struct Sources {
    pub(crate) read: Vec<Source>,
    /// Why others could not be read, one sentence each. They do not keep the rest from being migrated.
    pub(crate) unread: Vec<String>,
}

/// Reads all that was given.
///
/// # Errors
///
/// There is nothing to migrate, or the command line contradicts itself.
pub(crate) fn sources(wanted: &Migrate) -> Result<Sources, Failure> {
    let mut sources = Sources::default();
    for path in &wanted.files {
        if path == Path::new("-") {
            sources.add(from_stdin());
        } else if path.is_dir() {
            let mut files = Vec::new();
            below(path, &mut files, &mut sources.unread);
            files.sort();
            for file in files {
                let within = file.strip_prefix(path).unwrap_or(&file).to_owned();
                sources.add(source(file, within));
            }
        } else {
            let within = path.file_name().map(PathBuf::from).unwrap_or_default();
            sources.add(source(path.clone(), within));
        }
    }
    if wanted.write && sources.read.iter().any(|it| it.path == Path::new("-")) {
        return Err(Failure::Usage("the standard input cannot be written in place".to_owned()));
    }
    if sources.read.is_empty() && sources.unread.is_empty() {
        let folders: Vec<_> = wanted.files.iter().map(|it| it.display().to_string()).collect();
        let told = format!("there is no .yaml, .yml, .md or .sh in {}", folders.join(", "));
        return Err(Failure::Usage(told));
    }
    Ok(sources)
}

impl Sources {
    fn add(&mut self, source: Result<Source, Failure>) {
        match source {
            Ok(source) => self.read.push(source),
            Err(failure) => self.unread.push(failure.to_string()),
        }
    }

    /// An error if something could not be read.
    pub(crate) fn complete(unread: &[String]) -> Result<(), Failure> {
        if unread.is_empty() { Ok(()) } else { Err(Failure::Content(unread.join("\nlab: "))) }
    }
}

fn from_stdin() -> Result<Source, Failure> {
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).map_err(Failure::Input)?;
    let text = decode(bytes).map_err(|it: Encoding| {
        Failure::Content(format!("the standard input cannot be read: {}", it.cure()))
    })?;
    let sort = Sort::of_text(&text);
    Ok(Source { path: "-".into(), within: "worksheet".into(), text, sort })
}

fn source(path: PathBuf, within: PathBuf) -> Result<Source, Failure> {
    let text = read(&path)?;
    let sort = Sort::of(&path).unwrap_or_else(|| Sort::of_text(&text));
    Ok(Source { path, within, text, sort })
}

/// Hidden folders, such as `.git`, and links are left out.
fn below(folder: &Path, files: &mut Vec<PathBuf>, unread: &mut Vec<String>) {
    let failed = |error: io::Error| format!("{} cannot be read: {error}", folder.display());
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return unread.push(failed(error)),
    };
    for entry in entries {
        let kind = entry.and_then(|it| Ok((it.file_type()?, it)));
        let (kind, entry) = match kind {
            Ok(both) => both,
            Err(error) => {
                unread.push(failed(error));
                continue;
            }
        };
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let path = entry.path();
        if kind.is_dir() && !hidden {
            below(&path, files, unread);
        } else if kind.is_file() && Sort::of(&path).is_some() {
            files.push(path);
        }
    }
}

/// Where the results go. Nothing is written before all that may be written is known.
pub(crate) fn write(wanted: &Migrate, done: &[(Source, String)]) -> Result<(), Failure> {
    if let Some(folder) = &wanted.out {
        return write_into(folder, done);
    }
    if !wanted.write {
        // Whoever reads it may stop; what was told has been told.
        return done
            .iter()
            .try_for_each(|(_, new)| io::stdout().write_all(new.as_bytes()))
            .or(Ok(()));
    }
    let changed: Vec<_> = done.iter().filter(|(source, new)| source.text != *new).collect();
    for (source, _) in &changed {
        let original = original(&source.path);
        if original.exists() {
            return Err(Failure::Usage(format!(
                "{} is there already: move it away, nothing was written",
                original.display()
            )));
        }
    }
    for (source, new) in changed {
        put(&original(&source.path), &source.text)?;
        put(&source.path, new)?;
    }
    Ok(())
}

/// Not over what was given, nor one over the other.
fn write_into(folder: &Path, done: &[(Source, String)]) -> Result<(), Failure> {
    let mut taken = HashSet::new();
    for (source, _) in done {
        let target = folder.join(&source.within);
        let same =
            target.canonicalize().is_ok_and(|it| source.path.canonicalize().ok() == Some(it));
        if same || !taken.insert(&source.within) {
            return Err(Failure::Usage(format!(
                "{} would be written over: give another folder, or --write",
                target.display()
            )));
        }
    }
    done.iter().try_for_each(|(source, new)| put(&folder.join(&source.within), new))
}

/// `order.yaml.orig`
fn original(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".orig");
    PathBuf::from(name)
}

fn put(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| Failure::unwritable(path, error))
}
