//! The namespaces of a room, and a way into each.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use globset::{Glob, GlobMatcher};
use k8s_openapi::api::core::v1::Namespace as Object;
use kube::{Api, api::ListParams};
use tempfile::TempDir;

use super::{
    Cluster, causes,
    namespace::{KUBECONFIG, folder, write_into},
    unreachable,
};
use crate::failure::Failure;

/// A kubeconfig that leads into a namespace, deleted when it is dropped.
pub(crate) struct Door(TempDir);

impl Door {
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.0.path().join(KUBECONFIG)
    }
}

impl Cluster {
    /// Opens a way into a namespace, whether there is one or not.
    pub(crate) fn door(&self, namespace: &str) -> Result<Door, Failure> {
        let door = Door(folder()?);
        write_into(door.0.path(), &self.kubeconfig, namespace)?;
        Ok(door)
    }

    /// The namespaces that are meant, sorted: by name whether they are there or not, by pattern those
    /// that are there. Beside each stands why it cannot be looked at, if that is known already.
    pub(crate) async fn named(
        &self,
        patterns: &[String],
    ) -> Result<BTreeMap<String, Option<String>>, Failure> {
        let wanted: Vec<Wanted> = patterns.iter().map(|it| read(it)).collect::<Result<_, _>>()?;
        let all: Api<Object> = Api::all(self.client.clone());
        let there = match all.list(&ListParams::default()).await {
            Ok(list) => Some(list.items.into_iter().filter_map(|it| it.metadata.name).collect()),
            // Whoever may not list them may still look into those that are named.
            Err(kube::Error::Api(refused)) if refused.code == 403 => None,
            Err(error) => return Err(unreachable(causes(&error))),
        };
        chosen(&wanted, there.as_ref())
            .map_err(|why| unreachable(format_args!("context {}: {why}", self.context)))
    }
}

/// Fails for what is no pattern; for that no cluster has to be asked.
pub(crate) fn are_patterns(patterns: &[String]) -> Result<(), Failure> {
    patterns.iter().try_for_each(|it| read(it).map(drop))
}

/// A name, or a pattern of names.
enum Wanted {
    Name(String),
    Pattern(String, GlobMatcher),
}

fn read(text: &str) -> Result<Wanted, Failure> {
    let is_pattern = text.contains(['*', '?', '[', '{']);
    if !is_pattern {
        return Ok(Wanted::Name(text.to_owned()));
    }
    let glob = Glob::new(text)
        .map_err(|error| Failure::Usage(format!("--namespaces {text}: {}", error.kind())))?;
    Ok(Wanted::Pattern(text.to_owned(), glob.compile_matcher()))
}

/// Each with why it cannot be looked at; `there` is None for those who may not list namespaces.
fn chosen(
    wanted: &[Wanted],
    there: Option<&BTreeSet<String>>,
) -> Result<BTreeMap<String, Option<String>>, String> {
    let mut found = BTreeMap::new();
    for it in wanted {
        match (it, there) {
            (Wanted::Name(name), Some(there)) if !there.contains(name) => {
                found.insert(name.clone(), Some("there is no such namespace".to_owned()));
            }
            (Wanted::Name(name), _) => {
                found.insert(name.clone(), None);
            }
            (Wanted::Pattern(text, _), None) => {
                return Err(format!(
                    "you may not list namespaces, so {text} cannot be looked up; name each: \
                     --namespaces NAME --namespaces NAME"
                ));
            }
            (Wanted::Pattern(text, glob), Some(there)) => {
                let matching: Vec<_> = there.iter().filter(|name| glob.is_match(name)).collect();
                if matching.is_empty() {
                    let known: Vec<&str> = there.iter().map(String::as_str).collect();
                    return Err(format!(
                        "no namespace is called {text}; there are: {}",
                        known.join(", ")
                    ));
                }
                found.extend(matching.into_iter().map(|name| (name.clone(), None)));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{chosen, read};

    const THERE: [&str; 5] = ["default", "student-01", "student-02", "student-10", "teacher"];

    fn found(patterns: &[&str]) -> Result<Vec<String>, String> {
        let wanted: Vec<_> = patterns.iter().map(|it| read(it).expect("a pattern")).collect();
        let there: BTreeSet<String> = THERE.iter().map(ToString::to_string).collect();
        let found = chosen(&wanted, Some(&there))?;
        let told = |(name, why): (String, Option<String>)| {
            why.map_or(name.clone(), |why| format!("{name}: {why}"))
        };
        Ok(found.into_iter().map(told).collect())
    }

    #[test]
    fn a_pattern_means_those_that_are_there() {
        for (patterns, names) in [
            (&["student-*"][..], &["student-01", "student-02", "student-10"][..]),
            (&["student-0?"], &["student-01", "student-02"]),
            (&["student-[0-9][1-9]"], &["student-01", "student-02"]),
            (&["{teacher,student-10}"], &["student-10", "teacher"]),
            (&["student-10", "t*", "student-1*"], &["student-10", "teacher"]),
        ] {
            assert_eq!(found(patterns).expect("some"), names, "{patterns:?}");
        }
    }

    #[test]
    fn a_name_that_is_not_there_keeps_its_row_and_a_pattern_without_any_is_an_error() {
        assert_eq!(
            found(&["student-01", "student-99"]),
            Ok(vec!["student-01".to_owned(), "student-99: there is no such namespace".to_owned()])
        );
        let none = found(&["class-*"]).expect_err("there is none");
        assert!(none.starts_with("no namespace is called class-*; there are: default, "), "{none}");
        assert!(read("student-[").is_err(), "no pattern");
    }

    #[test]
    fn who_may_not_list_namespaces_may_name_them() {
        let wanted = |text| [read(text).expect("a pattern")];
        assert!(chosen(&wanted("student-01"), None).is_ok_and(|it| it.contains_key("student-01")));
        let told = chosen(&wanted("student-*"), None).expect_err("a pattern");
        assert!(told.contains("name each: --namespaces NAME"), "{told}");
    }
}
