//! Messages from contacts, by the Messages API.

use acuse_domain::inbound::{ButtonClick, InboundEvidence};
use acuse_domain::kinds::{Channel, ContentType, InboundKind};
use acuse_providers::{Format, Reason};
use serde_json::{Value, json};

use super::of_message;
use crate::aggregators::rig::{
    HAPPENED_AT, findings, noted, only_message, only_unknown, phone, text,
};

fn message(members: Value) -> InboundEvidence {
    only_message(of_message(members))
}

#[test]
fn a_text_with_a_quote_and_a_name() {
    let it = message(json!({
        "profile": {"name": "Ana"},
        "context": {"message_uuid": "u1", "message_from": "14155238886"},
        "whatsapp": {"referral": {"headline": "Autumn", "source_url": "https://ad.example"}},
    }));
    assert_eq!((it.id.id.as_str(), it.channel), ("u2", Channel::WhatsApp));
    assert_eq!(it.channel_account.id, "14155238886");
    let mut contact = phone("51977452931");
    contact.name = text("Ana");
    assert_eq!(it.contact, contact);
    assert_eq!((it.at, it.at_is_receipt), (HAPPENED_AT, false));
    assert_eq!(
        (it.kind, it.content_type),
        (InboundKind::Regular, ContentType::Text)
    );
    assert_eq!(it.content.body, text("Hola"));
    assert_eq!(it.content.header, text("Autumn"));
    assert_eq!(it.content.footer, text("https://ad.example"));
    assert_eq!(it.quoted.unwrap().id, "u1");
}

#[test]
fn choices_are_clicks() {
    let click = Some(ButtonClick {
        id: text("row1"),
        title: text("9am"),
    });
    let reply = json!({"id": "row1", "title": "9am", "description": "Nine"});
    let it = message(json!({"message_type": "reply", "reply": reply, "text": null}));
    assert_eq!(
        (it.content_type, &it.button),
        (ContentType::Interactive, &click)
    );
    assert_eq!(
        (it.content.body, it.content.footer),
        (text("9am"), text("Nine"))
    );
    let button = json!({"payload": "row1", "text": "9am"});
    let it = message(json!({"message_type": "button", "button": button, "text": null}));
    assert_eq!((it.content_type, it.button), (ContentType::Button, click));
    assert_eq!(it.content.body, text("9am"));
}

#[test]
fn media_keep_url_caption_and_name() {
    for (word, content_type) in [
        ("image", ContentType::Image),
        ("audio", ContentType::Audio),
        ("video", ContentType::Video),
        ("file", ContentType::Document),
        ("sticker", ContentType::Sticker),
        ("vcard", ContentType::Contacts),
    ] {
        let medium = json!({"url": "https://m.example/1", "caption": "Look", "name": "a.pdf"});
        let it = message(json!({"message_type": word, word: medium, "text": null}));
        assert_eq!(it.content_type, content_type, "{word}");
        assert_eq!(it.content.media_id, text("https://m.example/1"));
        assert_eq!(it.content.body, text("Look"));
        assert_eq!(it.content.file_name, text("a.pdf"));
        // The type may be missing.
        let it = message(json!({"message_type": null, word: {"url": "x"}, "text": null}));
        assert_eq!(it.content_type, content_type, "{word}");
    }
    let parts =
        json!([{"type": "text", "text": "Look"}, {"type": "image", "url": "x", "caption": "here"}]);
    let it = message(
        json!({"channel": "mms", "message_type": "content", "content": parts, "text": null}),
    );
    assert_eq!(
        (it.channel, it.content_type),
        (Channel::Sms, ContentType::Image)
    );
    assert_eq!(
        (it.content.body, it.content.media_id),
        (text("Look\nhere"), text("x"))
    );
}

#[test]
fn places_orders_reactions_and_what_is_new() {
    let place = json!({"lat": -12.05, "long": -77.04, "name": "Plaza", "address": "Lima"});
    let it = message(json!({"message_type": "location", "location": place}));
    assert_eq!(it.content.body, text("Plaza\nLima\n-12.05,-77.04"));
    let order = json!({"catalog_id": "1", "text": "soon please", "product_items": []});
    let it = message(json!({"message_type": "order", "order": order}));
    assert_eq!(
        (it.content_type, it.content.body),
        (ContentType::Order, text("soon please"))
    );
    let reaction = json!({"action": "react", "emoji": "👍"});
    let it = message(
        json!({"message_type": "reaction", "reaction": reaction, "context": {"message_uuid": "u1"}}),
    );
    assert_eq!(
        (it.kind, it.content.body),
        (InboundKind::Reaction, text("👍"))
    );
    assert_eq!(it.quoted.unwrap().id, "u1");
    let it = message(json!({"message_type": "unsupported", "text": null}));
    assert_eq!(
        (it.kind, it.content_type),
        (InboundKind::Regular, ContentType::Unsupported)
    );
    let (it, notes) = noted(of_message(json!({"message_type": "hologram"})));
    assert_eq!(
        (it.content_type, it.content.body),
        (ContentType::Unsupported, text("Hola"))
    );
    assert_eq!(notes[0].reason, Reason::UnknownMessageType);
}

#[test]
fn version_0_1_has_the_content_apart() {
    let body = json!({
        "message_uuid": "u2", "timestamp": "2026-05-04T11:59:00Z",
        "to": {"type": "messenger", "id": "104"}, "from": {"type": "messenger", "id": "2345"},
        "message": {"content": {"type": "image", "image": {"url": "x", "caption": "Look"}}},
    });
    let it = only_message(findings(Format::Vonage, &body.to_string()));
    assert_eq!(
        (it.channel, it.channel_account.id.as_str()),
        (Channel::Messenger, "104")
    );
    assert_eq!(it.contact.page_scoped_id, text("2345"));
    assert_eq!(
        (it.content_type, it.content.body),
        (ContentType::Image, text("Look"))
    );
}

#[test]
fn a_message_needs_its_ends_and_its_id() {
    for (members, reason) in [
        (json!({"message_uuid": null}), Reason::MissingId),
        (json!({"from": null}), Reason::MissingContact),
        (json!({"from": {"type": "sms"}}), Reason::MissingContact),
        (json!({"to": null}), Reason::MissingChannelAccount),
        (
            json!({"timestamp": "1999-01-01T00:00:00Z"}),
            Reason::ImplausibleTime,
        ),
    ] {
        let findings = of_message(members);
        let what = only_unknown(&findings);
        assert_eq!((what.reason, what.kind.as_deref()), (reason, Some("text")));
    }
    let it = message(json!({"from": "PE.12345"}));
    assert_eq!(it.contact.business_scoped_user_id, text("PE.12345"));
}
