//! Providers' webhooks: a provider's bytes in, evidence out. Nothing here does input or output.
//!
//! Each provider has a folder, and a line in [`Format`]'s table. Its reader takes a whole body apart, item by item: what
//! it understands becomes evidence, what it does not is named and kept, and the rest goes on. Providers leave members
//! out, write numbers as text and invent kinds of things, so that no reader relies on a body's shape.

mod aside;
mod charge;
mod dialog360;
mod explain;
mod form;
mod format;
mod gupshup;
mod infobip;
mod item;
mod json;
mod limits;
mod meta;
mod meta_messaging;
mod meta_whatsapp;
mod parts;
mod party;
mod reading;
mod said;
mod secrets;
mod shared;
mod sinch;
mod sinch_latam;
mod twilio;
mod typed;
mod vonage;
mod written;

pub use explain::{Explanation, ExplanationKind, explain};
pub use format::{Format, handshake, read, verify};
pub use reading::{Delivery, Ends, Finding, Malformed, Meaning, NotUnderstood, Reading, Reason};
pub use secrets::{
    MetaSecrets, Secrets, SharedSecrets, SinchSecrets, TwilioSecrets, Unverified, VonageSecrets,
};
