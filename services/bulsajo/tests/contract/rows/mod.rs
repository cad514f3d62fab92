//! The rows of the contract, one test each.

mod actuator;
mod cors;
mod documents;
mod entities;
mod forwarded;
mod gateway;
mod missing;
mod negotiation;
mod numbers;
mod outage;
mod paging;
mod saga;
mod searches;
mod verbs;
mod writing;
