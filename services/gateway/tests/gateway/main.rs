//! The gateway through real sockets: raw requests in, services of our own behind it.

mod cors;
mod failures;
mod headers;
mod routes;
mod settings;
mod streams;
mod support;
mod upgrades;
