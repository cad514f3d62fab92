//! A claim for a device before `resource.k8s.io/v1beta2`: which device stands below `exactly`.

use crate::migrate::{
    change::Found,
    object::{Object, Refusal},
    yaml::Node,
};

const WHY: &str = "resource.k8s.io/v1 has below `exactly` which device it is to be";

pub(super) fn mend(object: &Object<'_>) -> Result<Found, Refusal> {
    let mut found = Found::default();
    let path: &[&str] = match object.kind {
        "ResourceClaim" => &["spec", "devices", "requests"],
        _ => &["spec", "spec", "devices", "requests"],
    };
    for request in object.root.at(path).map(Node::items).unwrap_or_default() {
        if request.get("deviceClassName").is_none() {
            continue;
        }
        let [(first, _), others @ ..] = request.entries() else { continue };
        let one = |(key, value): &(Node, Node)| {
            Some(format!("{}: {}", key.in_one_line(object.text)?, value.in_one_line(object.text)?))
        };
        let written = others.iter().map(one).collect::<Option<Vec<String>>>();
        let named = first.text() == Some("name");
        let (Some(written), true, [(begin, _), ..], [.., (_, end)]) =
            (written, named, others, others)
        else {
            return Err(Refusal::new(
                request,
                "which device it is to be stands below `exactly` now",
            ));
        };
        let with = format!("exactly: {{{}}}", written.join(", "));
        found.edit(begin.place.start..end.place.end, with, WHY);
    }
    Ok(found)
}
