//! Volumes that are gone: `gitRepo`.

use crate::migrate::{
    change::Found,
    names,
    yaml::{Node, line_start},
};

const CLONE: &str = "gitRepo volumes are gone: a container that runs first clones the repository";

/// Repository, folder and revision are its arguments, so that a shell does not read them.
const SCRIPT: &str = "git clone -- \"$0\" \"$1\" && git -C \"$1\" checkout \"${2:-HEAD}\"";

/// A volume that Kubernetes itself filled from a git repository.
pub(crate) fn mend(text: &str, spec: &Node, found: &mut Found) {
    let mut clones = Vec::new();
    for volume in spec.get("volumes").map(Node::items).unwrap_or_default() {
        let Some((key, old)) = volume.entry("gitRepo") else { continue };
        let clone = volume.text_of("name").and_then(|name| clone(text, name, old));
        let (Some(clone), None, false) = (clone, spec.get("initContainers"), spec.flow) else {
            found.tell(
                key.place.start,
                "gitRepo volumes are gone: use an emptyDir, and an init container that clones",
            );
            return;
        };
        clones.push((key.place.start..old.place.end, clone));
    }
    let Some((first, _)) = spec.entries().first().filter(|_| !clones.is_empty()) else { return };
    let indent = " ".repeat(first.place.start - line_start(text, first.place.start));
    let mut lines = "initContainers:".to_owned();
    for (place, clone) in clones {
        found.edit(place, "emptyDir: {}", CLONE);
        for line in clone {
            lines.extend(["\n", &indent, "  ", &line]);
        }
    }
    spec.append(text, &lines, CLONE, found);
}

/// The container that clones into this volume.
fn clone(text: &str, volume: &str, old: &Node) -> Option<Vec<String>> {
    let repository = old.get("repository")?;
    let url = repository.text()?;
    let last = url.trim_end_matches('/').rsplit('/').next()?;
    let folder = match old.text_of("directory") {
        None | Some("") => format!("/volume/{}", last.trim_end_matches(".git")),
        Some(".") => "/volume".to_owned(),
        Some(folder) => format!("/volume/{folder}"),
    };
    let revision = match old.get("revision") {
        Some(revision) => format!(", {}", revision.in_one_line(text)?),
        None => String::new(),
    };
    let (name, repository) = (names::small(volume)?, repository.in_one_line(text)?);
    Some(vec![
        format!("- name: clone-{name}"),
        "  image: alpine/git".to_owned(),
        format!("  command: [sh, -c, '{SCRIPT}']"),
        format!("  args: [{repository}, {folder:?}{revision}]"),
        format!("  volumeMounts: [{{name: {name}, mountPath: /volume}}]"),
    ])
}
