//! What payment does when it hears of an order.

use std::collections::{BTreeSet, HashMap};

use events::{Envelope, Event};
use messaging::{Policy, Transaction};

use crate::{
    payment::Payment,
    store::{self, SHOWN},
};

/// Who approves payments: the shop by itself, or a person with `PUT /payments/{id}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Approval {
    Auto,
    Manual,
}

/// Takes money for orders that were placed, and gives it back for those called off.
pub struct Cashier {
    pub approval: Approval,
}

impl Policy for Cashier {
    const GROUP: &'static str = "payment";

    async fn react(&self, fact: &Envelope, tx: &mut Transaction) -> anyhow::Result<()> {
        self.react_all(std::slice::from_ref(fact), tx).await
    }

    async fn react_all(&self, facts: &[Envelope], tx: &mut Transaction) -> anyhow::Result<()> {
        let facts: Vec<&Event> =
            facts.iter().map(|fact| &fact.event).filter(|fact| self.concerns(fact)).collect();
        let orders: Vec<i64> = facts.iter().filter_map(|fact| fact.order_id()).collect();
        if orders.is_empty() {
            return Ok(());
        }
        let dialect = tx.dialect();
        let payments: Vec<Payment> = SHOWN.lock_all("order_key", &orders, tx).await?;
        let mut payments: HashMap<i64, Payment> =
            payments.into_iter().filter_map(|it| Some((it.order_key?, it))).collect();
        let mut changed = BTreeSet::new();
        for (fact, order) in facts.into_iter().zip(orders) {
            match payments.get_mut(&order) {
                Some(payment) => {
                    if let Some(told) = decide(fact, payment) {
                        tx.tell(told);
                        changed.insert(order);
                    }
                }
                None => without_payment(fact, order, tx).await?,
            }
        }
        let changed: Vec<&Payment> = changed.iter().filter_map(|it| payments.get(it)).collect();
        Ok(store::settle(&changed, dialect, tx).await?)
    }
}

impl Cashier {
    fn concerns(&self, fact: &Event) -> bool {
        match fact {
            Event::Ordered(_) => self.approval == Approval::Auto,
            Event::OrderCancelled(_) => true,
            _ => false,
        }
    }
}

/// What becomes of a payment when this happens to its order, and what is told of it.
fn decide(fact: &Event, payment: &mut Payment) -> Option<Event> {
    match fact {
        Event::Ordered(_) => payment.approve().then(|| payment.paid()),
        _ => payment.cancel().then(|| payment.pay_cancelled()),
    }
}

async fn without_payment(fact: &Event, order: i64, tx: &mut Transaction) -> anyhow::Result<()> {
    if let Event::OrderCancelled(_) = fact {
        store::insert_called_off(order, tx).await?;
    } else {
        tracing::warn!(order_id = order, "an order without a payment was never charged");
    }
    Ok(())
}
