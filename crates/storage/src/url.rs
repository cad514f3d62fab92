//! The value of `DATABASE_URL`.

use std::{fmt, path::PathBuf, str::FromStr};

/// Where databases are: a folder of SQLite files, or a PostgreSQL server.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite:<folder>`; each service keeps its own file in it.
    Folder(PathBuf),
    /// `postgres://user:password@host:port/database`; each service keeps its own schema in it.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        let Some(folder) = text.strip_prefix("sqlite:") else {
            return Err("start it with sqlite: or postgres://".to_owned());
        };
        let folder = folder.strip_prefix("//").unwrap_or(folder);
        if folder.is_empty() || folder.contains(":memory:") {
            return Err("name a folder after sqlite:, such as sqlite:./data".to_owned());
        }
        Ok(Self::Folder(folder.into()))
    }
}

impl fmt::Display for DatabaseUrl {
    /// Without the password: this is what logs and tables show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "sqlite:{}", folder.display()),
            Self::Postgres(url) => match url.split_once('@') {
                Some((_, host)) => write!(f, "postgres://…@{host}"),
                None => f.write_str(url),
            },
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
