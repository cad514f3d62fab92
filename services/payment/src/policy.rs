//! What payment does when it hears of an order.

use events::{Envelope, Event, Order};
use messaging::{Policy, Transaction};

use crate::{payments::cancel, store};

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
        match &fact.event {
            Event::Ordered(order) if self.approval == Approval::Auto => approve(order, tx).await,
            Event::OrderCancelled(order) => give_back(order, tx).await,
            _ => Ok(()),
        }
    }
}

async fn approve(order: &Order, tx: &mut Transaction) -> anyhow::Result<()> {
    let dialect = tx.dialect();
    let Some(mut payment) = store::lock_of_order(order.id, dialect, tx).await? else {
        tracing::warn!(order_id = order.id, "an order without a payment; it was never charged");
        return Ok(());
    };
    if payment.approve() {
        store::update(&payment, tx).await?;
        tx.tell(payment.paid());
    }
    Ok(())
}

async fn give_back(order: &Order, tx: &mut Transaction) -> anyhow::Result<()> {
    let dialect = tx.dialect();
    match store::lock_of_order(order.id, dialect, tx).await? {
        Some(mut payment) => cancel(&mut payment, tx).await?,
        None => store::insert_called_off(order.id, tx).await?,
    }
    Ok(())
}
