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
            // `user:password`, whose host was forgotten.
            None => match server.rsplit_once(':') {
                Some((host, port)) if port.parse::<u16>().is_err() && !port.ends_with(']') => {
                    format!("{host}:…")
                }
                _ => server.to_owned(),
            },
        };
        let Some((path, query)) = path.split_once('?') else {
            return format!("{scheme}://{server}{path}");
        };
        let query: Vec<String> = query.split('&').map(without_password).collect();
        format!("{scheme}://{server}{path}?{}", query.join("&"))
    }
}

/// The parameters that sqlx knows, and of those the ones that hold no secrets.
const PUBLIC: [&str; 9] = [
    "sslmode",
    "ssl-mode",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "application_name",
    "statement-cache-capacity",
];
const OTHERS: [&str; 9] = [
    "password",
    "options",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
];

/// A parameter of a URL, `password=secret` without its value; so is one with a slip in its name.
fn without_password(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((key, _)) if !PUBLIC.contains(&key) => format!("{key}=…"),
        _ => parameter.to_owned(),
    }
}

/// The URL without the parameters that sqlx does not know, and their names. sqlx would log them
/// with their values, and one of them may be a password whose name has a slip in it.
pub(crate) fn understood(url: &str) -> (String, Vec<&str>) {
    let Some((server, query)) = url.split_once('?') else { return (url.to_owned(), Vec::new()) };
    let is_known = |parameter: &&str| {
        let name = name_of(parameter);
        PUBLIC.contains(&name) || OTHERS.contains(&name) || name.starts_with("options")
    };
    let (known, unknown): (Vec<&str>, Vec<&str>) = query.split('&').partition(is_known);
    (format!("{server}?{}", known.join("&")), unknown.into_iter().map(name_of).collect())
}

/// What is before `=`; where there is none, it is not known what it is.
fn name_of(parameter: &str) -> &str {
    parameter.split_once('=').map_or("…", |(name, _)| name)
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
    use super::{DatabaseUrl, understood};

    #[test]
    fn a_parameter_that_sqlx_does_not_know_is_left_out_and_named() {
        let left = |url| understood(url).0;
        assert_eq!(understood("postgres://db/a"), ("postgres://db/a".to_owned(), vec![]));
        let slip = "postgres://db/a?pasword=secret&sslmode=require";
        assert_eq!(understood(slip).1, ["pasword"]);
        assert_eq!(left(slip), "postgres://db/a?sslmode=require");
        let right = "postgres://db/a?user=ann&password=secret&options[geqo]=off";
        assert_eq!(left(right), right);
    }

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
            ("postgres://db/?pasword=secret&port=1", "postgres://db/?pasword=…&port=1"),
            ("postgres://ann:secret", "postgres://ann:…"),
            ("postgres://[::1]/shop", "postgres://[::1]/shop"),
            ("mysql://ann:secret@db", "mysql://ann:…@db"),
            ("host=db password=secret", "(hidden)"),
        ] {
            assert_eq!(DatabaseUrl::shown(url), shown);
        }
    }
}
