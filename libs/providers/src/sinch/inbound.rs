//! What contacts wrote, and what an app wrote that comes the same way.

use acuse_domain::event::Echo;
use acuse_domain::evidence::StatusEvidence;
use acuse_domain::kinds::{Provider, StatusKind};
use acuse_domain::time::Timestamp;

use super::content::{self, Quoting};
use super::conversation::Context;
use super::people::Ends;
use crate::item::{self, message_id, sender};
use crate::json::Node;
use crate::limits::{TEXT, shown};
use crate::parts::{own_text, when};
use crate::reading::{self, Findings, Meaning, NotUnderstood, Reason};
use crate::said::Said;
use crate::written::{self, Head, inbound_id};

const PROVIDER: Provider = Provider::SinchConversation;

/// Reads a `message`, or a redacted one. What is sent to a contact is no inbound message, whatever it comes as.
pub(super) fn message(
    message: Node<'_>,
    path: &str,
    context: &Context<'_>,
    findings: &mut Findings,
) {
    let holds = |key| message.get(key).exists();
    let is_outbound = message.get("direction").word().as_deref() == Some("to_contact");
    let read = if holds("app_message") || (is_outbound && !holds("contact_message")) {
        sent(message, path, context, findings)
    } else {
        let quoting = content::of_contact(message.get("contact_message"));
        received(message, quoting, path, context, findings)
    };
    if let Err(what) = read {
        let what = NotUnderstood {
            id: message.get("id").short(),
            kind: what.kind.clone().or_else(|| Some("message".to_owned())),
            ..what
        };
        findings.not_understood(path, what);
    }
}

/// Reads an `event`. A reaction is a message; that somebody types, has paid or followed a link is none.
pub(super) fn event(event: Node<'_>, path: &str, context: &Context<'_>, findings: &mut Findings) {
    let holder = event.get("contact_message_event");
    let reaction = holder.get("reaction_event");
    if reaction.is_object() {
        let removed = "reaction_action_unreact";
        let is_removed = reaction.get("action").word().as_deref() == Some(removed);
        let emoji = reaction.get("emoji").cut(TEXT).filter(|_| !is_removed);
        let quoting = Quoting {
            said: Said::reaction(emoji),
            quoted: reaction.get("message_id").short(),
        };
        let Err(what) = received(event, quoting, path, context, findings) else {
            return;
        };
        let what = NotUnderstood {
            id: event.get("id").short(),
            kind: Some("reaction_event".to_owned()),
            ..what
        };
        findings.not_understood(path, what);
        return;
    }
    let holders = [holder, event.get("contact_event"), event.get("app_event")];
    let kind = holders.iter().find_map(|holder| holder.keys().next());
    let kind = kind.map_or_else(|| "event".to_owned(), shown);
    let what = NotUnderstood {
        id: event.get("id").short(),
        kind: Some(kind.clone()),
        ..NotUnderstood::new(Reason::NotAMessage, kind.replace('_', " "))
    };
    findings.not_understood(path, what);
}

fn received(
    message: Node<'_>,
    mut quoting: Quoting,
    path: &str,
    context: &Context<'_>,
    findings: &mut Findings,
) -> Result<(), NotUnderstood> {
    let ends = Ends::of(context.body, message, context.delivery);
    let missing = |detail| NotUnderstood::new(Reason::MissingChannelAccount, detail);
    let Some(channel) = ends.channel else {
        return Err(missing("it names no channel"));
    };
    let Some(account) = ends.channel_account else {
        return Err(missing(
            "no app_id, and no channel account that it could only be",
        ));
    };
    let Some(contact) = ends.contact else {
        let detail = "no channel_identity or contact_id";
        return Err(NotUnderstood::new(Reason::MissingContact, detail));
    };
    let at = happened(message, context)?;
    let id = inbound_id(message.get("id"), message, PROVIDER, &account)?;
    let notes = std::mem::take(&mut quoting.said.notes);
    let head = Head {
        id: message_id(PROVIDER, &*id),
        channel,
        channel_account: account,
        contact,
        at,
    };
    let inbound = written::evidence(head, quoting.said, quoting.quoted);
    // The app is the account; people look for the number that was written to.
    let ends = reading::Ends {
        from: None,
        to: message.get("sender_id").short(),
    };
    findings.add_between(path, Meaning::Inbound(Box::new(inbound)), ends);
    for note in notes {
        let id = Some(id.clone());
        findings.not_understood(path, NotUnderstood { id, ..note });
    }
    Ok(())
}

/// A message of the app's own: Sinch has it, and so it has left the platform.
fn sent(
    message: Node<'_>,
    path: &str,
    context: &Context<'_>,
    findings: &mut Findings,
) -> Result<(), NotUnderstood> {
    let id = item::id(message.get("id"))?;
    let (at, at_is_receipt) = happened(message, context)?;
    let ends = Ends::of(context.body, message, context.delivery);
    let sender = ends
        .channel
        .zip(ends.channel_account)
        .map(|(channel, account)| sender(channel, account));
    let recipient = sender.as_ref().and(ends.contact);
    let own = [
        context.body.get("correlation_id"),
        message.get("metadata"),
        context.body.get("message_metadata"),
    ];
    let said = content::of_app(message.get("app_message"));
    let evidence = StatusEvidence {
        at_is_receipt,
        sender,
        correlation_id: own_text(&own, &id, path, findings),
        ..StatusEvidence::new(StatusKind::Dispatched, at, PROVIDER)
    };
    let mut item = item::status(message_id(PROVIDER, id), evidence);
    item.recipient = recipient;
    item.echo = Some(Box::new(Echo {
        content_type: said.content_type,
        content: said.content,
    }));
    findings.add(path, Meaning::Status(Box::new(item)));
    Ok(())
}

/// When the channel says that it was; else when Sinch had it.
fn happened(message: Node<'_>, context: &Context<'_>) -> Result<(Timestamp, bool), NotUnderstood> {
    let times = [
        context.body.get("event_time"),
        message.get("accept_time"),
        context.body.get("accepted_time"),
    ];
    when(&times, context.delivery.received_at)
}
