//! Nodes that are not well, and have pods of the namespace.

use serde_json::Value;

use super::{
    finding::{Finding, Rank},
    read::{Read as _, abridged},
    seen::{Seen, condition, condition_is},
};

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    seen.all("nodes").iter().filter_map(|it| finding(seen, it)).collect()
}

fn finding(seen: &Seen, node: &Value) -> Option<Finding> {
    let name = node.name();
    let pods = seen.all("pods").iter().filter(|it| it.text("/spec/nodeName") == name).count();
    if pods == 0 {
        return None;
    }
    let about = format!("node/{name}");
    let describe = format!("kubectl describe node {name}");
    if let Some(it) = condition(node, "Ready").filter(|it| it.text("/status") != "True") {
        return Some(
            Finding::new(Rank::Stops, &about, format!("is not ready, and has {pods} pods of this namespace"))
                .because("The node does not answer, or says that it is not well; its pods are moved after 5 minutes.")
                .cure(describe)
                .said(abridged(it.text("/message"))),
        );
    }
    let of = ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"];
    let it = of.into_iter().find_map(|it| condition_is(node, it, "True"))?;
    let what = format!("has {}, and {pods} pods of this namespace", it.text("/type"));
    Some(
        Finding::new(Rank::Fails, &about, what)
            .because("It takes no new pods, and may send pods away.")
            .cure(describe)
            .said(abridged(it.text("/message"))),
    )
}
