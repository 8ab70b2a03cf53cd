//! What Sinch's webhooks mean, with payloads written after the documented formats.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "../any/mod.rs"]
mod any;
mod any_input;
mod envelopes;
mod legacy;
mod messages;
mod rig;
mod sms;
mod statuses;
