//! What happened in the original run, in its order: each recording finds the state it was made in.

use testkit::fleet::Service::{self, Delivery, Gateway, Order, OrderTrace, Payment};

/// A step of the run.
pub(crate) enum Step {
    /// Send what was recorded, and compare.
    Replay(&'static str),
    /// Do what was not recorded, and what the next recordings presuppose.
    Do(Service, &'static str, &'static str),
    /// Wait until a path shows this.
    Await(Service, &'static str, &'static str),
}

use Step::{Await, Do, Replay};

const COFFEE: &str =
    r#"{"productId":1,"qty":1,"paymentType":"cash","cost":1000,"productName":"Coffee"}"#;
const PAID: &str = r#"{"cost":1000,"orderId":1,"paymentStatus":"END","paymentType":"cash",
    "productId":1,"productName":"coffee","qty":1}"#;

const fn order(body: &'static str) -> Step {
    Do(Order, "POST /orders", body)
}

/// From an empty store, with payment up: 19 orders, of which one is called off.
pub(crate) const ORDERS: &[Step] = &[
    Replay("order-001-root"),
    Replay("order-002-list-empty"),
    Replay("order-003-list-empty-head"),
    Replay("order-005-post-full"),
    Replay("order-006-get-1"),
    Replay("order-007-post-strings-for-numbers"),
    order(r#"{"qty":5}"#),
    order("{}"),
    order(r#"{"productId":5,"qty":7}"#),
    Replay("order-011-post-with-id"),
    Replay("order-012-post-korean"),
    order(r#"{"productId":8,"qty":4}"#),
    order(COFFEE),
    order(COFFEE),
    order(COFFEE),
    Replay("order-017-post-malformed-unclosed"),
    Replay("order-018-post-malformed-word"),
    Replay("order-021-post-float-for-int"),
    // The original took it; ours must be told what it made of it.
    order(r#"{"productId":1,"qty":1}"#),
    order(r#"{"qty":1,"productName":true}"#),
    order(r#"{"qty":1,"productName":12}"#),
    Replay("order-025-post-empty-string-for-number"),
    Replay("order-029-post-array"),
    order(r#"{"productId":-1,"qty":-5,"cost":0}"#),
    order(COFFEE),
    order(COFFEE),
    Replay("order-043-get-999"),
    Replay("order-046-get-too-big-id"),
    Replay("order-047-get-trailing-slash"),
    Replay("order-049-get-1-property"),
    Replay("order-050-post-item"),
    Replay("order-051-put-1"),
    Do(Order, "PUT /orders/1", COFFEE),
    Replay("order-057-patch-1"),
    Do(Order, "PATCH /orders/1", r#"{"productName":null}"#),
    Replay("order-059-patch-1-string-number"),
    Do(Order, "PATCH /orders/1", r#"{"qty":46}"#),
    Do(Order, "PUT /orders/999", r#"{"productId":70,"qty":71}"#),
    Replay("order-067-list"),
    Replay("order-068-list-accept-json"),
    Replay("order-074-list-page0-size2-sort-desc"),
    Replay("order-088-delete-2"),
    Replay("order-089-delete-2-again"),
    Replay("order-090-get-2-after-delete"),
    Replay("order-091-delete-abc"),
    Replay("order-092-delete-collection"),
    Replay("order-097-profile"),
    Replay("order-100-root-html"),
    Replay("order-101-root-post"),
    Replay("order-103-actuator-health"),
    Replay("order-104-actuator-health-json"),
    Replay("order-105-actuator-health-html"),
    Replay("order-106-actuator-health-head"),
    Replay("order-107-actuator-health-post"),
    Replay("order-108-actuator-health-liveness"),
    Replay("order-109-actuator-health-kafka"),
    Replay("order-115-actuator-echo"),
    Replay("order-123-double-slash"),
    Replay("order-127-host-order-8080"),
    Replay("order-129-host-none-port"),
    Replay("order-134-preflight"),
    Replay("order-138-no-host"),
];

/// What came of it at the others: nobody has paid yet, then one does.
pub(crate) const OTHERS: &[Step] = &[
    Await(Payment, "/payments/2", "ORDER CANCEL"),
    Replay("payment-001-root"),
    Replay("payment-002-list"),
    Replay("payment-003-get-1"),
    Replay("payment-013-search-deleteByOrderId"),
    Do(Payment, "POST /payments", r#"{"orderId":500}"#),
    Replay("payment-016-delete-4"),
    Replay("payment-017-get-999"),
    Replay("payment-020-health"),
    Do(Payment, "PUT /payments/1", PAID),
    Await(Delivery, "/deliveries/1", "Prepare Delivery..."),
    Replay("delivery-001-root"),
    Replay("delivery-003-get-1"),
    Replay("delivery-009-patch-1"),
    Replay("delivery-010-get-999"),
    Await(OrderTrace, "/orderTraces/1", "DELIVERY START"),
    Replay("trace-001-root"),
    Replay("trace-004-get-1"),
    Replay("trace-009-get-999"),
    Replay("trace-012-health"),
    Do(Gateway, "POST /orders", COFFEE),
    Replay("gateway-002-get-1"),
    Replay("gateway-003-get-999"),
    Replay("gateway-007-payments"),
    Replay("gateway-011-preflight-post"),
    Replay("gateway-012-preflight-delete"),
    Replay("gateway-013-preflight-unrouted"),
    Replay("gateway-014-options-no-origin"),
    Replay("gateway-020-root"),
    Replay("gateway-023-actuator-health"),
];

/// Orders 21 to 51 are made and some called off before this: 45 are left.
pub(crate) const PAGING: &[Step] = &[
    Do(Order, "PATCH /orders/1", r#"{"qty":50}"#),
    Replay("paging-002-page-0-size-20"),
    Replay("paging-006-page-2"),
    Replay("paging-007-page-3"),
    Replay("paging-008-sort-qty-desc"),
    Replay("paging-011-sort-qty-cost-desc"),
    Replay("paging-017-page-0-size-21"),
];

/// An empty store; facts wait in the outbox, so a broker would not matter.
pub(crate) const NO_BROKER: &[Step] = &[Replay("nobroker-003-post-payment-up")];

/// Nobody answers where payment should be.
pub(crate) const PAYMENT_DOWN: &[Step] =
    &[Replay("paydown-001-post"), Replay("paydown-005-health"), Replay("paydown-008-via-gateway")];
