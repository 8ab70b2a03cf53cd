//! Messages from contacts.

use acuse_domain::contact::ContactRef;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::kinds::Channel;

use super::content::{self, Type};
use super::people::stated;
use super::value::Context;
use super::{errors, notice};
use crate::item;
use crate::json::Node;
use crate::limits::{SHORT, shown};
use crate::party::is_somebody;
use crate::reading::{Findings, Meaning, NotUnderstood, Reason};
use crate::said::Said;
use crate::typed;
use crate::written::{self, Head, inbound_id};

/// Reads one message. Errors and a type that is not known are noted beside it: the contact wrote in any case.
pub(super) fn read(message: Node<'_>, path: &str, context: &Context<'_>, findings: &mut Findings) {
    let typed = content::typed(message);
    let note = |what: NotUnderstood, id: Option<String>| NotUnderstood {
        id,
        kind: Some(shown(&typed.word)).filter(|word| !word.is_empty()),
        ..what
    };
    let (head, participant) = match head(message, context) {
        Ok(head) => head,
        Err(what) => {
            let id = message.get("id").short();
            return findings.not_understood(path, note(what, id));
        }
    };
    let id = head.id.id.clone();
    let said = content::said(message, &typed);
    if typed.is == Type::Revoke
        && let Some(original) = said.about.clone()
    {
        let deletion = deletion(&head, original, context);
        let deletion = Meaning::Inbound(Box::new(deletion));
        findings.add_of(path, deletion, participant.clone());
    }
    let quotes = context.outbound_id(message.get("context"));
    let is_deleted = message.first(&["deleted", "message_deleted"]).flag();
    let inbound = InboundEvidence {
        deleted: is_deleted.unwrap_or(false),
        channel_account_phone: context.sender_phone(),
        ..written::evidence(head, said, quotes.short())
    };
    findings.add_of(path, Meaning::Inbound(Box::new(inbound)), participant);
    if typed.is == Type::Unknown {
        let detail = typed::unknown(&typed.word);
        let what = NotUnderstood::new(Reason::UnknownMessageType, detail);
        findings.not_understood(path, note(what, Some(id.clone())));
    }
    errors::note_all(message, path, Some(&id), findings);
}

/// What a message says of itself, and, in a group, who of it wrote, for people.
fn head(message: Node<'_>, context: &Context<'_>) -> Result<(Head, Option<String>), NotUnderstood> {
    let at = item::when(message.get("timestamp"), context.received_at())?;
    let Some(channel_account) = context.channel_account.clone() else {
        let detail = "no phone_number_id, and no channel account that it could only be";
        return Err(NotUnderstood::new(Reason::MissingChannelAccount, detail));
    };
    let (contact, participant) = contact(message, context)?;
    let id = inbound_id(
        message.get("id"),
        message,
        context.provider(),
        &channel_account,
    )?;
    let head = Head {
        id: context.message_id(id),
        channel: Channel::WhatsApp,
        channel_account,
        contact,
        at,
    };
    Ok((head, participant))
}

/// With whom the conversation is, and, where that is a group, who of it wrote. A group is known by its id alone: to write in it
/// opens no conversation between its member and the business, and whom the value describes are members.
fn contact(
    message: Node<'_>,
    context: &Context<'_>,
) -> Result<(ContactRef, Option<String>), NotUnderstood> {
    // A notice that somebody changed their number may name them by what they were called before.
    let from = match message.get("from") {
        from if from.exists() => from,
        _ => message.get("system").get("customer"),
    };
    let group = message.get("group_id");
    if let Some(id) = group.text() {
        if group.short().is_none() {
            let detail = match group.is_inexact() {
                true => {
                    "group_id that is a number of more than 20 digits, or a fraction".to_owned()
                }
                false => format!("group_id of {} bytes; at most {SHORT} are kept", id.len()),
            };
            return Err(NotUnderstood::new(Reason::TooLong, detail));
        }
        let group = ContactRef {
            channel_user_id: Some(id),
            ..ContactRef::default()
        };
        let participant = from.short().or_else(|| message.get("from_user_id").short());
        return Ok((group, participant));
    }
    let was = context.people.complete(stated(
        from,
        message.first(&["from_user_id", "from_bsuid"]),
        message.first(&["from_parent_user_id", "parent_from_user_id"]),
    ));
    let contact = notice::joined(was, message.get("system"));
    if !is_somebody(&contact) {
        let detail = "no from, from_user_id or contact that it could only be";
        return Err(NotUnderstood::new(Reason::MissingContact, detail));
    }
    Ok((contact, None))
}

/// The news that the contact deleted a message: evidence on that one, which came before and whose content stays if known.
fn deletion(head: &Head, original: String, context: &Context<'_>) -> InboundEvidence {
    let head = Head {
        id: context.message_id(original),
        ..head.clone()
    };
    InboundEvidence {
        deleted: true,
        channel_account_phone: context.sender_phone(),
        ..written::evidence(head, Said::nothing(), None)
    }
}
