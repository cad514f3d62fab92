//! A text of YAML: its documents, one after the other.

use std::collections::HashMap;

use crate::migrate::{
    change::{Found, Layers},
    lookalike, names, object, tabs,
    yaml::{self, Node},
};

/// What is to become of it.
pub(crate) fn mend(text: &str) -> Found {
    let layers = Layers::default().and(lookalike::yaml(text));
    let tabs = tabs::untabbed(layers.text());
    let layers = layers.and(tabs);
    let text = layers.text();
    let (documents, unreadable) = yaml::documents(text);
    let mut found = Found::default();
    for document in &documents {
        found.add(object::mend(text, document));
    }
    tell_same_names(&documents, &mut found);
    for it in unreadable {
        let what = format!("this is no YAML, and left as it is: {}", it.what);
        found.tell(it.at.min(text.trim_end().len()), what);
    }
    layers.in_whole(found)
}

/// Two that differ in their capitals alone are one without these.
fn tell_same_names(documents: &[Node], found: &mut Found) {
    let mut taken: HashMap<(&str, String), &str> = HashMap::new();
    for document in documents {
        let name = document.at(&["metadata", "name"]);
        let (Some(kind), Some(name)) = (document.text_of("kind"), name) else { continue };
        let Some((written, small)) = name.text().and_then(|it| Some((it, names::small(it)?)))
        else {
            continue;
        };
        let first = taken.entry((kind, small)).or_insert(written);
        if *first != written {
            let told = format!("`{first}` and `{written}` become one {kind}: rename one of them");
            found.tell(name.place.start, told);
        }
    }
}
