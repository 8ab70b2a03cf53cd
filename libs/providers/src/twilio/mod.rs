//! Twilio's Programmable Messaging: SMS, WhatsApp, Messenger and RCS.
//!
//! A callback is a form, and says one thing. None has the time at which it happened: `RawDlrDoneDate`, which some have, is a
//! carrier's, cut to the minute and in a zone that nobody states, so that a delivery would come before its sending. Callbacks
//! therefore count at their receipt. Event Streams tell the same as JSON, with times.

mod address;
mod body;
mod callback;
mod event;
mod inbound;
mod signature;
mod status;

use crate::format::Webhook;
use crate::json::Node;
use crate::reading::{Delivery, Findings, Malformed, Reading};
use crate::secrets::{Secrets, Unverified};

/// The format.
pub(crate) struct Twilio;

impl Webhook for Twilio {
    fn read(&self, delivery: &Delivery<'_>) -> Result<Reading, Malformed> {
        let body = body::parse(delivery.body)?;
        let body = Node::of(&body);
        let mut findings = Findings::default();
        let is_list = body.value().is_some_and(serde_json::Value::is_array);
        for (index, item) in body.elements().enumerate() {
            if findings.is_full() {
                break;
            }
            let path = if is_list {
                format!("[{index}]")
            } else {
                String::new()
            };
            callback::read(item, &path, delivery, &mut findings);
        }
        Ok(findings.finish())
    }

    fn verify(&self, secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
        signature::verify(secrets, delivery)
    }

    /// A number's webhook may be set to GET.
    fn reads_queries(&self) -> bool {
        true
    }
}
