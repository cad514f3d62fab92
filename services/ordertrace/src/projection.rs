//! The projection: facts of all services become one row an order, and a timeline.

use std::collections::BTreeMap;

use events::{Envelope, Event};
use messaging::{Policy, Transaction};
use tokio::sync::watch;

use crate::{store, trace::Stage};

/// Follows every order. It only listens, and may hear things in any order and more than once.
pub struct Projection {
    /// Counts what became visible, for the live feeds of this process.
    pub heard: watch::Sender<u64>,
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
}

impl Policy for Projection {
    const GROUP: &'static str = "ordertrace";
    // The facts it keeps are its inbox, and a stage is only replaced by a later one.
    const IDEMPOTENT: bool = true;

    fn wants(&self, event: &Event) -> bool {
        event.order_id().is_some()
    }

    async fn react(&self, fact: &Envelope, tx: &mut Transaction) -> anyhow::Result<()> {
        self.react_all(std::slice::from_ref(fact), tx).await
    }

    async fn react_all(&self, facts: &[Envelope], tx: &mut Transaction) -> anyhow::Result<()> {
        let dialect = tx.dialect();
        store::remember(facts, dialect, tx).await?;
        let mut orders: BTreeMap<i64, Progress> = BTreeMap::new();
        for progress in facts.iter().filter_map(|fact| Progress::by(&fact.event)) {
            match orders.get_mut(&progress.order_id) {
                Some(known) => known.merge(progress),
                None => drop(orders.insert(progress.order_id, progress)),
            }
        }
        let orders: Vec<Progress> = orders.into_values().collect();
        Ok(store::advance(&orders, dialect, tx).await?)
    }

    fn committed(&self) {
        self.heard.send_modify(|count| *count += 1);
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

    fn merge(&mut self, later: Self) {
        self.product_id = self.product_id.or(later.product_id);
        self.qty = self.qty.or(later.qty);
        self.cost = self.cost.or(later.cost);
        self.product_name = self.product_name.take().or(later.product_name);
        self.stage = self.stage.max(later.stage);
    }
}
