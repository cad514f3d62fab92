//! Images that do not come.

mod registry;

use std::collections::BTreeSet;

use super::{
    container::Container,
    finding::{Finding, Rank},
    read::{Read, abridged},
    seen::Seen,
};

const FAILED: [&str; 7] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];
/// More letters than that are no slip.
const SLIP: usize = 3;

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let containers = seen.pods().flat_map(Seen::containers);
    let failed = containers.filter(|it| FAILED.contains(&it.waits()));
    failed.map(|it| finding(seen, &it)).collect()
}

fn finding(seen: &Seen, container: &Container) -> Finding {
    let maker = seen.maker(container.pod);
    let image = container.spec.text("/image");
    let failed = seen.last_event(container.pod, "Failed", "ailed to pull");
    let said =
        failed.map_or(container.status.text("/state/waiting/message"), |it| it.text("/message"));
    let what = format!("does not start: the image {image} does not come ({})", container.waits());
    let it = Finding::new(Rank::Stops, &maker, what).said(abridged(reason(said)));
    let set = |to: &str| set(seen, &maker, container, to);
    let load =
        format!("load it: k8s/cluster load {image} (kind load docker-image, minikube image load)");
    if container.waits() == "InvalidImageName" {
        return it.because("No image can be called so.").cure(set("NAME:TAG"));
    }

    if let Some((cause, cure)) = registry::known(seen, container, said) {
        return it.because(cause).cure(cure);
    }
    let wanted = plain(image);
    let node = container.pod.text("/spec/nodeName");
    let elsewhere = nodes_with(seen, &wanted);
    if elsewhere.contains(&node) {
        return it
            .because(format!(
                "The node {node} has it; but with imagePullPolicy Always the registry is asked."
            ))
            .cure(seen.patch(
                &maker,
                &format!("{}/imagePullPolicy", container.place),
                &"IfNotPresent".into(),
            ));
    }
    if let Some(other) = elsewhere.first() {
        return it
            .because(format!(
                "The node {other} has it, {node} has not, and it {}.",
                registry::why(said)
            ))
            .cure(load);
    }
    let known = known(seen);
    let nearest = known.iter().min_by_key(|it| strsim::levenshtein(it, &wanted));
    let tags: Vec<&str> = known.iter().filter_map(|it| tag_in(it, repository(&wanted))).collect();
    let near = nearest.filter(|it| {
        strsim::levenshtein(it, &wanted) <= SLIP || repository(it) == repository(&wanted)
    });
    let Some(near) = near else {
        return it
            .because(format!(
                "No node has it, nor one of a similar name, and it {}.",
                registry::why(said)
            ))
            .cure(format!("if it is on your machine (docker image ls), {load}"))
            .cure(format!("if its name is wrong: {}", set("NAME:TAG")));
    };
    let cause = if tags.is_empty() {
        format!("No node has it, and it {}. Is {near} meant? That is there.", registry::why(said))
    } else {
        format!(
            "No node has this tag, and it {}. The tags that are there: {}.",
            registry::why(said),
            tags.join(", ")
        )
    };
    it.because(cause).cure(set(near)).cure(format!("or, if the name is right, {load}"))
}

/// How its image is changed; that of a Job cannot be.
fn set(seen: &Seen, maker: &str, container: &Container, to: &str) -> String {
    let name = container.name();
    if maker.starts_with("job/") {
        return format!("write the image {to} in its manifest, delete {maker}, and apply it again");
    }
    format!("{} set image {maker} {name}={to}", seen.kubectl)
}

/// What was asked of the registry and what came, without who passed it on.
fn reason(said: &str) -> &str {
    said.find("\"https://").map_or(said, |at| &said[at..])
}

/// `order` is `docker.io/library/order:latest`; shown without what all have.
fn plain(image: &str) -> String {
    let image = image.split('@').next().unwrap_or(image);
    let short = image.strip_prefix("docker.io/").unwrap_or(image);
    let short = short.strip_prefix("library/").unwrap_or(short);
    let tagged = short.rsplit('/').next().is_some_and(|it| it.contains(':'));
    if tagged { short.to_owned() } else { format!("{short}:latest") }
}

fn repository(image: &str) -> &str {
    image.rsplit_once(':').map_or(image, |(it, _)| it)
}

fn tag_in<'a>(image: &'a str, wanted: &str) -> Option<&'a str> {
    image.rsplit_once(':').filter(|(it, _)| *it == wanted).map(|(_, tag)| tag)
}

/// What the nodes have; each tells of fifty at most.
fn known(seen: &Seen) -> BTreeSet<String> {
    let images = seen.all("nodes").iter().flat_map(|it| it.list("/status/images"));
    let names = images.flat_map(|it| it.list("/names")).filter_map(|it| it.as_str());
    names.filter(|it| !it.contains('@')).map(plain).collect()
}

fn nodes_with<'a>(seen: &'a Seen, wanted: &str) -> Vec<&'a str> {
    let nodes = seen.all("nodes").iter().filter(|node| {
        let mut names = node.list("/status/images").iter().flat_map(|it| it.list("/names"));
        names.any(|it| it.as_str().is_some_and(|it| !it.contains('@') && plain(it) == wanted))
    });
    nodes.map(Read::name).collect()
}
