//! What Sinch's webhooks mean, with payloads written after the documented formats.

mod any_input;
mod envelopes;
mod legacy;
mod messages;
mod rig;
mod sms;
mod statuses;
