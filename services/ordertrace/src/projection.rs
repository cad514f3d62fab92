//! The projection: facts of all services become one row an order, and a timeline.

use std::collections::BTreeMap;

use events::{Envelope, Event};
use messaging::{Guard, Guards, Policy, Transaction};
use participant::{Bug, CompatBugs};
use tokio::sync::watch;

use crate::{
    store::{self, Word},
    trace::Stage,
};

/// Follows every order. It only listens, and may hear things in any order and more than once.
pub struct Projection {
    /// Counts what became visible, for the live feeds of this process.
    pub heard: watch::Sender<u64>,
    pub guards: Guards,
    pub bugs: CompatBugs,
}

/// What some facts say about one order, together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Progress {
    pub(crate) order_id: i64,
    pub(crate) product_id: Option<i64>,
    pub(crate) qty: Option<f64>,
    pub(crate) cost: Option<i64>,
    pub(crate) product_name: Option<String>,
    pub(crate) stage: Stage,
    pub(crate) status: Option<&'static str>,
}

impl Policy for Projection {
    const GROUP: &'static str = "ordertrace";

    /// The facts it keeps are its inbox, as long as a stage is only replaced by a later one.
    fn is_idempotent(&self) -> bool {
        self.word() == Word::Latest
    }

    fn wants(&self, event: &Event) -> bool {
        event.order_id().is_some()
    }

    async fn react(&self, fact: &Envelope, tx: &mut Transaction) -> anyhow::Result<()> {
        self.react_all(std::slice::from_ref(fact), tx).await
    }

    async fn react_all(&self, facts: &[Envelope], tx: &mut Transaction) -> anyhow::Result<()> {
        let (dialect, word) = (tx.dialect(), self.word());
        store::remember(facts, dialect, tx).await?;
        let mut orders: BTreeMap<i64, Progress> = BTreeMap::new();
        for progress in facts.iter().filter_map(|fact| self.progress(&fact.event)) {
            match orders.get_mut(&progress.order_id) {
                Some(known) => known.merge(progress, word),
                None => drop(orders.insert(progress.order_id, progress)),
            }
        }
        let orders: Vec<Progress> = orders.into_values().collect();
        Ok(store::advance(&orders, word, dialect, tx).await?)
    }

    fn committed(&self) {
        self.heard.send_modify(|count| *count += 1);
    }
}

impl Projection {
    fn word(&self) -> Word {
        let naive = !self.guards.has(Guard::Ordering) || self.bugs.has(Bug::LastWordWins);
        if naive { Word::Last } else { Word::Latest }
    }

    fn progress(&self, event: &Event) -> Option<Progress> {
        let mut progress = Progress::by(event)?;
        if let Event::Delivered(delivery) = event
            && self.bugs.has(Bug::NeverOnItsWay)
        {
            // The original waited for a word that its delivery never said.
            let started = delivery.delivery_status.as_deref() == Some("START");
            progress.stage = if started { Stage::DeliveryStart } else { Stage::Noted };
            progress.status = started.then_some("DELEVERY START");
        }
        Some(progress)
    }
}

impl Progress {
    fn by(event: &Event) -> Option<Self> {
        let stage = Stage::of(event);
        let blank = |order_id| Self {
            order_id,
            product_id: None,
            qty: None,
            cost: None,
            product_name: None,
            stage,
            status: stage.status(),
        };
        Some(match event {
            Event::Ordered(order) | Event::OrderCancelled(order) => Self {
                product_id: order.product_id,
                qty: order.qty.map(f64::from),
                cost: order.cost,
                product_name: order.product_name.clone(),
                ..blank(order.id)
            },
            _ => blank(event.order_id()?),
        })
    }

    fn merge(&mut self, later: Self, word: Word) {
        self.product_id = self.product_id.or(later.product_id);
        self.qty = self.qty.or(later.qty);
        self.cost = self.cost.or(later.cost);
        self.product_name = self.product_name.take().or(later.product_name);
        let counts = match word {
            Word::Latest => later.stage > self.stage,
            Word::Last => later.status.is_some(),
        };
        if counts {
            (self.stage, self.status) = (later.stage, later.status);
        }
    }
}
