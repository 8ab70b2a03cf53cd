//! Twilio's addresses: `whatsapp:+14155238886`, and without a prefix those of SMS.

use acuse_domain::kinds::Channel;

use crate::json::Node;

/// An address with the channel that it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// The channel, where the address states one.
    pub(super) channel: Option<Channel>,
    /// The address without its prefix.
    pub(super) rest: String,
}

impl Address {
    /// The address that a member holds; `None` for none.
    pub(super) fn of(node: Node<'_>) -> Option<Self> {
        let text = node.short()?;
        let text = text.trim();
        let (channel, rest) = match text.split_once(':') {
            Some((prefix, rest)) if !prefix.is_empty() => (Some(channel(prefix)), rest.trim()),
            _ => (None, text),
        };
        (!rest.is_empty()).then(|| Self {
            channel,
            rest: rest.to_owned(),
        })
    }
}

/// The channel that a prefix of addresses stands for. One that is not known is of a channel that Acuse does not know.
pub(super) fn channel(prefix: &str) -> Channel {
    match prefix.trim().to_ascii_lowercase().as_str() {
        "whatsapp" => Channel::WhatsApp,
        "messenger" | "facebook" => Channel::Messenger,
        "instagram" => Channel::Instagram,
        "rcs" => Channel::Rcs,
        "viber" => Channel::Viber,
        "telegram" => Channel::Telegram,
        "line" => Channel::Line,
        "sms" | "mms" | "tel" => Channel::Sms,
        "email" | "mailto" => Channel::Email,
        "chat" | "webchat" => Channel::WebChat,
        _ => Channel::Custom,
    }
}

/// The channel that a message travels on, as its two addresses say, else as `prefix` does; `None` where nothing does.
pub(super) fn travels(
    from: Option<&Address>,
    to: Option<&Address>,
    prefix: Node<'_>,
) -> Option<Channel> {
    let stated = |address: Option<&Address>| address.and_then(|it| it.channel);
    stated(from)
        .or_else(|| stated(to))
        .or_else(|| prefix.word().map(|prefix| channel(&prefix)))
        .or_else(|| from.or(to).map(|_| Channel::Sms))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_prefix_is_the_channel() {
        let of = |text: &str| Address::of(Node::of(&json!(text)));
        let expected = |channel, rest: &str| {
            Some(Address {
                channel,
                rest: rest.to_owned(),
            })
        };
        assert_eq!(
            of("whatsapp:+14155238886"),
            expected(Some(Channel::WhatsApp), "+14155238886")
        );
        assert_eq!(of("rcs:acme"), expected(Some(Channel::Rcs), "acme"));
        assert_eq!(of("wechat:x"), expected(Some(Channel::Custom), "x"));
        assert_eq!(of("+14155238886"), expected(None, "+14155238886"));
        assert_eq!(of("whatsapp:"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn without_any_prefix_it_is_sms() {
        let number = Address::of(Node::of(&json!("+14155238886")));
        let agent = Address::of(Node::of(&json!("rcs:acme")));
        let prefix = json!("whatsapp");
        let none = Node::default();
        let travels = |from: &Option<_>, to: &Option<_>, prefix| {
            super::travels(from.as_ref(), to.as_ref(), prefix)
        };
        assert_eq!(travels(&number, &number, none), Some(Channel::Sms));
        assert_eq!(travels(&agent, &number, none), Some(Channel::Rcs));
        assert_eq!(travels(&number, &agent, none), Some(Channel::Rcs));
        assert_eq!(
            travels(&None, &number, Node::of(&prefix)),
            Some(Channel::WhatsApp)
        );
        assert_eq!(travels(&None, &None, none), None);
    }
}
