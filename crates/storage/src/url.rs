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

impl DatabaseUrl {
    /// What may be shown of a text that is a database's URL, or was meant to be one: all but the
    /// passwords in it.
    pub fn shown(text: &str) -> String {
        let Some((scheme, rest)) = text.split_once("://") else {
            return if text.starts_with("sqlite:") { text } else { "(hidden)" }.to_owned();
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (server, path) = rest.split_at(end);
        // A password that is not percent-encoded may go on here.
        if path.contains('@') {
            return format!("{scheme}://…");
        }
        let server = match server.rsplit_once('@') {
            Some((user, host)) => match user.split_once(':') {
                Some((user, _)) => format!("{user}:…@{host}"),
                None => format!("{user}@{host}"),
            },
            None => server.to_owned(),
        };
        let Some((path, query)) = path.split_once('?') else {
            return format!("{scheme}://{server}{path}");
        };
        let query: Vec<String> = query.split('&').map(without_password).collect();
        format!("{scheme}://{server}{path}?{}", query.join("&"))
    }
}

/// A parameter of a URL, `sslpassword=secret` without its value.
fn without_password(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((key, _)) if key.to_lowercase().contains("pass") => format!("{key}=…"),
        _ => parameter.to_owned(),
    }
}

impl fmt::Display for DatabaseUrl {
    /// Without the password: this is what logs and tables show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "sqlite:{}", folder.display()),
            Self::Postgres(url) => f.write_str(&Self::shown(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::DatabaseUrl;

    #[test]
    fn a_url_is_shown_without_its_passwords() {
        for (url, shown) in [
            ("sqlite:./data", "sqlite:./data"),
            ("postgres://db/shop", "postgres://db/shop"),
            ("postgres://db:5432/shop", "postgres://db:5432/shop"),
            ("postgres://ann@db/shop", "postgres://ann@db/shop"),
            ("postgres://ann:secret@db:5432/shop", "postgres://ann:…@db:5432/shop"),
            ("postgres://ann:sec@ret@db/shop", "postgres://ann:…@db/shop"),
            ("postgres://ann:sec/ret@db/shop", "postgres://…"),
            ("postgres://ann:sec?ret@db/shop", "postgres://…"),
            ("postgres://db/shop?password=secret", "postgres://db/shop?password=…"),
            (
                "postgres://db/?user=ann&password=s&sslmode=require",
                "postgres://db/?user=ann&password=…&sslmode=require",
            ),
            ("mysql://ann:secret@db", "mysql://ann:…@db"),
            ("host=db password=secret", "(hidden)"),
        ] {
            assert_eq!(DatabaseUrl::shown(url), shown);
        }
    }
}
