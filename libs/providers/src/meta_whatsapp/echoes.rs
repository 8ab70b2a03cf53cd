//! What was sent in the business's name from elsewhere: with WhatsApp's own app, or by another app on the same number.

use acuse_domain::contact::ContactRef;
use acuse_domain::event::{Echo, StatusItem};
use acuse_domain::evidence::StatusEvidence;
use acuse_domain::kinds::StatusKind;
use acuse_domain::time::Timestamp;

use super::content::{self, Type};
use super::errors;
use super::people::stated;
use super::value::Context;
use crate::item;
use crate::json::Node;
use crate::limits::shown;
use crate::party::is_somebody;
use crate::reading::{Findings, Meaning, NotUnderstood, Reason};
use crate::typed::{self, Typed};

/// Reads one message. In standby it is the request that sent it, with its id and time around it.
pub(super) fn read(echo: Node<'_>, path: &str, context: &Context<'_>, findings: &mut Findings) {
    let message = match echo.get("message") {
        request if request.is_object() => request,
        _ => echo,
    };
    let typed = content::typed(message);
    let note = |what: NotUnderstood| NotUnderstood {
        id: echo.get("id").short(),
        kind: Some(shown(&typed.word)).filter(|word| !word.is_empty()),
        ..what
    };
    let read = item::id(context.outbound_id(echo)).and_then(|id| {
        let when = item::when(echo.get("timestamp"), context.received_at())?;
        Ok((id, when))
    });
    let (id, when) = match read {
        Ok(read) => read,
        Err(what) => return findings.not_understood(path, note(what)),
    };
    let about = |kind, id| item(echo, message, context, kind, id, when);
    if let Some(detail) = changes(typed.is) {
        // To take a message back, or to change it, is no further message.
        let what = NotUnderstood::new(Reason::NotAMessage, detail);
        let said = content::said(message, &typed);
        if let Some(original) = said.about.filter(|_| typed.is == Type::Revoke) {
            let deleted = about(StatusKind::Deleted, original);
            findings.add(path, Meaning::Status(Box::new(deleted)));
        }
        return findings.not_understood(path, note(what));
    }
    let sent = StatusItem {
        echo: Some(Box::new(content(message, &typed))),
        ..about(StatusKind::Sent, id.clone())
    };
    findings.add(path, Meaning::Status(Box::new(sent)));
    if typed.is == Type::Unknown {
        let detail = typed::unknown(&typed.word);
        let what = NotUnderstood::new(Reason::UnknownMessageType, detail);
        findings.not_understood(path, note(what));
    }
    errors::note_all(echo, path, Some(&id), findings);
}

/// What is said of an echo that tells of an earlier message.
fn changes(is: Type) -> Option<&'static str> {
    match is {
        Type::Revoke => Some("takes an earlier message back"),
        Type::Edit => Some("changes an earlier message"),
        Type::System => Some("a notice"),
        _ => None,
    }
}

fn item(
    echo: Node<'_>,
    message: Node<'_>,
    context: &Context<'_>,
    kind: StatusKind,
    id: String,
    (at, at_is_receipt): (Timestamp, bool),
) -> StatusItem {
    let sender = context.sender();
    let recipient = sender.as_ref().and_then(|_| recipient(message, context));
    let evidence = StatusEvidence {
        at_is_receipt,
        sender,
        correlation_id: echo.get("biz_opaque_callback_data").short(),
        ..StatusEvidence::new(kind, at, context.provider())
    };
    StatusItem {
        recipient,
        sender_phone: context.sender_phone(),
        ..item::status(context.message_id(id), evidence)
    }
}

/// To whom it went. A request may name people who hide their number as its recipient, and a group as whom it is to.
fn recipient(message: Node<'_>, context: &Context<'_>) -> Option<ContactRef> {
    let to = message.get("to");
    let is_group = message.get("recipient_type").word().as_deref() == Some("group");
    let group = match message.get("group_id") {
        given if given.exists() => given,
        _ if is_group => to,
        _ => Node::default(),
    };
    if let Some(group) = group.short() {
        return Some(ContactRef {
            channel_user_id: Some(group),
            ..ContactRef::default()
        });
    }
    let person = stated(
        to,
        message.first(&["to_user_id", "recipient", "recipient_user_id"]),
        message.first(&["to_parent_user_id", "parent_to_user_id"]),
    );
    Some(context.people.complete(person)).filter(is_somebody)
}

fn content(message: Node<'_>, typed: &Typed<Type>) -> Echo {
    let said = content::said(message, typed);
    Echo {
        content_type: said.content_type,
        content: said.content,
    }
}
