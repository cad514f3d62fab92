//! The profile of a resource: what its fields are called, as ALPS.

use serde_json::{Value, json as value};

use web::Base;

use crate::{Problem, Resource, json, schema};

/// A small but valid ALPS document.
pub(crate) fn document<R: Resource>(base: &Base) -> Result<Vec<u8>, Problem> {
    let href = format!("{}/profile/{}", base.as_str(), R::COLLECTION);
    let id = format!("{}-representation", R::ITEM);
    let fields = schema::fields::<R::Entity>();
    let fields: Vec<Value> =
        fields.iter().map(|name| value!({"name": name, "type": "semantic"})).collect();
    let shape = value!({"id": id, "href": href, "descriptor": fields});
    let mut all = vec![shape];
    all.extend(ACTIONS.map(|(verb, kind, many)| {
        let name = if many { R::COLLECTION } else { R::ITEM };
        value!({"id": format!("{verb}-{name}"), "name": name, "type": kind, "rt": format!("#{id}")})
    }));
    let alps = value!({"version": "1.0", "descriptor": all});
    json::to_vec(&value!({"alps": alps})).map_err(Problem::broken)
}

const ACTIONS: [(&str, &str, bool); 6] = [
    ("get", "safe", true),
    ("create", "unsafe", true),
    ("get", "safe", false),
    ("update", "idempotent", false),
    ("patch", "unsafe", false),
    ("delete", "idempotent", false),
];
