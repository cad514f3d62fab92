//! Bad on demand, exactly as much as asked: faults that break a service, and knobs that make it slow
//! and hungry.
//!
//! This crate stands above `runtime` and `participant`, which know nothing of it: it puts a layer
//! around business routes, a wait before probes, and itself between a service and what is behind it.

mod dose;
pub mod faults;
mod http;
mod install;
pub mod knobs;
mod servers;

pub use faults::FaultArgs;
pub use install::Chaos;
pub use knobs::KnobArgs;

/// A guess at which of these names a slip was meant to be: "did you mean latency? ", or nothing.
fn did_you_mean(name: &str, names: &[&str]) -> String {
    let near = names.iter().map(|it| (strsim::damerau_levenshtein(it, name), it)).min();
    let near = near.filter(|(distance, _)| *distance <= 2);
    near.map(|(_, it)| format!("did you mean {it}? ")).unwrap_or_default()
}
