//! Where an order stands, derived from the facts about it.

use events::Event;
use hal::Identified;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A trace as it is kept and shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    #[serde(skip_serializing)]
    pub id: i64,
    pub product_id: Option<i64>,
    #[serde(deserialize_with = "hal::lenient::double")]
    pub qty: Option<f64>,
    pub cost: Option<i64>,
    pub product_name: Option<String>,
    pub order_id: Option<i64>,
    pub status: Option<String>,
}

/// What may be said of a trace by hand. Numbers may come as text, as httpie sends them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Draft {
    #[serde(deserialize_with = "hal::lenient::long")]
    pub product_id: Option<i64>,
    #[serde(deserialize_with = "hal::lenient::double")]
    pub qty: Option<f64>,
    #[serde(deserialize_with = "hal::lenient::long")]
    pub cost: Option<i64>,
    #[serde(deserialize_with = "hal::lenient::text")]
    pub product_name: Option<String>,
    #[schema(minimum = 1)]
    #[serde(deserialize_with = "hal::lenient::id")]
    pub order_id: Option<i64>,
    #[serde(deserialize_with = "hal::lenient::text")]
    pub status: Option<String>,
}

impl Draft {
    pub(crate) fn into_trace(self, id: i64) -> Trace {
        let Self { product_id, qty, cost, product_name, order_id, status } = self;
        Trace { id, product_id, qty, cost, product_name, order_id, status }
    }
}

impl Trace {
    pub(crate) fn draft(&self) -> Draft {
        let Self { product_id, qty, cost, product_name, order_id, status, .. } = self.clone();
        Draft { product_id, qty, cost, product_name, order_id, status }
    }
}

impl Identified for Trace {
    fn id(&self) -> i64 {
        self.id
    }
}

/// How far an order has come, in the order in which it usually comes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Heard of, without a status of its own: money is due, or a payment is void.
    Noted,
    OrderEnd,
    PayEnd,
    DeliveryStart,
    DeliveryCancel,
    OrderCancel,
}

impl Stage {
    /// Where this fact brings an order.
    pub fn of(event: &Event) -> Self {
        match event {
            Event::Ordered(_) => Self::OrderEnd,
            Event::Paid(payment) if payment.is_taken() => Self::PayEnd,
            Event::Delivered(_) => Self::DeliveryStart,
            Event::DeliveryCancelled(_) => Self::DeliveryCancel,
            Event::OrderCancelled(_) => Self::OrderCancel,
            Event::Paid(_) | Event::PayCancelled(_) | Event::Unknown => Self::Noted,
        }
    }

    /// The words of the worksheets.
    pub fn status(self) -> Option<&'static str> {
        match self {
            Self::Noted => None,
            Self::OrderEnd => Some("Order END"),
            Self::PayEnd => Some("PAY END"),
            Self::DeliveryStart => Some("DELIVERY START"),
            Self::DeliveryCancel => Some("DELIVERY CANCEL"),
            Self::OrderCancel => Some("ORDER CANCEL"),
        }
    }
}

/// Where a fact stands among others of the same millisecond: causes before effects.
pub(crate) fn place(event: &Event) -> i64 {
    match event {
        Event::Ordered(_) => 0,
        Event::Paid(payment) if !payment.is_taken() => 1,
        Event::Paid(_) => 2,
        Event::Delivered(_) => 3,
        Event::OrderCancelled(_) => 4,
        Event::PayCancelled(_) => 5,
        Event::DeliveryCancelled(_) | Event::Unknown => 6,
    }
}
