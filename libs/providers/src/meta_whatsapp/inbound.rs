//! Messages from contacts.

use acuse_domain::contact::ContactRef;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::kinds::{Channel, ContentType, InboundKind, Provider};
use acuse_domain::registration::{Content, NamedRef};
use acuse_domain::time::Timestamp;

use super::content::{self, Said, Type};
use super::errors;
use super::people::{is_somebody, stated};
use super::value::{Context, message_id};
use crate::json::{self, Moment, Node, moment};
use crate::limits::{SHORT, shown};
use crate::reading::{Findings, Meaning, NotUnderstood, Reason};

/// What an id begins with that was made here, for a message that came without one.
const DERIVED: &str = "derived:";

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
    let note = |reason, detail: String, id: Option<String>| NotUnderstood {
        id,
        kind: Some(shown(&typed.word)).filter(|word| !word.is_empty()),
        ..NotUnderstood::new(reason, detail)
    };
    let head = match head(message, context) {
        Ok(head) => head,
        Err((reason, detail)) => {
            let id = message.get("id").short();
            findings.not_understood(path, note(reason, detail, id));
            return;
        }
    };
    let (id, participant) = (head.id.clone(), head.participant.clone());
    let said = content::said(message, &typed);
    if let Some(original) = said.revoked.clone() {
        let deletion = Meaning::Inbound(Box::new(deletion(&head, original)));
        findings.add_of(path, deletion, participant.clone());
    }
    let inbound = Meaning::Inbound(Box::new(evidence(message, head, said)));
    findings.add_of(path, inbound, participant);
    if typed.is == Type::Unknown {
        let detail = match typed.word.as_str() {
            "" => "message without a type".to_owned(),
            word => format!("message of type {}", shown(word)),
        };
        let what = note(Reason::UnknownMessageType, detail, Some(id.clone()));
        findings.not_understood(path, what);
    }
    errors::note_all(message, path, Some(&id), findings);
}

fn head(message: Node<'_>, context: &Context<'_>) -> Result<Head, (Reason, String)> {
    let received_at = context.delivery.received_at;
    let (at, at_is_receipt) = match moment(message.get("timestamp"), received_at) {
        Moment::At(at) => (at, false),
        Moment::Receipt => (received_at, true),
        Moment::Implausible(at) => {
            return Err((Reason::ImplausibleTime, format!("timestamp is {at}")));
        }
    };
    let Some(channel_account) = context.channel_account.clone() else {
        let detail = "no phone_number_id, and no channel account that it could only be";
        return Err((Reason::MissingChannelAccount, detail.to_owned()));
    };
    let (contact, participant) = contact(message, context)?;
    Ok(Head {
        id: id(message, &channel_account)?,
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
) -> Result<(ContactRef, Option<String>), (Reason, String)> {
    // A notice that somebody changed their number may name them by what they were called before.
    let from = match message.get("from") {
        from if from.exists() => from,
        _ => message.get("system").get("customer"),
    };
    if let Some(id) = message.get("group_id").text() {
        if id.len() > SHORT {
            let detail = format!("group_id of {} bytes; at most {SHORT} are kept", id.len());
            return Err((Reason::TooLong, detail));
        }
        let group = ContactRef {
            channel_user_id: Some(id),
            ..ContactRef::default()
        };
        let participant = from.short().or_else(|| message.get("from_user_id").short());
        return Ok((group, participant));
    }
    let contact = context.people.complete(stated(
        from,
        message.get("from_user_id"),
        message.first(&["from_parent_user_id", "parent_from_user_id"]),
    ));
    if !is_somebody(&contact) {
        let detail = "no from, from_user_id or contact that it could only be";
        return Err((Reason::MissingContact, detail.to_owned()));
    }
    Ok((contact, None))
}

/// The message's id; for a message without one the digest of all that it says, so that its repetitions are found.
fn id(message: Node<'_>, channel_account: &str) -> Result<String, (Reason, String)> {
    match (message.get("id").text(), message.value()) {
        (Some(id), _) if id.len() <= SHORT => Ok(id),
        (Some(id), _) => {
            let detail = format!("id of {} bytes; at most {SHORT} are kept", id.len());
            Err((Reason::TooLong, detail))
        }
        (None, Some(value)) => {
            let provider = Provider::MetaWhatsApp.as_str();
            let digest = json::digest(&[provider, channel_account], value);
            Ok(format!("{DERIVED}{digest:?}"))
        }
        (None, None) => Err((Reason::Malformed, "nothing".to_owned())),
    }
}

fn evidence(message: Node<'_>, head: Head, said: Said) -> InboundEvidence {
    let quotes = message.get("context").first(&["id", "message_id"]);
    let quoted = said.about.or_else(|| quotes.short());
    let is_deleted = message.first(&["deleted", "message_deleted"]).flag();
    InboundEvidence {
        kind: said.kind,
        content_type: said.content_type,
        content: said.content,
        quoted: quoted.map(message_id),
        button: said.button,
        deleted: is_deleted.unwrap_or(false),
        ..empty(head)
    }
}

/// The news that the contact deleted a message: evidence on that one, which came before and whose content stays if known.
fn deletion(head: &Head, original: String) -> InboundEvidence {
    InboundEvidence {
        id: message_id(original),
        deleted: true,
        ..empty(head.clone())
    }
}

/// A message that says nothing.
fn empty(head: Head) -> InboundEvidence {
    InboundEvidence {
        id: message_id(head.id),
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
