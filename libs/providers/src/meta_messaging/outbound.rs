//! What is told of messages that the page or account sent.

use acuse_domain::contact::ContactRef;
use acuse_domain::event::{Echo, StatusItem};
use acuse_domain::evidence::StatusEvidence;
use acuse_domain::kinds::StatusKind;
use acuse_domain::registration::NamedRef;
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::WatermarkEvidence;

use super::content;
use super::event::Event;
use crate::item;
use crate::json::{Moment, Node, moment};
use crate::reading::{Findings, Meaning, NotUnderstood, Reason};

/// Reads a message that the page or account sent, or took back: with this app or another, or by hand.
pub(super) fn echo(event: &Event<'_>, path: &str, findings: &mut Findings) {
    let message = event.node.get("message");
    let mid = message.get("mid");
    let is_deleted = message.get("is_deleted").flag() == Some(true);
    let kind = match is_deleted {
        true => StatusKind::Deleted,
        false => StatusKind::Sent,
    };
    let mut said = content::said(message);
    let notes = content::notes(&mut said, mid, "echo");
    let ends = Ends::of(event, "sender", "recipient");
    let read = item::id(mid).and_then(|id| {
        let status = status(event, ends, kind, id)?;
        let evidence = StatusEvidence {
            // What the sender gave to it, to find it again.
            correlation_id: message.get("metadata").short(),
            ..status.evidence
        };
        let echo = Echo {
            content_type: said.content_type,
            content: said.content,
        };
        Ok(StatusItem {
            evidence,
            echo: (!is_deleted).then(|| Box::new(echo)),
            ..status
        })
    });
    add(read, "echo", mid, path, findings);
    for note in notes.into_iter().filter(|_| !is_deleted) {
        findings.not_understood(path, note);
    }
}

/// Reads what was delivered: messages by their ids, and all that was sent up to a time.
pub(super) fn delivery(event: &Event<'_>, path: &str, findings: &mut Findings) {
    told(event, "delivery", StatusKind::Delivered, path, findings);
}

/// Reads what was seen: on Messenger all that was sent up to a time, on Instagram a message by its id.
pub(super) fn read(event: &Event<'_>, path: &str, findings: &mut Findings) {
    told(event, "read", StatusKind::Read, path, findings);
}

fn told(event: &Event<'_>, key: &str, kind: StatusKind, path: &str, findings: &mut Findings) {
    let what = event.node.get(key);
    let before = findings.len();
    let ids = what
        .get("mids")
        .elements()
        .chain(what.get("mid").elements());
    for mid in ids {
        if findings.is_full() {
            return;
        }
        let ends = Ends::of(event, "recipient", "sender");
        let read = item::id(mid).and_then(|id| status(event, ends, kind, id));
        add(read, key, mid, path, findings);
    }
    if what.get("watermark").exists() {
        let meaning = watermark(event, what.get("watermark"), kind).unwrap_or_else(|what| {
            Meaning::NotUnderstood(NotUnderstood {
                kind: Some(key.to_owned()),
                ..what
            })
        });
        findings.add(path, meaning);
    }
    if findings.len() == before {
        let what = NotUnderstood {
            kind: Some(key.to_owned()),
            ..NotUnderstood::new(Reason::MissingId, "neither a message nor a watermark")
        };
        findings.not_understood(path, what);
    }
}

/// All that was sent up to a time. Without a time of its own it happened then.
fn watermark(
    event: &Event<'_>,
    up_to: Node<'_>,
    kind: StatusKind,
) -> Result<Meaning, NotUnderstood> {
    let up_to = match moment(up_to, event.received_at) {
        Moment::At(at) => at,
        Moment::Receipt => {
            let detail = "a watermark that is no time";
            return Err(NotUnderstood::new(Reason::Malformed, detail));
        }
        Moment::Implausible(at) => {
            let detail = format!("its watermark is {at}");
            return Err(NotUnderstood::new(Reason::ImplausibleTime, detail));
        }
    };
    let (at, is_receipt) = event.when()?;
    let account = event.account("recipient")?;
    Ok(Meaning::Watermark(Box::new(WatermarkEvidence {
        kind,
        up_to,
        at: if is_receipt { up_to } else { at },
        provider: event.product.provider,
        channel: event.product.channel,
        channel_account: NamedRef {
            id: account,
            ..NamedRef::default()
        },
        contact: event.contact("sender")?,
    })))
}

/// The page or account and the person; absent where the event does not name them, whose message is known all the same.
struct Ends {
    account: Option<String>,
    contact: Option<ContactRef>,
}

impl Ends {
    fn of(event: &Event<'_>, account: &str, contact: &str) -> Self {
        Self {
            account: event.account(account).ok(),
            contact: event.contact(contact).ok(),
        }
    }
}

fn status(
    event: &Event<'_>,
    ends: Ends,
    kind: StatusKind,
    id: String,
) -> Result<StatusItem, NotUnderstood> {
    let (at, at_is_receipt): (Timestamp, bool) = event.when()?;
    let provider = event.product.provider;
    // Without the page or account nobody could say whose id the person's is.
    let recipient = ends.contact.filter(|_| ends.account.is_some());
    let sender = ends
        .account
        .map(|account| item::sender(event.product.channel, account));
    let evidence = StatusEvidence {
        at_is_receipt,
        sender,
        ..StatusEvidence::new(kind, at, provider)
    };
    Ok(StatusItem {
        recipient,
        ..item::status(item::message_id(provider, id), evidence)
    })
}

fn add(
    read: Result<StatusItem, NotUnderstood>,
    kind: &str,
    mid: Node<'_>,
    path: &str,
    findings: &mut Findings,
) {
    let meaning = match read {
        Ok(status) => Meaning::Status(Box::new(status)),
        Err(what) => Meaning::NotUnderstood(NotUnderstood {
            id: mid.short(),
            kind: Some(kind.to_owned()),
            ..what
        }),
    };
    findings.add(path, meaning);
}
