//! The target of a request, as it is routed.

use axum::http::{Uri, uri::PathAndQuery};

/// Which runs of slashes in a path are one slash, as Tomcat has it: `//orders` is `/orders`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Slashes {
    /// All of them.
    #[default]
    Everywhere,
    /// Those before the path: what follows is another's to read.
    Leading,
}

impl Slashes {
    /// Makes one slash of each run; the query stays as it is.
    pub(crate) fn collapse(self, uri: &mut Uri) {
        if !uri.path().contains("//") {
            return;
        }
        let (path, query) = (uri.path(), uri.query());
        let mut target = match self {
            Self::Leading => format!("/{}", path.trim_start_matches('/')),
            Self::Everywhere => collapsed(path),
        };
        if let Some(query) = query {
            target.push('?');
            target.push_str(query);
        }
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = target.parse::<PathAndQuery>().ok();
        if let Ok(collapsed) = Uri::from_parts(parts) {
            *uri = collapsed;
        }
    }
}

fn collapsed(path: &str) -> String {
    let mut one = String::with_capacity(path.len());
    for character in path.chars() {
        if character != '/' || !one.ends_with('/') {
            one.push(character);
        }
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(slashes: Slashes, text: &str) -> String {
        let mut uri: Uri = text.parse().expect("a target");
        slashes.collapse(&mut uri);
        uri.to_string()
    }

    #[test]
    fn runs_of_slashes_are_one() {
        use Slashes::{Everywhere, Leading};
        for (text, everywhere, leading) in [
            ("/orders?a=//b", "/orders?a=//b", "/orders?a=//b"),
            ("//orders?size=1", "/orders?size=1", "/orders?size=1"),
            ("///orders//1//?a=//", "/orders/1/?a=//", "/orders//1//?a=//"),
            ("/orders//", "/orders/", "/orders//"),
            ("//", "/", "/"),
            ("http://shop//orders", "http://shop/orders", "http://shop/orders"),
            ("*", "*", "*"),
        ] {
            assert_eq!(target(Everywhere, text), everywhere, "{text}");
            assert_eq!(target(Leading, text), leading, "{text}");
        }
    }
}
