//! One object of Kubernetes: which rules are for it.

use crate::migrate::{
    Remedy,
    api::{self, Fate, fate, schema, successor},
    change::Found,
    images, kinds, names,
    yaml::Node,
};

/// An object, in the text that it is written in.
pub(crate) struct Object<'a> {
    pub(crate) text: &'a str,
    pub(crate) root: &'a Node,
    pub(crate) version: &'a str,
    pub(crate) kind: &'a str,
}

/// Why an object is left as it is, and the place that says so.
pub(crate) struct Refusal {
    pub(crate) at: usize,
    pub(crate) why: String,
}

impl Refusal {
    pub(crate) fn new(at: &Node, why: impl Into<String>) -> Self {
        Self { at: at.place.start, why: why.into() }
    }
}

/// What is to become of a document: an object, a list of them, or a part of one.
pub(crate) fn mend(text: &str, document: &Node) -> Found {
    let mut found = images_in(text, document);
    for object in listed(document).into_iter().filter_map(|root| Object::of(text, root)) {
        found.add(object.mend());
    }
    found
}

/// The objects of a `List` or an `IngressList`, or the one that there is.
fn listed(document: &Node) -> Vec<&Node> {
    let list = document.text_of("kind").is_some_and(|it| it.ends_with("List"));
    if list && document.get("items").is_some() {
        document.get("items").map(|it| it.items().iter().collect()).unwrap_or_default()
    } else {
        vec![document]
    }
}

impl<'a> Object<'a> {
    fn of(text: &'a str, root: &'a Node) -> Option<Self> {
        Some(Self { text, root, version: root.text_of("apiVersion")?, kind: root.text_of("kind")? })
    }

    /// The shape follows the version: if one cannot be mended, neither is.
    fn mend(&self) -> Found {
        let mut found = names::mend(self);
        api::tell_gone(self.root, &mut found);
        let shape = kinds::mend(self);
        let version = self.root.get("apiVersion").expect("an object has one");
        match (fate(self.version, self.kind), shape) {
            (_, Err(Refusal { at, why })) => {
                found.tell(at, format!("this {} is for you to mend: {why}", self.kind));
            }
            (Fate::Moved { to, why }, Ok(shape)) => {
                found.add(self.moved(version, to, &why, shape));
            }
            (Fate::Lives, Ok(shape)) => {
                for (at, why) in self.strangers(self.version, &shape) {
                    found.tell(at, why);
                }
                found.add(shape);
            }
            (Fate::Gone(why), Ok(_)) => found.tell(version.place.start, why),
            (Fate::Unknown, Ok(_)) => found.tell(
                version.place.start,
                format!("{} {} is not known here: left as it is", self.version, self.kind),
            ),
        }
        found.add(self.references());
        found
    }

    /// It in another version, if that has all its fields.
    fn moved(&self, version: &Node, to: &str, why: &str, shape: Found) -> Found {
        if let Some((at, why)) = self.strangers(to, &shape).first() {
            let mut found = Found::default();
            found.tell(*at, format!("this {} is for you to mend: {why}", self.kind));
            return found;
        }
        let mut found = shape;
        found.edit(version.place.clone(), quoted_like(version.source(self.text), to), why);
        found
    }

    /// Fields that the version does not have, but for those that are about to change.
    fn strangers(&self, version: &str, shape: &Found) -> Vec<(usize, String)> {
        let changes = |key: &Node| shape.edits.iter().any(|it| it.place.contains(&key.place.start));
        let strangers = schema::strangers(version, self.kind, self.root, &changes).into_iter();
        let told = strangers.map(|it| {
            let name = it.key.text().unwrap_or_default();
            let below =
                if it.below.is_empty() { String::new() } else { format!(" in {}", it.below) };
            let why = api::why(name).map_or_else(String::new, |it| format!(": {it}"));
            (it.key.place.start, format!("{version} {} has no `{name}`{below}{why}", self.kind))
        });
        told.collect()
    }

    /// An autoscaler names a version of what it scales, and of what it looks at, which was called
    /// `target` once.
    fn references(&self) -> Found {
        let mut found = Found::default();
        self.root.each_entry(&mut |key, value| {
            let reference = matches!(
                key.text(),
                Some("scaleTargetRef" | "scaleRef" | "describedObject" | "target")
            );
            let named = (value.get("apiVersion"), value.text_of("kind"));
            let (true, (Some(version), Some(kind))) = (reference, named) else { return };
            if let Some(to) = version.text().and_then(|it| successor(it, kind)) {
                let why = format!("a {kind} is in {to} now");
                found.edit(version.place.clone(), quoted_like(version.source(self.text), to), &why);
            }
        });
        found
    }
}

/// Every image in it.
fn images_in(text: &str, document: &Node) -> Found {
    let mut found = Found::default();
    let (mut always, mut ours) = (Vec::new(), false);
    document.each_entry(&mut |key, value| match (key.text(), value.text()) {
        (Some("image"), Some(image)) => match images::remedy(image) {
            Some(Remedy::Replace(new, why)) => {
                ours |= images::is_ours(&new);
                let new = quoted_like(value.source(text), &new);
                found.edit(value.place.clone(), new, &why);
            }
            Some(Remedy::Tell(what)) => found.tell(value.place.start, what),
            None => ours |= images::is_ours(image),
        },
        (Some("imagePullPolicy"), Some("Always")) => always.push(value.place.start),
        _ => {}
    });
    for at in always.into_iter().filter(|_| ours) {
        let told = "`Always` asks a registry each time; if you loaded our images into the nodes, \
                    put IfNotPresent";
        found.tell(at, told);
    }
    found
}

/// A text between the quotes that the old one had.
pub(crate) fn quoted_like(source: &str, new: &str) -> String {
    match source.chars().next() {
        Some(quote @ ('"' | '\'')) => format!("{quote}{new}{quote}"),
        _ => new.to_owned(),
    }
}
