//! Messages from contacts.

use acuse_domain::inbound::{ButtonClick, InboundEvidence};
use acuse_domain::kinds::{Channel, ContentType, InboundKind};
use acuse_providers::Reason;
use serde_json::{Value, json};

use super::{at_url_of, of_message};
use crate::aggregators::rig::{HAPPENED_AT, noted, only_message, only_unknown, phone, text};

fn message(members: Value) -> InboundEvidence {
    only_message(of_message(members))
}

fn of_type(message_members: Value) -> InboundEvidence {
    message(json!({"message": message_members}))
}

#[test]
fn a_text_with_a_quote_and_all_that_is_said_of_the_contact() {
    let it = message(json!({
        "contact": {"name": "Ana", "phoneNumber": "51977452931", "userId": "PE.12345"},
        "message": {
            "type": "TEXT", "text": "Hola", "context": {"id": "m1", "from": "14155238886"},
            "referral": {"headline": "Autumn", "sourceUrl": "https://ad.example"},
        },
    }));
    assert_eq!((it.id.id.as_str(), it.channel), ("m2", Channel::WhatsApp));
    assert_eq!(it.channel_account.id, "14155238886");
    let mut contact = phone("51977452931");
    contact.name = text("Ana");
    contact.business_scoped_user_id = text("PE.12345");
    assert_eq!(it.contact, contact);
    assert_eq!((it.at, it.at_is_receipt), (HAPPENED_AT, false));
    assert_eq!(
        (it.kind, it.content_type),
        (InboundKind::Regular, ContentType::Text)
    );
    assert_eq!(it.content.body, text("Hola"));
    assert_eq!(it.content.header, text("Autumn"));
    assert_eq!(it.content.footer, text("https://ad.example"));
    assert_eq!(it.quoted.unwrap().id, "m1");
}

#[test]
fn choices_are_clicks() {
    let click = Some(ButtonClick {
        id: text("row1"),
        title: text("9am"),
    });
    for (chosen, content_type) in [
        (
            json!({"type": "BUTTON", "payload": "row1", "text": "9am"}),
            ContentType::Button,
        ),
        (
            json!({"type": "INTERACTIVE_BUTTON_REPLY", "id": "row1", "title": "9am"}),
            ContentType::Interactive,
        ),
        (
            json!({"type": "INTERACTIVE_LIST_REPLY", "id": "row1", "title": "9am"}),
            ContentType::Interactive,
        ),
        (
            json!({"type": "SUGGESTION", "postbackData": "row1", "text": "9am"}),
            ContentType::Interactive,
        ),
    ] {
        let it = of_type(chosen.clone());
        assert_eq!(
            (it.content_type, &it.button),
            (content_type, &click),
            "{chosen}"
        );
        assert_eq!(it.content.body, text("9am"));
    }
}

#[test]
fn media_places_cards_reactions_and_what_is_new() {
    for (word, content_type) in [
        ("IMAGE", ContentType::Image),
        ("VOICE", ContentType::Audio),
        ("VIDEO", ContentType::Video),
        ("DOCUMENT", ContentType::Document),
        ("STICKER", ContentType::Sticker),
    ] {
        let it = of_type(json!({"type": word, "url": "https://m.example/1", "caption": "Look"}));
        assert_eq!(it.content_type, content_type, "{word}");
        assert_eq!(
            (it.content.media_id, it.content.body),
            (text("https://m.example/1"), text("Look"))
        );
    }
    let file = json!({"url": "x", "name": "a.pdf", "contentType": "application/pdf", "size": 1});
    let it = of_type(json!({"type": "FILE", "file": file}));
    assert_eq!(
        (it.content.media_id, it.content.file_name),
        (text("x"), text("a.pdf"))
    );
    assert_eq!(it.content.media_type, text("application/pdf"));
    let it = of_type(
        json!({"type": "LOCATION", "latitude": -12.05, "longitude": -77.04, "name": "Plaza"}),
    );
    assert_eq!(it.content.body, text("Plaza\n-12.05,-77.04"));
    let card =
        json!({"name": {"formattedName": "Luis"}, "phones": [{"phone": "+51 1"}, {"waId": "512"}]});
    let it = of_type(json!({"type": "CONTACT", "contacts": [card]}));
    assert_eq!(
        (it.content_type, it.content.body),
        (ContentType::Contacts, text("Luis, +51 1, 512"))
    );
    let it = of_type(json!({"type": "REACTION", "emoji": "👍", "messageId": "m1"}));
    assert_eq!(
        (it.kind, it.content.body),
        (InboundKind::Reaction, text("👍"))
    );
    assert_eq!(it.quoted.unwrap().id, "m1");
    let (it, notes) = noted(of_message(
        json!({"message": {"type": "HOLOGRAM", "text": "x"}}),
    ));
    assert_eq!(
        (it.content_type, it.content.body),
        (ContentType::Unsupported, text("x"))
    );
    assert_eq!(notes[0].detail, "message of type hologram");
    let (it, notes) = noted(of_message(json!({"message": {"x": 1}})));
    assert_eq!(it.content_type, ContentType::Unsupported);
    assert_eq!(
        (notes[0].reason, notes[0].detail.as_str()),
        (Reason::UnknownMessageType, "message without a type")
    );
}

#[test]
fn an_sms_has_its_text_beside_the_rest() {
    let sms = json!({
        "integrationType": null, "message": null, "text": "QUIZ Paris", "cleanText": "Paris", "keyword": "QUIZ",
        "smsCount": 1,
    });
    let it = message(sms);
    assert_eq!(
        (it.channel, it.content_type),
        (Channel::Sms, ContentType::Text)
    );
    assert_eq!(it.content.body, text("QUIZ Paris"));
    let clean = json!({"integrationType": null, "message": null, "text": "", "cleanText": "Paris"});
    assert_eq!(message(clean).content.body, text("Paris"));
}

#[test]
fn parts_make_one_message() {
    let parts = json!([
        {"contentType": "application/smil", "value": "<smil/>"},
        {"contentType": "text/plain", "value": "Look"},
        {"contentType": "image/jpeg", "url": "https://m.example/1"},
        {"contentType": "video/mp4", "url": "https://m.example/2"},
    ]);
    let (it, notes) = noted(of_message(
        json!({"integrationType": null, "message": parts}),
    ));
    assert_eq!(
        (it.channel, it.content_type),
        (Channel::Sms, ContentType::Image)
    );
    assert_eq!(
        (it.content.body, it.content.media_type),
        (text("Look"), text("image/jpeg"))
    );
    assert_eq!(notes[0].detail, "1 more parts of the message");
    let it = message(json!({
        "integrationType": null, "message": null, "from": null, "to": null, "channel": "WHATSAPP", "event": "MO",
        "sender": "51977452931", "destination": "14155238886",
        "content": [{"type": "TEXT", "text": "Hola", "cleanText": "Hola"}],
    }));
    assert_eq!(
        (it.channel, it.content.body),
        (Channel::WhatsApp, text("Hola"))
    );
    assert_eq!(
        (it.contact, it.channel_account.id.as_str()),
        (phone("51977452931"), "14155238886")
    );
}

#[test]
fn channels_are_told_in_many_words() {
    for (word, channel) in [
        ("VIBER_BM", Channel::Viber),
        ("FACEBOOK_MESSENGER", Channel::Messenger),
        ("RCS", Channel::Rcs),
        ("KAKAO_ALIM", Channel::Custom),
    ] {
        assert_eq!(
            message(json!({"integrationType": word})).channel,
            channel,
            "{word}"
        );
    }
    assert_eq!(
        message(json!({"integrationType": null, "contact": {"name": "Ana"}})).channel,
        Channel::WhatsApp
    );
    let body = json!({"results": [{
        "messageId": "m2", "from": "51977452931", "to": "ACME", "receivedAt": "2026-05-04T11:59:00.000+0000", "text": "x",
    }]});
    assert_eq!(
        only_message(at_url_of("viber", &body)).channel,
        Channel::Viber
    );
}

#[test]
fn a_message_needs_its_ends_and_something_to_be_known_by() {
    for (members, reason) in [
        (json!({"from": null}), Reason::MissingContact),
        (json!({"to": null}), Reason::MissingChannelAccount),
        (
            json!({"receivedAt": "1999-01-01T00:00:00.000+0000"}),
            Reason::ImplausibleTime,
        ),
        (
            json!({"messageId": null, "receivedAt": null}),
            Reason::MissingId,
        ),
        (json!({"messageId": "m".repeat(300)}), Reason::TooLong),
        (
            json!({"message": null, "event": {"type": "TYPING_INDICATOR"}}),
            Reason::NotAMessage,
        ),
    ] {
        let findings = of_message(members);
        assert_eq!(only_unknown(&findings).reason, reason);
    }
    let id = |members| message(members).id.id;
    let derived = id(json!({"messageId": null}));
    assert!(derived.starts_with("derived:"), "{derived}");
    assert_eq!(id(json!({"messageId": null})), derived);
    assert_ne!(
        id(json!({"messageId": null, "from": "51977452932"})),
        derived
    );
    let scoped = message(json!({"from": "PE.12345"}));
    assert_eq!(scoped.contact.business_scoped_user_id, text("PE.12345"));
}
