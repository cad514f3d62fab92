//! What a request pays because knobs want it to: time, memory and CPU.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{extract::Request, response::Response};
use web::RowCount;

use super::{inject::EXECUTOR, layer::Rest};
use crate::{
    dose::burn,
    knobs::{Due, Knobs},
};

/// Handles the request and lets it pay: it holds memory all the time, waits first, and burns CPU
/// when the rows of its answer are known.
pub(crate) async fn pay(knobs: &Knobs, request: Request, rest: Rest) -> Response {
    if !knobs.any() {
        return rest.run(request).await;
    }
    let (due, method) = (Arc::new(knobs.due()), request.method().clone());
    let _kept = if due.takes_memory() {
        off_the_workers(&due, |due, _| due.memory()).await.flatten()
    } else {
        None
    };
    let latency = due.latency();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let answer = rest.run(request).await;
    let rows = answer.extensions().get::<RowCount>().map(|RowCount(rows)| *rows);
    let cost = due.cpu(method.as_str(), rows);
    if cost.is_zero() {
        return answer;
    }
    if knobs.on_workers() {
        spend(&due, cost, &AtomicBool::new(false));
    } else {
        off_the_workers(&due, move |due, gone| spend(due, cost, gone)).await;
    }
    answer
}

fn spend(due: &Due, cost: Duration, gone: &AtomicBool) {
    due.burnt(burn(cost, gone));
}

/// Does it on a thread of its own, and stops when nobody waits for the request any more.
async fn off_the_workers<T: Send + 'static>(
    due: &Arc<Due>,
    work: impl FnOnce(&Due, &AtomicBool) -> T + Send + 'static,
) -> Option<T> {
    let gone = Gone::default();
    let (due, told) = (due.clone(), gone.flag());
    EXECUTOR.spawn_blocking(move || work(&due, &told)).await.ok()
}

/// Kept by a request while others work for it: says when it was dropped.
#[derive(Default)]
pub(crate) struct Gone(Arc<AtomicBool>);

impl Gone {
    /// What is true from then on.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        self.0.clone()
    }
}

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
