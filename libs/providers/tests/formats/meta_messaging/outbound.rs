//! What is told of messages that the page or account sent.

use acuse_domain::kinds::Provider;
use acuse_providers::{Format, Meaning, Reason};
use serde_json::{Value, json};

use crate::meta_messaging::rig::{
    HAPPENED, HAPPENED_AT, PAGE, PERSON, body, event, findings, of_page, only_unknown, telling,
    told, told_of,
};

fn status(id: &str, evidence: &str) -> Value {
    telling("status", json!({"id": id, "evidence": evidence}))
}

#[test]
fn an_echo_was_sent_by_the_page() {
    let echo = of_page(json!({"message": {
        "is_echo": true, "app_id": 950_864_918_368_986_i64, "mid": "m", "text": "Hola", "metadata": "case 7",
    }}));
    let expected = telling(
        "echo",
        json!({
            "id": "m", "evidence": "sent", "content_type": "text", "text": "Hola", "correlation_id": "case 7",
        }),
    );
    assert_eq!(told_of(echo.clone()), std::slice::from_ref(&expected));
    let standby = json!({"object": "page", "entry": [{"id": PAGE, "standby": [echo]}]});
    assert_eq!(told(Format::MetaMessenger, &standby), [expected]);
}

#[test]
fn an_echo_that_was_taken_back_is_deleted() {
    let gone = of_page(json!({"message": {"is_echo": true, "mid": "m", "is_deleted": true}}));
    assert_eq!(told_of(gone), [status("m", "deleted")]);
}

#[test]
fn an_echo_needs_its_id_only() {
    let bare = json!({"message": {"is_echo": true, "mid": "m", "text": "x"}});
    let got = findings(
        Format::MetaInstagram,
        &json!({"entry": [{"messaging": [bare]}]}),
    );
    let Meaning::Status(it) = &got[0].meaning else {
        panic!("a status, not {got:?}");
    };
    assert!(it.echo.is_some() && it.evidence.sender.is_none() && it.recipient.is_none());
    assert!(it.evidence.at_is_receipt);
    assert_eq!(it.evidence.provider, Provider::MetaInstagram);
    let nothing = of_page(json!({"message": {"is_echo": true, "text": "x"}}));
    let got = findings(Format::MetaMessenger, &body(json!([nothing])));
    assert_eq!(only_unknown(&got).reason, Reason::MissingId);
}

#[test]
fn deliveries_name_messages_and_a_watermark() {
    let watermark = telling(
        "watermark",
        json!({"evidence": "delivered", "up_to": "2026-05-04T11:58:58Z"}),
    );
    let delivered = |delivery: Value| told_of(event(json!({"delivery": delivery})));
    let up_to = HAPPENED - 2_000;
    let two = json!({"mids": ["a", "b"], "watermark": up_to, "seq": 1});
    assert_eq!(
        delivered(two),
        [
            status("a", "delivered"),
            status("b", "delivered"),
            watermark.clone()
        ]
    );
    assert_eq!(
        delivered(json!({"watermark": up_to})),
        std::slice::from_ref(&watermark)
    );
    assert_eq!(
        delivered(json!({"watermark": up_to.to_string()})),
        std::slice::from_ref(&watermark)
    );
    for single in [
        json!({"mid": "a"}),
        json!({"mids": "a"}),
        json!({"mids": ["a"]}),
    ] {
        assert_eq!(delivered(single), [status("a", "delivered")]);
    }
}

#[test]
fn without_a_time_a_watermark_happened_then_and_a_delivery_at_receipt() {
    let delivery = json!({"mids": ["a"], "watermark": HAPPENED});
    let told = told_of(event(json!({"timestamp": 0, "delivery": delivery})));
    assert_eq!(told[0]["time_is_receipt"], true);
    assert_eq!(told[0]["happened_at"], "2026-05-04T12:00:00Z");
    assert_eq!(told[1]["kind"], "watermark");
    assert_eq!(
        (&told[1]["happened_at"], &told[1]["up_to"]),
        (&json!(HAPPENED_AT), &json!(HAPPENED_AT))
    );
}

#[test]
fn reads_name_a_message_or_a_watermark() {
    let read = |read: Value| told_of(event(json!({"read": read})));
    assert_eq!(read(json!({"mid": "a"})), [status("a", "read")]);
    // Also where it counts seconds.
    let expected = telling(
        "watermark",
        json!({"evidence": "read", "up_to": HAPPENED_AT}),
    );
    for watermark in [json!(HAPPENED), json!(HAPPENED / 1_000)] {
        assert_eq!(
            read(json!({"watermark": watermark})),
            std::slice::from_ref(&expected)
        );
    }
}

#[test]
fn a_watermark_that_is_none_is_kept_aside() {
    for (read, reason) in [
        (json!({"watermark": 0}), Reason::Malformed),
        (json!({"watermark": "x"}), Reason::Malformed),
        (json!({"watermark": 12_341}), Reason::ImplausibleTime),
        (
            json!({"watermark": HAPPENED + 3_600_000}),
            Reason::ImplausibleTime,
        ),
        (json!({"watermark": null}), Reason::MissingId),
        (json!({}), Reason::MissingId),
    ] {
        let got = findings(
            Format::MetaMessenger,
            &body(json!([event(json!({"read": read}))])),
        );
        let what = only_unknown(&got);
        assert_eq!(
            (what.reason, what.kind.as_deref()),
            (reason, Some("read")),
            "{read}"
        );
    }
    let nobody = event(json!({"sender": null, "read": {"watermark": HAPPENED}}));
    let got = findings(Format::MetaMessenger, &body(json!([nobody])));
    assert_eq!(only_unknown(&got).reason, Reason::MissingContact);
}

#[test]
fn ends_are_the_pages_and_the_persons() {
    let got = findings(
        Format::MetaMessenger,
        &body(json!([event(json!({"delivery": {"mid": "a"}}))])),
    );
    let Meaning::Status(it) = &got[0].meaning else {
        panic!("a status, not {got:?}");
    };
    assert_eq!(it.evidence.sender.as_ref().unwrap().external_id, PAGE);
    let recipient = it.recipient.as_ref().unwrap();
    assert_eq!(recipient.page_scoped_id.as_deref(), Some(PERSON));
}

#[test]
fn what_the_page_wrote_is_an_echo_however_it_is_marked() {
    let said =
        |flag: Value| of_page(json!({"message": {"mid": "m", "text": "Hola", "is_echo": flag}}));
    let expected = telling(
        "echo",
        json!({"id": "m", "evidence": "sent", "content_type": "text", "text": "Hola"}),
    );
    for flag in [json!(true), json!(1), json!("1"), json!(null), json!(false)] {
        assert_eq!(
            told_of(said(flag.clone())),
            std::slice::from_ref(&expected),
            "{flag}"
        );
    }
    // What one writes to oneself is received, and so is what nobody else is named for.
    for members in [
        json!({"recipient": {"id": PAGE}, "message": {"mid": "m", "text": "Hola"}}),
        json!({"recipient": null, "message": {"mid": "m", "text": "Hola"}}),
    ] {
        let got = findings(
            Format::MetaMessenger,
            &body(json!([of_page(members.clone())])),
        );
        assert!(matches!(got[0].meaning, Meaning::Inbound(_)), "{members}");
    }
}

#[test]
fn what_the_page_itself_did_is_no_contacts() {
    for (kind, members) in [
        (
            "reaction",
            json!({"mid": "m", "action": "react", "emoji": "❤"}),
        ),
        ("reaction", json!({"mid": "m", "action": "unreact"})),
        ("message_edit", json!({"mid": "m", "text": "quise decir"})),
        (
            "postback",
            json!({"mid": "m", "title": "Sí", "payload": "YES"}),
        ),
    ] {
        for key in ["messaging", "standby"] {
            let own = of_page(json!({ kind: members.clone() }));
            let body = json!({"object": "instagram", "entry": [{"id": PAGE, key: [own]}]});
            let expected = json!({
                "kind": "not_understood", "id": "m", "evidence": kind, "reason": "not_a_message",
                "detail": "of the page or account itself",
            });
            assert_eq!(told(Format::MetaInstagram, &body), [expected], "{members}");
        }
        // What one does to oneself was received too, and so was what nobody else is named for.
        for recipient in [json!({"id": PAGE}), json!(null)] {
            let own = of_page(json!({ "recipient": recipient, kind: members.clone() }));
            let got = findings(Format::MetaMessenger, &body(json!([own])));
            assert!(matches!(got[0].meaning, Meaning::Inbound(_)), "{members}");
        }
    }
}
