//! Which version the sample is, and which status that means.

use std::fmt;

use axum::http::StatusCode;
use web::Problem;

/// How much of a value is shown to whoever set it.
const SHOWN: usize = 80;

/// What the variable `version` says.
#[derive(Debug, Clone)]
pub(crate) struct Version(String);

impl Version {
    pub(crate) fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The status that this version answers with. The original answers an unknown version with the
    /// status 0, and what the client sees is a connection that breaks.
    pub(crate) fn status(&self) -> Result<StatusCode, Problem> {
        match &*self.0 {
            "v1" => Ok(StatusCode::CREATED),
            "v2" => Ok(StatusCode::ACCEPTED),
            _ => Err(self.unknown()),
        }
    }

    /// What to expect of it, for the line at the start.
    pub(crate) fn promise(&self) -> String {
        match self.status() {
            Ok(status) => format!("{self} answers {}", status.as_u16()),
            Err(_) => "an unknown version answers 500".to_owned(),
        }
    }

    fn unknown(&self) -> Problem {
        let shown: String = self.0.chars().take(SHOWN).collect();
        let detail = format!(
            "the environment variable version is set to {shown:?}; it can be v1, which answers \
             201, or v2, which answers 202"
        );
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail).hint(self.hint())
    }

    fn hint(&self) -> String {
        let meant = self.0.trim().to_lowercase();
        if ["v1", "v2"].contains(&&*meant) {
            return format!("did you mean {meant}?");
        }
        // A Dockerfile of the lab says `ENV version=$(version)`, which stays as it is.
        if self.0.contains('$') {
            return "nothing was put in its place: a Dockerfile needs ARG version, and then ENV \
                    version=${version}"
                .to_owned();
        }
        "set version=v1 or version=v2, and start it again".to_owned()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn a_slip_is_told_with_what_was_probably_meant() {
        for (name, words) in [
            ("V2", "did you mean v2?"),
            ("v1 ", "did you mean v1?"),
            ("$(version)", "ENV version=${version}"),
            ("3", "version=v1 or version=v2"),
        ] {
            let problem = Version::new(name).status().expect_err("there are two versions");
            assert!(problem.detail.contains(&format!("{name:?}")), "{}", problem.detail);
            assert!(problem.hint.as_deref().is_some_and(|it| it.contains(words)), "{problem:?}");
        }
    }
}
