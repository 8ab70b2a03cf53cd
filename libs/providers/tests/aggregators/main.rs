//! What webhooks of Twilio, Vonage and Infobip mean, with payloads written after the documented formats.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod any_input;
mod infobip;
mod rig;
mod twilio;
mod vonage;
