//! What each format's webhooks mean, with payloads written after the documented formats; and that whatever arrives can be read.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod aggregators;
#[path = "../any/mod.rs"]
mod any;
mod any_format;
mod found;
mod gateways;
mod meta_messaging;
mod meta_whatsapp;
mod sinch;
mod sinch_latam;
