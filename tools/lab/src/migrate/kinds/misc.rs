//! Kinds of which little changed.

use crate::migrate::{
    change::Found,
    object::{Object, Refusal},
    yaml::Node,
};

type Mended = Result<Found, Refusal>;

/// Of `certificates.k8s.io/v1beta1`: who signs, and for what, was made up if it was not said.
pub(super) fn signing(object: &Object<'_>) -> Mended {
    let found = Found::default();
    let Some(spec) = object.root.get("spec").filter(|_| object.version.contains("beta")) else {
        return Ok(found);
    };
    let signer = spec.get("signerName");
    if signer.and_then(Node::text).is_none_or(|it| it == "kubernetes.io/legacy-unknown") {
        return Err(Refusal::new(
            signer.unwrap_or(spec),
            "certificates.k8s.io/v1 wants to know who signs: `signerName: \
             kubernetes.io/kube-apiserver-client` for a user",
        ));
    }
    if spec.get("usages").is_none() {
        return Err(Refusal::new(
            spec,
            "certificates.k8s.io/v1 wants to know what for: `usages: [client auth]` for a user",
        ));
    }
    Ok(found)
}

/// Of `events.k8s.io/v1beta1`.
pub(super) fn event(object: &Object<'_>) -> Mended {
    let wanted = ["eventTime", "reportingController", "reportingInstance", "action", "reason"];
    let lacks = wanted.into_iter().find(|it| object.root.get(it).is_none());
    match lacks.filter(|_| object.version == "events.k8s.io/v1beta1") {
        Some(lacks) => {
            Err(Refusal::new(object.root, format!("events.k8s.io/v1 wants its `{lacks}`")))
        }
        None => Ok(Found::default()),
    }
}

/// Of `authorization.k8s.io/v1beta1`.
pub(super) fn review(object: &Object<'_>) -> Found {
    let mut found = Found::default();
    let group = object.root.get("spec").and_then(|it| it.entry("group"));
    if let Some((key, _)) = group {
        found.edit(key.place.clone(), "groups", "authorization.k8s.io/v1 calls it so");
    }
    found
}

/// Of `flowcontrol.apiserver.k8s.io` before v1beta3.
pub(super) fn priority(object: &Object<'_>) -> Found {
    let mut found = Found::default();
    let limited = object.root.at(&["spec", "limited"]);
    if let Some((key, _)) = limited.and_then(|it| it.entry("assuredConcurrencyShares")) {
        let why = "flowcontrol.apiserver.k8s.io calls it so since v1beta3";
        found.edit(key.place.clone(), "nominalConcurrencyShares", why);
    }
    found
}

/// Of `rbac.authorization.k8s.io/v1alpha1`: a user says a group, and no version.
pub(super) fn binding(object: &Object<'_>) -> Mended {
    let mut found = Found::default();
    for subject in object.root.get("subjects").map(Node::items).unwrap_or_default() {
        let Some((key, value)) = subject.entry("apiVersion") else { continue };
        if subject.text_of("name") == Some("*") {
            return Err(Refusal::new(subject, "`*` is no user: the group system:authenticated"));
        }
        let service = subject.text_of("kind") == Some("ServiceAccount");
        let group = if service { "\"\"" } else { "rbac.authorization.k8s.io" };
        let why = "rbac.authorization.k8s.io/v1 wants the group, without a version";
        found.edit(key.place.start..value.place.end, format!("apiGroup: {group}"), why);
    }
    Ok(found)
}

/// Of `node.k8s.io/v1alpha1`: what was in its spec is beside it.
pub(super) fn runtime(object: &Object<'_>) -> Mended {
    let mut found = Found::default();
    let Some((key, spec)) = object.root.entry("spec") else { return Ok(found) };
    match spec.entries() {
        [(name, handler)] if name.text() == Some("runtimeHandler") => {
            let written = handler.in_one_line(object.text).unwrap_or_default();
            let why = "node.k8s.io/v1 has no spec: the handler stands beside the name";
            found.edit(key.place.start..spec.place.end, format!("handler: {written}"), why);
            Ok(found)
        }
        _ => Err(Refusal::new(
            key,
            "node.k8s.io/v1 has no spec: `handler` is its `runtimeHandler`, and `overhead` and \
             `scheduling` stand beside it",
        )),
    }
}

/// A Service of 1.16 to 1.19.
pub(super) fn service(object: &Object<'_>) -> Found {
    let mut found = Found::default();
    let Some(spec) = object.root.get("spec") else { return found };
    if let Some((key, value)) = spec.entry("ipFamily")
        && let Some(family) = value.in_one_line(object.text)
    {
        let line = format!("ipFamilies: [{family}]");
        found.edit(key.place.start..value.place.end, line, "it is a list since 1.20");
    }
    found
}
