//! The published language: every fact the services tell each other.
//!
//! This crate is the whole contract. A service may depend on it, and on nothing else that belongs
//! to another service. Field names and their order are the originals' and frozen by tests.

mod check;
mod wire;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

pub use check::Wrong;
pub use wire::{Style, Wire};

/// A fact on its way: what happened and when, and the identity by which a duplicate is dropped.
///
/// The identity travels beside the fact (a header), because the originals' bodies have no room
/// for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    pub id: Uuid,
    pub occurred_at: Timestamp,
    pub event: Event,
}

impl Envelope {
    /// Seals a fact that happens now, with a fresh identity that sorts by time.
    pub fn seal(event: Event) -> Self {
        Self::seal_at(event, Timestamp::now())
    }

    /// Seals a fact that happened at `occurred_at`.
    pub fn seal_at(event: Event, occurred_at: Timestamp) -> Self {
        Self { id: Uuid::now_v7(), occurred_at, event }
    }
}

/// Everything that can happen to an order, in the order in which it usually happens.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "eventType")]
pub enum Event {
    /// An order was taken and payment knows of it. Called `OrderPlaced` by the later originals.
    #[serde(alias = "OrderPlaced")]
    Ordered(Order),
    /// Money is due (`Not Pay`), or was taken (`END`).
    Paid(Payment),
    /// Goods are being prepared.
    Delivered(Delivery),
    /// The customer changed their mind, or payment could not be reached.
    OrderCancelled(Order),
    /// The payment is void; if money had been taken it was given back.
    PayCancelled(Payment),
    /// The goods stay, or come back.
    DeliveryCancelled(Delivery),
    /// A fact from a newer service. Readers skip it.
    #[serde(other)]
    Unknown,
}

/// The order as `Ordered` and `OrderCancelled` tell it. `cost` is in the smallest unit of money.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Order {
    pub id: i64,
    pub product_id: Option<i64>,
    pub qty: Option<i32>,
    #[serde(deserialize_with = "short")]
    pub order_status: Option<String>,
    #[serde(deserialize_with = "short")]
    pub payment_type: Option<String>,
    pub cost: Option<i64>,
    #[serde(deserialize_with = "short")]
    pub product_name: Option<String>,
}

/// The most characters of a text of an event that are read; what follows is cut off. No service of
/// ours publishes more, but an older one did, and anybody may.
pub const TEXT: usize = 1000;

/// The payment as `Paid` and `PayCancelled` tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Payment {
    pub id: i64,
    pub order_id: Option<i64>,
    pub product_id: Option<i64>,
    pub qty: Option<i32>,
    #[serde(deserialize_with = "short")]
    pub payment_type: Option<String>,
    #[serde(deserialize_with = "short")]
    pub payment_status: Option<String>,
    pub cost: Option<i64>,
    #[serde(deserialize_with = "short")]
    pub product_name: Option<String>,
}

impl Payment {
    /// The status of a payment whose money was taken.
    pub const TAKEN: &'static str = "END";

    /// Whether the money was taken, and not only asked for.
    pub fn is_taken(&self) -> bool {
        self.payment_status.as_deref() == Some(Self::TAKEN)
    }
}

/// The delivery as `Delivered` and `DeliveryCancelled` tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Delivery {
    pub id: i64,
    pub order_id: Option<i64>,
    pub product_id: Option<i64>,
    pub qty: Option<i32>,
    #[serde(deserialize_with = "short")]
    pub delivery_status: Option<String>,
    #[serde(deserialize_with = "short")]
    pub destination: Option<String>,
    pub payment_id: Option<i64>,
    #[serde(deserialize_with = "short")]
    pub product_name: Option<String>,
}

fn short<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let mut text = Option::<String>::deserialize(from)?;
    if let Some(text) = &mut text
        && let Some((end, _)) = text.char_indices().nth(TEXT)
    {
        text.truncate(end);
        text.shrink_to_fit();
    }
    Ok(text)
}

impl Event {
    /// The order this fact is about; `None` for a fact we do not know, or one without an order.
    pub fn order_id(&self) -> Option<i64> {
        match self {
            Self::Ordered(order) | Self::OrderCancelled(order) => Some(order.id),
            Self::Paid(payment) | Self::PayCancelled(payment) => payment.order_id,
            Self::Delivered(delivery) | Self::DeliveryCancelled(delivery) => delivery.order_id,
            Self::Unknown => None,
        }
    }

    /// The key of its partition: one order's facts share it, so they arrive in order.
    pub fn key(&self) -> String {
        self.order_id().map(|id| id.to_string()).unwrap_or_default()
    }
}
