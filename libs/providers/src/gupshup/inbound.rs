//! What contacts write, as version 2 passes it on, and what both versions have in common of it.

use acuse_domain::contact::ContactRef;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::kinds::{Channel, ContentType, InboundKind, Provider};
use acuse_domain::registration::Content;

use super::v2;
use crate::item;
use crate::json::Node;
use crate::limits::{SHORT, TEXT, shown};
use crate::meta_whatsapp::people::stated;
use crate::party::is_somebody;
use crate::reading::{Delivery, Findings, Meaning, NotUnderstood, Reason};
use crate::said::{Said, advertise, cards, medium, place};
use crate::typed;
use crate::written::{self, inbound_id};

/// What a message says of itself apart from its content.
pub(super) struct Head<'a> {
    /// Its id.
    pub(super) id: Node<'a>,
    /// When it was written.
    pub(super) time: Node<'a>,
    /// The channel account.
    pub(super) account: Option<String>,
    /// Who wrote it.
    pub(super) contact: ContactRef,
    /// The message that it quotes.
    pub(super) quoted: Option<String>,
    /// The whole, by which a message without an id is known.
    pub(super) whole: Node<'a>,
}

/// Reads a message of version 2.
pub(super) fn v2(body: Node<'_>, path: &str, delivery: &Delivery<'_>, findings: &mut Findings) {
    let payload = body.get("payload");
    let sender = payload.get("sender");
    let from = match payload.get("source") {
        given if given.text().is_some() => given,
        _ => sender.get("phone"),
    };
    let person = stated(from, sender.get("userId"), sender.get("parentUserId"));
    let head = Head {
        id: payload.get("id"),
        time: match body.get("timestamp") {
            given if given.exists() => given,
            _ => payload.get("timestamp"),
        },
        account: v2::account(body, delivery),
        contact: ContactRef {
            name: sender.get("name").cut(SHORT),
            ..person
        },
        quoted: quoted(payload.get("context")),
        whole: body,
    };
    let mut said = said(payload.get("type"), payload.get("payload"));
    let referral = payload.get("referral");
    advertise(
        &mut said.content,
        referral.get("headline"),
        referral.get("source_url"),
    );
    let word = payload.get("type");
    add(head, said, word, path, delivery, findings);
}

/// The message that a context quotes, by Gupshup's id where it is told.
pub(super) fn quoted(context: Node<'_>) -> Option<String> {
    let own = context.first(&["gsId", "gs_id"]).short();
    own.or_else(|| context.first(&["id", "message_id"]).short())
}

/// Adds a message, and beside it what about it is not known.
pub(super) fn add(
    head: Head<'_>,
    mut said: Said,
    word: Node<'_>,
    path: &str,
    delivery: &Delivery<'_>,
    findings: &mut Findings,
) {
    let id = head.id.short();
    let notes = std::mem::take(&mut said.notes);
    let note = |what: NotUnderstood| NotUnderstood {
        id: id.clone(),
        kind: word.text().map(|word| shown(&word)),
        ..what
    };
    match evidence(head, said, delivery) {
        Ok(evidence) => {
            findings.add(path, Meaning::Inbound(Box::new(evidence)));
            for what in notes {
                findings.not_understood(path, note(what));
            }
        }
        Err(what) => findings.not_understood(path, note(what)),
    }
}

fn evidence(
    head: Head<'_>,
    said: Said,
    delivery: &Delivery<'_>,
) -> Result<InboundEvidence, NotUnderstood> {
    let at = item::when(head.time, delivery.received_at)?;
    let Some(account) = head.account else {
        let detail =
            "it names no number of the business's, and there is none that it could only be";
        return Err(NotUnderstood::new(Reason::MissingChannelAccount, detail));
    };
    if !is_somebody(&head.contact) {
        let detail = "it does not say from whom";
        return Err(NotUnderstood::new(Reason::MissingContact, detail));
    }
    let id = inbound_id(head.id, head.whole, Provider::Gupshup, &account)?;
    let of = written::Head {
        id: item::message_id(Provider::Gupshup, id),
        channel: Channel::WhatsApp,
        channel_account: account,
        contact: head.contact,
        at,
    };
    Ok(written::evidence(of, said, head.quoted))
}

/// What a message of that type says, in `holder`. Without a type it is text, if there is any.
pub(super) fn said(word: Node<'_>, holder: Node<'_>) -> Said {
    let word = word.word();
    let has_text = holder.get("text").text().is_some() || holder.text().is_some();
    match word.as_deref() {
        Some("text") => Said::text(ContentType::Text, text(holder)),
        None if has_text => Said::text(ContentType::Text, text(holder)),
        Some("image") => media(ContentType::Image, holder),
        Some("file" | "document") => media(ContentType::Document, holder),
        Some("audio" | "voice") => media(ContentType::Audio, holder),
        Some("video") => media(ContentType::Video, holder),
        Some("sticker") => media(ContentType::Sticker, holder),
        Some("location") => {
            let names = [holder.get("name"), holder.get("address")];
            let point = place(&names, holder.get("latitude"), holder.get("longitude"));
            Said::text(ContentType::Location, point)
        }
        Some("contact" | "contacts") => Said::text(ContentType::Contacts, {
            let listed = holder.get("contacts");
            cards(if listed.exists() { listed } else { holder })
        }),
        Some("button_reply" | "list_reply") => chosen(ContentType::Interactive, holder),
        Some("interactive") => {
            let reply = holder.first(&["button_reply", "list_reply"]);
            match reply.exists() {
                true => chosen(ContentType::Interactive, reply),
                false => Said::text(ContentType::Interactive, answer(holder)),
            }
        }
        Some("nfm_reply" | "flow" | "flow_reply") => {
            Said::text(ContentType::Interactive, answer(holder))
        }
        Some("quick_reply" | "button") => chosen(ContentType::Button, holder),
        Some("order") => Said::text(ContentType::Order, text(holder)),
        Some("reaction") => Said::reaction(holder.get("emoji").cut(TEXT)).about(holder.first(&[
            "gsId",
            "message_id",
            "id",
        ])),
        Some("system") => Said::text(ContentType::Text, text(holder)).of_kind(InboundKind::System),
        Some("unsupported" | "unknown" | "ephemeral") => Said::nothing(),
        other => {
            let detail = typed::unknown(other.unwrap_or_default());
            Said::text(ContentType::Unsupported, text(holder))
                .noted(Reason::UnknownMessageType, detail)
        }
    }
}

fn text(holder: Node<'_>) -> Option<String> {
    let body = holder.first(&["text", "body"]).cut(TEXT);
    body.or_else(|| holder.cut(TEXT))
}

fn answer(holder: Node<'_>) -> Option<String> {
    let reply = match holder.get("nfm_reply") {
        reply if reply.exists() => reply,
        _ => holder,
    };
    reply.first(&["body", "text", "title", "name"]).cut(TEXT)
}

fn media(content_type: ContentType, holder: Node<'_>) -> Said {
    let mime_type = holder.first(&["contentType", "mime_type"]);
    let content = Content {
        file_name: holder.first(&["name", "filename"]).cut(SHORT),
        ..medium(holder.get("id"), mime_type, holder.get("caption"))
    };
    Said::new(content_type, content)
}

/// A choice from what was offered. What the business gave to it stands in `postbackText`, `payload` or, at last, its id.
fn chosen(content_type: ContentType, holder: Node<'_>) -> Said {
    let title = match holder.first(&["title", "text"]) {
        given if given.exists() => given,
        _ => holder,
    };
    let id = holder.first(&["postbackText", "payload", "id"]);
    Said::choice(content_type, id, title, holder.get("description"))
}
