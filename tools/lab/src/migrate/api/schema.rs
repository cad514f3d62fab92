//! The fields of every kind of Kubernetes 1.34, as its API server describes them.

use std::{collections::HashMap, sync::LazyLock};

use crate::migrate::yaml::Node;

/// `= VERSION KIND TYPE`, then `TYPE FIELD…`: a field with fields of its own says their type, `field:TYPE`,
/// and `field:{TYPE` if its keys are free. A test on the cluster compares it with `/openapi/v2`.
const TABLE: &str = include_str!("schema.txt");

#[derive(Debug, Default)]
struct Schema {
    kinds: HashMap<(&'static str, &'static str), &'static str>,
    types: HashMap<&'static str, HashMap<&'static str, Of>>,
}

/// What is in a field.
#[derive(Debug, Clone, Copy)]
enum Of {
    /// A plain value, or what is not described.
    Value,
    /// One of this type, or a list of them.
    One(&'static str),
    /// Under keys of one's own.
    Many(&'static str),
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut schema = Schema::default();
    for line in TABLE.lines() {
        let mut words = line.split(' ');
        let Some(name) = words.next() else { continue };
        if name == "=" {
            if let (Some(version), Some(kind), Some(of)) =
                (words.next(), words.next(), words.next())
            {
                schema.kinds.insert((version, kind), of);
            }
        } else {
            schema.types.insert(name, words.map(field).collect());
        }
    }
    schema
});

fn field(written: &'static str) -> (&'static str, Of) {
    match written.split_once(':') {
        None => (written, Of::Value),
        Some((name, of)) => match of.strip_prefix('{') {
            Some(of) => (name, Of::Many(of)),
            None => (name, Of::One(of)),
        },
    }
}

/// A field that the version does not have.
pub(crate) struct Stranger<'a> {
    pub(crate) key: &'a Node,
    /// Where it is: `spec.template.spec`.
    pub(crate) below: String,
}

/// Whether the version has the kind.
pub(crate) fn has(version: &str, kind: &str) -> bool {
    SCHEMA.kinds.keys().any(|it| *it == (version, kind))
}

/// A settled version that has the kind: `apps/v1` for a Deployment.
pub(crate) fn home(kind: &str) -> Option<&'static str> {
    let mut homes: Vec<&str> =
        SCHEMA.kinds.keys().filter(|it| it.1 == kind).map(|it| it.0).collect();
    homes.sort_unstable();
    homes.into_iter().rfind(|it| !it.contains("alpha") && !it.contains("beta"))
}

/// The fields of an object that its version does not have, but for those that are about to change and
/// all that is in them.
pub(crate) fn strangers<'a>(
    version: &str,
    kind: &str,
    root: &'a Node,
    changes: &dyn Fn(&Node) -> bool,
) -> Vec<Stranger<'a>> {
    let mut found = Vec::new();
    let of = SCHEMA.kinds.iter().find(|(it, _)| **it == (version, kind));
    if let Some((_, of)) = of {
        look(root, of, "", changes, &mut found);
    }
    found
}

fn look<'a>(
    node: &'a Node,
    of: &str,
    path: &str,
    changes: &dyn Fn(&Node) -> bool,
    found: &mut Vec<Stranger<'a>>,
) {
    let Some(fields) = SCHEMA.types.get(of).filter(|_| !node.is_alias()) else { return };
    for item in node.items() {
        look(item, of, path, changes, found);
    }
    for (key, value) in node.entries() {
        let Some(name) = key.text().filter(|_| !changes(key)) else { continue };
        let below = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match fields.get(name) {
            Some(Of::Value) => {}
            Some(Of::One(of)) => look(value, of, &below, changes, found),
            Some(Of::Many(of)) => {
                if !value.is_alias() {
                    value.entries().iter().for_each(|(_, it)| look(it, of, &below, changes, found));
                }
            }
            // What kubectl and kustomize read themselves.
            None if name == "<<" || name.starts_with('$') => {}
            None => found.push(Stranger { key, below: path.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{has, home, strangers};
    use crate::migrate::yaml::documents;

    #[test]
    fn a_field_that_no_version_knows_is_found_where_it_stands() {
        let text = "spec: {rollbackTo: {revision: 1}, template: {spec: {containers: [{name: a, ports: \
                    [{containerport: 1}]}], volumes: []}}}";
        let (documents, _) = documents(text);
        let found = strangers("apps/v1", "Deployment", &documents[0], &|_| false);
        let found: Vec<(Option<&str>, &str)> =
            found.iter().map(|it| (it.key.text(), it.below.as_str())).collect();
        let ports = "spec.template.spec.containers.ports";
        assert_eq!(found, [(Some("rollbackTo"), "spec"), (Some("containerport"), ports)]);
    }

    #[test]
    fn keys_of_ones_own_are_no_strangers() {
        let text = "metadata: {labels: {a: b}}\nspec: {versions: [{name: v1, schema: {openAPIV3Schema: \
                    {properties: {spec: {type: object}}}}}]}";
        let (documents, _) = documents(text);
        let kind = "CustomResourceDefinition";
        let version = "apiextensions.k8s.io/v1";
        assert!(strangers(version, kind, &documents[0], &|_| false).is_empty());
        assert!(has("v1", "Pod") && !has("v1", "Deployment"));
        assert_eq!((home("Deployment"), home("Rollout")), (Some("apps/v1"), None));
    }
}
