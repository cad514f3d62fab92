//! What an operator meets: starts that fail, facts that cannot be handled, feeds, figures.

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
