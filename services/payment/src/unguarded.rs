//! Payment without some of its safeguards, and with the defects of the ancestors: for labs alone.
//!
//! docs/guards.md says what each safeguard is for; `policy.rs` and `payments.rs` are how it is done right.

use std::collections::{BTreeSet, HashMap};

use events::{Envelope, Event};
use messaging::{Policy, Transaction};
use participant::{Bug, CompatBugs, Guard, Guards};

use crate::{Approval, Cashier, payment::Payment, policy::without_payment, store};

/// Whether `POST /payments` charges an order again that was charged already.
pub(crate) fn charges_again(guards: Guards, bugs: CompatBugs) -> bool {
    !guards.has(Guard::Idempotency) || bugs.has(Bug::ChargesAgain)
}

/// A [`Cashier`] that lacks what the settings take away.
pub(crate) struct UnguardedCashier {
    pub(crate) approval: Approval,
    pub(crate) guards: Guards,
    pub(crate) bugs: CompatBugs,
}

impl Policy for UnguardedCashier {
    const GROUP: &'static str = Cashier::GROUP;

    fn wants(&self, event: &Event) -> bool {
        let undone = matches!(event, Event::OrderCancelled(_));
        Cashier { approval: self.approval }.wants(event)
            && (!undone || self.guards.has(Guard::Compensation))
    }

    async fn react(&self, event: &Envelope, tx: &mut Transaction) -> anyhow::Result<()> {
        self.react_all(std::slice::from_ref(event), tx).await
    }

    async fn react_all(&self, events: &[Envelope], tx: &mut Transaction) -> anyhow::Result<()> {
        let events: Vec<(i64, &Event)> =
            events.iter().filter_map(|it| Some((it.event.order_id()?, &it.event))).collect();
        let orders: Vec<i64> = events.iter().map(|(order, _)| *order).collect();
        let mut payments = self.payments_of(&orders, tx).await?;
        let mut changed = BTreeSet::new();
        for (order, event) in events {
            let cancelled = matches!(event, Event::OrderCancelled(_));
            let wrong_field = cancelled && self.bugs.has(Bug::CancelsTheWrongField);
            match payments.get_mut(&order) {
                Some(payments) if wrong_field => mislabel(payments, tx).await?,
                Some(payments) => {
                    let before = changed.len();
                    for payment in payments.iter_mut() {
                        if let Some(published) = self.apply(event, payment) {
                            tx.tell(published);
                            changed.insert(payment.id);
                        }
                    }
                    let again = !cancelled && !self.guards.has(Guard::Idempotency);
                    if again && changed.len() == before {
                        charge_again(payments, tx).await?;
                    }
                }
                None if wrong_field => {}
                None => without_payment(event, order, tx).await?,
            }
        }
        let payments = payments.values().flatten();
        let changed: Vec<&Payment> = payments.filter(|it| changed.contains(&it.id)).collect();
        Ok(store::settle(&changed, tx.dialect(), tx).await?)
    }
}

impl UnguardedCashier {
    /// Locks the payments of these orders, of which there may be several for one order.
    async fn payments_of(
        &self,
        orders: &[i64],
        tx: &mut Transaction,
    ) -> anyhow::Result<HashMap<i64, Vec<Payment>>> {
        let known = if charges_again(self.guards, self.bugs) {
            store::lock_by_order_id(orders, tx).await?
        } else {
            store::lock_of_orders(orders, tx).await?
        };
        let mut payments: HashMap<i64, Vec<Payment>> = HashMap::new();
        for payment in known {
            let order = payment.order_key.or(payment.order_id).unwrap_or_default();
            payments.entry(order).or_default().push(payment);
        }
        Ok(payments)
    }

    /// Without `ORDERING`, an order is not expected to have been cancelled before: the money is taken.
    fn apply(&self, event: &Event, payment: &mut Payment) -> Option<Event> {
        match event {
            Event::Ordered(_) if self.guards.has(Guard::Ordering) => {
                payment.approve().then(|| payment.paid())
            }
            Event::Ordered(_) => payment.take().then(|| payment.paid()),
            _ => payment.cancel().then(|| payment.pay_cancelled()),
        }
    }
}

/// Charges once more, because nothing remembers that the money was taken.
async fn charge_again(payments: &[Payment], tx: &mut Transaction) -> anyhow::Result<()> {
    let Some(mut again) = payments.iter().find(|it| !it.void).cloned() else { return Ok(()) };
    if let Some(id) = store::insert(&again, tx).await? {
        again.id = id;
        tx.tell(again.paid());
    }
    Ok(())
}

/// As the original: it writes the cancellation into the type of the payment, and publishes `Paid` again.
async fn mislabel(payments: &mut [Payment], tx: &mut Transaction) -> anyhow::Result<()> {
    for payment in payments {
        payment.mislabel();
        store::update(payment, tx).await?;
        tx.tell(payment.paid());
    }
    Ok(())
}
