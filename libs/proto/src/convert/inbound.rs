//! Inbound messages from the wire.

use acuse_domain::inbound::InboundEvidence;
use acuse_domain::time::Timestamp;

use super::content::{button, content};
use super::faults::Faults;
use super::reference::{bare, contact, provider_message_id};
use crate::types;

/// An inbound message; everything wrong with it goes to `faults`. `receipt` is the time of receipt where the provider
/// gave none.
pub(crate) fn inbound(
    faults: &mut Faults,
    wire: types::InboundMessage,
    receipt: Option<Timestamp>,
) -> Option<InboundEvidence> {
    let id = wire.provider_message_id;
    let id = faults.required("provider_message_id", id, provider_message_id);
    let channel = faults.kind("channel", wire.channel);
    let channel_account = faults.id("channel_account_id", wire.channel_account_id);
    let channel_account_phone =
        faults.optional_id("channel_account_phone", wire.channel_account_phone);
    let contact = faults.required("contact", wire.contact, contact);
    let at = faults.happened("received_at", wire.received_at, receipt);
    let kind = faults.kind("kind", wire.kind);
    let content_type = faults.kind("content_type", wire.content_type);
    let content = content(faults, wire.content);
    let quoted = wire.quoted_message_id;
    let quoted = faults.optional("quoted_message_id", quoted, provider_message_id);
    let button = faults.optional("button", wire.button, button);
    Some(InboundEvidence {
        id: id?,
        channel: channel?,
        channel_account: bare(channel_account?),
        channel_account_phone,
        contact: contact?,
        at: at?,
        at_is_receipt: receipt.is_some(),
        kind: kind?,
        content_type: content_type?,
        content,
        quoted,
        button,
        deleted: wire.deleted,
    })
}
