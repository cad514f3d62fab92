//! The names of images that old worksheets use, and what they are now.

use crate::migrate::Remedy;

/// What a pod is started from today, where the image of old is gone or has no source. `…` stands for
/// anything but a `/`; a name without a tag stands for every tag. The first one counts.
/// The table in docs/images.md is the same one: a test compares them.
pub(crate) const IMAGES: [(&str, &str); 15] = [
    ("jinyoung/order:stable", "bulsajo/order:stable"),
    ("jinyoung/order:canary", "bulsajo/order:canary"),
    ("jinyoung/order:timeout", "bulsajo/order:slow"),
    (
        "ghcr.io/acmexii/order-liveness",
        concat!("bulsajo/order-liveness:", env!("CARGO_PKG_VERSION")),
    ),
    ("ghcr.io/acmexii/delivery…:…v2", "bulsajo/delivery:v2"),
    ("ghcr.io/acmexii/delivery…:…v3", "bulsajo/delivery:v3"),
    ("ghcr.io/acmexii/delivery…", "bulsajo/delivery:v1"),
    ("apexacme/order:latest", "bulsajo/order:crash"),
    ("apexacme/siege-nginx", concat!("bulsajo/toolbox:", env!("CARGO_PKG_VERSION"))),
    ("acadx0/190713:v1", "bulsajo/websample:v1"),
    ("k8s.gcr.io/busybox", "busybox:1.36"),
    ("registry.k8s.io/busybox:latest", "busybox:1.36"),
    ("gcr.io/google_containers/busybox", "busybox:1.36"),
    ("confluentinc/cp-kafka:latest", "confluentinc/cp-kafka:7.9.1"),
    ("confluentinc/cp-zookeeper:latest", "confluentinc/cp-zookeeper:7.9.1"),
];

/// What a registry is called now, and why.
const REGISTRIES: [(&str, &str, &str); 3] = [
    ("k8s.gcr.io/", "registry.k8s.io/", "k8s.gcr.io has been frozen since April 2023"),
    ("gcr.io/google_containers/", "registry.k8s.io/", "these images are in registry.k8s.io now"),
    (
        "bitnami/",
        "bitnamilegacy/",
        "Bitnami moved its free images there in August 2025 and adds nothing to them",
    ),
];

/// Whose images had no source, so that nobody can make them again.
const PERSONAL: [&str; 5] = ["jinyoung/", "apexacme/", "acadx0/", "ghcr.io/acmexii/", "acmexii/"];

/// What fills a worksheet's `username/order:latest`.
const SERVICES: [&str; 5] = ["gateway", "order", "payment", "delivery", "ordertrace"];

pub(crate) const KAFKA: &str = "Kafka without ZooKeeper, as my-kafka:9092: \
                     `kubectl apply -f k8s/overlays/kafka/my-kafka.yaml`";

/// What is to become of an image.
pub(crate) fn remedy(written: &str) -> Option<Remedy> {
    if let Some(placeholder) = placeholder(written) {
        return Some(Remedy::Tell(placeholder));
    }
    let short = ["index.docker.io/", "docker.io/"].iter().find_map(|it| written.strip_prefix(it));
    let name = short.unwrap_or(written);
    let (repository, tag) = split(name);
    if let Some((old, new)) = IMAGES.iter().find(|(old, _)| matches(old, repository, tag)) {
        let why = if old.starts_with("confluentinc/") {
            format!("newer ones have no ZooKeeper; {KAFKA}")
        } else if old.starts_with("ghcr.io/acmexii/delivery") {
            "its registry is private by now or its source was never public; the version is that \
             of the tag, else v1"
                .to_owned()
        } else {
            "the image is gone or without source; docs/images.md says what it is now".to_owned()
        };
        return Some(Remedy::Replace((*new).to_owned(), why));
    }
    let dated = !matches!(tag, None | Some("latest"));
    if name.starts_with("bitnami/") && !dated {
        return Some(Remedy::Tell(format!(
            "`{written}`: Bitnami gives this one without support only. {KAFKA}"
        )));
    }
    for (old, new, why) in REGISTRIES {
        if let Some(rest) = name.strip_prefix(old) {
            return Some(Remedy::Replace(format!("{new}{rest}"), why.to_owned()));
        }
    }
    let personal = PERSONAL.iter().any(|it| name.starts_with(it));
    personal.then(|| Remedy::Tell(format!("`{written}` is one person's image, and not known here")))
}

/// The image is one that has to be there already when the pod starts: no registry has it.
pub(crate) fn is_ours(image: &str) -> bool {
    image.starts_with("bulsajo/")
}

/// What to put where a worksheet says "yours".
fn placeholder(written: &str) -> Option<String> {
    // A variable that the shell fills in.
    if written.contains('$') {
        return None;
    }
    let account = written.split_once(".dkr.ecr.").map(|(account, _)| account);
    let nobodys = account.is_some_and(|it| !it.chars().all(|it| it.is_ascii_digit()))
        || ["username/", "user/", "your", "USERNAME/"].iter().any(|it| written.starts_with(it))
        || written.contains(['<', '>', '[', ']', '{', '}', '#']);
    if !nobodys {
        return None;
    }
    let last = split(written).0.rsplit('/').next().unwrap_or_default();
    let service = last.rsplit(['-', '#', '>', ']', '}']).next().unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    Some(if SERVICES.contains(&service) {
        format!("`{written}` stands for an image of your own; put bulsajo/{service}:{version}")
    } else {
        format!("`{written}` stands for an image of your own; put its name")
    })
}

/// `a/b:c` is `a/b` and `c`. A digest counts as a tag.
fn split(name: &str) -> (&str, Option<&str>) {
    let last = name.rfind('/').map_or(0, |it| it + 1);
    match name[last..].find([':', '@']) {
        Some(at) => (&name[..last + at], Some(&name[last + at + 1..])),
        None => (name, None),
    }
}

fn matches(pattern: &str, repository: &str, tag: Option<&str>) -> bool {
    let (wanted, wanted_tag) = split(pattern);
    like(wanted, repository) && wanted_tag.is_none_or(|it| like(it, tag.unwrap_or("latest")))
}

/// Whether a text is like a pattern with at most one `…`.
fn like(pattern: &str, text: &str) -> bool {
    let Some((begin, end)) = pattern.split_once('…') else { return pattern == text };
    let rest = text.strip_prefix(begin).and_then(|it| it.strip_suffix(end));
    rest.is_some_and(|it| !it.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::{IMAGES, remedy};
    use crate::migrate::Remedy;

    #[test]
    fn the_table_of_the_document_is_this_one() {
        let document = include_str!("../../../../docs/images.md");
        let (_, table) = document.split_once("| old worksheets say | here it is |\n").expect("it");
        let rows = table.lines().skip(1).take_while(|it| it.starts_with('|'));
        let written: Vec<(&str, &str)> = rows
            .map(|row| {
                let mut names = row.split('`').skip(1).step_by(2);
                (names.next().expect("the old one"), names.next().expect("the new one"))
            })
            .collect();
        assert_eq!(written, IMAGES);
    }

    #[test]
    fn an_image_is_what_it_was() {
        for (old, new) in [
            ("jinyoung/order:stable", "bulsajo/order:stable"),
            ("docker.io/jinyoung/order:canary", "bulsajo/order:canary"),
            ("ghcr.io/acmexii/delivery:istio-v1", "bulsajo/delivery:v1"),
            ("ghcr.io/acmexii/delivery-rediness:v3", "bulsajo/delivery:v3"),
            ("ghcr.io/acmexii/delivery", "bulsajo/delivery:v1"),
            ("apexacme/order", "bulsajo/order:crash"),
            ("k8s.gcr.io/busybox", "busybox:1.36"),
            ("k8s.gcr.io/hpa-example:1.0", "registry.k8s.io/hpa-example:1.0"),
            (
                "docker.io/bitnami/kafka:2.8.0-debian-10-r0",
                "bitnamilegacy/kafka:2.8.0-debian-10-r0",
            ),
            ("confluentinc/cp-kafka", "confluentinc/cp-kafka:7.9.1"),
        ] {
            let Some(Remedy::Replace(found, _)) = remedy(old) else { panic!("{old} stays") };
            assert_eq!(found, new, "{old}");
            assert!(!matches!(remedy(new), Some(Remedy::Replace(..))), "{new} stays");
        }
    }

    #[test]
    fn what_is_not_known_is_only_told() {
        for (image, told) in [
            ("xxxxxxxx.dkr.ecr.ap-northeast-2.amazonaws.com/user##-order:v1", "bulsajo/order:"),
            ("username/delivery:latest", "bulsajo/delivery:"),
            ("<your-account>/shop", "put its name"),
            ("jinyoung/monolith:1", "one person's"),
            ("apexacme/order:v2", "one person's"),
            ("bitnami/mysql", "Bitnami"),
        ] {
            let Some(Remedy::Tell(found)) = remedy(image) else { panic!("{image}") };
            assert!(found.contains(told), "{image}: {found}");
        }
        for image in ["nginx", "bulsajo/order:stable", "123456.dkr.ecr.x.amazonaws.com/order:v1"] {
            assert!(remedy(image).is_none(), "{image}");
        }
    }
}
