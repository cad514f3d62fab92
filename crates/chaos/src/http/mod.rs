//! What faults and knobs do to requests, probes and metrics.

mod costs;
mod inject;
mod layer;
pub(crate) mod metrics;
pub(crate) mod probes;
pub(crate) mod worksheets;

pub(crate) use inject::Victim;
pub(crate) use layer::OnDemandLayer;
