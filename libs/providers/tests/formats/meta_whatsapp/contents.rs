//! What messages say, type by type.

use acuse_domain::inbound::ButtonClick;
use acuse_domain::kinds::{ContentType, InboundKind};
use acuse_domain::registration::Content;
use serde_json::{Value, json};

use crate::meta_whatsapp::rig::{of_message, text};

/// The type and the content of a message with these members instead of its text.
fn content(mut members: Value) -> (ContentType, Content) {
    members["text"] = json!(null);
    let got = of_message(members);
    (got.content_type, got.content)
}

fn body(words: &str) -> Content {
    Content {
        body: text(words),
        ..Content::default()
    }
}

#[test]
fn media() {
    for (word, content_type) in [
        ("image", ContentType::Image),
        ("audio", ContentType::Audio),
        ("voice", ContentType::Audio),
        ("video", ContentType::Video),
        ("document", ContentType::Document),
        ("sticker", ContentType::Sticker),
    ] {
        let mut members = json!({"type": word});
        members[word] = json!({
            "id": 1_234, "mime_type": "x/y", "sha256": "a", "caption": "Mira", "filename": "año.pdf",
        });
        let expected = Content {
            body: text("Mira"),
            media_id: text("1234"),
            media_type: text("x/y"),
            file_name: text("año.pdf"),
            ..Content::default()
        };
        assert_eq!(content(members), (content_type, expected));
        assert_eq!(
            content(json!({"type": word})),
            (content_type, Content::default())
        );
    }
}

#[test]
fn places_and_cards_are_readable() {
    let place = json!({"type": "location", "location": {
        "latitude": -12.05, "longitude": -77.0428, "name": "Plaza", "address": "Jirón 1",
    }});
    let expected = body("Plaza\nJirón 1\n-12.05,-77.0428");
    assert_eq!(content(place), (ContentType::Location, expected));
    let point = json!({"type": "location", "location": {"latitude": "0.0", "longitude": 1}});
    assert_eq!(content(point).1, body("0.0,1"));

    let cards = json!({"type": "contacts", "contacts": [
        {"name": {"formatted_name": "Ana Paz"}, "phones": [{"phone": "+51 1"}, {"wa_id": "512"}]},
        {"name": {"first_name": "Luz"}},
        {},
    ]});
    let expected = body("Ana Paz, +51 1, 512\nLuz");
    assert_eq!(content(cards), (ContentType::Contacts, expected));
}

#[test]
fn choices_keep_the_button() {
    let click = |id: Option<&str>, title: Option<&str>| {
        Some(ButtonClick {
            id: id.map(str::to_owned),
            title: title.map(str::to_owned),
        })
    };
    let interactive =
        |reply: Value| of_message(json!({"type": "interactive", "interactive": reply}));
    let got =
        interactive(json!({"type": "button_reply", "button_reply": {"id": "b", "title": "Sí"}}));
    assert_eq!(
        (got.content_type, got.content),
        (ContentType::Interactive, body("Sí"))
    );
    assert_eq!(got.button, click(Some("b"), Some("Sí")));

    let row = json!({"id": "r", "title": "Lima", "description": "Hoy"});
    let got = interactive(json!({"type": "list_reply", "list_reply": row}));
    assert_eq!(got.content.footer, text("Hoy"));
    assert_eq!(got.button, click(Some("r"), Some("Lima")));

    // The kind may be missing, and so may either part of the choice.
    let got = interactive(json!({"button_reply": {"title": "Sí"}}));
    assert_eq!(got.button, click(None, Some("Sí")));
    let got = interactive(json!({"button_reply": {}}));
    assert_eq!(got.button, None);

    let got = of_message(json!({"type": "button", "button": {"text": "No", "payload": "NO"}}));
    assert_eq!(
        (got.content_type, got.content),
        (ContentType::Button, body("No"))
    );
    assert_eq!(got.button, click(Some("NO"), Some("No")));
    let got = of_message(json!({"type": "button", "button": "No"}));
    assert_eq!(got.button, click(None, Some("No")));
}

#[test]
fn other_interactive_answers_are_no_choice() {
    for (answer, expected) in [
        (
            json!({"type": "nfm_reply", "nfm_reply": {"body": "Enviado", "response_json": "{}"}}),
            "Enviado",
        ),
        (
            json!({"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": "[1]"}}),
            "flow",
        ),
        (json!({"nfm_reply": {"body": "Enviado"}}), "Enviado"),
        (
            json!({"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}}),
            "accept",
        ),
    ] {
        let got = of_message(json!({"type": "interactive", "interactive": answer}));
        assert_eq!(got.content, body(expected));
        assert_eq!(
            (got.content_type, got.button),
            (ContentType::Interactive, None)
        );
    }
    for answer in [
        json!(null),
        json!("x"),
        json!({"type": "payment_method", "payment_method": {}}),
    ] {
        let got = of_message(json!({"type": "interactive", "interactive": answer}));
        assert_eq!(got.content, Content::default());
    }
}

#[test]
fn a_reaction_is_about_another_message() {
    let react = |reaction: Value| of_message(json!({"type": "reaction", "reaction": reaction}));
    let got = react(json!({"message_id": "wamid.out", "emoji": "👍"}));
    assert_eq!(
        (got.kind, got.content_type),
        (InboundKind::Reaction, ContentType::Reaction)
    );
    assert_eq!(got.content, body("👍"));
    assert_eq!(got.quoted.unwrap().id, "wamid.out");
    let taken_off = react(json!({"message_id": "wamid.out"}));
    assert_eq!(taken_off.content, Content::default());
    assert_eq!(react(json!({})).quoted, None);
}

#[test]
fn orders_templates_and_texts() {
    let order =
        json!({"type": "order", "order": {"catalog_id": "1", "text": "Dos", "product_items": []}});
    assert_eq!(content(order), (ContentType::Order, body("Dos")));
    let template = json!({"type": "template", "template": {"name": "x"}});
    assert_eq!(content(template).0, ContentType::Template);
    let got = of_message(json!({"text": "Hola"}));
    assert_eq!(got.content, body("Hola"));
    let long = of_message(json!({"text": {"body": "ñ".repeat(40_000)}}));
    assert_eq!(long.content.body.unwrap().len(), 65_536);
    let nul = of_message(json!({"text": {"body": "a\0b"}}));
    assert_eq!(nul.content, body("a\u{FFFD}b"));
}

#[test]
fn notices_are_no_messages() {
    let notice = json!({"type": "system", "system": {
        "type": "user_changed_number", "body": "Ana cambió de número", "wa_id": "51900000001",
    }});
    let got = of_message(notice);
    assert_eq!(
        (got.kind, got.content_type),
        (InboundKind::System, ContentType::Text)
    );
    assert_eq!(got.content, body("Ana cambió de número"));
    assert_eq!(got.contact.phone, text("51977452931"));

    let older = json!({"from": null, "type": "system", "system": {"customer": "51977452931"}});
    assert_eq!(of_message(older).contact.phone, text("51977452931"));
    assert_eq!(
        of_message(json!({"type": "request_welcome"})).kind,
        InboundKind::System
    );
}

#[test]
fn what_meta_does_not_pass_on_is_a_message() {
    for word in ["unsupported", "unknown", "ephemeral"] {
        let got = of_message(json!({"type": word, "text": null}));
        assert_eq!(
            (got.kind, got.content_type),
            (InboundKind::Regular, ContentType::Unsupported)
        );
    }
    let edit = json!({"type": "unsupported", "text": null, "unsupported": {"type": "edit"}});
    assert_eq!(of_message(edit).kind, InboundKind::System);
}

#[test]
fn the_type_may_be_missing() {
    let got = of_message(json!({"type": null}));
    assert_eq!(
        (got.content_type, got.content),
        (ContentType::Text, body("Hola"))
    );
    let (content_type, content) = content(json!({"type": null, "image": {"id": "m"}}));
    assert_eq!(
        (content_type, content.media_id),
        (ContentType::Image, text("m"))
    );
}

#[test]
fn an_advertisement_stands_around_the_text() {
    let got = of_message(json!({"referral": {
        "headline": "Oferta", "source_url": "https://fb.me/x", "body": "Todo", "ctwa_clid": "y",
    }}));
    let expected = Content {
        header: text("Oferta"),
        body: text("Hola"),
        footer: text("https://fb.me/x"),
        ..Content::default()
    };
    assert_eq!(got.content, expected);
}
