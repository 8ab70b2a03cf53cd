//! Sinch: the Conversation API, the SMS API (XMS), and the older WhatsApp API, which all call the same webhook and are told
//! apart by what they write.
//!
//! **Conversation API.** A body has an envelope and one member that names the event. The channel account is the app: it is
//! what a sender names when it sends (`app_id`), and the only identity of the business that every callback names. (The
//! number or page behind it is named in some of them only.) A contact is whom the channel knows: a phone number, where the
//! channel has them, a page-scoped id on Messenger and Instagram, else an id of the channel's.
//!
//! **SMS.** A batch's id is shared by its recipients. A message is known by it in the scope of the recipient's number in
//! digits, without a plus; registrations' scopes are compared by the same digits.
//!
//! Nothing here tells a message's state: what Sinch calls queued on a channel, or dispatched to a carrier, is what Acuse
//! calls sent.

mod aside;
mod content;
mod conversation;
mod inbound;
mod legacy;
mod people;
mod signature;
mod sms;
mod status;

use crate::aside::misshapen;
use crate::format::Webhook;
use crate::json::{self, Node};
use crate::limits::shown;
use crate::reading::{Delivery, Findings, Malformed, NotUnderstood, Reading, Reason};
use crate::secrets::{Secrets, Unverified};

/// The format.
pub(crate) struct Sinch;

impl Webhook for Sinch {
    fn read(&self, delivery: &Delivery<'_>) -> Result<Reading, Malformed> {
        let body = json::body(delivery.body)?;
        Ok(Reading::of_each(&body, |body, path, findings| {
            one(body, path, delivery, findings);
        }))
    }

    fn verify(&self, secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
        signature::verify(secrets, delivery)
    }
}

/// Which of Sinch's interfaces wrote a body.
enum Interface {
    Conversation,
    SmsReport,
    SmsInbound,
    WhatsApp,
    /// None of them, by its word for itself.
    Other(String),
}

fn one(body: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    if body.exists() && !body.is_object() {
        findings.not_understood(path, misshapen(body));
        return;
    }
    match interface(body) {
        Interface::Conversation => conversation::read(body, path, delivery, findings),
        Interface::SmsReport => sms::report::read(body, path, delivery, findings),
        Interface::SmsInbound => sms::inbound::read(body, path, delivery, findings),
        Interface::WhatsApp => legacy::read(body, path, delivery, findings),
        Interface::Other(word) => {
            let what = NotUnderstood {
                id: body.first(&["message_id", "id", "batch_id"]).short(),
                kind: Some(shown(&word)),
                ..NotUnderstood::new(Reason::UnknownField, format!("type {}", shown(&word)))
            };
            findings.not_understood(path, what);
        }
    }
}

/// The two older interfaces say what they write; where that is left out, it shows by members that nobody else has.
fn interface(body: Node<'_>) -> Interface {
    match body.get("type").word() {
        Some(word) if word == "whatsapp" => Interface::WhatsApp,
        Some(word) if word.starts_with("mo_") => Interface::SmsInbound,
        Some(word) if word.contains("delivery_report") => Interface::SmsReport,
        Some(word) if !conversation::is_envelope(body) => Interface::Other(word),
        None if body.get("batch_id").exists() => Interface::SmsReport,
        None if body.get("statuses").exists() || body.get("notifications").exists() => {
            Interface::WhatsApp
        }
        _ => Interface::Conversation,
    }
}
