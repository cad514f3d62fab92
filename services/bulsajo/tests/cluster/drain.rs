//! `kubectl drain`, as before a node is serviced: the pods move, and nobody outside sees it.

use testkit::{
    Namespace,
    fleet::Service,
    namespace::PodSecurity::Restricted,
    toolbox::{Asking, Tally, Toolbox},
};

use crate::{
    fleet::{install, url},
    namespace,
};

#[test]
fn a_drain_of_each_node_in_turn_loses_nothing() {
    let Some((namespace, _turn)) = namespace("drain", Restricted) else { return };
    let nodes = nodes(&namespace);
    if nodes.len() < 2 {
        testkit::skipped("drain: the cluster has one node");
        return;
    }
    // What is drained is this fleet's services: others have the nodes too, and PostgreSQL, which is
    // one pod, cannot move without an outage.
    let label = format!("drained={}", namespace.name());
    install(&namespace, &format!("--set replicaCount=2 --set podLabels.{label}"));
    let toolbox = Toolbox::start(&namespace);

    let kept = Service::ALL.map(|service| toolbox.keep_asking(&url(service), 2));
    let anew = Service::ALL.map(|service| toolbox.ask_anew(&url(service), 1));
    for node in &nodes {
        let _back = Cordoned { namespace: &namespace, node };
        namespace.kubectl(&format!(
            "drain {node} --ignore-daemonsets --delete-emptydir-data --pod-selector {label} --timeout 150s"
        ));
        let left = namespace.pods(&format!("{label} --field-selector spec.nodeName={node}"));
        assert!(left.is_empty(), "{node} is not empty: {left:?}");
        for service in Service::ALL {
            namespace.rolled_out(&format!("deployment/{}", service.name()), 60);
        }
    }
    let all: Tally = kept.into_iter().chain(anew).map(Asking::stop).sum();

    eprintln!("{} nodes drained: {} answered, {} failed", nodes.len(), all.answered, all.failed);
    assert_eq!(all.failed, 0, "of {} requests", all.answered + all.failed);
    assert!(all.answered > 5_000, "{} requests prove little", all.answered);
}

fn nodes(namespace: &Namespace) -> Vec<String> {
    let ready = "get nodes --output jsonpath={.items[*].metadata.name}";
    namespace.kubectl(ready).split_whitespace().map(str::to_owned).collect()
}

/// A node that takes no pods, until this is dropped.
struct Cordoned<'a> {
    namespace: &'a Namespace,
    node: &'a str,
}

impl Drop for Cordoned<'_> {
    fn drop(&mut self) {
        let _ = self.namespace.try_kubectl(&format!("uncordon {}", self.node));
    }
}
