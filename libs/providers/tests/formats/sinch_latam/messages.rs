//! What contacts wrote.

use acuse_domain::kinds::{Channel, ContentType, InboundKind, Provider};
use acuse_domain::time::Timestamp;
use acuse_providers::{Meaning, Reason};
use serde_json::{Value, json};

use crate::sinch_latam::rig::{
    MILLIS, findings, of_bytes, only_message, only_unknown, text, whatsapp, with,
};

fn record(members: Value) -> Value {
    let sound = json!({
        "id": "mo-1", "source": "5511977452931", "origin": "5511900000000",
        "userProfile": {"name": "Ana", "whatsAppId": "5511977452931"},
        "campaignId": 100, "correlationId": "lote 7", "campaignAlias": "promo", "flowId": "f", "extraInfo": "x",
        "message": {"type": "TEXT", "messageText": "Olá"}, "session": {"id": "s-1", "createdAt": MILLIS},
        "receivedAt": MILLIS, "receivedDate": "2026-05-04T11:59:00.123Z",
    });
    with(sound, members)
}

fn saying(message: Value) -> acuse_domain::inbound::InboundEvidence {
    only_message(findings(&whatsapp(record(json!({"message": message})))))
}

#[test]
fn a_text_keeps_everything() {
    let got = only_message(findings(&whatsapp(record(json!({})))));
    assert_eq!(
        (got.id.provider, &*got.id.id),
        (Provider::SinchLatam, "mo-1")
    );
    assert_eq!(
        (got.channel, &*got.channel_account.id),
        (Channel::WhatsApp, "5511900000000")
    );
    assert_eq!(
        (got.contact.phone, got.contact.name),
        (text("5511977452931"), text("Ana"))
    );
    assert_eq!(
        (got.at, got.at_is_receipt),
        (Timestamp::from_millis(MILLIS), false)
    );
    assert_eq!(
        (got.kind, got.content_type),
        (InboundKind::Regular, ContentType::Text)
    );
    assert_eq!((got.content.body, got.quoted), (text("Olá"), None));
}

#[test]
fn an_sms_tells_which_one_it_answers() {
    let sms = json!({
        "id": "mo-1", "subAccount": "marketing", "campaignAlias": "promo", "carrierId": 1, "carrierName": "VIVO",
        "source": "5511977452931", "shortCode": "29000", "messageText": "Sim",
        "receivedAt": MILLIS, "receivedDate": "2026-05-04T11:59:00Z",
        "mt": {"id": "uuid-1", "correlationId": "lote 7", "username": "u", "email": "e"},
    });
    for body in [
        sms.clone(),
        json!([sms.clone()]),
        json!({"total": 1, "data": [sms.clone()]}),
    ] {
        let got = only_message(findings(&body));
        assert_eq!(
            (got.channel, &*got.channel_account.id),
            (Channel::Sms, "29000")
        );
        assert_eq!(got.content.body, text("Sim"));
        let quoted = got.quoted.unwrap();
        assert_eq!(
            (quoted.provider, &*quoted.id),
            (Provider::SinchLatam, "uuid-1")
        );
    }
    let query = b"id=mo-1&source=5511977452931&shortCode=29000&messageText=Sim%20quero&receivedAt=1777895940123&carrierId=1";
    let got = only_message(of_bytes(query));
    assert_eq!(
        (got.channel, got.content.body),
        (Channel::Sms, text("Sim quero"))
    );
    assert_eq!(got.at, Timestamp::from_millis(MILLIS));
    let bare = json!({"id": "mo-1", "source": "5511977452931", "messageText": "Sim"});
    let got = only_message(findings(&bare));
    assert_eq!((got.channel, got.at_is_receipt), (Channel::Sms, true));
    assert_eq!(got.channel_account.id, "2020");
}

#[test]
fn every_type_is_known() {
    for (word, content_type) in [
        ("IMAGE", ContentType::Image),
        ("AUDIO", ContentType::Audio),
        ("VOICE", ContentType::Audio),
        ("VIDEO", ContentType::Video),
        ("DOCUMENT", ContentType::Document),
        ("STICKER", ContentType::Sticker),
    ] {
        let got = saying(json!({
            "type": word, "mediaUrl": "https://m.example/1", "mimeType": "a/b", "caption": "veja", "fileName": "f",
        }));
        assert_eq!(got.content_type, content_type);
        assert_eq!(
            (got.content.body, got.content.media_type),
            (text("veja"), text("a/b"))
        );
        assert_eq!(got.content.media_id, text("https://m.example/1"));
        assert_eq!(got.content.file_name, text("f"));
    }
    for place in [
        json!({"type": "LOCATION", "location": {"geoPoint": "-23.5,-46.6", "name": "SP", "address": "Av. 1"}}),
        json!({"location": {"geoPoint": "-23.5,-46.6", "name": "SP", "address": "Av. 1"}}),
        json!({"type": "LOCATION", "name": "SP", "address": "Av. 1", "latitude": -23.5, "longitude": -46.6}),
    ] {
        let got = saying(place);
        assert_eq!(
            (got.content_type, got.content.body),
            (ContentType::Location, text("SP\nAv. 1\n-23.5,-46.6"))
        );
    }
    let cards = json!([{"name": {"formatted_name": "Luz"}, "phones": [{"phone": "+55 11"}]}]);
    let got = saying(json!({"contacts": cards.clone()}));
    assert_eq!(
        (got.content_type, got.content.body),
        (ContentType::Contacts, text("Luz, +55 11"))
    );
    let got = saying(json!({"type": "CONTACTS", "contacts": cards}));
    assert_eq!(
        (got.content_type, got.content.body),
        (ContentType::Contacts, text("Luz, +55 11"))
    );
    let got = saying(json!({"type": "REACTION", "reaction": {"emoji": "👍"}}));
    assert_eq!(
        (got.kind, got.content.body),
        (InboundKind::Reaction, text("👍"))
    );
}

#[test]
fn choices_keep_the_button() {
    for (message, content_type) in [
        (
            json!({"type": "BUTTON", "text": "Sim", "payload": "sim"}),
            ContentType::Button,
        ),
        (
            json!({"type": "BUTTON", "button": {"text": "Sim", "payload": "sim"}}),
            ContentType::Button,
        ),
        (
            json!({"type": "INTERACTIVE", "interactive": {"type": "list_reply", "list_reply": {"id": "sim", "title": "Sim"}}}),
            ContentType::Interactive,
        ),
        (
            json!({"type": "INTERACTIVE", "messageText": "Sim", "interactive": {"id": "sim"}}),
            ContentType::Interactive,
        ),
    ] {
        let got = saying(message.clone());
        assert_eq!(got.content_type, content_type);
        let button = got.button.unwrap();
        assert_eq!(
            (button.id, button.title),
            (text("sim"), text("Sim")),
            "{message}"
        );
        assert_eq!(got.content.body, text("Sim"));
    }
    let got = saying(json!({"type": "TEXT", "messageText": "x", "context": {"id": "uuid-1"}}));
    assert_eq!(got.quoted.unwrap().id, "uuid-1");
}

#[test]
fn in_a_group_a_member_writes() {
    let message = json!({"type": "TEXT", "messageText": "Olá", "waGroupId": "g-1"});
    let found = findings(&whatsapp(record(json!({"message": message}))));
    assert_eq!(found[0].participant, text("5511977452931"));
    let got = only_message(found);
    assert_eq!(
        (got.contact.channel_user_id, got.contact.phone),
        (text("g-1"), None)
    );
}

#[test]
fn types_may_be_missing_or_new() {
    let got = saying(json!({"messageText": "Olá"}));
    assert_eq!(
        (got.content_type, got.content.body),
        (ContentType::Text, text("Olá"))
    );
    let got = saying(json!({"messageText": "", "text": {"body": "Olá"}}));
    assert_eq!(
        (got.content_type, got.content.body),
        (ContentType::Text, text("Olá"))
    );
    let got = saying(json!({"mediaUrl": "https://m.example/a.png"}));
    assert_eq!(got.content_type, ContentType::Image);
    for message in [json!({"type": "HOLOGRAM"}), json!({})] {
        let found = findings(&whatsapp(record(json!({"message": message}))));
        assert_eq!(found.len(), 2, "{message}");
        let Meaning::Inbound(inbound) = &found[0].meaning else {
            panic!("a message");
        };
        assert_eq!(inbound.content_type, ContentType::Unsupported);
        let Meaning::NotUnderstood(what) = &found[1].meaning else {
            panic!("a note");
        };
        assert_eq!(
            (what.reason, what.id.as_deref()),
            (Reason::UnknownMessageType, Some("mo-1"))
        );
    }
}

#[test]
fn what_cannot_be_a_message_is_kept_aside() {
    for (members, reason) in [
        (
            json!({"source": null, "userProfile": null}),
            Reason::MissingContact,
        ),
        (json!({"receivedAt": 1}), Reason::ImplausibleTime),
        (json!({"id": "x".repeat(257)}), Reason::TooLong),
    ] {
        let what = only_unknown(findings(&whatsapp(record(members.clone()))));
        assert_eq!(what.reason, reason, "{members}");
    }
    let got = only_message(findings(&whatsapp(record(json!({"id": null})))));
    assert!(got.id.id.starts_with("derived:"));
    let got = only_message(findings(&whatsapp(record(json!({"source": null})))));
    assert_eq!(got.contact.phone, text("5511977452931"));
}
