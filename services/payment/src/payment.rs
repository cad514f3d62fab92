//! The payment: what is owed for an order, and what may become of it.

use events::Event;
use hal::Identified;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The status of a payment that waits for the customer.
pub const NOT_PAID: &str = "Not Pay";
/// The status of a payment whose order was called off.
pub const CANCELLED: &str = "ORDER CANCEL";

/// A payment as it is kept and shown. Money is in the smallest unit.
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    #[serde(skip_serializing)]
    pub id: i64,
    pub order_id: Option<i64>,
    pub product_id: Option<i64>,
    pub qty: Option<i32>,
    pub payment_type: Option<String>,
    pub payment_status: Option<String>,
    pub cost: Option<i64>,
    pub product_name: Option<String>,
    #[serde(skip_serializing)]
    pub(crate) order_key: Option<i64>,
    #[serde(skip_serializing, deserialize_with = "storage::truth")]
    pub(crate) taken: bool,
    #[serde(skip_serializing, deserialize_with = "storage::truth")]
    pub(crate) refunded: bool,
    #[serde(skip_serializing, deserialize_with = "storage::truth")]
    pub(crate) void: bool,
    #[serde(skip_serializing, deserialize_with = "storage::truth")]
    pub(crate) hidden: bool,
}

/// What may be said of a payment. Numbers may come as text, as httpie sends them.
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
    pub payment_type: Option<String>,
    #[serde(deserialize_with = "hal::lenient::text")]
    pub payment_status: Option<String>,
    #[schema(minimum = 0)]
    #[serde(deserialize_with = "hal::lenient::long")]
    pub cost: Option<i64>,
    #[serde(deserialize_with = "hal::lenient::text")]
    pub product_name: Option<String>,
}

/// Why a payment is not made or changed; the caller can mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("cost: {0} is less than nothing; money is a whole number from 0")]
    NegativeCost(i64),
    #[error("the order of this payment was called off; nothing more is taken for it")]
    CalledOff,
}

impl Payment {
    /// A payment nobody has heard of yet.
    pub fn new(draft: Draft) -> Result<Self, Refusal> {
        let order_key = draft.order_id;
        let mut payment = Self::blank(order_key);
        payment.change(draft)?;
        Ok(payment)
    }

    fn blank(order_key: Option<i64>) -> Self {
        let Draft { order_id, product_id, qty, payment_type, payment_status, cost, product_name } =
            Draft::default();
        let (id, taken, refunded, void, hidden) = (0, false, false, false, false);
        Self {
            id,
            order_id,
            product_id,
            qty,
            payment_type,
            payment_status,
            cost,
            product_name,
            order_key,
            taken,
            refunded,
            void,
            hidden,
        }
    }

    /// Says something else of the payment. Saying `END` takes the money.
    pub fn change(&mut self, draft: Draft) -> Result<(), Refusal> {
        if let Some(cost @ ..0) = draft.cost {
            return Err(Refusal::NegativeCost(cost));
        }
        if self.void && draft.payment_status.as_deref() == Some(events::Payment::TAKEN) {
            return Err(Refusal::CalledOff);
        }
        let Draft { order_id, product_id, qty, payment_type, payment_status, cost, product_name } =
            draft;
        (self.order_id, self.product_id, self.qty) = (order_id, product_id, qty);
        (self.payment_type, self.payment_status) = (payment_type, payment_status);
        (self.cost, self.product_name) = (cost, product_name);
        if self.payment_status.as_deref() == Some(events::Payment::TAKEN) {
            self.taken = true;
        }
        Ok(())
    }

    /// Takes the money, unless it was taken or the payment is void. True if that changed anything.
    pub fn approve(&mut self) -> bool {
        !self.void && self.take()
    }

    /// Takes the money, unless it was taken; whether the payment is void is not looked at. True if
    /// that changed anything.
    pub fn take(&mut self) -> bool {
        let due = !self.taken;
        if due {
            self.taken = true;
            self.payment_status = Some(events::Payment::TAKEN.to_owned());
        }
        due
    }

    /// Says of the payment that its order was called off, where nobody looks.
    pub fn mislabel(&mut self) {
        self.payment_type = Some(CANCELLED.to_owned());
    }

    /// Makes the payment void, and gives back what was taken. True if that changed anything.
    pub fn cancel(&mut self) -> bool {
        let due = !self.void;
        if due {
            self.void = true;
            self.refunded = self.taken;
            self.payment_status = Some(CANCELLED.to_owned());
        }
        due
    }

    /// Money is due, or was taken: the status says which.
    pub fn paid(&self) -> Event {
        Event::Paid(self.fact())
    }

    /// The payment is void.
    pub fn pay_cancelled(&self) -> Event {
        Event::PayCancelled(self.fact())
    }

    fn fact(&self) -> events::Payment {
        let draft = self.draft();
        events::Payment {
            id: self.id,
            order_id: self.order_key.or(self.order_id),
            product_id: draft.product_id,
            qty: draft.qty,
            payment_type: draft.payment_type,
            payment_status: draft.payment_status,
            cost: draft.cost,
            product_name: draft.product_name,
        }
    }

    pub(crate) fn draft(&self) -> Draft {
        let Self {
            order_id,
            product_id,
            qty,
            payment_type,
            payment_status,
            cost,
            product_name,
            ..
        } = self.clone();
        Draft { order_id, product_id, qty, payment_type, payment_status, cost, product_name }
    }
}

impl Identified for Payment {
    fn id(&self) -> i64 {
        self.id
    }
}
