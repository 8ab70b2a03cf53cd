//! The two ends of a message: plain addresses, or objects with a type and a number or an id in version 0.1.

use acuse_domain::contact::ContactRef;
use acuse_domain::kinds::Channel;

use crate::json::Node;
use crate::limits::SHORT;
use crate::party;

/// The channel of an item; `None` where it names none that is known.
pub(super) fn channel(item: Node<'_>) -> Option<Channel> {
    let stated = item.get("channel").word();
    let of_end = |key| item.get(key).get("type").word();
    let word = stated.or_else(|| of_end("from")).or_else(|| of_end("to"))?;
    match word.as_str() {
        "sms" | "mms" => Some(Channel::Sms),
        "viber" | "viber_service" | "viber_service_msg" => Some(Channel::Viber),
        other => Channel::parse(other),
    }
}

/// The address of an end.
pub(super) fn address(end: Node<'_>) -> Option<String> {
    let address = match end.is_object() {
        true => end.first(&["number", "id"]).short(),
        false => end.short(),
    };
    address.filter(|address| !address.trim().is_empty())
}

/// The contact at an end; `described` says who they are on WhatsApp, and may be absent.
pub(super) fn contact(
    channel: Channel,
    end: Node<'_>,
    described: Node<'_>,
    profile: Node<'_>,
) -> ContactRef {
    let address = address(end).unwrap_or_default();
    let stated = party::contact(channel, &address);
    let wa_id = described.get("wa_id").short().unwrap_or_default();
    let user = described.first(&["user_id", "parent_user_id"]).short();
    let besides = ContactRef {
        name: profile.get("name").cut(SHORT),
        business_scoped_user_id: user,
        ..party::contact(channel, &wa_id)
    };
    party::joined(stated, besides)
}
