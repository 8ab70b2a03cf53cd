//! What the webhooks of WhatsApp's gateways mean, with payloads written after the documented formats.

mod dialog360;
mod enterprise;
mod gupshup_v2;
mod gupshup_v3;
mod rig;
mod secrets;
