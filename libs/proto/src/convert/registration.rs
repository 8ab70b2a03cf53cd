//! Registrations from the wire.

use acuse_domain::kinds::MessageType;
use acuse_domain::registration::{Registration, TemplateRef};

use super::content::content;
use super::faults::Faults;
use super::kinds::Vocabulary as _;
use super::reference::{agent, bare, contact, message_names, named, template};
use crate::types;
use crate::types::outbound_registration::Subtype;

/// A registration; everything wrong with it goes to `faults`.
pub(crate) fn registration(
    faults: &mut Faults,
    wire: types::OutboundRegistration,
) -> Option<Registration> {
    let names = message_names(faults, wire.sender_message_id, wire.provider_message_id);
    let channel = faults.kind("channel", wire.channel);
    let channel_account = faults.id("channel_account_id", wire.channel_account_id);
    let contact = faults.required("contact", wire.contact, contact);
    let source = faults.kind("source", wire.source);
    let kind = faults.kind("type", wire.r#type);
    let (template, message_tag) = subtype(faults, kind, wire.subtype);
    let account = faults.optional("account", wire.account, named);
    let campaign = faults.optional("campaign", wire.campaign, named);
    let broadcast = faults.optional("broadcast", wire.broadcast, named);
    let agent = faults.optional("agent", wire.agent, agent);
    let team = faults.optional("team", wire.team, named);
    let department = faults.optional("department", wire.department, named);
    let content_type = faults.kind("content_type", wire.content_type);
    let content = content(faults, wire.content);
    let ticket_id = faults.optional_id("ticket_id", wire.ticket_id);
    let conversation_id = faults.optional_id("conversation_id", wire.conversation_id);
    let correlation_id = faults.optional_id("correlation_id", wire.correlation_id);
    let queued_at = faults.required_past("queued_at", wire.queued_at);
    let dispatched_at = faults.past("dispatched_at", wire.dispatched_at);
    Some(Registration {
        names,
        channel: channel?,
        channel_account: bare(channel_account?),
        account,
        contact: contact?,
        source: source?,
        kind: kind?,
        template,
        message_tag,
        campaign,
        broadcast,
        agent,
        team,
        department,
        content_type: content_type?,
        content,
        ticket_id,
        opened_ticket: wire.opened_ticket,
        conversation_id,
        correlation_id,
        session_open: wire.session_open,
        queued_at: queued_at?,
        dispatched_at,
    })
}

/// The template or the tag, as the type asks for one.
fn subtype(
    faults: &mut Faults,
    kind: Option<MessageType>,
    wire: Option<Subtype>,
) -> (Option<TemplateRef>, Option<String>) {
    let field = match (&wire, kind) {
        (None, Some(MessageType::MessageTag)) => Some("message_tag"),
        (None, Some(MessageType::Template)) => Some("template"),
        _ => None,
    };
    if let (Some(field), Some(kind)) = (field, kind) {
        faults.add(field, format!("must be given for {}", kind.wire_name()));
    }
    match wire {
        None => (None, None),
        Some(Subtype::Template(wire)) => {
            only_for(faults, "template", kind, MessageType::Template);
            let template = faults.within("template", |faults| template(faults, wire));
            (template, None)
        }
        Some(Subtype::MessageTag(tag)) => {
            only_for(faults, "message_tag", kind, MessageType::MessageTag);
            (None, faults.id("message_tag", tag))
        }
    }
}

fn only_for(faults: &mut Faults, field: &str, kind: Option<MessageType>, right: MessageType) {
    if kind.is_some_and(|kind| kind != right) {
        faults.add(field, format!("is allowed for {} only", right.wire_name()));
    }
}
