//! What tests stand on: the real binary on every backend, plain HTTP byte for byte, and patience.
//!
//! For `[dev-dependencies]` only.

mod balancer;
mod cell;
mod compose;
mod database;
mod dice;
pub mod fleet;
pub mod http;
pub mod invariants;
pub mod ledger;
mod load;
mod metrics;
mod patience;
mod plan;
mod ports;
mod replica;
pub mod rows;
mod servers;
mod topic;
mod wire;

pub use cell::Cell;
pub use compose::Compose;
pub use database::Database;
pub use dice::Dice;
pub use fleet::{Doors, Fleet};
pub use http::{Connection, Response};
pub use ledger::Ledger;
pub use load::Load;
pub use metrics::Metrics;
pub use patience::{eventually, eventually_async};
pub use plan::{Plan, unique_name};
pub use ports::free_base_port;
pub use replica::Replica;
pub use topic::Topic;
pub use wire::Wire;
