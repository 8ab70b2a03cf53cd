//! What people write, click, and put on messages.

use acuse_domain::inbound::InboundEvidence;
use acuse_domain::kinds::{ContentType, InboundKind};

use super::content;
use super::event::Event;
use crate::item;
use crate::json::Node;
use crate::limits::TEXT;
use crate::reading::{Findings, Meaning, NotUnderstood};
use crate::said::Said;
use crate::written::{self, Head, inbound_id};

/// Reads a message, or the news that it was taken back.
pub(super) fn message(event: &Event<'_>, path: &str, findings: &mut Findings) {
    let message = event.node.get("message");
    let mid = message.get("mid");
    let is_deleted = message.get("is_deleted").flag() == Some(true);
    let (said, notes) = match is_deleted {
        true => (Said::nothing(), Vec::new()),
        false => {
            let mut said = content::said(message);
            let notes = content::notes(&mut said, mid, "message");
            (said, notes)
        }
    };
    // A story that is answered is no message.
    let quoted = message.get("reply_to").get("mid");
    let quoted = quoted.short().filter(|_| !is_deleted);
    let read = head(event, mid).map(|head| InboundEvidence {
        deleted: is_deleted,
        ..written::evidence(head, said, quoted)
    });
    add(read, "message", mid, path, findings);
    for note in notes {
        findings.not_understood(path, note);
    }
}

/// Reads a click on a button, an item of a menu, or a question to begin with. In standby the payload is left out.
pub(super) fn postback(event: &Event<'_>, path: &str, findings: &mut Findings) {
    let postback = event.node.get("postback");
    let (id, title) = (postback.get("payload"), postback.get("title"));
    let mut said = Said::choice(ContentType::Button, id, title, Node::default());
    content::advertise(&mut said.content, postback.get("referral"));
    let read = head(event, postback.get("mid"));
    let read = read.map(|head| written::evidence(head, said, None));
    add(read, "postback", postback.get("mid"), path, findings);
}

/// Reads a reaction, or that one was taken back. The id that it has is that of the message that it is on.
pub(super) fn reaction(event: &Event<'_>, path: &str, findings: &mut Findings) {
    let reaction = event.node.get("reaction");
    let is_taken_back = reaction.get("action").word().as_deref() == Some("unreact");
    let emoji = reaction.first(&["emoji", "reaction"]).cut(TEXT);
    let said = Said::reaction(emoji.filter(|_| !is_taken_back)).about(reaction.get("mid"));
    let read = head(event, Node::default());
    let read = read.map(|head| written::evidence(head, said, None));
    add(read, "reaction", reaction.get("mid"), path, findings);
}

/// Reads new words for an earlier message, which are no further message.
pub(super) fn edit(event: &Event<'_>, path: &str, findings: &mut Findings) {
    let edit = event.node.get("message_edit");
    let said = Said::text(ContentType::Text, edit.get("text").cut(TEXT))
        .of_kind(InboundKind::System)
        .about(edit.get("mid"));
    let read = head(event, Node::default());
    let read = read.map(|head| written::evidence(head, said, None));
    add(read, "message_edit", edit.get("mid"), path, findings);
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

/// What something from a person says of itself; without an id of its own what it is known by is made from all of it.
fn head(event: &Event<'_>, mid: Node<'_>) -> Result<Head, NotUnderstood> {
    let at = event.when()?;
    let channel_account = event.account("recipient")?;
    let contact = event.contact("sender")?;
    let provider = event.product.provider;
    let id = inbound_id(mid, event.node, provider, &channel_account)?;
    Ok(Head {
        id: item::message_id(provider, id),
        channel: event.product.channel,
        channel_account,
        contact,
        at,
    })
}
