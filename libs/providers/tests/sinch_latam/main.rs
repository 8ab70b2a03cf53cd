//! What the webhooks of Sinch Latam mean, with payloads written after the documented formats.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "../any/mod.rs"]
mod any;
mod any_input;
mod messages;
mod rig;
mod statuses;
