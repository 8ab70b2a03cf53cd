//! What people write, click, and put on messages.

use acuse_domain::kinds::{Channel, ContentType, InboundKind, Provider};
use acuse_providers::{Format, Reason};
use serde_json::{Value, json};

use crate::meta_messaging::rig::{
    HAPPENED_AT, PAGE, PERSON, body, event, findings, only_message, only_unknown, telling, told,
    told_of,
};

fn message(members: Value) -> Value {
    event(json!({"message": members}))
}

#[test]
fn a_text_keeps_everything() {
    let it = only_message(message(json!({"mid": "m_1", "text": "Hola", "seq": 3})));
    assert_eq!(
        (it.id.provider, it.id.id.as_str()),
        (Provider::MetaMessenger, "m_1")
    );
    assert_eq!(it.channel, Channel::Messenger);
    assert_eq!(it.channel_account.id, PAGE);
    assert_eq!(it.contact.page_scoped_id.as_deref(), Some(PERSON));
    assert_eq!((it.contact.phone, it.contact.channel_user_id), (None, None));
    assert_eq!(it.at.to_string(), HAPPENED_AT);
    assert_eq!(it.kind, InboundKind::Regular);
    assert_eq!(it.content_type, ContentType::Text);
    assert_eq!(it.content.body.as_deref(), Some("Hola"));
    assert!(it.quoted.is_none() && it.button.is_none() && !it.deleted && !it.at_is_receipt);
}

#[test]
fn instagram_is_told_apart() {
    let mut instagram = body(json!([message(json!({"mid": "aWdf", "text": "Hola"}))]));
    instagram["object"] = json!("instagram");
    let expected = telling(
        "inbound",
        json!({"id": "aWdf", "text": "Hola", "content_type": "text", "inbound_kind": "regular"}),
    );
    // As the body says, whatever the address is for.
    for format in [Format::MetaInstagram, Format::MetaMessenger] {
        assert_eq!(told(format, &instagram), std::slice::from_ref(&expected));
        let acuse_providers::Meaning::Inbound(it) = &findings(format, &instagram)[0].meaning else {
            panic!("a message");
        };
        assert_eq!(
            (it.channel, it.id.provider),
            (Channel::Instagram, Provider::MetaInstagram)
        );
    }
    instagram.as_object_mut().unwrap().remove("object");
    let acuse_providers::Meaning::Inbound(it) =
        &findings(Format::MetaInstagram, &instagram)[0].meaning
    else {
        panic!("a message");
    };
    assert_eq!(it.channel, Channel::Instagram);
}

#[test]
fn ids_may_be_numbers_and_times_of_any_kind() {
    for time in [
        json!(1_777_895_940),
        json!("1777895940"),
        json!("2026-05-04T11:59:00+0000"),
        json!(1_777_895_940_000_i64),
    ] {
        let it = only_message(json!({
            "sender": {"id": 982_337_261_802_700_i64}, "recipient": {"id": 1_751_036_168_465_324_i64},
            "timestamp": time, "message": {"mid": "m", "text": "x"},
        }));
        assert_eq!(it.contact.page_scoped_id.as_deref(), Some(PERSON));
        assert_eq!(it.channel_account.id, PAGE);
        assert_eq!(it.at.to_string(), HAPPENED_AT, "{time}");
    }
    for time in [json!(0), json!(null), json!("soon")] {
        let it = only_message(event(
            json!({"timestamp": time, "message": {"mid": "m", "text": "x"}}),
        ));
        assert!(it.at_is_receipt, "{time}");
    }
    let long_ago = event(json!({"timestamp": 12_341, "message": {"mid": "m", "text": "x"}}));
    let got = findings(Format::MetaMessenger, &body(json!([long_ago])));
    assert_eq!(only_unknown(&got).reason, Reason::ImplausibleTime);
}

#[test]
fn attachments_say_what_a_message_holds() {
    let url = json!({"url": "https://cdn.example/1"});
    for (attachment, content_type, text) in [
        (json!({"type": "image", "payload": url}), "image", None),
        (
            json!({"type": "image", "payload": {"url": "u", "sticker_id": 369_239_263_222_822_i64}}),
            "sticker",
            None,
        ),
        (json!({"type": "audio", "payload": url}), "audio", None),
        (json!({"type": "video", "payload": url}), "video", None),
        (
            json!({"type": "ig_reel", "payload": {"reel_video_id": "9", "title": "Baile"}}),
            "video",
            Some("Baile"),
        ),
        (json!({"type": "file", "payload": url}), "document", None),
        (
            json!({"type": "location", "title": "Casa", "payload": {"coordinates": {"lat": -12.5, "long": -77}}}),
            "location",
            Some("Casa\n-12.5,-77"),
        ),
        (
            json!({"type": "fallback", "title": "Oferta", "url": "https://example.com", "payload": null}),
            "text",
            Some("Oferta"),
        ),
        (json!({"type": "share", "payload": url}), "image", None),
        (
            json!({"type": "story_mention", "payload": url}),
            "image",
            None,
        ),
        (json!({"type": "like_heart"}), "sticker", None),
        (
            json!({"type": "template", "payload": {"template_type": "button", "text": "Elige", "buttons": [{"type": "postback", "title": "Sí"}]}}),
            "interactive",
            Some("Elige"),
        ),
        (json!({"type": "ephemeral"}), "unsupported", None),
    ] {
        let told = told_of(message(json!({"mid": "m", "attachments": [attachment]})));
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["content_type"], content_type, "{attachment}");
        assert_eq!(
            told[0].get("text").and_then(Value::as_str),
            text,
            "{attachment}"
        );
    }
    // What is shared is found by its address.
    let it = only_message(message(
        json!({"mid": "m", "attachments": [{"type": "share", "payload": url}]}),
    ));
    assert_eq!(it.content.footer.as_deref(), Some("https://cdn.example/1"));
    // The person's own words go first.
    let it = only_message(message(json!({
        "mid": "m", "text": "mira", "attachments": [{"type": "fallback", "title": "Oferta"}, {"type": "image"}],
    })));
    assert_eq!(it.content.body.as_deref(), Some("mira"));
}

#[test]
fn further_media_are_told() {
    let of = |attachments: Value| told_of(message(json!({"mid": "m", "attachments": attachments})));
    let image = json!({"type": "image", "payload": {"url": "https://cdn.example/1"}});
    let video = json!({"type": "video", "payload": {"url": "https://cdn.example/2"}});
    let link = json!({"type": "fallback", "title": "Oferta"});
    let told = of(json!([image, video, image, link]));
    assert_eq!(told[0]["content_type"], "image");
    let note = json!({
        "kind": "not_understood", "id": "m", "evidence": "message", "reason": "not_supported_yet",
        "detail": "2 more media in one message",
    });
    assert_eq!(told[1..], [note]);
    // What a link leads to is no medium beside one.
    let told = of(json!([link, video]));
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["content_type"], "video");
    let told = of(json!([link, link]));
    assert_eq!(told[0]["text"], "Oferta");
    assert_eq!(told[1]["detail"], "1 more media in one message");
}

#[test]
fn what_nobody_knows_is_a_message_all_the_same() {
    for members in [
        json!({"mid": "m", "attachments": [{"type": "hologram"}]}),
        json!({"mid": "m"}),
        json!({"mid": "m", "attachments": ["x", 7]}),
    ] {
        let told = told_of(message(members.clone()));
        assert_eq!(told[0]["kind"], "inbound", "{members}");
        assert_eq!(told[0]["content_type"], "unsupported", "{members}");
        assert_eq!(told[1]["reason"], "unknown_message_type", "{members}");
    }
    let it = only_message(message(json!({"mid": "m", "is_unsupported": true})));
    assert_eq!(it.content_type, ContentType::Unsupported);
}

#[test]
fn clicks_keep_the_button() {
    let quick = message(json!({"mid": "m", "text": "Sí", "quick_reply": {"payload": "YES"}}));
    let postback = event(json!({"postback": {"mid": "m", "title": "Sí", "payload": "YES"}}));
    let expected = telling(
        "inbound",
        json!({
            "id": "m", "text": "Sí", "content_type": "button", "inbound_kind": "regular",
            "button_id": "YES", "button_title": "Sí",
        }),
    );
    for click in [quick, postback] {
        assert_eq!(told_of(click), std::slice::from_ref(&expected));
    }
    // In standby the payload is left out; long ago there was no id.
    let bare = |title: &str| only_message(event(json!({"postback": {"title": title}})));
    assert!(bare("Sí").id.id.starts_with("derived:"));
    assert_eq!(bare("Sí").id, bare("Sí").id);
    assert_ne!(bare("Sí").id, bare("No").id);
    let it = only_message(event(json!({"postback": {
        "payload": "GET_STARTED", "referral": {"source": "ADS", "ads_context_data": {"ad_title": "Rebajas"}},
    }})));
    assert_eq!(it.content.header.as_deref(), Some("Rebajas"));
    assert_eq!(it.button.unwrap().id.as_deref(), Some("GET_STARTED"));
}

#[test]
fn a_reply_quotes_a_message_and_no_story() {
    let it = only_message(message(
        json!({"mid": "m", "text": "sí", "reply_to": {"mid": "m_out"}}),
    ));
    let quoted = it.quoted.unwrap();
    assert_eq!(
        (quoted.provider, quoted.id.as_str()),
        (Provider::MetaMessenger, "m_out")
    );
    let story = json!({"story": {"id": "17", "url": "https://cdn.example/story"}});
    let it = only_message(message(
        json!({"mid": "m", "text": "sí", "reply_to": story}),
    ));
    assert_eq!(it.quoted, None);
}

#[test]
fn a_reaction_is_about_another_message() {
    let reaction = |members: Value| {
        let mut reaction =
            json!({"mid": "m_out", "action": "react", "reaction": "love", "emoji": "❤"});
        for (key, value) in members.as_object().unwrap() {
            reaction[key] = value.clone();
        }
        only_message(event(json!({"reaction": reaction})))
    };
    let it = reaction(json!({}));
    assert_eq!(
        (it.kind, it.content_type),
        (InboundKind::Reaction, ContentType::Reaction)
    );
    assert_eq!(it.content.body.as_deref(), Some("❤"));
    assert_eq!(it.quoted.as_ref().unwrap().id, "m_out");
    assert!(it.id.id.starts_with("derived:"));
    assert_eq!(reaction(json!({})).id, it.id);
    let gone = reaction(json!({"action": "unreact"}));
    assert_eq!(gone.content.body, None);
    assert_ne!(gone.id, it.id);
}

#[test]
fn an_unsent_message_is_deleted() {
    for flag in [json!(true), json!("true"), json!(1), json!("1")] {
        let told = told_of(message(json!({"mid": "m", "is_deleted": flag})));
        let expected = telling(
            "inbound",
            json!({"id": "m", "deleted": true, "content_type": "unsupported", "inbound_kind": "regular"}),
        );
        assert_eq!(told, [expected]);
    }
}

#[test]
fn a_number_that_is_not_exact_is_nobodys_id() {
    let long = |last: char| -> Value {
        serde_json::from_str(&format!("1234567890123456789012{last}")).unwrap()
    };
    for members in [
        json!({"message": {"mid": long('3'), "text": "x"}}),
        json!({"sender": {"id": long('4')}, "message": {"mid": "m", "text": "x"}}),
    ] {
        let got = findings(Format::MetaMessenger, &body(json!([event(members)])));
        assert_eq!(only_unknown(&got).reason, Reason::TooLong);
    }
}

#[test]
fn an_edit_is_no_further_message() {
    let edit = json!({"message_edit": {"mid": "m", "text": "quise decir", "num_edit": 1}});
    let it = only_message(event(edit));
    assert_eq!(it.kind, InboundKind::System);
    assert_eq!(it.quoted.unwrap().id, "m");
    assert_eq!(it.content.body.as_deref(), Some("quise decir"));
}

#[test]
fn who_wrote_has_to_be_told_and_to_whom_follows() {
    for sender in [
        json!(null),
        json!({}),
        json!({"id": ""}),
        json!({"user_ref": "u"}),
    ] {
        let nobody = event(json!({"sender": sender, "message": {"mid": "m", "text": "x"}}));
        let got = findings(Format::MetaMessenger, &body(json!([nobody])));
        let what = only_unknown(&got);
        assert_eq!(
            (what.reason, what.id.as_deref()),
            (Reason::MissingContact, Some("m"))
        );
    }
    let it = only_message(event(
        json!({"recipient": null, "message": {"mid": "m", "text": "x"}}),
    ));
    assert_eq!(it.channel_account.id, PAGE);
}
