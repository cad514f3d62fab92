//! What an event must say to be one: whose it is, in numbers and texts that every database keeps.

use std::fmt;

use crate::{Delivery, Event, Order, Payment};

/// Why an event can be true of nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// An id below 1: databases count from 1, so nothing has it.
    Id { field: &'static str, id: i64 },
    /// A text with the character U+0000, which PostgreSQL does not keep.
    Nul { field: &'static str },
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id { field, id } => write!(f, "{field}: {id} is no id, ids begin with 1"),
            Self::Nul { field } => write!(f, "{field}: text must not contain the character U+0000"),
        }
    }
}

impl std::error::Error for Wrong {}

impl Event {
    /// Checks that this event can have happened to an order. Consumers of a topic call it, because any
    /// producer may have written the record.
    ///
    /// # Errors
    /// Says which field is wrong.
    pub fn check(&self) -> Result<(), Wrong> {
        match self {
            Self::Ordered(order) | Self::OrderCancelled(order) => order.check(),
            Self::Paid(payment) | Self::PayCancelled(payment) => payment.check(),
            Self::Delivered(delivery) | Self::DeliveryCancelled(delivery) => delivery.check(),
            Self::Unknown => Ok(()),
        }
    }
}

impl Order {
    fn check(&self) -> Result<(), Wrong> {
        ids([("id", Some(self.id))])?;
        texts([
            ("orderStatus", &self.order_status),
            ("paymentType", &self.payment_type),
            ("productName", &self.product_name),
        ])
    }
}

impl Payment {
    fn check(&self) -> Result<(), Wrong> {
        ids([("id", Some(self.id)), ("orderId", self.order_id)])?;
        texts([
            ("paymentType", &self.payment_type),
            ("paymentStatus", &self.payment_status),
            ("productName", &self.product_name),
        ])
    }
}

impl Delivery {
    fn check(&self) -> Result<(), Wrong> {
        ids([("id", Some(self.id)), ("orderId", self.order_id), ("paymentId", self.payment_id)])?;
        texts([
            ("deliveryStatus", &self.delivery_status),
            ("destination", &self.destination),
            ("productName", &self.product_name),
        ])
    }
}

fn ids<const N: usize>(ids: [(&'static str, Option<i64>); N]) -> Result<(), Wrong> {
    let wrong = ids.into_iter().find_map(|(field, id)| match id {
        Some(id @ ..=0) => Some(Wrong::Id { field, id }),
        _ => None,
    });
    wrong.map_or(Ok(()), Err)
}

fn texts<const N: usize>(texts: [(&'static str, &Option<String>); N]) -> Result<(), Wrong> {
    let nul = |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains('\0'));
    let wrong = texts.into_iter().find(|(_, text)| nul(text));
    wrong.map_or(Ok(()), |(field, _)| Err(Wrong::Nul { field }))
}
