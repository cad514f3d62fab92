//! Ingresses that lead to no Service, no port, or that nothing serves.

use serde_json::Value;

use super::{
    finding::{Finding, Rank},
    read::Read as _,
    seen::Seen,
};

/// More letters than that are no slip.
const SLIP: usize = 3;
/// The mark of the class that is taken where an Ingress names none.
const DEFAULT: &str = "/metadata/annotations/ingressclass.kubernetes.io~1is-default-class";
/// How an Ingress named its class in former times.
const OLD: &str = "/metadata/annotations/kubernetes.io~1ingress.class";

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ingress in seen.all("ingresses") {
        for (place, backend) in backends(ingress) {
            findings.extend(leads_nowhere(seen, ingress, &place, backend));
        }
        findings.extend(unserved(seen, ingress));
        findings.extend(without_certificate(seen, ingress));
    }
    findings
}

/// Where it leads, each with its place in the manifest.
fn backends(ingress: &Value) -> Vec<(String, &Value)> {
    let mut all = Vec::new();
    if let Some(it) = ingress.pointer("/spec/defaultBackend/service") {
        all.push(("/spec/defaultBackend/service".to_owned(), it));
    }
    for (at, rule) in ingress.list("/spec/rules").iter().enumerate() {
        for (number, path) in rule.list("/http/paths").iter().enumerate() {
            let place = format!("/spec/rules/{at}/http/paths/{number}/backend/service");
            all.extend(path.pointer("/backend/service").map(|it| (place, it)));
        }
    }
    all
}

fn leads_nowhere(seen: &Seen, ingress: &Value, place: &str, backend: &Value) -> Option<Finding> {
    if seen.hidden.iter().any(|it| it == "services") {
        return None;
    }
    let about = format!("ingress/{}", ingress.name());
    let (kubectl, name) = (&seen.kubectl, backend.name());
    let services = seen.all("services");
    let Some(service) = services.iter().find(|it| it.name() == name) else {
        let nearest = services
            .iter()
            .map(super::read::Read::name)
            .min_by_key(|it| strsim::levenshtein(it, name));
        let near = nearest.filter(|it| strsim::levenshtein(it, name) <= SLIP.min(name.len() / 2));
        let finding = Finding::new(
            Rank::Fails,
            &about,
            format!("leads to a Service {name}, which is not there"),
        );
        let absent = format!("This namespace has no Service {name}.");
        return Some(match near {
            Some(near) => finding
                .because(format!("{absent} Is {near} meant? That is there."))
                .cure(seen.patch(&about, &format!("{place}/name"), &near.into())),
            None => finding.because(absent).cure(format!(
                "apply the Service {name}, or correct the name: {kubectl} edit {about}"
            )),
        });
    };
    let ports = service.list("/spec/ports");
    let number = backend.whole("/port/number");
    let word = backend.text("/port/name");
    let has = ports.iter().any(|it| {
        if word.is_empty() { it.whole("/port") == number } else { it.text("/name") == word }
    });
    if has {
        return None;
    }
    let asked = number.map_or_else(|| word.to_owned(), |it| it.to_string());
    let shown = |it: &Value| match it.text("/name") {
        "" => it.whole("/port").unwrap_or_default().to_string(),
        name => format!("{} ({name})", it.whole("/port").unwrap_or_default()),
    };
    let its: Vec<String> = ports.iter().map(shown).collect();
    let first = ports.first().and_then(|it| it.whole("/port")).unwrap_or(80);
    let port = serde_json::json!({ "number": first });
    Some(
        Finding::new(
            Rank::Fails,
            &about,
            format!("leads to port {asked} of service/{name}, which has no such port"),
        )
        .because(format!(
            "Its ports are: {}. The Ingress names the Service's port, not the container's.",
            its.join(", ")
        ))
        .cure(seen.patch(&about, &format!("{place}/port"), &port)),
    )
}

/// Nothing in this cluster does what it says.
fn unserved(seen: &Seen, ingress: &Value) -> Option<Finding> {
    let served = !ingress.list("/status/loadBalancer/ingress").is_empty();
    let classes = seen.objects.get("ingressclasses")?;
    let class = Some(ingress.text("/spec/ingressClassName")).filter(|it| !it.is_empty());
    let class = class.unwrap_or(ingress.text(OLD));
    let known: Vec<&str> = classes.iter().map(super::read::Read::name).collect();
    // It serves its own class, and what names none, without an object that says so.
    let contour =
        seen.objects.keys().chain(&seen.hidden).any(|it| it.ends_with(".projectcontour.io"));
    let taken = match class {
        "" => contour || classes.iter().any(|it| it.text(DEFAULT) == "true"),
        class => known.contains(&class) || contour && class == "contour",
    };
    if served || taken {
        return None;
    }
    let about = format!("ingress/{}", ingress.name());
    let what = match class {
        "" => "is served by nothing: it names no class (ingressClassName)".to_owned(),
        class => format!("is served by nothing: there is no class {class} (ingressClassName)"),
    };
    let finding = Finding::new(Rank::Fails, &about, what);
    Some(match known.first() {
        Some(first) => finding
            .because(format!("The classes of this cluster are: {}.", known.join(", ")))
            .cure(seen.patch(&about, "/spec/ingressClassName", &(*first).into())),
        None => finding
            .because("This cluster has no class of Ingress: no controller is installed, such as Contour.")
            .cure("install one (k8s/cluster addon ingress; minikube addons enable ingress), or reach the Service: kubectl port-forward"),
    })
}

fn without_certificate(seen: &Seen, ingress: &Value) -> Option<Finding> {
    let secrets = seen.objects.get("secrets")?;
    let wanted = ingress.list("/spec/tls").iter().map(|it| it.text("/secretName"));
    let missing = wanted
        .filter(|it| !it.is_empty())
        .find(|it| secrets.iter().all(|has| has.name() != *it))?;
    Some(
        Finding::new(
            Rank::Fails,
            &format!("ingress/{}", ingress.name()),
            format!("names the Secret {missing} for TLS, which is not there"),
        )
        .because("Without it the controller serves a certificate of its own, or nothing.")
        .cure(format!("{} create secret tls {missing} --cert=FILE --key=FILE", seen.kubectl)),
    )
}
