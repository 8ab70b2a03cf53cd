//! Which channel an item is of.

use acuse_domain::kinds::Channel;

use crate::json::Node;
use crate::reading::Delivery;

/// The parameter of the webhook's URL that names the channel of what does not.
pub(super) const PARAMETER: &str = "channel";

/// What ids of WhatsApp's begin with.
const WHATSAPP_ID: &str = "wamid.";

/// The channel of an item: as it says, else as its addresses and its id do, else as the URL does; `None` where nothing does.
pub(super) fn of(item: Node<'_>, delivery: &Delivery<'_>) -> Option<Channel> {
    let stated = item.first(&["channel", "integrationType"]).word();
    if let Some(word) = stated {
        return Some(named(&word));
    }
    let to = item.first(&["to", "destination"]).text();
    if to.is_some_and(|to| to.contains('@')) {
        return Some(Channel::Email);
    }
    let id = item.get("messageId").text();
    if id.is_some_and(|id| id.starts_with(WHATSAPP_ID)) {
        return Some(Channel::WhatsApp);
    }
    let given = delivery.query.iter().find(|(name, _)| name == PARAMETER);
    given.map(|(_, word)| named(&word.trim().to_lowercase()))
}

/// The channel that Infobip calls so, or Acuse itself. One that is not known is one that Acuse does not know.
fn named(word: &str) -> Channel {
    // The same channel may come with a part of it: `VIBER_BM`, `LINE_ON`, `INSTAGRAM_DM`.
    match word.split(['_', '-']).next().unwrap_or_default() {
        "sms" | "mms" => Channel::Sms,
        "whatsapp" => Channel::WhatsApp,
        "viber" => Channel::Viber,
        "rcs" => Channel::Rcs,
        "facebook" | "messenger" => Channel::Messenger,
        "instagram" => Channel::Instagram,
        "telegram" => Channel::Telegram,
        "line" => Channel::Line,
        "email" => Channel::Email,
        "live" | "livechat" | "web" => Channel::WebChat,
        _ => Channel::Custom,
    }
}

#[cfg(test)]
mod tests {
    use acuse_domain::time::Timestamp;
    use serde_json::json;

    use super::*;

    #[test]
    fn acuses_own_names_are_known() {
        for channel in Channel::ALL {
            assert_eq!(named(channel.as_str()), *channel);
        }
    }

    #[test]
    fn the_item_goes_before_the_url() {
        let query = [("channel".to_owned(), "Viber_BM".to_owned())];
        let delivery = Delivery {
            query: &query,
            ..Delivery::of(b"", Timestamp::from_seconds(1_750_000_000))
        };
        let of = |item: serde_json::Value| super::of(Node::of(&item), &delivery);
        assert_eq!(of(json!({"channel": "RCS"})), Some(Channel::Rcs));
        assert_eq!(
            of(json!({"integrationType": "INSTAGRAM_DM"})),
            Some(Channel::Instagram)
        );
        assert_eq!(of(json!({"channel": "KAKAO_ALIM"})), Some(Channel::Custom));
        assert_eq!(of(json!({"to": "ana@example.com"})), Some(Channel::Email));
        assert_eq!(of(json!({"messageId": "wamid.x"})), Some(Channel::WhatsApp));
        assert_eq!(of(json!({"to": "41793026731"})), Some(Channel::Viber));
        let nothing = Delivery::of(b"", Timestamp::from_seconds(1_750_000_000));
        assert_eq!(super::of(Node::of(&json!({"to": "1"})), &nothing), None);
    }
}
