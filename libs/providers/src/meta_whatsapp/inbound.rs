//! Messages from contacts.

use acuse_domain::contact::ContactRef;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::kinds::{Channel, ContentType, InboundKind};
use acuse_domain::registration::{Content, NamedRef};
use acuse_domain::time::Timestamp;

use super::content::{self, Said, Type};
use super::people::{is_somebody, stated};
use super::value::Context;
use super::{errors, notice};
use crate::item;
use crate::json::Node;
use crate::limits::{SHORT, shown};
use crate::parts;
use crate::reading::{Findings, Meaning, NotUnderstood, Reason};

/// What a message says of itself apart from its content.
#[derive(Clone)]
struct Head {
    id: String,
    channel_account: String,
    contact: ContactRef,
    /// In a group: who of it wrote, for people.
    participant: Option<String>,
    at: Timestamp,
    at_is_receipt: bool,
}

/// Reads one message. Errors and a type that is not known are noted beside it: the contact wrote in any case.
pub(super) fn read(message: Node<'_>, path: &str, context: &Context<'_>, findings: &mut Findings) {
    let typed = content::typed(message);
    let note = |what: NotUnderstood, id: Option<String>| NotUnderstood {
        id,
        kind: Some(shown(&typed.word)).filter(|word| !word.is_empty()),
        ..what
    };
    let head = match head(message, context) {
        Ok(head) => head,
        Err(what) => {
            let id = message.get("id").short();
            return findings.not_understood(path, note(what, id));
        }
    };
    let (id, participant) = (head.id.clone(), head.participant.clone());
    let said = content::said(message, &typed);
    if let Some(original) = said.revoked.clone() {
        let deletion = Meaning::Inbound(Box::new(deletion(&head, original, context)));
        findings.add_of(path, deletion, participant.clone());
    }
    let inbound = Meaning::Inbound(Box::new(evidence(message, head, said, context)));
    findings.add_of(path, inbound, participant);
    if typed.is == Type::Unknown {
        let what = NotUnderstood::new(Reason::UnknownMessageType, content::unknown(&typed));
        findings.not_understood(path, note(what, Some(id.clone())));
    }
    errors::note_all(message, path, Some(&id), findings);
}

fn head(message: Node<'_>, context: &Context<'_>) -> Result<Head, NotUnderstood> {
    let (at, at_is_receipt) = item::when(message.get("timestamp"), context.received_at())?;
    let Some(channel_account) = context.channel_account.clone() else {
        let detail = "no phone_number_id, and no channel account that it could only be";
        return Err(NotUnderstood::new(Reason::MissingChannelAccount, detail));
    };
    let (contact, participant) = contact(message, context)?;
    let id = parts::inbound_id(
        message.get("id"),
        message,
        context.provider(),
        &channel_account,
    )?;
    Ok(Head {
        id,
        channel_account,
        contact,
        participant,
        at,
        at_is_receipt,
    })
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

fn evidence(message: Node<'_>, head: Head, said: Said, context: &Context<'_>) -> InboundEvidence {
    let quotes = context.outbound_id(message.get("context"));
    let quoted = said.about.or_else(|| quotes.short());
    let is_deleted = message.first(&["deleted", "message_deleted"]).flag();
    InboundEvidence {
        kind: said.kind,
        content_type: said.content_type,
        content: said.content,
        quoted: quoted.map(|id| context.message_id(id)),
        button: said.button,
        deleted: is_deleted.unwrap_or(false),
        ..empty(head, context)
    }
}

/// The news that the contact deleted a message: evidence on that one, which came before and whose content stays if known.
fn deletion(head: &Head, original: String, context: &Context<'_>) -> InboundEvidence {
    InboundEvidence {
        id: context.message_id(original),
        deleted: true,
        ..empty(head.clone(), context)
    }
}

/// A message that says nothing.
fn empty(head: Head, context: &Context<'_>) -> InboundEvidence {
    InboundEvidence {
        id: context.message_id(head.id),
        channel: Channel::WhatsApp,
        channel_account: NamedRef {
            id: head.channel_account,
            ..NamedRef::default()
        },
        contact: head.contact,
        at: head.at,
        at_is_receipt: head.at_is_receipt,
        kind: InboundKind::Regular,
        content_type: ContentType::Unsupported,
        content: Content::default(),
        quoted: None,
        button: None,
        deleted: false,
    }
}
