//! A process of services: settings, logs, HTTP, start-up, drain.

mod connection;
mod failure;
mod misbehave;
mod observe;
pub mod openapi;
mod process;
mod service;
mod settings;
mod socket;
pub mod telemetry;

pub use failure::Failure;
pub use process::{Bound, DrainArgs, Process};
pub use service::{HttpArgs, Service, Version};
pub use settings::{Setting, Settings};
