//! Messages from contacts, by the Messages API.

use acuse_domain::kinds::{Channel, Provider};

use super::said::{self, Type};
use super::{ends, status};
use crate::aside::aside;
use crate::item::message_id;
use crate::json::Node;
use crate::limits::shown;
use crate::party::is_somebody;
use crate::reading::{Delivery, Findings, Meaning, NotUnderstood, Reason};
use crate::said::advertise;
use crate::typed;
use crate::written::{self, Head};

/// Reads one message.
pub(super) fn read(item: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let id = item.get("message_uuid");
    // Version 0.1 has the content apart from the rest.
    let content = match item.get("message").get("content") {
        content if content.is_object() => content,
        _ => item,
    };
    let typed = said::typed(content);
    let head = match head(item, id, delivery) {
        Ok(head) => head,
        Err(what) => {
            let kind = Some(shown(&typed.word)).filter(|word| !word.is_empty());
            return findings.not_understood(path, NotUnderstood { kind, ..what });
        }
    };
    let mut said = said::said(content, &typed);
    let referral = item.get("whatsapp").get("referral");
    advertise(
        &mut said.content,
        referral.get("headline"),
        referral.get("source_url"),
    );
    let quotes = item
        .get("context")
        .first(&["message_uuid", "message_id", "id"]);
    let inbound = written::evidence(head, said, quotes.short());
    findings.add(path, Meaning::Inbound(Box::new(inbound)));
    if typed.is == Type::Unknown {
        let detail = typed::unknown(&typed.word);
        let what = aside(Reason::UnknownMessageType, detail, id, Some(&typed.word));
        findings.not_understood(path, what);
    }
}

fn head(item: Node<'_>, id: Node<'_>, delivery: &Delivery<'_>) -> Result<Head, NotUnderstood> {
    let (known, at) = status::head(id, item.get("timestamp"), delivery)?;
    let channel = ends::channel(item).unwrap_or(Channel::Custom);
    let account = ends::address(item.get("to"));
    let account = account.or_else(|| delivery.channel_account.map(str::to_owned));
    let Some(channel_account) = account else {
        let detail = "no to, and no channel account that it could only be";
        return Err(aside(Reason::MissingChannelAccount, detail, id, None));
    };
    let described = item.get("whatsapp").first(&["sender", "contact", "from"]);
    let contact = ends::contact(channel, item.get("from"), described, item.get("profile"));
    if !is_somebody(&contact) {
        let detail = "no from that is an address";
        return Err(aside(Reason::MissingContact, detail, id, None));
    }
    Ok(Head {
        id: message_id(Provider::Vonage, known),
        channel,
        channel_account,
        contact,
        at,
    })
}
