//! Envelopes, and events that are about no message.

use acuse_providers::{Delivery, Format, Meaning, Reason, read};
use serde_json::{Value, json};

use crate::meta_messaging::rig::{
    HAPPENED, PAGE, RECEIVED_AT, body, event, findings, only_unknown, telling, told,
};

fn text() -> Value {
    event(json!({"message": {"mid": "m", "text": "x"}}))
}

#[test]
fn events_stand_in_many_places() {
    let change = json!({"field": "messages", "value": text()});
    let entry = json!({"id": PAGE, "messaging": [text()]});
    for (body, path) in [
        (body(json!([text()])), "entry[0].messaging[0]"),
        (json!([body(json!([text()]))]), "[0].entry[0].messaging[0]"),
        (json!({"entry": {"messaging": text()}}), "entry.messaging"),
        (
            json!({"entry": [{"standby": [text()]}]}),
            "entry[0].standby[0]",
        ),
        (
            json!({"entry": [{"changes": [change]}]}),
            "entry[0].changes[0].value",
        ),
        (entry, "messaging[0]"),
        (change, "value"),
        (text(), ""),
    ] {
        let got = findings(Format::MetaMessenger, &body);
        assert_eq!(got.len(), 1, "{got:?}");
        assert_eq!(got[0].path, path);
        assert!(matches!(got[0].meaning, Meaning::Inbound(_)), "{body}");
    }
}

#[test]
fn every_event_counts() {
    let read = event(json!({"read": {"mid": "a"}}));
    let both = event(json!({"message": {"mid": "n", "text": "x"}, "read": {"mid": "b"}}));
    let told = told(Format::MetaMessenger, &body(json!([text(), read, both])));
    let ids: Vec<_> = told.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["m", "a", "n", "b"]);
}

#[test]
fn what_is_no_message_is_kept_and_named() {
    for (members, kind, reason) in [
        (
            json!({"referral": {"ref": "r"}}),
            "referral",
            Reason::NotAMessage,
        ),
        (json!({"optin": {"ref": "r"}}), "optin", Reason::NotAMessage),
        (
            json!({"account_linking": {"status": "linked"}}),
            "account_linking",
            Reason::NotAMessage,
        ),
        (
            json!({"policy_enforcement": {"action": "block"}}),
            "policy_enforcement",
            Reason::NotAMessage,
        ),
        (
            json!({"pass_thread_control": {"new_owner_app_id": "1"}}),
            "pass_thread_control",
            Reason::NotAMessage,
        ),
        (
            json!({"game_play": {"game_id": "1"}}),
            "game_play",
            Reason::NotAMessage,
        ),
        (
            json!({"never_heard_of": {"x": 1}}),
            "never_heard_of",
            Reason::UnknownField,
        ),
        (json!({"message": "text"}), "message", Reason::Malformed),
    ] {
        let got = findings(Format::MetaMessenger, &body(json!([event(members)])));
        let what = only_unknown(&got);
        assert_eq!((what.reason, what.kind.as_deref()), (reason, Some(kind)));
    }
    let got = findings(Format::MetaMessenger, &body(json!([event(json!({}))])));
    assert_eq!(only_unknown(&got).reason, Reason::NothingKnown);
}

#[test]
fn changes_that_are_no_messages_are_kept_and_named() {
    for (field, value, reason) in [
        (
            "feed",
            json!({"item": "comment", "message": "x", "sender_id": "1"}),
            Reason::NotAMessage,
        ),
        (
            "comments",
            json!({"id": "1", "text": "x", "from": {"id": "2"}}),
            Reason::NotAMessage,
        ),
        (
            "leadgen",
            json!({"leadgen_id": "1", "created_time": 1_440_120_384}),
            Reason::NotAMessage,
        ),
        (
            "messaging_handover",
            event(json!({"take_thread_control": {}})),
            Reason::NotAMessage,
        ),
        ("messages", json!({}), Reason::NothingKnown),
        ("never_heard_of", json!({"x": 1}), Reason::UnknownField),
    ] {
        let change = json!({"field": field, "value": value});
        let got = findings(
            Format::MetaInstagram,
            &json!({"entry": [{"changes": [change]}]}),
        );
        assert_eq!(only_unknown(&got).reason, reason, "{field}");
    }
    let call = json!({"id": "c_1", "event": "connect", "call_direction": "user_initiated"});
    let got = findings(
        Format::MetaMessenger,
        &json!({"entry": [{"calls": [call]}]}),
    );
    let what = only_unknown(&got);
    assert_eq!(
        (what.reason, what.id.as_deref()),
        (Reason::NotAMessage, Some("c_1"))
    );
}

#[test]
fn there_may_be_nothing_to_take_in() {
    for body in [
        json!({}),
        json!([]),
        json!({"object": "page"}),
        json!({"object": "notpage", "entry": [{}]}),
        json!({"object": "page", "entry": []}),
        json!({"entry": [{"id": PAGE, "time": HAPPENED, "messaging": []}]}),
    ] {
        assert_eq!(findings(Format::MetaMessenger, &body), [], "{body}");
    }
}

#[test]
fn other_shapes_are_kept_aside() {
    for (body, path) in [
        (json!({"entry": [7]}), "entry[0]"),
        (json!({"entry": [{"messaging": "x"}]}), "entry[0].messaging"),
        (
            json!({"entry": [{"messaging": [1, 2, 3]}]}),
            "entry[0].messaging",
        ),
        (
            json!({"entry": [{"changes": ["x"]}]}),
            "entry[0].changes[0]",
        ),
    ] {
        let got = findings(Format::MetaMessenger, &body);
        assert_eq!(only_unknown(&got).reason, Reason::Malformed, "{body}");
        assert_eq!(got[0].path, path);
    }
    let got = findings(Format::MetaMessenger, &json!({"hello": 1}));
    assert_eq!(only_unknown(&got).reason, Reason::NothingKnown);
    for body in ["x", "\"x\"", "7", "{\"entry\":\"x\"}"] {
        let delivery = Delivery::of(body.as_bytes(), RECEIVED_AT);
        assert!(read(Format::MetaMessenger, &delivery).is_err(), "{body}");
    }
}

#[test]
fn the_account_may_have_to_be_inferred() {
    let bare = json!({"sender": {"id": "1"}, "message": {"mid": "m", "text": "x"}});
    let body = bare.to_string();
    let told_of = |channel_account| {
        let delivery = Delivery {
            channel_account,
            ..Delivery::of(body.as_bytes(), RECEIVED_AT)
        };
        read(Format::MetaMessenger, &delivery).unwrap().findings
    };
    assert_eq!(
        only_unknown(told_of(None)).reason,
        Reason::MissingChannelAccount
    );
    let Meaning::Inbound(it) = &told_of(Some("page"))[0].meaning else {
        panic!("a message");
    };
    assert_eq!(it.channel_account.id, "page");
    // What the event says goes first.
    let expected = telling(
        "inbound",
        json!({"id": "m", "text": "x", "content_type": "text", "inbound_kind": "regular"}),
    );
    let other = json!({"entry": [{"id": "other", "messaging": [text()]}]});
    assert_eq!(told(Format::MetaMessenger, &other), [expected]);
}
