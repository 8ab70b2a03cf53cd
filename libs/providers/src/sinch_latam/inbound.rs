//! What contacts wrote.

use acuse_domain::contact::ContactRef;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::kinds::Provider;

use super::{Context, channel, channel_account, content};
use crate::item::message_id;
use crate::json::Node;
use crate::limits::SHORT;
use crate::parts::{filled, when};
use crate::party::by_phone;
use crate::reading::{Findings, Meaning, NotUnderstood, Reason};
use crate::written::{self, Head, inbound_id};

const PROVIDER: Provider = Provider::SinchLatam;

/// Reads a message.
pub(super) fn read(record: Node<'_>, path: &str, context: &Context<'_>, findings: &mut Findings) {
    match inbound(record, context) {
        Ok((inbound, participant, notes)) => {
            let id = inbound.id.id.clone();
            findings.add_of(path, Meaning::Inbound(Box::new(inbound)), participant);
            for note in notes {
                let id = Some(id.clone());
                findings.not_understood(path, NotUnderstood { id, ..note });
            }
        }
        Err(what) => {
            let id = record.get("id").short();
            findings.not_understood(path, NotUnderstood { id, ..what });
        }
    }
}

/// A message, in a group who of it wrote, and what of it is not understood.
type Read = (InboundEvidence, Option<String>, Vec<NotUnderstood>);

fn inbound(record: Node<'_>, context: &Context<'_>) -> Result<Read, NotUnderstood> {
    let Some(account) = channel_account(record, context) else {
        let detail = "no origin or shortCode, and no channel account that it could only be";
        return Err(NotUnderstood::new(Reason::MissingChannelAccount, detail));
    };
    let (contact, participant) = contact(record)?;
    let times = [record.get("receivedAt"), record.get("receivedDate")];
    let at = when(&times, context.delivery.received_at)?;
    let mut said = content::of(record);
    let notes = std::mem::take(&mut said.notes);
    let message = record.get("message");
    let quotes = [
        message.first(&["context", "quotedMessage"]),
        record.first(&["context", "quotedMessage"]),
        // Which message an SMS answers, the platform tells itself.
        record.get("mt"),
    ];
    let quoted = quotes
        .into_iter()
        .find_map(|quote| filled(quote, &["id", "messageId", "message_id"]).short());
    let id = inbound_id(record.get("id"), record, PROVIDER, &account)?;
    let head = Head {
        id: message_id(PROVIDER, id),
        channel: channel(record, context),
        channel_account: account,
        contact,
        at,
    };
    Ok((written::evidence(head, said, quoted), participant, notes))
}

/// With whom the conversation is, and, where that is a group, who of it wrote.
fn contact(record: Node<'_>) -> Result<(ContactRef, Option<String>), NotUnderstood> {
    let profile = record.get("userProfile");
    let from = [
        record.get("source"),
        filled(profile, &["whatsAppId", "whatsappId", "waId"]),
    ];
    if let Some(group) = record.get("message").get("waGroupId").short() {
        let group = ContactRef {
            channel_user_id: Some(group),
            ..ContactRef::default()
        };
        return Ok((group, from.into_iter().find_map(Node::short)));
    }
    let Some(mut contact) = from.into_iter().find_map(by_phone) else {
        return Err(NotUnderstood::new(Reason::MissingContact, "no source"));
    };
    contact.name = profile.get("name").cut(SHORT);
    Ok((contact, None))
}
