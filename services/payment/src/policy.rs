//! What payment does when it hears of an order.

use std::collections::{BTreeSet, HashMap};

use events::{Envelope, Event};
use messaging::{Guard, Guards, Policy, Transaction};
use participant::{Bug, CompatBugs};

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
    pub guards: Guards,
    pub bugs: CompatBugs,
}

impl Policy for Cashier {
    const GROUP: &'static str = "payment";

    fn wants(&self, fact: &Event) -> bool {
        match fact {
            Event::Ordered(_) => self.approval == Approval::Auto,
            Event::OrderCancelled(_) => self.guards.has(Guard::Compensation),
            _ => false,
        }
    }

    async fn react(&self, fact: &Envelope, tx: &mut Transaction) -> anyhow::Result<()> {
        self.react_all(std::slice::from_ref(fact), tx).await
    }

    async fn react_all(&self, facts: &[Envelope], tx: &mut Transaction) -> anyhow::Result<()> {
        let facts: Vec<&Event> = facts.iter().map(|fact| &fact.event).collect();
        let orders: Vec<i64> = facts.iter().filter_map(|fact| fact.order_id()).collect();
        if orders.is_empty() {
            return Ok(());
        }
        let dialect = tx.dialect();
        let known = SHOWN.lock_all(self.key(), &orders, tx).await?;
        let mut payments: HashMap<i64, Vec<Payment>> = HashMap::new();
        for payment in known {
            payments.entry(order_of(&payment)).or_default().push(payment);
        }
        let mut changed = BTreeSet::new();
        for (fact, order) in facts.into_iter().zip(orders) {
            let Some(payments) = payments.get_mut(&order) else {
                self.without_payment(fact, order, tx).await?;
                continue;
            };
            if self.bugs.has(Bug::CancelsTheWrongField) && is_cancelled(fact) {
                mislabel(payments, tx).await?;
                continue;
            }
            let mut news = false;
            for payment in payments.iter_mut() {
                if let Some(told) = self.decide(fact, payment) {
                    tx.tell(told);
                    changed.insert(payment.id);
                    news = true;
                }
            }
            if !news && !self.guards.has(Guard::Idempotency) && matches!(fact, Event::Ordered(_)) {
                charge_again(payments, tx).await?;
            }
        }
        let payments = payments.values().flatten();
        let changed: Vec<&Payment> = payments.filter(|it| changed.contains(&it.id)).collect();
        Ok(store::settle(&changed, dialect, tx).await?)
    }
}

impl Cashier {
    /// How the payments of an order are found: by what makes it one charge an order, if that
    /// guard is up.
    fn key(&self) -> &'static str {
        let once = self.guards.has(Guard::Idempotency) && !self.bugs.has(Bug::ChargesAgain);
        if once { "order_key" } else { "order_id" }
    }

    /// What becomes of a payment when this happens to its order, and what is told of it.
    fn decide(&self, fact: &Event, payment: &mut Payment) -> Option<Event> {
        match fact {
            Event::Ordered(_) if self.guards.has(Guard::Ordering) => {
                payment.approve().then(|| payment.paid())
            }
            // Who relies on the order of facts does not expect an order that was called off.
            Event::Ordered(_) => payment.take().then(|| payment.paid()),
            _ => payment.cancel().then(|| payment.pay_cancelled()),
        }
    }

    async fn without_payment(
        &self,
        fact: &Event,
        order: i64,
        tx: &mut Transaction,
    ) -> anyhow::Result<()> {
        if !is_cancelled(fact) {
            tracing::warn!(order_id = order, "an order without a payment was never charged");
        } else if !self.bugs.has(Bug::CancelsTheWrongField) {
            store::insert_called_off(order, tx.dialect(), tx).await?;
        }
        Ok(())
    }
}

fn order_of(payment: &Payment) -> i64 {
    payment.order_key.or(payment.order_id).unwrap_or_default()
}

/// What a cashier does who does not remember that the money was taken.
async fn charge_again(payments: &[Payment], tx: &mut Transaction) -> anyhow::Result<()> {
    let Some(mut again) = payments.iter().find(|it| it.void == 0).cloned() else { return Ok(()) };
    if let Some(id) = store::insert(&again, tx).await? {
        again.id = id;
        tx.tell(again.paid());
    }
    Ok(())
}

fn is_cancelled(fact: &Event) -> bool {
    matches!(fact, Event::OrderCancelled(_))
}

/// As the original: the type of the payment is what changes, and `Paid` is told of the change.
async fn mislabel(payments: &mut [Payment], tx: &mut Transaction) -> anyhow::Result<()> {
    for payment in payments {
        payment.mislabel();
        store::update(payment, tx).await?;
        tx.tell(payment.paid());
    }
    Ok(())
}
