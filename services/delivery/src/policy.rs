//! What delivery does when it hears of a payment.

use events::{Envelope, Event, Payment};
use messaging::{Policy, Transaction};

use crate::{deliveries::recall, delivery::Delivery, store};

/// Sends goods when they are paid, and recalls them when the money goes back.
///
/// It listens to payment alone: facts of one order from one service come in their order, those of
/// two services may overtake each other.
pub struct Dispatch;

impl Policy for Dispatch {
    const GROUP: &'static str = "delivery";

    async fn react(&self, fact: &Envelope, tx: &mut Transaction) -> anyhow::Result<()> {
        match &fact.event {
            Event::Paid(payment) if payment.is_taken() => send(payment, tx).await,
            Event::PayCancelled(payment) => bring_back(payment, tx).await,
            _ => Ok(()),
        }
    }
}

async fn send(payment: &Payment, tx: &mut Transaction) -> anyhow::Result<()> {
    let mut delivery = Delivery::of(payment);
    if let Some(id) = store::insert(&delivery, tx).await? {
        delivery.id = id;
        tx.tell(delivery.delivered());
    }
    Ok(())
}

async fn bring_back(payment: &Payment, tx: &mut Transaction) -> anyhow::Result<()> {
    let Some(order) = payment.order_id else { return Ok(()) };
    let dialect = tx.dialect();
    match store::lock_of_order(order, dialect, tx).await? {
        Some(mut delivery) => recall(&mut delivery, tx).await?,
        None => store::insert_never(order, tx).await?,
    }
    Ok(())
}
