//! What extends the API server: webhooks and definitions of kinds.

use crate::migrate::{
    change::Found,
    object::{Object, Refusal},
    yaml::Node,
};

const REVIEWS: &str = "admissionregistration.k8s.io/v1 wants it; this is what v1beta1 meant";

/// Of `admissionregistration.k8s.io/v1beta1`: v1 wants two fields that had defaults.
pub(super) fn webhooks(object: &Object<'_>) -> Result<Found, Refusal> {
    let mut found = Found::default();
    if object.version != "admissionregistration.k8s.io/v1beta1" {
        return Ok(found);
    }
    for webhook in object.root.get("webhooks").map(Node::items).unwrap_or_default() {
        let effects = webhook.get("sideEffects");
        if !matches!(effects.and_then(Node::text), Some("None" | "NoneOnDryRun")) {
            return Err(Refusal::new(
                effects.unwrap_or(webhook),
                "admissionregistration.k8s.io/v1 wants to know its `sideEffects`: None, or \
                 NoneOnDryRun",
            ));
        }
        if webhook.get("admissionReviewVersions").is_none() {
            webhook.append(object.text, "admissionReviewVersions: [v1beta1]", REVIEWS, &mut found);
        }
        for (field, old, new) in
            [("failurePolicy", "Ignore", "Fail"), ("matchPolicy", "Exact", "Equivalent")]
        {
            if webhook.get(field).is_none() {
                let told = format!("without `{field}` it was {old}; in v1 it is {new}");
                found.tell(webhook.place.start, told);
            }
        }
    }
    Ok(found)
}

/// Of `apiextensions.k8s.io/v1beta1`: each version has a schema of its own in v1.
pub(super) fn definition(object: &Object<'_>) -> Result<Found, Refusal> {
    let mut found = Found::default();
    let Some(spec) = object.root.get("spec") else { return Ok(found) };
    if object.version != "apiextensions.k8s.io/v1beta1" {
        return Ok(found);
    }
    let versions = spec.get("versions").map(Node::items).unwrap_or_default();
    let schema = |it: &Node| it.at(&["schema", "openAPIV3Schema"]).is_some();
    if versions.is_empty() || !versions.iter().all(schema) {
        return Err(Refusal::new(
            spec,
            "apiextensions.k8s.io/v1 wants `versions`, each with `schema: {openAPIV3Schema: \
             {type: object, …}}`: take the definition from who wrote it",
        ));
    }
    if spec.get("scope").is_none() {
        return Err(Refusal::new(spec, "apiextensions.k8s.io/v1 wants its `scope`: Namespaced"));
    }
    spec.remove(object.text, "version", "its versions are a list in v1, which it has", &mut found);
    Ok(found)
}
