//! The delivery: goods on their way, and what may become of them.

use events::Event;
use hal::Identified;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The status of goods that are being prepared.
pub const PREPARING: &str = "Prepare Delivery...";
/// The status of goods that were recalled.
pub const RECALLED: &str = "DELIVERY CANCEL";

/// A delivery as it is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    #[serde(skip_serializing)]
    pub id: i64,
    pub order_id: Option<i64>,
    pub product_id: Option<i64>,
    pub qty: Option<i32>,
    pub delivery_status: Option<String>,
    pub destination: Option<String>,
    pub payment_id: Option<i64>,
    pub product_name: Option<String>,
    #[serde(skip_serializing)]
    pub(crate) order_key: Option<i64>,
    #[serde(skip_serializing, deserialize_with = "storage::truth")]
    pub(crate) recalled: bool,
    #[serde(skip_serializing, deserialize_with = "storage::truth")]
    pub(crate) hidden: bool,
}

/// What may be said of a delivery. Numbers may come as text, as httpie sends them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Draft {
    #[schema(minimum = 1)]
    #[serde(deserialize_with = "hal::lenient::id")]
    pub order_id: Option<i64>,
    #[serde(deserialize_with = "hal::lenient::long")]
    pub product_id: Option<i64>,
    #[serde(deserialize_with = "hal::lenient::int")]
    pub qty: Option<i32>,
    #[serde(deserialize_with = "hal::lenient::text")]
    pub delivery_status: Option<String>,
    #[serde(deserialize_with = "hal::lenient::text")]
    pub destination: Option<String>,
    #[schema(minimum = 1)]
    #[serde(deserialize_with = "hal::lenient::id")]
    pub payment_id: Option<i64>,
    #[serde(deserialize_with = "hal::lenient::text")]
    pub product_name: Option<String>,
}

impl Delivery {
    /// A delivery that somebody asks for by hand. It belongs to no order's saga.
    pub fn new(draft: Draft) -> Self {
        let Draft {
            order_id,
            product_id,
            qty,
            delivery_status,
            destination,
            payment_id,
            product_name,
        } = draft;
        let (id, order_key, recalled, hidden) = (0, None, false, false);
        Self {
            id,
            order_id,
            product_id,
            qty,
            delivery_status,
            destination,
            payment_id,
            product_name,
            order_key,
            recalled,
            hidden,
        }
    }

    /// The goods of an order that was paid.
    pub fn of(payment: &events::Payment) -> Self {
        let mut delivery = Self::new(Draft {
            order_id: payment.order_id,
            product_id: payment.product_id,
            qty: payment.qty,
            delivery_status: Some(PREPARING.to_owned()),
            destination: None,
            payment_id: Some(payment.id),
            product_name: payment.product_name.clone(),
        });
        delivery.order_key = payment.order_id;
        delivery
    }

    /// Says something else of the delivery.
    pub fn change(&mut self, draft: Draft) {
        let Draft {
            order_id,
            product_id,
            qty,
            delivery_status,
            destination,
            payment_id,
            product_name,
        } = draft;
        (self.order_id, self.product_id, self.qty) = (order_id, product_id, qty);
        (self.delivery_status, self.destination) = (delivery_status, destination);
        (self.payment_id, self.product_name) = (payment_id, product_name);
    }

    /// Recalls the goods. True if that changed anything.
    pub fn recall(&mut self) -> bool {
        let due = !self.recalled;
        if due {
            self.recalled = true;
            self.delivery_status = Some(RECALLED.to_owned());
        }
        due
    }

    /// The goods are being prepared, or are further: the status says how far.
    pub fn delivered(&self) -> Event {
        Event::Delivered(self.fact())
    }

    /// The goods stay, or come back.
    pub fn delivery_cancelled(&self) -> Event {
        Event::DeliveryCancelled(self.fact())
    }

    fn fact(&self) -> events::Delivery {
        let draft = self.draft();
        events::Delivery {
            id: self.id,
            order_id: self.order_key.or(self.order_id),
            product_id: draft.product_id,
            qty: draft.qty,
            delivery_status: draft.delivery_status,
            destination: draft.destination,
            payment_id: draft.payment_id,
            product_name: draft.product_name,
        }
    }

    pub(crate) fn draft(&self) -> Draft {
        let Self {
            order_id,
            product_id,
            qty,
            delivery_status,
            destination,
            payment_id,
            product_name,
            ..
        } = self.clone();
        Draft { order_id, product_id, qty, delivery_status, destination, payment_id, product_name }
    }
}

impl Identified for Delivery {
    fn id(&self) -> i64 {
        self.id
    }
}
