//! What WhatsApp's webhooks mean, with payloads written after the documented format.

mod any_input;
mod contents;
mod elsewhere;
mod envelopes;
mod explanations;
mod failures;
mod messages;
mod people;
mod rig;
mod statuses;
