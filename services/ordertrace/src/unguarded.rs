//! The projection without `ORDERING`, and with the defects of the ancestors: for labs alone.
//!
//! docs/guards.md says what each safeguard is for; `projection.rs` is how it is done right.

use events::{Envelope, Event};
use messaging::{Policy, Transaction};
use participant::{Bug, CompatBugs, Guard, Guards};

use crate::{
    Projection,
    progress::Progress,
    store::{self, Overwrite},
    trace::Stage,
};

/// A [`Projection`] that lacks what the settings take away.
pub(crate) struct UnguardedProjection {
    pub(crate) right: Projection,
    pub(crate) guards: Guards,
    pub(crate) bugs: CompatBugs,
}

impl Policy for UnguardedProjection {
    const GROUP: &'static str = Projection::GROUP;

    fn is_idempotent(&self) -> bool {
        !self.last_event_wins()
    }

    fn wants(&self, event: &Event) -> bool {
        self.right.wants(event)
    }

    async fn react(&self, event: &Envelope, tx: &mut Transaction) -> anyhow::Result<()> {
        self.react_all(std::slice::from_ref(event), tx).await
    }

    async fn react_all(&self, events: &[Envelope], tx: &mut Transaction) -> anyhow::Result<()> {
        store::remember(events, tx.dialect(), tx).await?;
        let said = events.iter().filter_map(|it| self.progress(&it.event));
        let (orders, overwrite) = if self.last_event_wins() {
            (Progress::by_order(said, replace), Overwrite::Always)
        } else {
            (Progress::by_order(said, Progress::merge), Overwrite::ByLater)
        };
        Ok(store::advance(&orders, overwrite, tx.dialect(), tx).await?)
    }

    fn committed(&self) {
        self.right.committed();
    }
}

impl UnguardedProjection {
    fn last_event_wins(&self) -> bool {
        !self.guards.has(Guard::Ordering) || self.bugs.has(Bug::LastWordWins)
    }

    /// The original waited for a status that its delivery never had.
    fn progress(&self, event: &Event) -> Option<Progress> {
        let mut progress = Progress::of(event)?;
        if let Event::Delivered(delivery) = event
            && self.bugs.has(Bug::NeverOnItsWay)
        {
            let started = delivery.delivery_status.as_deref() == Some("START");
            progress.stage = if started { Stage::DeliveryStart } else { Stage::Noted };
            progress.status = started.then_some("DELEVERY START");
        }
        Some(progress)
    }
}

/// What was said last counts, however late it comes.
fn replace(known: &mut Progress, last: Progress) {
    let (stage, status) = (last.stage, last.status);
    known.fill(last);
    if status.is_some() {
        (known.stage, known.status) = (stage, status);
    }
}
