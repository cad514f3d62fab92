//! What order keeps and what ordertrace was told, held against each other.

use serde_json::Value;

use crate::{
    Doors, eventually,
    fleet::Service::{Order, OrderTrace},
};

/// Waits until nothing is in flight, and fails unless orders and money agree then.
pub fn hold(fleet: &impl Doors) {
    eventually(|| check(fleet));
}

/// Compares `GET /invariants` of the two, giving nobody time; the error says what differs.
pub fn check(fleet: &impl Doors) -> Result<(), String> {
    let kept = fleet.ask(Order, "GET", "/invariants", None).json();
    let told = fleet.ask(OrderTrace, "GET", "/invariants?grace=0s", None).json();
    let figure = |of: &Value, pointer: &str| of.pointer(pointer).and_then(Value::as_i64);
    let kept_figure = |pointer| figure(&kept, pointer).ok_or_else(|| format!("{pointer}: {kept}"));
    let told_figure = |pointer| figure(&told, pointer).ok_or_else(|| format!("{pointer}: {told}"));
    let (placed, cancelled) = (kept_figure("/orders/placed")?, kept_figure("/orders/cancelled")?);
    let agree = told["holds"] == true
        && told_figure("/orders/inFlight")? == 0
        && told_figure("/orders/told")? == placed + cancelled
        && told_figure("/orders/finished")? == placed
        && told_figure("/money/kept")? == kept_figure("/money/placed")?
        && told_figure("/money/in")? - told_figure("/money/refunded")?
            == told_figure("/money/kept")?;
    if agree { Ok(()) } else { Err(format!("order keeps {kept}, ordertrace was told {told}")) }
}
