//! What contacts write, as version 2 passes it on, and what both versions have in common of it.

use acuse_domain::contact::ContactRef;
use acuse_domain::inbound::{ButtonClick, InboundEvidence};
use acuse_domain::kinds::{Channel, ContentType, InboundKind, Provider};
use acuse_domain::registration::{Content, NamedRef};

use super::v2;
use crate::item;
use crate::json::Node;
use crate::limits::{SHORT, TEXT, shown};
use crate::meta_whatsapp::people::{is_somebody, stated};
use crate::parts;
use crate::reading::{Delivery, Findings, Meaning, NotUnderstood, Reason};

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

/// What a message says.
pub(super) struct Said {
    kind: InboundKind,
    content_type: ContentType,
    content: Content,
    button: Option<ButtonClick>,
    /// The message that a reaction is on.
    about: Option<String>,
    unknown: Option<String>,
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
    advertise(&mut said.content, payload.get("referral"));
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
    said: Said,
    word: Node<'_>,
    path: &str,
    delivery: &Delivery<'_>,
    findings: &mut Findings,
) {
    let id = head.id.short();
    let unknown = said.unknown.clone();
    let note = |what: NotUnderstood| NotUnderstood {
        id: id.clone(),
        kind: word.text().map(|word| shown(&word)),
        ..what
    };
    match evidence(head, said, delivery) {
        Ok(evidence) => {
            findings.add(path, Meaning::Inbound(Box::new(evidence)));
            if let Some(detail) = unknown {
                let what = NotUnderstood::new(Reason::UnknownMessageType, detail);
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
    let (at, at_is_receipt) = item::when(head.time, delivery.received_at)?;
    let Some(account) = head.account else {
        let detail =
            "it names no number of the business's, and there is none that it could only be";
        return Err(NotUnderstood::new(Reason::MissingChannelAccount, detail));
    };
    if !is_somebody(&head.contact) {
        let detail = "it does not say from whom";
        return Err(NotUnderstood::new(Reason::MissingContact, detail));
    }
    let own = |id| item::message_id(Provider::Gupshup, id);
    let id = parts::inbound_id(head.id, head.whole, Provider::Gupshup, &account)?;
    Ok(InboundEvidence {
        id: own(id),
        channel: Channel::WhatsApp,
        channel_account: NamedRef {
            id: account,
            ..NamedRef::default()
        },
        contact: head.contact,
        at,
        at_is_receipt,
        kind: said.kind,
        content_type: said.content_type,
        content: said.content,
        quoted: said.about.or(head.quoted).map(own),
        button: said.button,
        deleted: false,
    })
}

/// What a message of that type says, in `holder`. Without a type it is text, if there is any.
pub(super) fn said(word: Node<'_>, holder: Node<'_>) -> Said {
    let word = word.word();
    let has_text = holder.get("text").text().is_some() || holder.text().is_some();
    let plain = |content_type| Said {
        kind: InboundKind::Regular,
        content_type,
        content: Content::default(),
        button: None,
        about: None,
        unknown: None,
    };
    let of_text = |content_type, body| Said {
        content: Content {
            body,
            ..Content::default()
        },
        ..plain(content_type)
    };
    match word.as_deref() {
        Some("text") => of_text(ContentType::Text, text(holder)),
        None if has_text => of_text(ContentType::Text, text(holder)),
        Some("image") => medium(plain(ContentType::Image), holder),
        Some("file" | "document") => medium(plain(ContentType::Document), holder),
        Some("audio" | "voice") => medium(plain(ContentType::Audio), holder),
        Some("video") => medium(plain(ContentType::Video), holder),
        Some("sticker") => medium(plain(ContentType::Sticker), holder),
        Some("location") => of_text(ContentType::Location, {
            let names = [holder.get("name"), holder.get("address")];
            parts::place(&names, holder.get("latitude"), holder.get("longitude"))
        }),
        Some("contact" | "contacts") => of_text(ContentType::Contacts, {
            let cards = holder.get("contacts");
            parts::cards(if cards.exists() { cards } else { holder })
        }),
        Some("button_reply" | "list_reply") => chosen(plain(ContentType::Interactive), holder),
        Some("interactive") => {
            let reply = holder.first(&["button_reply", "list_reply"]);
            match reply.exists() {
                true => chosen(plain(ContentType::Interactive), reply),
                false => of_text(ContentType::Interactive, answer(holder)),
            }
        }
        Some("nfm_reply" | "flow" | "flow_reply") => {
            of_text(ContentType::Interactive, answer(holder))
        }
        Some("quick_reply" | "button") => chosen(plain(ContentType::Button), holder),
        Some("order") => of_text(ContentType::Order, text(holder)),
        Some("reaction") => Said {
            kind: InboundKind::Reaction,
            about: holder.first(&["gsId", "message_id", "id"]).short(),
            ..of_text(ContentType::Reaction, holder.get("emoji").cut(TEXT))
        },
        Some("system") => Said {
            kind: InboundKind::System,
            ..of_text(ContentType::Text, text(holder))
        },
        Some("unsupported" | "unknown" | "ephemeral") => plain(ContentType::Unsupported),
        other => {
            let detail = match other {
                None => "message without a type".to_owned(),
                Some(word) => format!("message of type {}", shown(word)),
            };
            Said {
                unknown: Some(detail),
                ..of_text(ContentType::Unsupported, text(holder))
            }
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

fn medium(said: Said, holder: Node<'_>) -> Said {
    Said {
        content: Content {
            body: holder.get("caption").cut(TEXT),
            media_id: holder.get("id").short(),
            media_type: holder.first(&["contentType", "mime_type"]).cut(SHORT),
            file_name: holder.first(&["name", "filename"]).cut(SHORT),
            ..Content::default()
        },
        ..said
    }
}

/// A choice from what was offered. What the business gave to it stands in `postbackText`, `payload` or, at last, its id.
fn chosen(said: Said, holder: Node<'_>) -> Said {
    let title = match holder.first(&["title", "text"]) {
        given if given.exists() => given,
        _ => holder,
    };
    let id = holder.first(&["postbackText", "payload", "id"]);
    Said {
        button: parts::click(id.short(), title.cut(SHORT)),
        content: Content {
            body: title.cut(TEXT),
            footer: holder.get("description").cut(TEXT),
            ..Content::default()
        },
        ..said
    }
}

/// Adds the advertisement by which the contact came.
fn advertise(content: &mut Content, referral: Node<'_>) {
    content.header = content
        .header
        .take()
        .or_else(|| referral.get("headline").cut(TEXT));
    content.footer = content
        .footer
        .take()
        .or_else(|| referral.get("source_url").cut(TEXT));
}
