//! What contacts wrote: texts, binary messages and media.

use acuse_domain::inbound::InboundEvidence;
use acuse_domain::kinds::{Channel, ContentType, Provider};
use acuse_domain::registration::Content;

use super::message_id;
use crate::json::Node;
use crate::limits::{SHORT, TEXT, shown};
use crate::parts::when;
use crate::party::by_phone;
use crate::reading::{Delivery, Findings, Meaning, NotUnderstood, Reason};
use crate::said::{Said, medium, medium_type};
use crate::written::{self, Head, inbound_id};

/// Reads a message.
pub(in super::super) fn read(
    message: Node<'_>,
    path: &str,
    delivery: &Delivery<'_>,
    findings: &mut Findings,
) {
    let kind = message.get("type").text().map(|word| shown(&word));
    let about = |what, id| NotUnderstood {
        id,
        kind: kind.clone(),
        ..what
    };
    match inbound(message, delivery) {
        Ok((inbound, notes)) => {
            let id = inbound.id.id.clone();
            findings.add(path, Meaning::Inbound(Box::new(inbound)));
            for note in notes {
                findings.not_understood(path, about(note, Some(id.clone())));
            }
        }
        Err(what) => findings.not_understood(path, about(what, message.get("id").short())),
    }
}

fn inbound(
    message: Node<'_>,
    delivery: &Delivery<'_>,
) -> Result<(InboundEvidence, Vec<NotUnderstood>), NotUnderstood> {
    let account = address(message.get("to")).short();
    let account = account.or_else(|| delivery.channel_account.map(str::to_owned));
    let Some(account) = account else {
        let detail = "no to, and no channel account that it could only be";
        return Err(NotUnderstood::new(Reason::MissingChannelAccount, detail));
    };
    let from = address(message.get("from"));
    let Some((contact, number)) = by_phone(from).zip(from.short()) else {
        return Err(NotUnderstood::new(Reason::MissingContact, "no from"));
    };
    let times = [message.get("received_at"), message.get("sent_at")];
    let at = when(&times, delivery.received_at)?;
    let mut said = said(message);
    let notes = std::mem::take(&mut said.notes);
    let id = inbound_id(message.get("id"), message, Provider::SinchSms, &account)?;
    let head = Head {
        id: message_id(id, number),
        channel: Channel::Sms,
        channel_account: account,
        contact,
        at,
    };
    Ok((written::evidence(head, said, None), notes))
}

/// An end may be an object that holds the number.
fn address(end: Node<'_>) -> Node<'_> {
    if end.is_object() {
        end.first(&["endpoint", "number", "identity"])
    } else {
        end
    }
}

fn said(message: Node<'_>) -> Said {
    let body = message.first(&["body", "message"]);
    match message.get("type").word().as_deref() {
        _ if body.is_object() => media(body),
        Some("mo_text") => Said::text(ContentType::Text, body.cut(TEXT)),
        // Bytes for a program, not for people.
        Some("mo_binary") => Said::text(ContentType::Unsupported, None),
        Some("mo_media") => Said::text(ContentType::Unsupported, body.cut(TEXT)),
        other => {
            let detail = format!("message of type {}", shown(other.unwrap_or_default()));
            Said::text(ContentType::Text, body.cut(TEXT)).noted(Reason::UnknownMessageType, detail)
        }
    }
}

/// A message with media: the first one stands for them. An address stands for a medium's id.
fn media(body: Node<'_>) -> Said {
    let listed = match body.get("media") {
        listed if listed.exists() => listed,
        // One medium may stand for itself.
        _ if body.get("url").exists() => body,
        none => none,
    };
    let mut media = listed.elements();
    let first = media.next().unwrap_or_default();
    let url = first.get("url");
    let mime = first.get("content_type");
    let content = Content {
        header: body.get("subject").cut(TEXT),
        ..medium(url, mime, body.get("message"))
    };
    let content_type = if first.exists() {
        medium_type(mime.cut(SHORT).as_deref(), url.text().as_deref())
    } else {
        ContentType::Text
    };
    let said = Said::new(content_type, content);
    match media.count() {
        0 => said,
        more => said.noted(
            Reason::NotSupportedYet,
            format!("{more} more media in one message"),
        ),
    }
}
