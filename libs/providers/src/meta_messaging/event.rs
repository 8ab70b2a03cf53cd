//! One event: both ends, a time, and what happened.

use acuse_domain::contact::ContactRef;
use acuse_domain::time::Timestamp;

use super::{MetaMessaging, inbound, outbound};
use crate::item;
use crate::json::Node;
use crate::limits::{SHORT, shown};
use crate::reading::{Findings, NotUnderstood, Reason};

/// An event, with what is known from around it.
pub(super) struct Event<'a> {
    /// The event.
    pub(super) node: Node<'a>,
    /// Of which product.
    pub(super) product: MetaMessaging,
    /// When it arrived.
    pub(super) received_at: Timestamp,
    /// The page or account that it is about, if it does not say so itself.
    pub(super) own: Option<String>,
}

/// Members that say nothing of what happened.
const AROUND: [&str; 8] = [
    "sender",
    "recipient",
    "timestamp",
    "time",
    "id",
    "prior_message",
    "hop_context",
    "is_self",
];

/// Members for what happened apart from messages, in people's dealings with the page, and between apps.
const NO_MESSAGES: [&str; 22] = [
    "account_linking",
    "app_roles",
    "checkout_update",
    "customer_information",
    "feature_metrics",
    "feedback",
    "game_play",
    "in_thread_lead_form_submit",
    "message_context",
    "messaging_feedback",
    "optin",
    "order",
    "pass_metadata",
    "pass_thread_control",
    "payment",
    "policy-enforcement",
    "policy_enforcement",
    "pre_checkout",
    "referral",
    "request_thread_control",
    "response_feedback",
    "take_thread_control",
];

/// Members that are read.
const READ: [&str; 6] = [
    "message",
    "postback",
    "reaction",
    "message_edit",
    "delivery",
    "read",
];

/// Members for what people do that is no message. Where the page or account did it, it is nothing that a contact did, and
/// changes no message of its own.
const FROM_PEOPLE: [&str; 3] = ["postback", "reaction", "message_edit"];

/// Fields that such events are subscribed to by.
const FIELDS: [&str; 6] = [
    "message_",
    "messages",
    "messaging_",
    "standby",
    "calls",
    "call_permission_reply",
];

/// Whether a value is an event.
pub(super) fn is_one(value: Node<'_>) -> bool {
    let ends = value.get("sender").is_object() || value.get("recipient").is_object();
    ends && value.is_object() || READ.iter().any(|key| value.get(key).is_object())
}

/// Whether a change's field is one of events.
pub(super) fn is_field(field: &str) -> bool {
    FIELDS.iter().any(|known| field.starts_with(known))
}

/// Reads an event, whatever happened of it.
pub(super) fn read(event: &Event<'_>, path: &str, findings: &mut Findings) {
    let before = findings.len();
    let node = event.node;
    let message = node.get("message");
    let is_of_own = event.is_of_own();
    let is_echo = message.get("is_echo").flag() == Some(true) || is_of_own;
    if message.is_object() && is_echo {
        outbound::echo(event, path, findings);
    } else if message.is_object() {
        inbound::message(event, path, findings);
    }
    type Reader = fn(&Event<'_>, &str, &mut Findings);
    let readers: [(&str, Reader); 5] = [
        ("postback", inbound::postback),
        ("reaction", inbound::reaction),
        ("message_edit", inbound::edit),
        ("delivery", outbound::delivery),
        ("read", outbound::read),
    ];
    for (key, reader) in readers {
        let what = node.get(key);
        if what.is_object() && is_of_own && FROM_PEOPLE.contains(&key) {
            findings.not_understood(path, of_own(key, what));
        } else if what.is_object() {
            reader(event, path, findings);
        }
    }
    for key in node.keys().filter(|key| !AROUND.contains(key)) {
        let value = node.get(key);
        if !value.exists() || (READ.contains(&key) && value.is_object()) {
            continue;
        }
        let reason = if NO_MESSAGES.contains(&key) {
            Reason::NotAMessage
        } else if READ.contains(&key) {
            Reason::Malformed
        } else {
            Reason::UnknownField
        };
        let kind = shown(key);
        let what = NotUnderstood {
            kind: Some(kind.clone()),
            ..NotUnderstood::new(reason, format!("event {kind}"))
        };
        findings.not_understood(path, what);
    }
    if findings.len() == before {
        let detail = "an event in which nothing happened";
        findings.not_understood(path, NotUnderstood::new(Reason::NothingKnown, detail));
    }
}

/// What to note of what the page or account itself did that is no message.
fn of_own(kind: &str, what: Node<'_>) -> NotUnderstood {
    NotUnderstood {
        id: what.get("mid").short(),
        kind: Some(kind.to_owned()),
        ..NotUnderstood::new(Reason::NotAMessage, "of the page or account itself")
    }
}

/// What to note of a call: it opens no session on these channels.
pub(super) fn call(call: Node<'_>) -> NotUnderstood {
    let kind = call.first(&["event", "status"]).text();
    NotUnderstood {
        id: call.get("id").short(),
        kind: kind.map(|kind| shown(&kind)),
        ..NotUnderstood::new(Reason::NotAMessage, "a call")
    }
}

impl Event<'_> {
    /// Whether the page or account is who sent it, and to somebody else: what one writes to oneself is received as well.
    fn is_of_own(&self) -> bool {
        let end = |key| id(self.node.get(key)).ok().flatten();
        let (sender, recipient) = (end("sender"), end("recipient"));
        sender.is_some() && sender == self.own && recipient.is_some() && recipient != self.own
    }

    /// When it happened, and whether that is its time of receipt.
    pub(super) fn when(&self) -> Result<(Timestamp, bool), NotUnderstood> {
        item::when(self.node.get("timestamp"), self.received_at)
    }

    /// The page or account, which is the end named `key`.
    pub(super) fn account(&self, key: &str) -> Result<String, NotUnderstood> {
        let named = id(self.node.get(key))?;
        named.or_else(|| self.own.clone()).ok_or_else(|| {
            let detail = format!("no {key}, and no page or account that it could only be");
            NotUnderstood::new(Reason::MissingChannelAccount, detail)
        })
    }

    /// The person, who is the end named `key`.
    pub(super) fn contact(&self, key: &str) -> Result<ContactRef, NotUnderstood> {
        let end = self.node.get(key);
        let Some(id) = id(end)? else {
            let detail = format!("no id of the {key}");
            return Err(NotUnderstood::new(Reason::MissingContact, detail));
        };
        Ok(ContactRef {
            name: end.first(&["name", "username"]).cut(SHORT),
            page_scoped_id: Some(id),
            ..ContactRef::default()
        })
    }
}

/// The id of an end, which may stand there by itself. One that is too long to be kept would be another.
fn id(end: Node<'_>) -> Result<Option<String>, NotUnderstood> {
    let id = match end {
        object if object.is_object() => object.get("id"),
        plain => plain,
    };
    match id.text() {
        Some(_) => item::id(id).map(Some),
        None => Ok(None),
    }
}
