//! Lab 15 closes nodes, and these are everybody's: one such test at a time. Others run on meanwhile;
//! their pods start on the node that is open.

use std::sync::{Mutex, MutexGuard, PoisonError};

use testkit::{Namespace, namespace::PodSecurity};

use crate::verify::copy::{Copy, tells_the_truth};

/// The right to close a node. None where there are not two.
fn nodes(test: &str) -> Option<MutexGuard<'static, ()>> {
    static TURN: Mutex<()> = Mutex::new(());
    if !Namespace::is_available(test) {
        return None;
    }
    let outside = Namespace::create(PodSecurity::Baseline);
    if outside.kubectl("get nodes --no-headers").lines().count() < 2 {
        testkit::skipped(&format!("{test}: the cluster has one node"));
        return None;
    }
    Some(TURN.lock().unwrap_or_else(PoisonError::into_inner))
}

#[test]
fn lab_15_tells_the_truth() {
    let Some(_turn) = nodes("lab_15_tells_the_truth") else { return };
    tells_the_truth("15-drain");
}

#[test]
fn lab_15_rejects_pods_that_start_at_once() {
    let test = "lab_15_rejects_pods_that_start_at_once";
    let Some(_turn) = nodes(test) else { return };
    let Some(copy) = Copy::of("15-drain", test) else { return };
    copy.manifest("order.yaml", "value: 16s", "value: 0s");
    copy.is_rejected_at("Availability: {40..88} %");
}

#[test]
fn lab_15_rejects_a_budget_that_allows_all() {
    let test = "lab_15_rejects_a_budget_that_allows_all";
    let Some(_turn) = nodes(test) else { return };
    let Some(copy) = Copy::of("15-drain", test) else { return };
    copy.without("## 2.", "## 3.");
    copy.without("```sh until=30s\nkubectl get pdb", "Both pods are on one node again");
    copy.manifest("pdb.yaml", "minAvailable: 1", "minAvailable: 0");
    copy.is_rejected_at("Cannot evict pod as it would violate the pod's disruption budget");
}
