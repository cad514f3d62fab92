//! `lab migrate`: an old worksheet for today's Kubernetes and our images. It edits the text where
//! it has to, leaves alone what it does not know, and says both.

mod addresses;
mod api;
mod change;
mod command;
mod files;
mod helm;
mod images;
mod kinds;
mod kubectl;
mod lookalike;
mod manifest;
mod names;
mod object;
mod prose;
mod report;
mod sheet;
mod shell;
mod tabs;
mod yaml;

use std::{
    io::{self, Write as _},
    path::Path,
};

pub(crate) use yaml::documents;

use crate::{
    cli::Migrate,
    failure::Failure,
    migrate::{
        change::{Found, edited},
        files::Sources,
    },
};

/// What there is to do about something.
#[derive(Debug)]
pub(crate) enum Remedy {
    /// Other words, and why.
    Replace(String, String),
    Tell(String),
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Yaml,
    Markdown,
    /// Commands of a shell.
    Script,
}

impl Sort {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "yaml" | "yml" => Some(Self::Yaml),
            "md" | "markdown" => Some(Self::Markdown),
            "sh" => Some(Self::Script),
            _ => None,
        }
    }

    /// What has no name tells by what it begins with, below comments and headings.
    fn of_text(text: &str) -> Self {
        let begins = |it: &&str| !it.is_empty() && !it.starts_with('#') && *it != "---";
        let seen = |it: &'_ str| -> String {
            it.chars().filter(|it| !lookalike::is_unseen(*it)).collect()
        };
        let lines = text.lines().map(|it| seen(it).trim_end().to_owned());
        let first = lines.into_iter().find(|it| begins(&it.as_str())).unwrap_or_default();
        let keys = ["apiVersion:", "kind:", "metadata:", "spec:", "image:", "{"];
        if keys.iter().any(|it| first.starts_with(it)) {
            Self::Yaml
        } else if text.contains("```") {
            Self::Markdown
        } else {
            Self::Script
        }
    }
}

/// Migrates what was given. What cannot be read does not keep the rest from being migrated.
pub(crate) fn migrate(wanted: &Migrate) -> Result<(), Failure> {
    let Sources { read, unread } = files::sources(wanted)?;
    let alone = !wanted.write && wanted.out.is_none() && !wanted.explain;
    if alone && read.len() > 1 {
        return Err(Failure::Usage(
            "there are several files: say --write, --out FOLDER or --explain".to_owned(),
        ));
    }
    let mut done = Vec::new();
    let mut reports = String::new();
    for source in read {
        let found = found(&source.text, source.sort);
        let name = source.path.display().to_string();
        reports.push_str(&report::report(&name, &source.text, &found, source.idle()));
        let new = edited(&source.text, &found.edits);
        done.push((source, new));
    }
    if wanted.explain {
        let _ = io::stdout().write_all(reports.as_bytes());
    } else {
        let _ = io::stderr().write_all(reports.as_bytes());
        files::write(wanted, &done)?;
    }
    Sources::complete(&unread)
}

/// What is to become of a text, in order.
fn found(text: &str, sort: Sort) -> Found {
    let found = match sort {
        Sort::Yaml => manifest::mend(text),
        Sort::Markdown => sheet::mend(text),
        Sort::Script => sheet::script(text),
    };
    found.in_order()
}

#[cfg(test)]
mod tests;
