//! Why a registry does not give an image, whatever its name.

use crate::doctor::{
    container::Container,
    read::{Read, abridged},
    seen::Seen,
};

/// What has nothing to do with the name of the image.
pub(super) fn known(seen: &Seen, container: &Container, said: &str) -> Option<(String, String)> {
    let maker = seen.maker(container.pod);
    let image = container.spec.text("/image");
    let says = |parts: &[&str]| parts.iter().any(|it| said.contains(it));
    if says(&[
        "no match for platform",
        "no matching manifest for",
        "does not match the specified platform",
    ]) {
        let node = container.pod.text("/spec/nodeName");
        let node = seen.all("nodes").iter().find(|it| it.name() == node || node.is_empty());
        let machine = node.map(|it| it.text("/status/nodeInfo/architecture")).unwrap_or_default();
        let machine = if machine.is_empty() { "arm64" } else { machine };
        return Some((
            "The image is there, but not for this node's processor architecture (such as arm64 or amd64).".to_owned(),
            format!("build it for it as well: docker build --platform linux/{machine} --tag {image} --push ."),
        ));
    }
    if let Some(event) = seen.last_event(container.pod, "FailedToRetrieveImagePullSecret", "") {
        let named = container.pod.list("/spec/imagePullSecrets").iter().map(Read::name);
        let secrets = seen.objects.get("secrets");
        let absent =
            |name: &&str| secrets.is_none_or(|all| all.iter().all(|it| it.name() != *name));
        let absent: Vec<&str> = named.filter(absent).collect();
        let name = absent.first().copied().unwrap_or("NAME");
        return Some((
            format!(
                "Its imagePullSecrets name what is not there: {}. {}",
                absent.join(", "),
                abridged(event.text("/message"))
            ),
            format!(
                "{} create secret docker-registry {name} --docker-server=SERVER --docker-username=USER --docker-password=PASSWORD, or correct the name in {maker}",
                seen.kubectl
            ),
        ));
    }
    if says(&["server gave HTTP response to HTTPS client"]) {
        return Some((
            "Its registry speaks HTTP, and the node asks it by HTTPS.".to_owned(),
            "give the registry a certificate, or name it to the nodes' containerd as one without (hosts.toml)".to_owned(),
        ));
    }
    says(&["no space left on device"]).then(|| {
        (
            "The node has no room for it on its disk.".to_owned(),
            "remove images from the node, or give it more disk".to_owned(),
        )
    })
}

/// Why a registry did not give it.
pub(super) fn why(said: &str) -> &'static str {
    let says = |parts: &[&str]| parts.iter().any(|it| said.contains(it));
    if says(&["toomanyrequests", "429"]) {
        "was asked for too often: the registry's limit is reached"
    } else if says(&["x509", "certificate"]) {
        "is in a registry whose certificate the node does not trust"
    } else if says(&["dial tcp", "no such host", "i/o timeout", "connection refused"]) {
        "cannot be fetched: the node does not reach the registry"
    } else if says(&["unsupported media type", "manifest schema", "MANIFEST_V2_SCHEMA_1"]) {
        "has a form that is too old for the node"
    } else if says(&["not found", "manifest unknown"]) {
        "is not in the registry"
    } else if says(&["denied", "unauthorized", "authorization failed", "403"]) {
        "is not in the registry, or only for those who are let in (imagePullSecrets)"
    } else {
        "cannot be fetched"
    }
}
