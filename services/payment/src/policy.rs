//! What payment does when an order is placed or cancelled.

use std::collections::{BTreeSet, HashMap};

use events::{Envelope, Event};
use messaging::{Policy, Transaction};

use crate::{payment::Payment, store};

/// Who approves payments: the shop by itself, or a person with `PUT /payments/{id}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Approval {
    Auto,
    Manual,
}

/// Takes the money for an order that was placed, and gives it back when the order is cancelled.
pub struct Cashier {
    pub approval: Approval,
}

impl Policy for Cashier {
    const GROUP: &'static str = "payment";

    fn wants(&self, event: &Event) -> bool {
        match event {
            Event::Ordered(_) => self.approval == Approval::Auto,
            Event::OrderCancelled(_) => true,
            _ => false,
        }
    }

    async fn react(&self, event: &Envelope, tx: &mut Transaction) -> anyhow::Result<()> {
        self.react_all(std::slice::from_ref(event), tx).await
    }

    async fn react_all(&self, events: &[Envelope], tx: &mut Transaction) -> anyhow::Result<()> {
        let events: Vec<(i64, &Event)> =
            events.iter().filter_map(|it| Some((it.event.order_id()?, &it.event))).collect();
        let orders: Vec<i64> = events.iter().map(|(order, _)| *order).collect();
        let mut payments: HashMap<i64, Payment> = HashMap::new();
        for payment in store::lock_of_orders(&orders, tx).await? {
            payments.extend(payment.order_key.map(|order| (order, payment)));
        }
        let mut changed = BTreeSet::new();
        for (order, event) in events {
            match payments.get_mut(&order) {
                Some(payment) => {
                    if let Some(published) = apply(event, payment) {
                        tx.tell(published);
                        changed.insert(order);
                    }
                }
                None => without_payment(event, order, tx).await?,
            }
        }
        let changed: Vec<&Payment> = changed.iter().filter_map(|it| payments.get(it)).collect();
        Ok(store::settle(&changed, tx.dialect(), tx).await?)
    }
}

/// Changes the payment as the event about its order wants it, and returns the event to publish; `None` if
/// the payment is as it should be already.
fn apply(event: &Event, payment: &mut Payment) -> Option<Event> {
    match event {
        Event::Ordered(_) => payment.approve().then(|| payment.paid()),
        Event::OrderCancelled(_) => payment.cancel().then(|| payment.pay_cancelled()),
        _ => None,
    }
}

/// Handles an event about an order that has no payment.
pub(crate) async fn without_payment(
    event: &Event,
    order: i64,
    tx: &mut Transaction,
) -> anyhow::Result<()> {
    if matches!(event, Event::OrderCancelled(_)) {
        // Its charge may still be on its way: this row refuses it.
        store::insert_called_off(order, tx.dialect(), tx).await?;
    } else {
        tracing::warn!(order_id = order, "an order without a payment was never charged");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::Draft;

    const ORDERED: fn() -> Event = || Event::Ordered(order());
    const CANCELLED: fn() -> Event = || Event::OrderCancelled(order());

    fn order() -> events::Order {
        serde_json::from_str(r#"{"id":7,"cost":1000}"#).expect("an order")
    }

    fn due() -> Payment {
        let draft = Draft { order_id: Some(7), cost: Some(1000), ..Draft::default() };
        Payment::new(draft).expect("a payment")
    }

    #[test]
    fn the_money_is_taken_once_however_often_the_event_comes() {
        let mut payment = due();
        let Some(Event::Paid(paid)) = apply(&ORDERED(), &mut payment) else { panic!("not paid") };
        assert!(paid.is_taken() && paid.order_id == Some(7) && paid.cost == Some(1000));
        assert_eq!(apply(&ORDERED(), &mut payment), None);
        assert_eq!((payment.taken, payment.refunded, payment.void), (true, false, false));
    }

    #[test]
    fn a_cancelled_order_gets_its_money_back_once() {
        let mut payment = due();
        apply(&ORDERED(), &mut payment);
        let cancelled = apply(&CANCELLED(), &mut payment);
        assert!(matches!(cancelled, Some(Event::PayCancelled(_))), "{cancelled:?}");
        assert_eq!((payment.taken, payment.refunded, payment.void), (true, true, true));
        assert_eq!(apply(&CANCELLED(), &mut payment), None);
    }

    #[test]
    fn an_order_that_was_cancelled_first_is_never_paid_for() {
        let mut payment = due();
        assert!(apply(&CANCELLED(), &mut payment).is_some());
        assert_eq!(apply(&ORDERED(), &mut payment), None);
        assert_eq!((payment.taken, payment.refunded, payment.void), (false, false, true));
    }

    #[test]
    fn only_what_is_needed_is_consumed() {
        let wants = |approval, event: &Event| Cashier { approval }.wants(event);
        assert!(wants(Approval::Auto, &ORDERED()) && !wants(Approval::Manual, &ORDERED()));
        assert!(wants(Approval::Auto, &CANCELLED()) && wants(Approval::Manual, &CANCELLED()));
        assert!(!wants(Approval::Auto, &due().paid()));
    }
}
