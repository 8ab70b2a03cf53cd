//! Envelopes: entries, changes, fields, and what is left when they are missing.

use acuse_providers::{Finding, Meaning, Reason};
use serde_json::{Value, json};

use crate::meta_whatsapp::rig::{
    body, findings, message, only_unknown, read_bytes, status, text, unknown, value,
};

fn paths(findings: &[Finding]) -> Vec<&str> {
    findings
        .iter()
        .map(|finding| finding.path.as_str())
        .collect()
}

#[test]
fn all_entries_and_changes_count() {
    let change = |members: Value| json!({"field": "messages", "value": value(members)});
    let got = findings(&json!({"object": "whatsapp_business_account", "entry": [
        {"id": "1", "changes": [
            change(json!({"statuses": [status(json!({})), status(json!({"id": "b"}))]})),
            change(json!({"messages": [message(json!({}))]})),
        ]},
        {"id": "2", "changes": []},
        {"id": "3", "changes": [change(json!({"statuses": [status(json!({"id": "c"}))]}))]},
    ]}));
    let expected = [
        "entry[0].changes[0].value.statuses[0]",
        "entry[0].changes[0].value.statuses[1]",
        "entry[0].changes[1].value.messages[0]",
        "entry[2].changes[0].value.statuses[0]",
    ];
    assert_eq!(paths(&got), expected);
}

#[test]
fn lists_of_one_may_be_no_lists() {
    let change =
        json!({"field": "messages", "value": value(json!({"statuses": status(json!({}))}))});
    let got = findings(&json!({"entry": {"id": "1", "changes": change}}));
    assert_eq!(paths(&got), ["entry.changes.value.statuses"]);
    assert!(matches!(got[0].meaning, Meaning::Status(_)));
}

#[test]
fn the_envelope_may_be_missing() {
    let value = value(json!({"statuses": [status(json!({}))]}));
    let change = json!({"field": "messages", "value": value});
    let entry = json!({"id": "1", "changes": [change]});
    for (body, path) in [
        (
            json!({"entry": [{"changes": [{"value": value}]}]}),
            "entry[0].changes[0].value.statuses[0]",
        ),
        (entry.clone(), "changes[0].value.statuses[0]"),
        (change, "value.statuses[0]"),
        (value.clone(), "statuses[0]"),
        (json!([value]), "[0].statuses[0]"),
        (
            json!([{"entry": [entry]}]),
            "[0].entry[0].changes[0].value.statuses[0]",
        ),
    ] {
        let got = findings(&body);
        assert_eq!(paths(&got), [path]);
        assert!(matches!(got[0].meaning, Meaning::Status(_)));
    }
}

#[test]
fn there_may_be_nothing_to_take_in() {
    for body in [
        json!({}),
        json!([]),
        json!(null),
        json!({"entry": []}),
        json!({"entry": [{"id": "1"}]}),
        json!({"entry": [{"id": "1", "changes": []}]}),
        body("messages", json!({})),
    ] {
        assert_eq!(findings(&body), [], "{body}");
    }
}

#[test]
fn other_shapes_are_kept_aside() {
    for (body, path, reason) in [
        (json!({"entry": [7]}), "entry[0]", Reason::Malformed),
        (
            json!({"entry": [{"changes": "x"}]}),
            "entry[0].changes",
            Reason::Malformed,
        ),
        (
            body("messages", json!(null)),
            "entry[0].changes[0].value",
            Reason::Malformed,
        ),
        (
            body("messages", json!([])),
            "entry[0].changes[0].value",
            Reason::Malformed,
        ),
        (
            body("messages", value(json!({}))),
            "entry[0].changes[0].value",
            Reason::NothingKnown,
        ),
        (json!({"hello": 1}), "", Reason::NothingKnown),
        (
            json!({"entry": [{"messaging": [{}]}]}),
            "entry[0].messaging",
            Reason::UnknownField,
        ),
    ] {
        let got = findings(&body);
        assert_eq!(only_unknown(&got).reason, reason, "{body}");
        assert_eq!(paths(&got), [path]);
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for bytes in [&b""[..], b"{", b"a=b&c=d", b"\xff\xfe", &[b'['; 10_000]] {
        let malformed = read_bytes(bytes, None).unwrap_err();
        assert_eq!(malformed.expected, "JSON");
    }
    for body in [
        json!("x"),
        json!(7),
        json!({"entry": "nope"}),
        json!({"entry": 1}),
    ] {
        let malformed = read_bytes(body.to_string().as_bytes(), None).unwrap_err();
        assert_eq!(malformed.expected, "webhook", "{body}");
    }
    // Half an emoji, as where a title was cut.
    let half = br#"{"messages":[{"from":"51977452931","text":{"body":"a\ud83d"}}]}"#;
    let got = read_bytes(half, Some("1")).unwrap().findings;
    let got = crate::meta_whatsapp::rig::only_message(got);
    assert_eq!(got.content.body, text("a\u{FFFD}"));
}

#[test]
fn other_fields_are_named() {
    for (field, reason) in [
        ("message_template_status_update", Reason::NotAMessage),
        ("account_update", Reason::NotAMessage),
        ("user_id_update", Reason::NotSupportedYet),
        ("never_heard_of", Reason::UnknownField),
    ] {
        let got = findings(&body(field, json!({"event": "APPROVED"})));
        let what = only_unknown(&got);
        assert_eq!((what.reason, &what.kind), (reason, &text(field)));
        assert_eq!(what.detail, format!("field {field}, event APPROVED"));
    }
    let beside =
        json!({"field": "account_update", "entry": [{"changes": [{"value": {"event": "X"}}]}]});
    assert_eq!(only_unknown(findings(&beside)).reason, Reason::NotAMessage);
    let billed = json!({"billing": {"references": {"gs_id": "g", "id": "i"}}});
    let got = findings(&body("billing-event", billed));
    assert_eq!(only_unknown(&got).id, text("g"));
}

#[test]
fn what_was_said_before_is_told_one_by_one() {
    let message = |id: &str| json!({"id": id, "from": "51977452931", "type": "text"});
    let members = value(json!({"messages": [message("a"), message("b")]}));
    let got = findings(&body("history", members));
    let ids: Vec<_> = unknown(&got)
        .iter()
        .map(|(_, what)| {
            assert_eq!(what.reason, Reason::NotSupportedYet);
            what.id.clone().unwrap()
        })
        .collect();
    assert_eq!(ids, ["a", "b"]);
    let chunks = json!({"history": [{"metadata": {"phase": 0}, "threads": []}]});
    let got = findings(&body("history", chunks));
    assert_eq!(only_unknown(&got).reason, Reason::NotSupportedYet);
    let declined = json!({"history": [{"errors": [{"code": 2_593_109, "title": "off"}]}]});
    let got = findings(&body("history", declined));
    let (path, what) = unknown(&got)[0];
    assert_eq!(path, "entry[0].changes[0].value.history[0]");
    assert_eq!(what.reason, Reason::ProviderError);
}

#[test]
fn a_body_is_taken_in_up_to_a_limit() {
    let statuses: Vec<Value> = (0..6_000).map(|id| status(json!({"id": id}))).collect();
    let got = findings(&body("messages", value(json!({"statuses": statuses}))));
    let (last, before) = got.split_last().unwrap();
    assert_eq!(before.len(), 5_000);
    assert!(
        before
            .iter()
            .all(|it| matches!(it.meaning, Meaning::Status(_)))
    );
    assert_eq!(
        only_unknown(std::slice::from_ref(last)).reason,
        Reason::TooMany
    );
}
