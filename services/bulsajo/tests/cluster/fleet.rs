//! The chart, as tests install it.

use testkit::{Namespace, fleet::Service};

/// Installs it with these values, open to the machine that runs the tests, and waits for all of it.
pub(crate) fn install(namespace: &Namespace, values: &str) {
    namespace.helm(&format!(
        "install bulsajo helm/bulsajo --wait --timeout 4m --set service.type=NodePort {values}"
    ));
}

/// Where it is for who is in the namespace.
pub(crate) fn url(service: Service) -> String {
    let path = match service {
        Service::Order | Service::Gateway => "orders",
        Service::Payment => "payments",
        Service::Delivery => "deliveries",
        Service::OrderTrace => "orderTraces",
    };
    format!("http://{}:8080/{path}?size=1", service.name())
}

/// What a new version does, or an old one: every pod is replaced.
pub(crate) fn roll(namespace: &Namespace, services: &[Service]) {
    let names = services.iter().map(|it| format!("deployment/{}", it.name()));
    let names: Vec<String> = names.collect();
    namespace.kubectl(&format!("rollout restart {}", names.join(" ")));
    for name in names {
        namespace.rolled_out(&name, 120);
    }
}
