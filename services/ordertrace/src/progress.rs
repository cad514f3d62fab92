//! What events say about one order.

use std::collections::BTreeMap;

use events::Event;

use crate::trace::Stage;

/// What some events say about one order, together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Progress {
    pub(crate) order_id: i64,
    pub(crate) product_id: Option<i64>,
    pub(crate) qty: Option<f64>,
    pub(crate) cost: Option<i64>,
    pub(crate) product_name: Option<String>,
    pub(crate) stage: Stage,
    pub(crate) status: Option<&'static str>,
}

impl Progress {
    /// What one event says; `None` if it is about no order.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        let stage = Stage::of(event);
        let blank = |order_id| Self {
            order_id,
            product_id: None,
            qty: None,
            cost: None,
            product_name: None,
            stage,
            status: stage.status(),
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

    /// Adds what another event says. A later stage replaces an earlier one, whichever event comes first.
    pub(crate) fn merge(&mut self, other: Self) {
        let (stage, status) = (other.stage, other.status);
        self.fill(other);
        if stage > self.stage {
            (self.stage, self.status) = (stage, status);
        }
    }

    /// Takes from another event what the order is about, as far as it is not known yet.
    pub(crate) fn fill(&mut self, other: Self) {
        self.product_id = self.product_id.or(other.product_id);
        self.qty = self.qty.or(other.qty);
        self.cost = self.cost.or(other.cost);
        self.product_name = self.product_name.take().or(other.product_name);
    }

    /// One for each order, each merged by `merge` in the order of the events.
    pub(crate) fn by_order(
        all: impl Iterator<Item = Self>,
        merge: impl Fn(&mut Self, Self),
    ) -> Vec<Self> {
        let mut orders: BTreeMap<i64, Self> = BTreeMap::new();
        for progress in all {
            match orders.get_mut(&progress.order_id) {
                Some(known) => merge(known, progress),
                None => drop(orders.insert(progress.order_id, progress)),
            }
        }
        orders.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: fn(events::Order) -> Event, text: &str) -> Event {
        kind(serde_json::from_str(text).expect("an order"))
    }

    fn payment(text: &str) -> events::Payment {
        serde_json::from_str(text).expect("a payment")
    }

    /// All events of an order that was cancelled late, in the order in which they happen.
    fn all() -> Vec<Event> {
        vec![
            event(Event::Ordered, r#"{"id":7,"productId":1,"qty":2,"cost":1000}"#),
            Event::Paid(payment(r#"{"id":1,"orderId":7,"paymentStatus":"END"}"#)),
            event(Event::OrderCancelled, r#"{"id":7,"productId":1,"qty":2,"cost":1000}"#),
        ]
    }

    fn merged(events: &[Event]) -> Vec<Progress> {
        Progress::by_order(events.iter().filter_map(Progress::of), Progress::merge)
    }

    #[test]
    fn the_latest_stage_counts_in_whatever_order_events_come() {
        let right = merged(&all());
        assert_eq!(right.len(), 1);
        assert_eq!((right[0].stage, right[0].status), (Stage::OrderCancel, Some("ORDER CANCEL")));
        assert_eq!((right[0].product_id, right[0].qty), (Some(1), Some(2.0)));
        for [first, second, third] in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let all = all();
            let other = [all[first].clone(), all[second].clone(), all[third].clone()];
            assert_eq!(merged(&other), right, "{first} {second} {third}");
        }
    }

    #[test]
    fn each_order_has_its_own_and_what_is_about_none_has_none() {
        let events = [
            event(Event::Ordered, r#"{"id":7}"#),
            event(Event::Ordered, r#"{"id":8}"#),
            Event::Paid(payment(r#"{"id":1,"paymentStatus":"END"}"#)),
        ];
        let orders: Vec<i64> = merged(&events).iter().map(|it| it.order_id).collect();
        assert_eq!(orders, [7, 8]);
    }
}
