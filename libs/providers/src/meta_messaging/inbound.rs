//! What people write, click, and put on messages.

use acuse_domain::inbound::InboundEvidence;
use acuse_domain::kinds::{ContentType, InboundKind};
use acuse_domain::registration::{Content, NamedRef};

use super::content::{self, Said};
use super::event::Event;
use crate::item;
use crate::json::Node;
use crate::limits::{SHORT, TEXT};
use crate::parts;
use crate::reading::{Findings, Meaning, NotUnderstood};

/// Reads a message, or the news that it was taken back.
pub(super) fn message(event: &Event<'_>, path: &str, findings: &mut Findings) {
    let message = event.node.get("message");
    let is_deleted = message.get("is_deleted").flag() == Some(true);
    let said = content::said(message);
    let mid = message.get("mid");
    let notes: Vec<_> = said.notes(mid, "message").filter(|_| !is_deleted).collect();
    // A story that is answered is no message.
    let quoted = message.get("reply_to").get("mid");
    let read = empty(event, mid).map(|empty| match is_deleted {
        true => InboundEvidence {
            deleted: true,
            ..empty
        },
        false => InboundEvidence {
            quoted: quoted
                .short()
                .map(|id| item::message_id(event.product.provider, id)),
            ..with(empty, said)
        },
    });
    add(read, "message", mid, path, findings);
    for note in notes {
        findings.not_understood(path, note);
    }
}

/// Reads a click on a button, an item of a menu, or a question to begin with. In standby the payload is left out.
pub(super) fn postback(event: &Event<'_>, path: &str, findings: &mut Findings) {
    let postback = event.node.get("postback");
    let mut content = Content {
        body: postback.get("title").cut(TEXT),
        ..Content::default()
    };
    content::advertise(&mut content, postback.get("referral"));
    let read = empty(event, postback.get("mid")).map(|empty| InboundEvidence {
        content_type: ContentType::Button,
        content,
        button: parts::click(
            postback.get("payload").short(),
            postback.get("title").cut(SHORT),
        ),
        ..empty
    });
    add(read, "postback", postback.get("mid"), path, findings);
}

/// Reads a reaction, or that one was taken back. The id that it has is that of the message that it is on.
pub(super) fn reaction(event: &Event<'_>, path: &str, findings: &mut Findings) {
    let reaction = event.node.get("reaction");
    let is_taken_back = reaction.get("action").word().as_deref() == Some("unreact");
    let emoji = reaction.first(&["emoji", "reaction"]).cut(TEXT);
    let read = empty(event, Node::default()).map(|empty| InboundEvidence {
        kind: InboundKind::Reaction,
        content_type: ContentType::Reaction,
        content: Content {
            body: emoji.filter(|_| !is_taken_back),
            ..Content::default()
        },
        quoted: about(event, reaction),
        ..empty
    });
    add(read, "reaction", reaction.get("mid"), path, findings);
}

/// Reads new words for an earlier message, which are no further message.
pub(super) fn edit(event: &Event<'_>, path: &str, findings: &mut Findings) {
    let edit = event.node.get("message_edit");
    let read = empty(event, Node::default()).map(|empty| InboundEvidence {
        kind: InboundKind::System,
        content_type: ContentType::Text,
        content: Content {
            body: edit.get("text").cut(TEXT),
            ..Content::default()
        },
        quoted: about(event, edit),
        ..empty
    });
    add(read, "message_edit", edit.get("mid"), path, findings);
}

/// The message that something is about.
fn about(event: &Event<'_>, what: Node<'_>) -> Option<acuse_domain::identity::ProviderMessageId> {
    let id = what.get("mid").short()?;
    Some(item::message_id(event.product.provider, id))
}

fn add(
    read: Result<InboundEvidence, NotUnderstood>,
    kind: &str,
    mid: Node<'_>,
    path: &str,
    findings: &mut Findings,
) {
    let meaning = match read {
        Ok(evidence) => Meaning::Inbound(Box::new(evidence)),
        Err(what) => Meaning::NotUnderstood(NotUnderstood {
            id: mid.short(),
            kind: Some(kind.to_owned()),
            ..what
        }),
    };
    findings.add(path, meaning);
}

fn with(empty: InboundEvidence, said: Said) -> InboundEvidence {
    InboundEvidence {
        content_type: said.content_type,
        content: said.content,
        button: said.button,
        ..empty
    }
}

/// Something from a person that says nothing; without an id of its own what it is known by is made from all of it.
fn empty(event: &Event<'_>, mid: Node<'_>) -> Result<InboundEvidence, NotUnderstood> {
    let (at, at_is_receipt) = event.when()?;
    let account = event.account("recipient")?;
    let contact = event.contact("sender")?;
    let provider = event.product.provider;
    let id = parts::inbound_id(mid, event.node, provider, &account)?;
    Ok(InboundEvidence {
        id: item::message_id(provider, id),
        channel: event.product.channel,
        channel_account: NamedRef {
            id: account,
            ..NamedRef::default()
        },
        contact,
        at,
        at_is_receipt,
        kind: InboundKind::Regular,
        content_type: ContentType::Unsupported,
        content: Content::default(),
        quoted: None,
        button: None,
        deleted: false,
    })
}
