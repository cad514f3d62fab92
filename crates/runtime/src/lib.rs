//! A process of services: settings, logs, HTTP, start-up, drain.

mod afflict;
mod bind;
mod connection;
mod control;
mod costs;
mod counted;
mod failure;
mod figures;
mod grpc;
mod leaving;
mod management;
mod misbehave;
mod observe;
mod on_demand;
pub mod openapi;
mod process;
mod service;
mod settings;
mod shutdown;
mod socket;
pub mod telemetry;
mod told;
mod version;
mod worksheets;

pub use failure::Failure;
pub use grpc::ProbeArgs;
pub use management::ManagementArgs;
pub use process::{Bound, Process};
pub use service::{HttpArgs, Service};
pub use settings::{Setting, Settings};
pub use shutdown::{DrainArgs, Mode, Shutdown};
pub use told::Signals;
pub use version::{Version, VersionArgs};
