//! An Ingress: where backends stand, and what kind of path each path is.

use std::ops::Range;

use crate::migrate::{
    change::Found,
    names,
    object::{Object, Refusal},
    yaml::{Node, line_start},
};

const BACKEND: &str = "a backend names its service and port so in networking.k8s.io/v1";
const TYPE: &str = "each path has to say its type; this is what v1beta1 meant, `Prefix` is usual";
const TYPE_LINE: &str = "pathType: ImplementationSpecific";

pub(crate) fn mend(object: &Object<'_>) -> Result<Found, Refusal> {
    let mut found = Found::default();
    let Some(spec) = object.root.get("spec") else { return Ok(found) };
    if let Some((key, backend)) = spec.entry("backend") {
        if !is_old(backend) {
            return Err(Refusal::new(key, "its default backend is in neither form"));
        }
        found.edit(key.place.clone(), "defaultBackend", "it is called so in networking.k8s.io/v1");
        mend_backend(object.text, backend, None, &mut found)?;
    }
    for rule in spec.get("rules").map(Node::items).unwrap_or_default() {
        if let Some((at, host)) = rule.get("host").and_then(|it| Some((it, it.text()?))) {
            tell_host(at, host, &mut found);
        }
        for path in rule.at(&["http", "paths"]).map(Node::items).unwrap_or_default() {
            mend_path(object.text, path, &mut found)?;
        }
    }
    if let Some((key, class)) = object
        .root
        .at(&["metadata", "annotations"])
        .and_then(|it| it.entry("kubernetes.io/ingress.class"))
    {
        let class = class.text().unwrap_or_default();
        found.tell(
            key.place.start,
            format!("still understood; `ingressClassName: {class}` in the spec took its place"),
        );
    }
    Ok(found)
}

/// A name that a public service resolved to the address in it.
fn tell_host(at: &Node, host: &str, found: &mut Found) {
    if let Some(name) = host.strip_suffix(".xip.io") {
        found.tell(
            at.place.start,
            format!(
                "xip.io is gone; {name}.nip.io is the same, and `curl --resolve` needs neither"
            ),
        );
    }
}

fn mend_path(text: &str, path: &Node, found: &mut Found) -> Result<(), Refusal> {
    let Some(backend) = path.get("backend") else {
        return Err(Refusal::new(path, "a path has no backend"));
    };
    let typed = path.get("pathType").is_some();
    if is_old(backend) {
        return mend_backend(text, backend, (!typed).then_some(path), found);
    }
    if backend.get("service").is_none() && backend.get("resource").is_none() {
        return Err(Refusal::new(backend, "a backend has neither a serviceName nor a service"));
    }
    if !typed {
        path.append(text, TYPE_LINE, TYPE, found);
    }
    Ok(())
}

fn is_old(backend: &Node) -> bool {
    backend.get("serviceName").is_some() && backend.get("servicePort").is_some()
}

/// Keeps the number of lines: worksheets say "edit line 19". The first of the two lines becomes the
/// service, the second the type of the path.
fn mend_backend(
    text: &str,
    backend: &Node,
    untyped: Option<&Node>,
    found: &mut Found,
) -> Result<(), Refusal> {
    let [(first, _), (second, last)] = backend.entries() else {
        return Err(Refusal::new(backend, "a backend has more than a name and a port"));
    };
    let service = service(text, backend)?;
    if backend.flow || line_start(text, first.place.start) == line_start(text, second.place.start) {
        found.edit(first.place.start..last.place.end, service, BACKEND);
        if let Some(path) = untyped {
            path.append(text, TYPE_LINE, TYPE, found);
        }
        return Ok(());
    }
    found.edit(first.place.start..end_of(backend, 0), service, BACKEND);
    let whole = line_start(text, second.place.start)..last.place.end;
    match untyped {
        Some(path) if !path.flow => {
            let key = path.entries().first().map_or(path.place.start, |(key, _)| key.place.start);
            let indent = " ".repeat(key - line_start(text, key));
            found.edit(whole, format!("{indent}{TYPE_LINE}"), TYPE);
        }
        _ => {
            let line_break = text[..whole.start].trim_end_matches(['\r', '\n']).len();
            found.edit(Range { start: line_break, end: whole.end }, "", BACKEND);
        }
    }
    Ok(())
}

fn end_of(map: &Node, entry: usize) -> usize {
    map.entries()[entry].1.place.end
}

/// `service: {name: order, port: {number: 8080}}`
fn service(text: &str, backend: &Node) -> Result<String, Refusal> {
    let read = |name| backend.get(name).and_then(|it| Some((it.text()?, it.in_one_line(text)?)));
    let (Some((name, written)), Some((port, numbered))) =
        (read("serviceName"), read("servicePort"))
    else {
        return Err(Refusal::new(backend, "a backend has more than a name and a port"));
    };
    let name = names::small(name).unwrap_or(written);
    let numeric = port.parse::<u16>().is_ok();
    let port = if numeric { format!("number: {port}") } else { format!("name: {numbered}") };
    Ok(format!("service: {{name: {name}, port: {{{port}}}}}"))
}
