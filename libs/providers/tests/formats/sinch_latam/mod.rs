//! What the webhooks of Sinch Latam mean, with payloads written after the documented formats.

mod any_input;
mod messages;
mod rig;
mod statuses;
