//! An `EndpointSlice` before v1: where an endpoint is was one map.

use crate::migrate::{
    change::Found,
    object::{Object, Refusal},
    yaml::Node,
};

const WHY: &str = "discovery.k8s.io/v1 has fields for the node and the zone";

/// Keys of the map, and the fields of today.
const PLACES: [(&str, &str); 2] =
    [("kubernetes.io/hostname", "nodeName"), ("topology.kubernetes.io/zone", "zone")];

pub(super) fn mend(object: &Object<'_>) -> Result<Found, Refusal> {
    let mut found = Found::default();
    if object.root.text_of("addressType") == Some("IP") {
        let at = object.root.get("addressType").unwrap_or(object.root);
        return Err(Refusal::new(at, "its `addressType` is IPv4, IPv6 or FQDN by now"));
    }
    for endpoint in object.root.get("endpoints").map(Node::items).unwrap_or_default() {
        let Some((key, topology)) = endpoint.entry("topology") else { continue };
        let mut lines = Vec::new();
        for (place, value) in topology.entries() {
            let field = PLACES.iter().find(|(it, _)| place.text() == Some(it));
            let (Some((_, field)), Some(written)) = (field, value.in_one_line(object.text)) else {
                return Err(Refusal::new(
                    place,
                    "discovery.k8s.io/v1 knows only a node and a zone",
                ));
            };
            // What the node is called was in both.
            if endpoint.get(field).is_none() {
                lines.push(format!("{field}: {written}"));
            }
        }
        let start = key.place.start;
        let indent = start - crate::migrate::yaml::line_start(object.text, start);
        let between =
            if endpoint.flow { ", ".to_owned() } else { format!("\n{}", " ".repeat(indent)) };
        let place = start..topology.place.end;
        if lines.is_empty() {
            return Err(Refusal::new(key, "leave it out: the node and the zone are said already"));
        }
        found.edit(place, lines.join(&between), WHY);
    }
    Ok(found)
}
