//! The order: what a customer asks for, and what may become of it.

use events::Event;
use hal::Identified;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An order as it is kept and shown. Money is in the smallest unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    #[serde(skip_serializing)]
    pub id: i64,
    pub product_id: Option<i64>,
    pub qty: Option<i32>,
    pub payment_type: Option<String>,
    pub cost: Option<i64>,
    pub product_name: Option<String>,
    /// When it was asked for, in milliseconds since 1970.
    #[serde(skip_serializing)]
    pub(crate) placed_at: i64,
}

// What is taken from a client is not cut off where the event about it is read.
const _: () = assert!(hal::lenient::TEXT == events::TEXT);

/// What a customer may say of an order. Numbers may come as text, as httpie sends them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Draft {
    #[serde(deserialize_with = "hal::lenient::long")]
    pub product_id: Option<i64>,
    #[serde(deserialize_with = "hal::lenient::int")]
    pub qty: Option<i32>,
    #[serde(deserialize_with = "hal::lenient::text")]
    pub payment_type: Option<String>,
    #[schema(minimum = 0)]
    #[serde(deserialize_with = "hal::lenient::long")]
    pub cost: Option<i64>,
    #[serde(deserialize_with = "hal::lenient::text")]
    pub product_name: Option<String>,
}

/// Why an order is not taken; the caller can mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("cost: {0} is less than nothing; money is a whole number from 0")]
    NegativeCost(i64),
}

impl Draft {
    /// Whether this can be ordered. Everything may be left out, but nobody is paid for ordering.
    pub fn check(&self) -> Result<(), Refusal> {
        match self.cost {
            Some(cost) if cost < 0 => Err(Refusal::NegativeCost(cost)),
            _ => Ok(()),
        }
    }

    pub(crate) fn into_order(self, id: i64, placed_at: i64) -> Order {
        let Self { product_id, qty, payment_type, cost, product_name } = self;
        Order { id, product_id, qty, payment_type, cost, product_name, placed_at }
    }
}

impl Order {
    /// The order, taken.
    pub fn ordered(&self) -> Event {
        Event::Ordered(self.fact("Order complete"))
    }

    /// When the customer asked for it.
    pub fn placed_at(&self) -> Timestamp {
        Timestamp::from_millisecond(self.placed_at).unwrap_or_default()
    }

    /// The order, called off.
    pub fn cancelled(&self) -> Event {
        Event::OrderCancelled(self.fact("Order Cancelled"))
    }

    fn fact(&self, status: &str) -> events::Order {
        let Self { id, product_id, qty, payment_type, cost, product_name, .. } = self.clone();
        let order_status = Some(status.to_owned());
        events::Order { id, product_id, qty, order_status, payment_type, cost, product_name }
    }

    pub(crate) fn draft(&self) -> Draft {
        let Self { product_id, qty, payment_type, cost, product_name, .. } = self.clone();
        Draft { product_id, qty, payment_type, cost, product_name }
    }
}

impl Identified for Order {
    fn id(&self) -> i64 {
        self.id
    }
}
