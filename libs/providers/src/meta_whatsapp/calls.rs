//! Calls. One that the contact makes opens a session, as a message does; what the business makes opens none.

use acuse_domain::inbound::InboundEvidence;
use acuse_domain::kinds::{Channel, InboundKind};

use super::people::stated;
use super::value::Context;
use crate::item;
use crate::json::Node;
use crate::limits::shown;
use crate::party::is_somebody;
use crate::reading::{Findings, Meaning, NotUnderstood, Reason};
use crate::said::Said;
use crate::written::{self, Head};

/// Reads one event of a call. All events of a call have its id, so that they are one.
pub(super) fn read(call: Node<'_>, path: &str, context: &Context<'_>, findings: &mut Findings) {
    let meaning = inbound(call, context).unwrap_or_else(|what| {
        let event = call.get("event").text();
        Meaning::NotUnderstood(NotUnderstood {
            id: call.get("id").short(),
            kind: Some(event.map_or_else(|| "calls".to_owned(), |event| shown(&event))),
            ..what
        })
    });
    findings.add(path, meaning);
    super::errors::note_all(call, path, call.get("id").short().as_deref(), findings);
}

fn inbound(call: Node<'_>, context: &Context<'_>) -> Result<Meaning, NotUnderstood> {
    if is_the_businesses(call, context) {
        let detail = "calls: a call of the business's own";
        return Err(NotUnderstood::new(Reason::NotAMessage, detail));
    }
    // What ends a call tells when it ended, and, where it was answered, when that was.
    let began = call.first(&["start_time", "timestamp"]);
    let at = item::when(began, context.received_at())?;
    let Some(account) = context.channel_account.clone() else {
        let detail = "no phone_number_id, and no channel account that it could only be";
        return Err(NotUnderstood::new(Reason::MissingChannelAccount, detail));
    };
    let contact = context.people.complete(stated(
        call.get("from"),
        call.get("from_user_id"),
        call.first(&["from_parent_user_id", "parent_from_user_id"]),
    ));
    if !is_somebody(&contact) {
        let detail = "calls: it does not say from whom";
        return Err(NotUnderstood::new(Reason::MissingContact, detail));
    }
    let head = Head {
        id: context.message_id(item::id(call.get("id"))?),
        channel: Channel::WhatsApp,
        channel_account: account,
        contact,
        at,
    };
    let said = Said::nothing().of_kind(InboundKind::Call);
    let inbound = InboundEvidence {
        channel_account_phone: context.sender_phone(),
        ..written::evidence(head, said, None)
    };
    Ok(Meaning::Inbound(Box::new(inbound)))
}

/// Whether the business made it: as it says, else where it is from the number that it is about.
fn is_the_businesses(call: Node<'_>, context: &Context<'_>) -> bool {
    match call.first(&["direction", "call_direction"]).word() {
        Some(direction) => direction.starts_with("business"),
        None => {
            let digits = |number: String| -> String {
                number.chars().filter(char::is_ascii_digit).collect()
            };
            let from = call.get("from").short().map(digits);
            let number = context.number.clone().map(digits);
            from.is_some_and(|from| !from.is_empty() && number == Some(from))
        }
    }
}
