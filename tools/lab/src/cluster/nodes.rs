//! Nodes that take pods.

use k8s_openapi::api::core::v1::Node;
use kube::{Api, ResourceExt as _, api::ListParams};

use super::{Cluster, causes, unreachable};
use crate::failure::Failure;

impl Cluster {
    /// Whether it has so many nodes that take pods.
    pub(crate) async fn has_nodes(&self, wanted: usize) -> Result<(), Failure> {
        let all: Api<Node> = Api::all(self.client.clone());
        let found = all.list(&ListParams::default()).await;
        let found = found.map_err(|error| {
            unreachable(format_args!(
                "context {}: the worksheet needs {wanted} nodes, and these cannot be counted: {}",
                self.context,
                causes(&error)
            ))
        })?;
        enough(&found.items, wanted).map_err(|why| {
            unreachable(format_args!("context {}: the worksheet needs {why}", self.context))
        })
    }
}

fn enough(nodes: &[Node], wanted: usize) -> Result<(), String> {
    let closed: Vec<String> = nodes.iter().filter_map(closed).collect();
    let open = nodes.len() - closed.len();
    if open >= wanted {
        return Ok(());
    }
    let closed =
        if closed.is_empty() { String::new() } else { format!(" ({})", closed.join(", ")) };
    Err(format!("{wanted} nodes that take pods, and the cluster has {open}{closed}"))
}

/// Why a node takes no pods that do not tolerate it; None if it takes them.
fn closed(node: &Node) -> Option<String> {
    let name = node.name_any();
    let spec = node.spec.as_ref();
    if spec.and_then(|it| it.unschedulable) == Some(true) {
        return Some(format!("{name} is cordoned: kubectl uncordon {name}"));
    }
    let conditions = node.status.as_ref().and_then(|it| it.conditions.as_ref());
    if !conditions.into_iter().flatten().any(|it| it.type_ == "Ready" && it.status == "True") {
        return Some(format!("{name} is not ready"));
    }
    let taints = spec.and_then(|it| it.taints.as_ref()).into_iter().flatten();
    let taint = taints.into_iter().find(|it| it.effect != "PreferNoSchedule")?;
    Some(format!("{name} has the taint {}:{}", taint.key, taint.effect))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Node;
    use serde_json::{Value, json};

    use super::enough;

    fn node(name: &str, spec: &Value, ready: &str) -> Node {
        let conditions = json!([{ "type": "Ready", "status": ready }]);
        let node = json!({
            "metadata": { "name": name }, "spec": spec, "status": { "conditions": conditions }
        });
        serde_json::from_value(node).expect("a node")
    }

    #[test]
    fn only_nodes_that_take_pods_count() {
        let taint = |effect: &str| json!({ "taints": [{ "key": "k", "effect": effect }] });
        let (plain, soft) = (json!({}), taint("PreferNoSchedule"));
        let two = [node("a", &plain, "True"), node("b", &soft, "True")];
        assert_eq!(enough(&two, 2), Ok(()));
        let three = enough(&two, 3).expect_err("there are two");
        assert_eq!(three, "3 nodes that take pods, and the cluster has 2");
        for (spec, ready, why) in [
            (json!({ "unschedulable": true }), "True", "b is cordoned: kubectl uncordon b"),
            (json!({}), "Unknown", "b is not ready"),
            (taint("NoSchedule"), "True", "b has the taint k:NoSchedule"),
        ] {
            let told = enough(&[node("a", &plain, "True"), node("b", &spec, ready)], 2);
            let wanted = format!("2 nodes that take pods, and the cluster has 1 ({why})");
            assert_eq!(told, Err(wanted));
        }
    }
}
