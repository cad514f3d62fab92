//! What delivery does when a payment is taken or cancelled.

use std::collections::{BTreeMap, BTreeSet};

use events::{Envelope, Event, Payment};
use messaging::{Policy, Transaction};

use crate::{deliveries::recall, delivery::Delivery, store};

/// Sends the goods of an order that was paid, and recalls them when the money goes back.
///
/// It consumes the events of payment alone: events of one order from one service arrive in their order,
/// those of two services may overtake each other.
pub struct Dispatch;

impl Policy for Dispatch {
    const GROUP: &'static str = "delivery";

    fn wants(&self, event: &Event) -> bool {
        match event {
            Event::Paid(payment) => payment.is_taken(),
            Event::PayCancelled(_) => true,
            _ => false,
        }
    }

    async fn react(&self, event: &Envelope, tx: &mut Transaction) -> anyhow::Result<()> {
        self.react_all(std::slice::from_ref(event), tx).await
    }

    async fn react_all(&self, events: &[Envelope], tx: &mut Transaction) -> anyhow::Result<()> {
        let (paid, cancelled) = by_order(events.iter().map(|it| &it.event));
        if !paid.is_empty() {
            send(&paid, tx).await?;
        }
        if !cancelled.is_empty() {
            for order in recall_sent(&cancelled, tx).await? {
                // `Paid` may still come: this row keeps the goods from being sent.
                store::insert_never(order, tx.dialect(), tx).await?;
            }
        }
        Ok(())
    }
}

/// Payments by the order that they are for.
pub(crate) type ByOrder<'a> = BTreeMap<i64, &'a Payment>;

/// The payments that were taken, and those that were cancelled. A payment for no order moves no goods.
fn by_order<'a>(events: impl Iterator<Item = &'a Event>) -> (ByOrder<'a>, ByOrder<'a>) {
    let (mut paid, mut cancelled) = (ByOrder::new(), ByOrder::new());
    for event in events {
        match event {
            Event::Paid(it) if it.is_taken() => paid.extend(it.order_id.map(|id| (id, it))),
            Event::PayCancelled(it) => cancelled.extend(it.order_id.map(|id| (id, it))),
            _ => {}
        }
    }
    (paid, cancelled)
}

/// Sends the goods of those orders that have no delivery yet; a row that says never is one.
pub(crate) async fn send(paid: &ByOrder<'_>, tx: &mut Transaction) -> anyhow::Result<()> {
    let new: Vec<Delivery> = paid.values().map(|payment| Delivery::of(payment)).collect();
    for (order, id) in store::insert_all(&new, tx.dialect(), tx).await? {
        let mut delivery = Delivery::of(paid[&order]);
        delivery.id = id;
        tx.tell(delivery.delivered());
    }
    Ok(())
}

/// Recalls the goods of these orders; returns the orders that have no delivery.
pub(crate) async fn recall_sent(
    cancelled: &ByOrder<'_>,
    tx: &mut Transaction,
) -> anyhow::Result<BTreeSet<i64>> {
    let mut without: BTreeSet<i64> = cancelled.keys().copied().collect();
    let orders: Vec<i64> = without.iter().copied().collect();
    for mut delivery in store::lock_of_orders(&orders, tx).await? {
        delivery.order_key.map(|order| without.remove(&order));
        recall(&mut delivery, tx).await?;
    }
    Ok(without)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(id: i64, order_id: Option<i64>, status: &str) -> Payment {
        let order = order_id.map_or("null".to_owned(), |it| it.to_string());
        let text =
            format!(r#"{{"id":{id},"orderId":{order},"paymentStatus":"{status}","cost":1000}}"#);
        serde_json::from_str(&text).expect("a payment")
    }

    #[test]
    fn goods_move_for_money_that_was_taken_or_went_back_and_for_nothing_else() {
        let taken = Event::Paid(payment(1, Some(7), Payment::TAKEN));
        let due = Event::Paid(payment(1, Some(7), "Not Pay"));
        let cancelled = Event::PayCancelled(payment(1, Some(7), "ORDER CANCEL"));
        assert!(Dispatch.wants(&taken) && Dispatch.wants(&cancelled));
        assert!(!Dispatch.wants(&due));
        assert!(!Dispatch.wants(&Delivery::of(&payment(1, Some(7), Payment::TAKEN)).delivered()));
    }

    #[test]
    fn an_order_has_one_delivery_however_often_it_was_paid() {
        let twice = [
            Event::Paid(payment(1, Some(7), Payment::TAKEN)),
            Event::Paid(payment(2, Some(7), Payment::TAKEN)),
            Event::Paid(payment(3, None, Payment::TAKEN)),
            Event::PayCancelled(payment(4, Some(8), "ORDER CANCEL")),
        ];
        let (paid, cancelled) = by_order(twice.iter());
        assert_eq!(paid.keys().collect::<Vec<_>>(), [&7]);
        assert_eq!(cancelled.keys().collect::<Vec<_>>(), [&8]);
    }
}
