//! The fleet on a real Kubernetes, as people use it: kubectl, helm, and load from inside.

mod addons;
mod chart;
mod commands;
mod drain;
mod fleet;
mod kills;
mod overlays;
mod probes;
mod rollouts;
mod scaling;
mod spread;

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use testkit::{Namespace, namespace::PodSecurity};

static TURN: RwLock<()> = RwLock::new(());

/// A namespace for this test, which has the cluster to itself: machines are small, and what is
/// measured is measured alone. None where there is no cluster.
fn namespace(
    test: &str,
    security: PodSecurity,
) -> Option<(Namespace, RwLockWriteGuard<'static, ()>)> {
    Namespace::is_available(test).then(|| {
        let turn = TURN.write().unwrap_or_else(PoisonError::into_inner);
        (Namespace::create(security), turn)
    })
}

/// The same, for a test that mostly waits, and can do so beside others of its kind.
fn beside_others(
    test: &str,
    security: PodSecurity,
) -> Option<(Namespace, RwLockReadGuard<'static, ()>)> {
    Namespace::is_available(test).then(|| {
        let turn = TURN.read().unwrap_or_else(PoisonError::into_inner);
        (Namespace::create(security), turn)
    })
}
