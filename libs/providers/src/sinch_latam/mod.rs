//! Sinch Latam, formerly Wavy and Movile: SMS and WhatsApp.
//!
//! A record of a message sent is cumulative: each callback repeats what the ones before it said, so that one record may say
//! that the message was sent, delivered and read, each with its time. What is repeated is the same evidence. A record comes
//! by itself, in a list, or with others in `data`; what contacts wrote by SMS may come as a query. The channel account is `origin`, the WhatsApp account's number, or a
//! short code; callbacks on SMS sent name none.

mod content;
mod inbound;
mod status;
mod tidy;

use acuse_domain::kinds::Channel;

use crate::aside::misshapen;
use crate::form;
use crate::format::Webhook;
use crate::json::{self, Node};
use crate::limits::shown;
use crate::parts::filled;
use crate::reading::{Delivery, Findings, Malformed, NotUnderstood, Reading, Reason};
use crate::secrets::{Secrets, Unverified};
use crate::shared;

/// The format.
pub(crate) struct SinchLatam;

/// The members that hold records. Those of the callbacks, then those of the answers to queries.
const HOLDERS: [&str; 4] = ["data", "smsStatuses", "whatsappStatuses", "messages"];

/// Members that only what a contact wrote has.
const INBOUND: [&str; 5] = [
    "message",
    "messageText",
    "receivedAt",
    "receivedDate",
    "source",
];

/// Members by which it shows that a record is about WhatsApp, where it does not say so.
const WHATSAPP: [&str; 8] = [
    "origin",
    "flowId",
    "userProfile",
    "session",
    "sessionId",
    "read",
    "readAt",
    "readDate",
];

/// Members by which it shows that it is about SMS.
const SMS: [&str; 4] = ["carrierId", "carrierName", "shortCode", "mt"];

/// What a record is read with.
struct Context<'a> {
    delivery: &'a Delivery<'a>,
    /// The body, or the element of its list.
    body: Node<'a>,
    /// The member that held the record, if one did.
    holder: Option<&'static str>,
}

impl Webhook for SinchLatam {
    fn read(&self, delivery: &Delivery<'_>) -> Result<Reading, Malformed> {
        let body = json::body(delivery.body);
        let body = body.or_else(|why| form::parse(delivery.body).map_err(|_| why))?;
        let body = tidy::keys(body);
        Ok(Reading::of_each(&body, |body, path, findings| {
            one(body, path, delivery, findings);
        }))
    }

    fn verify(&self, secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
        shared::verify(secrets, delivery)
    }

    fn reads_queries(&self) -> bool {
        true
    }
}

fn one(body: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let holder = HOLDERS.into_iter().find(|key| body.get(key).exists());
    let context = Context {
        delivery,
        body,
        holder,
    };
    let Some(key) = holder else {
        return record(body, path, &context, findings);
    };
    for (path, record) in body.list(path, key) {
        if findings.is_full() {
            return;
        }
        self::record(record, &path, &context, findings);
    }
}

fn record(record: Node<'_>, path: &str, context: &Context<'_>, findings: &mut Findings) {
    if record.exists() && !record.is_object() {
        findings.not_understood(path, misshapen(record));
    } else if status::tells(record) {
        status::read(record, path, context, findings);
    } else if INBOUND.iter().any(|key| record.get(key).exists()) {
        inbound::read(record, path, context, findings);
    } else if let Some(key) = record.keys().next() {
        let detail = format!("no status and no message, but {}", shown(key));
        let what = NotUnderstood {
            id: record.get("id").short(),
            ..NotUnderstood::new(Reason::NothingKnown, detail)
        };
        findings.not_understood(path, what);
    }
}

/// Which channel a record is about. Without any sign it is WhatsApp where records come together, which those on SMS do in
/// answers to queries only.
fn channel(record: Node<'_>, context: &Context<'_>) -> Channel {
    match filled(record, &["channel", "channelType"])
        .word()
        .as_deref()
    {
        Some("whatsapp") => return Channel::WhatsApp,
        Some("sms") => return Channel::Sms,
        Some("rcs") => return Channel::Rcs,
        _ => {}
    }
    let shows = |keys: &[&str]| keys.iter().any(|key| record.get(key).exists());
    if shows(&SMS) || context.holder == Some("smsStatuses") {
        Channel::Sms
    } else if shows(&WHATSAPP) || context.holder.is_some() {
        Channel::WhatsApp
    } else {
        Channel::Sms
    }
}

/// The business's end.
fn channel_account(record: Node<'_>, context: &Context<'_>) -> Option<String> {
    let named = filled(record, &["origin", "shortCode", "shortcode"]).short();
    named.or_else(|| context.delivery.channel_account.map(str::to_owned))
}
