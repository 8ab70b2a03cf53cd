//! The Conversation API's messages from contacts.

use acuse_domain::contact::ContactRef;
use acuse_domain::inbound::{ButtonClick, InboundEvidence};
use acuse_domain::kinds::{Channel, ContentType, InboundKind, Provider, StatusKind};
use acuse_domain::registration::{Content, NamedRef};
use acuse_providers::{Finding, Reason};
use serde_json::{Value, json};

use crate::sinch::rig::{
    APP, HAPPENED_AT, envelope, findings, noted_message, only_message, only_status, only_unknown,
    text, with,
};

fn message(members: Value) -> Value {
    let sound = json!({
        "id": "01IN", "direction": "TO_APP", "conversation_id": "01CONV", "contact_id": "01CONTACT",
        "contact_message": {"text_message": {"text": "Hola"}}, "accept_time": "2026-05-04T11:59:01Z",
        "channel_identity": {"channel": "WHATSAPP", "identity": "51977452931", "app_id": ""}, "metadata": "",
    });
    with(sound, members)
}

fn of_message(members: Value) -> Vec<Finding> {
    findings(&envelope("message", message(members)))
}

fn saying(contact_message: Value) -> InboundEvidence {
    only_message(of_message(json!({"contact_message": contact_message})))
}

#[test]
fn a_message_keeps_everything() {
    let said = json!({"text_message": {"text": "Sí"}, "reply_to": {"message_id": "01OUT"}});
    let got = saying(said);
    let id = |id: &str| acuse_domain::identity::ProviderMessageId {
        provider: Provider::SinchConversation,
        scope: String::new(),
        id: id.to_owned(),
    };
    let expected = InboundEvidence {
        id: id("01IN"),
        channel: Channel::WhatsApp,
        channel_account: NamedRef {
            id: APP.to_owned(),
            ..NamedRef::default()
        },
        channel_account_phone: None,
        contact: ContactRef {
            phone: text("51977452931"),
            ..ContactRef::default()
        },
        at: HAPPENED_AT,
        at_is_receipt: false,
        kind: InboundKind::Regular,
        content_type: ContentType::Text,
        content: Content {
            body: text("Sí"),
            ..Content::default()
        },
        quoted: Some(id("01OUT")),
        button: None,
        deleted: false,
    };
    assert_eq!(got, expected);
}

#[test]
fn people_are_shown_the_number_that_was_written_to() {
    for (sender_id, to) in [
        (json!("51900000000"), "51900000000"),
        (json!(""), APP),
        (json!(null), APP),
    ] {
        let body = envelope("message", message(json!({"sender_id": sender_id})));
        let read = crate::sinch::rig::read_bytes(body.to_string().as_bytes(), None);
        assert_eq!(acuse_providers::explain(&read)[0].to, text(to));
        let got = only_message(read.unwrap().findings);
        assert_eq!(got.channel_account.id, APP);
    }
}

#[test]
fn media_have_an_address() {
    let url = "https://media.example/a/b.jpg?sig=1";
    let got = saying(json!({"media_message": {"url": url, "filename_override": "foto.png"}}));
    assert_eq!(got.content_type, ContentType::Image);
    assert_eq!(got.content.media_id, text(url));
    assert_eq!(got.content.file_name, text("foto.png"));
    let card = json!({"media_card_message": {"url": "https://m.example/v.mp4", "caption": "mira"}});
    let got = saying(card);
    assert_eq!(got.content_type, ContentType::Video);
    assert_eq!(got.content.body, text("mira"));
    let long = format!("https://m.example/{}.ogg", "x".repeat(300));
    let got = saying(json!({"media_message": {"url": long}}));
    assert_eq!(got.content_type, ContentType::Audio);
    assert_eq!(got.content.media_id, None);
}

#[test]
fn places_cards_and_orders_are_readable() {
    let got = saying(json!({"location_message": {
        "title": "Oficina", "label": "Lima", "coordinates": {"latitude": -12.05, "longitude": -77.04},
    }}));
    assert_eq!(got.content_type, ContentType::Location);
    assert_eq!(got.content.body, text("Oficina\nLima\n-12.05,-77.04"));
    let got = saying(json!({"product_response_message": {
        "title": "Mi pedido", "catalog_id": "c", "products": [{"id": "p", "quantity": 4}],
    }}));
    assert_eq!(got.content_type, ContentType::Order);
    assert_eq!(got.content.body, text("Mi pedido"));
    let got = saying(json!({"contact_info_message": {
        "name": {"full_name": "Ana"}, "phone_numbers": [{"phone_number": "+51 977"}],
    }}));
    assert_eq!(got.content_type, ContentType::Contacts);
    assert_eq!(got.content.body, text("Ana, +51 977"));
}

#[test]
fn choices_are_clicks() {
    let click = |data: Value| {
        saying(json!({"choice_response_message": {"message_id": "01OUT", "postback_data": data}}))
    };
    let got = click(json!("pagar"));
    assert_eq!(got.content_type, ContentType::Button);
    assert_eq!(got.quoted.unwrap().id, "01OUT");
    let expected = ButtonClick {
        id: text("pagar"),
        title: None,
    };
    assert_eq!(got.button, Some(expected));
    // Without data of its own a choice is known by its title.
    let got = click(json!("01OUT_Ver más"));
    let expected = ButtonClick {
        id: text("01OUT_Ver más"),
        title: text("Ver más"),
    };
    assert_eq!(
        (got.button, got.content.body),
        (Some(expected), text("Ver más"))
    );
    let got = click(json!(null));
    assert_eq!((got.button, got.content.body), (None, None));
}

#[test]
fn answers_to_forms_are_interactive() {
    let form = json!({
        "message_type": "nfm_reply",
        "message": {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": "{}", "body": "Enviado"}},
    });
    for said in [
        json!({"channel_specific_message": form.clone()}),
        json!({"channel_specific_message": {"WHATSAPP": form}}),
    ] {
        let got = saying(said);
        assert_eq!(got.content_type, ContentType::Interactive);
        assert_eq!(got.content.body, text("Enviado"));
    }
}

#[test]
fn what_nobody_knows_is_a_message_all_the_same() {
    for (said, detail) in [
        (
            json!({"hologram_message": {"text": "Hola"}}),
            "message with hologram_message",
        ),
        (
            json!({"reply_to": {"message_id": "01OUT"}}),
            "message without content",
        ),
        (json!({}), "message without content"),
        (json!(null), "message without content"),
        (json!("Hola"), "message without content"),
        (
            json!({"channel_specific_message": {"message_type": "dance", "message": {}}}),
            "message of type dance",
        ),
        (
            json!({"fallback_message": {"raw_message": "{}", "reason": {"code": "UNKNOWN"}}}),
            "a message that Sinch has no form for: UNKNOWN",
        ),
    ] {
        let got = of_message(json!({"contact_message": said}));
        let (message, note) = noted_message(got);
        assert_eq!(message.content_type, ContentType::Unsupported, "{detail}");
        assert_eq!(message.kind, InboundKind::Regular);
        assert_eq!(
            (note.reason, &*note.detail),
            (Reason::UnknownMessageType, detail)
        );
        assert_eq!(note.id, text("01IN"));
    }
}

#[test]
fn what_cannot_be_a_message_is_kept_aside() {
    for (members, reason) in [
        (
            json!({"channel_identity": null}),
            Reason::MissingChannelAccount,
        ),
        (
            json!({"channel_identity": {"channel": "SMS"}, "contact_id": ""}),
            Reason::MissingContact,
        ),
        (json!({"id": "x".repeat(257)}), Reason::TooLong),
    ] {
        let what = only_unknown(of_message(members.clone()));
        assert_eq!(what.reason, reason, "{members}");
    }
    let body = with(
        envelope("message", message(json!({}))),
        json!({"app_id": null}),
    );
    let what = only_unknown(findings(&body));
    assert_eq!(what.reason, Reason::MissingChannelAccount);
    assert_eq!((what.id, what.kind), (text("01IN"), text("message")));
}

#[test]
fn a_message_without_an_id_is_the_same_each_time() {
    let of = |words: &str| {
        let said = json!({"text_message": {"text": words}});
        only_message(of_message(json!({"id": null, "contact_message": said})))
            .id
            .id
    };
    assert!(of("Hola").starts_with("derived:"));
    assert_eq!(of("Hola"), of("Hola"));
    assert_ne!(of("Hola"), of("Adiós"));
}

#[test]
fn a_redacted_message_is_the_message() {
    let got = only_message(findings(&envelope("message_redaction", message(json!({})))));
    assert_eq!((&*got.id.id, got.content.body), ("01IN", text("Hola")));
}

#[test]
fn a_message_of_the_apps_own_is_an_echo() {
    let own = |app_message: Value| {
        let members =
            json!({"direction": "TO_CONTACT", "contact_message": null, "app_message": app_message});
        only_status(of_message(members))
    };
    let got = own(json!({"text_message": {"text": "Su pedido"}}));
    assert_eq!(got.evidence.kind, StatusKind::Dispatched);
    assert_eq!(got.names.provider.unwrap().id, "01IN");
    let echo = got.echo.unwrap();
    assert_eq!(
        (echo.content_type, echo.content.body),
        (ContentType::Text, text("Su pedido"))
    );
    for (said, content_type, body) in [
        (
            json!({"card_message": {"title": "T", "description": "D"}}),
            ContentType::Interactive,
            Some("T"),
        ),
        (
            json!({"choice_message": {"text_message": {"text": "¿Sí?"}, "choices": []}}),
            ContentType::Interactive,
            Some("¿Sí?"),
        ),
        (json!({"template_message": {}}), ContentType::Template, None),
        (
            json!({"media_message": {"url": "https://m/a.pdf"}}),
            ContentType::Document,
            None,
        ),
        (json!(null), ContentType::Unsupported, None),
    ] {
        let echo = own(said).echo.unwrap();
        assert_eq!(
            (echo.content_type, echo.content.body.as_deref()),
            (content_type, body)
        );
    }
}

#[test]
fn a_reaction_is_about_another_message() {
    let event = |reaction: Value| {
        let event = message(json!({
            "contact_message": null, "contact_message_event": {"reaction_event": reaction},
        }));
        only_message(findings(&envelope("event", event)))
    };
    let got =
        event(json!({"emoji": "👍", "action": "REACTION_ACTION_REACT", "message_id": "01OUT"}));
    assert_eq!(
        (got.kind, got.content_type),
        (InboundKind::Reaction, ContentType::Reaction)
    );
    assert_eq!(got.content.body, text("👍"));
    assert_eq!(got.quoted.unwrap().id, "01OUT");
    let got =
        event(json!({"emoji": "👍", "action": "REACTION_ACTION_UNREACT", "message_id": "01OUT"}));
    assert_eq!(got.content.body, None);
}

#[test]
fn other_events_are_no_messages() {
    for (holder, kind) in [
        (
            json!({"contact_event": {"composing_event": {}}}),
            "composing_event",
        ),
        (
            json!({"contact_event": {"comment_event": {"id": "c"}}}),
            "comment_event",
        ),
        (
            json!({"contact_message_event": {"payment_status_update_event": {"payment_status": "X"}}}),
            "payment_status_update_event",
        ),
        (
            json!({"contact_message_event": {"shortlink_activated_event": {}}}),
            "shortlink_activated_event",
        ),
        (json!({}), "event"),
    ] {
        let event = with(json!({"id": "01EVENT", "direction": "TO_APP"}), holder);
        let what = only_unknown(findings(&envelope("event", event)));
        assert_eq!((what.reason, what.kind), (Reason::NotAMessage, text(kind)));
        assert_eq!(what.id, text("01EVENT"));
    }
}
