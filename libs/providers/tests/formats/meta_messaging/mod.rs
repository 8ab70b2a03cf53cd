//! What Messenger's and Instagram's webhooks mean, with payloads written after the documented format.

mod envelopes;
mod inbound;
mod outbound;
mod rig;
