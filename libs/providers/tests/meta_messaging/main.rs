//! What Messenger's and Instagram's webhooks mean, with payloads written after the documented format.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod envelopes;
mod inbound;
mod outbound;
mod rig;
