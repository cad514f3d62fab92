//! What delivery does when it hears of a payment.

use std::collections::{BTreeMap, BTreeSet};

use events::{Envelope, Event, Payment};
use messaging::{Guards, Policy, Transaction};

use crate::{
    deliveries::recall,
    delivery::Delivery,
    store::{self, SHOWN},
};

/// Sends goods when they are paid, and recalls them when the money goes back.
///
/// It listens to payment alone: facts of one order from one service come in their order, those of
/// two services may overtake each other.
pub struct Dispatch {
    pub guards: Guards,
}

impl Policy for Dispatch {
    const GROUP: &'static str = "delivery";

    fn wants(&self, fact: &Event) -> bool {
        match fact {
            Event::Paid(payment) => payment.is_taken(),
            Event::PayCancelled(_) => self.guards.compensation,
            _ => false,
        }
    }

    async fn react(&self, fact: &Envelope, tx: &mut Transaction) -> anyhow::Result<()> {
        self.react_all(std::slice::from_ref(fact), tx).await
    }

    async fn react_all(&self, facts: &[Envelope], tx: &mut Transaction) -> anyhow::Result<()> {
        let mut paid: BTreeMap<i64, &Payment> = BTreeMap::new();
        let mut void: BTreeMap<i64, &Payment> = BTreeMap::new();
        for fact in facts {
            match &fact.event {
                Event::Paid(_) => &mut paid,
                _ => &mut void,
            }
            .extend(of_an_order(&fact.event));
        }
        if !paid.is_empty() {
            send(&paid, tx).await?;
        }
        if !void.is_empty() {
            bring_back(&void, tx).await?;
        }
        Ok(())
    }
}

/// A payment and its order. Money that is for no order moves no goods.
fn of_an_order(fact: &Event) -> Option<(i64, &Payment)> {
    match fact {
        Event::Paid(payment) | Event::PayCancelled(payment) => Some((payment.order_id?, payment)),
        _ => None,
    }
}

/// Sends the goods of orders that have not been sent, nor ever shall be.
async fn send(paid: &BTreeMap<i64, &Payment>, tx: &mut Transaction) -> anyhow::Result<()> {
    let dialect = tx.dialect();
    let new: Vec<Delivery> = paid.values().map(|payment| Delivery::of(payment)).collect();
    for (order, id) in store::insert_all(&new, dialect, tx).await? {
        let mut delivery = Delivery::of(paid[&order]);
        delivery.id = id;
        tx.tell(delivery.delivered());
    }
    Ok(())
}

/// Recalls the goods of orders whose money went back, and sees to it that none are sent later.
async fn bring_back(void: &BTreeMap<i64, &Payment>, tx: &mut Transaction) -> anyhow::Result<()> {
    let mut orders: BTreeSet<i64> = void.keys().copied().collect();
    let sent: Vec<i64> = orders.iter().copied().collect();
    let deliveries: Vec<Delivery> = SHOWN.lock_all("order_key", &sent, tx).await?;
    for mut delivery in deliveries {
        delivery.order_key.map(|order| orders.remove(&order));
        recall(&mut delivery, tx).await?;
    }
    for order in orders {
        store::insert_never(order, tx).await?;
    }
    Ok(())
}
