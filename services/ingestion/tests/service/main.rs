//! The service over real sockets and a real database, with no message-state to call.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod addresses;
mod away;
mod channels;
mod integrations;
mod kept;
mod process;
mod requests;
mod rig;
mod secrets;
mod streams;
mod tenants;
mod webhooks;
