//! A process of services: settings, logs, HTTP, start-up, drain.

mod afflict;
mod connection;
mod control;
mod counted;
mod failure;
mod grpc;
mod leaving;
mod management;
mod misbehave;
mod observe;
pub mod openapi;
mod process;
mod service;
mod settings;
mod shutdown;
mod socket;
pub mod telemetry;
mod told;
mod worksheets;

pub use failure::Failure;
pub use grpc::ProbeArgs;
pub use management::ManagementArgs;
pub use process::{Bound, Process};
pub use service::{HttpArgs, Service, Version};
pub use settings::{Setting, Settings};
pub use shutdown::{DrainArgs, Mode, Shutdown};
