//! The gateway through real sockets: raw requests in, services of our own behind it.

mod cors;
mod early;
mod failures;
mod framing;
mod headers;
mod routes;
mod settings;
mod spread;
mod streams;
mod support;
mod upgrades;
