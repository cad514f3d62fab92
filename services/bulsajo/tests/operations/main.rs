//! What an operator meets: starts that fail, facts that cannot be handled, feeds, figures.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod breaker;
mod dead_letters;
mod live;
mod start;

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_bulsajo");

/// An order as a worksheet places it.
fn coffee() -> serde_json::Value {
    serde_json::json!({
        "productId": "1", "qty": "1", "paymentType": "cash", "cost": "1000", "productName": "Coffee"
    })
}
