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
use crate::reading::{Delivery, Malformed, Reading};
use crate::secrets::{Secrets, Unverified};

/// The format.
pub(crate) struct Twilio;

impl Webhook for Twilio {
    fn read(&self, delivery: &Delivery<'_>) -> Result<Reading, Malformed> {
        let body = body::parse(delivery.body)?;
        Ok(Reading::of_each(&body, |body, path, findings| {
            callback::read(body, path, delivery, findings);
        }))
    }

    fn verify(&self, secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
        signature::verify(secrets, delivery)
    }

    /// A number's webhook may be set to GET.
    fn reads_queries(&self) -> bool {
        true
    }
}
