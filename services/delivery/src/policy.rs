//! What delivery does when it hears of a payment.

use std::collections::{BTreeMap, BTreeSet};

use events::{Envelope, Event, Payment};
use messaging::{Guard, Guards, Policy, Transaction};
use participant::{Bug, CompatBugs};

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
    pub bugs: CompatBugs,
}

impl Policy for Dispatch {
    const GROUP: &'static str = "delivery";

    fn wants(&self, fact: &Event) -> bool {
        match fact {
            Event::Paid(payment) => payment.is_taken(),
            Event::PayCancelled(_) => self.guards.has(Guard::Compensation),
            _ => false,
        }
    }

    async fn react(&self, fact: &Envelope, tx: &mut Transaction) -> anyhow::Result<()> {
        self.react_all(std::slice::from_ref(fact), tx).await
    }

    async fn react_all(&self, facts: &[Envelope], tx: &mut Transaction) -> anyhow::Result<()> {
        if self.is_naive() {
            for fact in facts {
                self.believe(&fact.event, tx).await?;
            }
            return Ok(());
        }
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

impl Dispatch {
    /// Whether each fact is taken as if nothing could have overtaken it.
    fn is_naive(&self) -> bool {
        !self.guards.has(Guard::Ordering) || self.bugs != CompatBugs::None
    }

    /// Does what one fact says, and expects nothing else of it.
    async fn believe(&self, fact: &Event, tx: &mut Transaction) -> anyhow::Result<()> {
        let Some((order, payment)) = of_an_order(fact) else { return Ok(()) };
        let one = BTreeMap::from([(order, payment)]);
        match fact {
            Event::Paid(_) if !payment.is_taken() => Ok(()),
            Event::Paid(_) if self.bugs.has(Bug::DeliversAgain) => send_again(payment, tx).await,
            Event::Paid(_) => send(&one, tx).await,
            _ if !self.guards.has(Guard::Compensation) => Ok(()),
            _ if self.bugs.has(Bug::RecallsTheWrongOrder) => forget(payment, tx).await,
            // None are out yet? Then there is nothing to do.
            _ => bring_back_what_was_sent(&one, tx).await.map(drop),
        }
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

/// Sends the goods, whether they were sent or not, as the original did.
async fn send_again(payment: &Payment, tx: &mut Transaction) -> anyhow::Result<()> {
    let mut delivery = Delivery::of(payment);
    delivery.order_key = None;
    delivery.id = store::insert(&delivery, tx).await?.unwrap_or_default();
    tx.tell(delivery.delivered());
    Ok(())
}

/// Recalls the goods of orders whose money went back, and sees to it that none are sent later.
async fn bring_back(void: &BTreeMap<i64, &Payment>, tx: &mut Transaction) -> anyhow::Result<()> {
    for order in bring_back_what_was_sent(void, tx).await? {
        store::insert_never(order, tx.dialect(), tx).await?;
    }
    Ok(())
}

/// Gives back the orders of which nothing was sent.
async fn bring_back_what_was_sent(
    void: &BTreeMap<i64, &Payment>,
    tx: &mut Transaction,
) -> anyhow::Result<BTreeSet<i64>> {
    let mut orders: BTreeSet<i64> = void.keys().copied().collect();
    let sent: Vec<i64> = orders.iter().copied().collect();
    let deliveries: Vec<Delivery> = SHOWN.lock_all("order_key", &sent, tx).await?;
    for mut delivery in deliveries {
        delivery.order_key.map(|order| orders.remove(&order));
        recall(&mut delivery, tx).await?;
    }
    Ok(orders)
}

/// Takes the payment's delivery away and tells nobody, as the original did; and only if the number
/// of the order happens to be that of the payment, which is what it compared.
async fn forget(payment: &Payment, tx: &mut Transaction) -> anyhow::Result<()> {
    let deliveries: Vec<Delivery> = SHOWN.lock_all("payment_id", &[payment.id], tx).await?;
    for mut delivery in deliveries.into_iter().filter(|it| it.order_id == Some(payment.id)) {
        delivery.hidden = 1;
        store::update(&delivery, tx).await?;
    }
    Ok(())
}
