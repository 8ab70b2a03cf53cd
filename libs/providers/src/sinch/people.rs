//! Channels, and who is at their other ends.

use acuse_domain::contact::ContactRef;
use acuse_domain::kinds::Channel;

use crate::json::Node;
use crate::party::by_phone;
use crate::reading::Delivery;

/// Both ends of what an event is about.
pub(super) struct Ends {
    /// The channel, where one is named.
    pub(super) channel: Option<Channel>,
    /// External id of the channel account: the app.
    pub(super) channel_account: Option<String>,
    /// The other end.
    pub(super) contact: Option<ContactRef>,
}

/// How a channel knows people.
#[derive(Clone, Copy)]
enum Known {
    Phone,
    Page,
    Id,
}

impl Ends {
    /// The ends of `about`, a report or message in the envelope `body`. In place of the channel's identity older callbacks
    /// have the channel alone; then Sinch's own id of the contact is all there is to know them by.
    pub(super) fn of(body: Node<'_>, about: Node<'_>, delivery: &Delivery<'_>) -> Self {
        let identity = about.get("channel_identity");
        let word = identity.get("channel");
        let word = if word.exists() {
            word
        } else {
            about.get("channel")
        };
        let (channel, known) = word.word().map(|word| of_word(&word)).unzip();
        let address = match identity.get("identity") {
            address if address.short().is_some() => address,
            // What is no object may be the identity itself.
            _ if identity.short().is_some() => identity,
            _ => about.get("identity"),
        };
        let by_address = match known.unwrap_or(Known::Id) {
            Known::Phone => by_phone(address),
            Known::Page => address.short().map(|id| ContactRef {
                page_scoped_id: Some(id),
                ..ContactRef::default()
            }),
            Known::Id => by_id(address),
        };
        let apps = [body.get("app_id"), identity.get("app_id")];
        let app = apps.into_iter().find_map(Node::short);
        Self {
            channel,
            channel_account: app.or_else(|| delivery.channel_account.map(str::to_owned)),
            contact: by_address.or_else(|| by_id(about.get("contact_id"))),
        }
    }
}

fn by_id(id: Node<'_>) -> Option<ContactRef> {
    Some(ContactRef {
        channel_user_id: Some(id.short()?),
        ..ContactRef::default()
    })
}

/// The channel by Sinch's word for it, in lower case. Those that Acuse has no name for, and those that nobody has described
/// yet, are custom ones.
fn of_word(word: &str) -> (Channel, Known) {
    match word {
        "whatsapp" => (Channel::WhatsApp, Known::Phone),
        "sms" | "mms" => (Channel::Sms, Known::Phone),
        "rcs" => (Channel::Rcs, Known::Phone),
        "messenger" => (Channel::Messenger, Known::Page),
        "instagram" => (Channel::Instagram, Known::Page),
        "viber" => (Channel::Viber, Known::Id),
        "viberbm" => (Channel::Viber, Known::Phone),
        "telegram" => (Channel::Telegram, Known::Id),
        "line" => (Channel::Line, Known::Id),
        "sinch_chat" => (Channel::WebChat, Known::Id),
        "kakaotalk" => (Channel::Custom, Known::Phone),
        _ => (Channel::Custom, Known::Id),
    }
}

#[cfg(test)]
mod tests {
    use acuse_domain::time::Timestamp;
    use serde_json::json;

    use super::*;

    #[test]
    fn channels_are_told_apart() {
        let of = |channel: &str, identity: &str| {
            let about = json!({"channel_identity": {"channel": channel, "identity": identity}});
            let delivery = Delivery::of(b"", Timestamp::from_seconds(0));
            let ends = Ends::of(Node::default(), Node::of(&about), &delivery);
            (ends.channel.unwrap(), ends.contact.unwrap())
        };
        let number = "+51977452931";
        for (word, channel) in [
            ("WHATSAPP", Channel::WhatsApp),
            ("SMS", Channel::Sms),
            ("MMS", Channel::Sms),
            ("RCS", Channel::Rcs),
            ("VIBERBM", Channel::Viber),
            ("KAKAOTALK", Channel::Custom),
        ] {
            let (got, contact) = of(word, number);
            assert_eq!((got, contact.phone.as_deref()), (channel, Some(number)));
        }
        for (word, channel) in [
            ("MESSENGER", Channel::Messenger),
            ("Instagram", Channel::Instagram),
        ] {
            let (got, contact) = of(word, "2742");
            assert_eq!(
                (got, contact.page_scoped_id.as_deref()),
                (channel, Some("2742"))
            );
        }
        for (word, channel) in [
            ("VIBER", Channel::Viber),
            ("TELEGRAM", Channel::Telegram),
            ("LINE", Channel::Line),
            ("SINCH_CHAT", Channel::WebChat),
            ("KAKAOTALKCHAT", Channel::Custom),
            ("WECHAT", Channel::Custom),
            ("APPLEBC", Channel::Custom),
            ("CARRIER_PIGEON", Channel::Custom),
        ] {
            let (got, contact) = of(word, "2742");
            assert_eq!(
                (got, contact.channel_user_id.as_deref()),
                (channel, Some("2742"))
            );
        }
    }
}
