//! Messages from contacts, apart from what they say.

use acuse_domain::contact::ContactRef;
use acuse_domain::identity::ProviderMessageId;
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::kinds::{Channel, ContentType, InboundKind, Provider};
use acuse_domain::registration::{Content, NamedRef};
use acuse_providers::{Meaning, Reason};
use serde_json::{Value, json};

use crate::meta_whatsapp::rig::{
    EPOCH, HAPPENED_AT, NUMBER, RECEIVED_AT, body, findings, message, of_message, of_value,
    only_message, only_unknown, read_bytes, text, unknown,
};

fn wamid(id: &str) -> ProviderMessageId {
    ProviderMessageId {
        provider: Provider::MetaWhatsApp,
        scope: String::new(),
        id: id.to_owned(),
    }
}

#[test]
fn a_message_keeps_everything() {
    let got = only_message(of_value(json!({
        "contacts": [{"profile": {"name": "Ana"}, "wa_id": "51977452931", "user_id": "PE.1a"}],
        "messages": [message(json!({"context": {"from": "1555", "id": "wamid.out"}}))],
    })));
    let expected = InboundEvidence {
        id: wamid("wamid.in"),
        channel: Channel::WhatsApp,
        channel_account: NamedRef {
            id: NUMBER.to_owned(),
            ..NamedRef::default()
        },
        channel_account_phone: text("15550001111"),
        contact: ContactRef {
            name: text("Ana"),
            phone: text("51977452931"),
            business_scoped_user_id: text("PE.1a"),
            ..ContactRef::default()
        },
        at: HAPPENED_AT,
        at_is_receipt: false,
        kind: InboundKind::Regular,
        content_type: ContentType::Text,
        content: Content {
            body: text("Hola"),
            ..Content::default()
        },
        quoted: Some(wamid("wamid.out")),
        button: None,
        deleted: false,
    };
    assert_eq!(got, expected);
}

#[test]
fn a_forwarded_message_quotes_nothing() {
    for context in [
        json!({"forwarded": true}),
        json!({"id": ""}),
        json!("wamid.x"),
        json!([]),
    ] {
        assert_eq!(of_message(json!({"context": context})).quoted, None);
    }
}

#[test]
fn a_message_without_an_id_is_the_same_each_time() {
    let without = |body: &str| {
        of_message(json!({"id": null, "text": {"body": body}}))
            .id
            .id
    };
    assert!(without("Hola").starts_with("derived:"));
    assert_eq!(without("Hola"), without("Hola"));
    assert_ne!(without("Hola"), without("Chau"));

    // Members in another order are the same message; another number is another.
    let spelled = |body: &str, account: Option<&str>| {
        let reading = read_bytes(body.as_bytes(), account).unwrap();
        only_message(reading.findings).id.id
    };
    let one = r#"{"messages":[{"from":"51977452931","type":"text","text":{"body":"a"}}]}"#;
    let other = r#"{"messages":[{"text":{"body":"a"},"type":"text","from":"51977452931"}]}"#;
    assert_eq!(spelled(one, Some("1")), spelled(other, Some("1")));
    assert_ne!(spelled(one, Some("1")), spelled(one, Some("2")));
}

#[test]
fn the_channel_account_may_have_to_be_inferred() {
    let payload = body("messages", json!({"messages": [message(json!({}))]})).to_string();
    let account = |given| {
        let reading = read_bytes(payload.as_bytes(), given).unwrap();
        only_message(reading.findings).channel_account.id
    };
    assert_eq!(account(Some("the only one")), "the only one");
    // The entry's id is the business account's, which may have many numbers.
    let unnamed = read_bytes(payload.as_bytes(), None).unwrap().findings;
    let bare = findings(&json!({"messages": [message(json!({}))]}));
    for findings in [unnamed, bare] {
        let reason = only_unknown(&findings).reason;
        assert_eq!(reason, Reason::MissingChannelAccount);
    }
}

#[test]
fn what_cannot_be_a_message_is_kept_aside() {
    for (members, reason) in [
        (json!({"from": null}), Reason::MissingContact),
        (json!({"from": ""}), Reason::MissingContact),
        (json!({"from": {"id": "1"}}), Reason::MissingContact),
        (json!({"from": "5".repeat(257)}), Reason::MissingContact),
        (json!({"id": "x".repeat(257)}), Reason::TooLong),
        (json!({"timestamp": "100"}), Reason::ImplausibleTime),
        (json!({"timestamp": "1777896301"}), Reason::ImplausibleTime),
    ] {
        let findings = of_value(json!({"messages": [message(members.clone())]}));
        let what = only_unknown(&findings);
        assert_eq!(what.reason, reason, "{members}");
        assert_eq!(what.kind, text("text"));
        assert!(!what.detail.contains("Hola") && !what.detail.contains("51977452931"));
    }
}

#[test]
fn a_message_without_a_time_counts_at_its_receipt() {
    let got = of_message(json!({"timestamp": null}));
    assert_eq!((got.at, got.at_is_receipt), (RECEIVED_AT, true));
    let got = of_message(json!({"timestamp": 1_777_895_940_000_i64}));
    assert_eq!((got.at, got.at_is_receipt), (HAPPENED_AT, false));
}

#[test]
fn a_type_that_nobody_knows_is_a_message_all_the_same() {
    for (members, word) in [
        (
            json!({"type": "hologram", "hologram": {"id": "7"}}),
            text("hologram"),
        ),
        (json!({"type": null, "text": null}), None),
    ] {
        let findings = of_value(json!({"messages": [message(members)]}));
        let Meaning::Inbound(said) = &findings[0].meaning else {
            panic!("the message goes first: {findings:?}");
        };
        assert_eq!(said.content_type, ContentType::Unsupported);
        assert_eq!(said.kind, InboundKind::Regular);
        let (path, what) = unknown(&findings)[0];
        assert_eq!(what.reason, Reason::UnknownMessageType);
        assert_eq!((path, &what.kind), (findings[0].path.as_str(), &word));
        assert_eq!(what.id, text("wamid.in"));
    }
}

/// The messages of a body with this one message.
fn messages(members: Value) -> Vec<InboundEvidence> {
    of_value(json!({"messages": [message(members)]}))
        .into_iter()
        .map(|finding| match finding.meaning {
            Meaning::Inbound(inbound) => *inbound,
            other => panic!("a message, not {other:?}"),
        })
        .collect()
}

#[test]
fn taking_a_message_back_deletes_it() {
    let revoke = json!({
        "id": "wamid.revoke", "type": "revoke", "text": null,
        "revoke": {"original_message_id": "wamid.original"},
    });
    let [deletion, notice] = <[_; 2]>::try_from(messages(revoke)).unwrap();
    assert_eq!(deletion.id, wamid("wamid.original"));
    assert!(deletion.deleted);
    assert_eq!(deletion.at, HAPPENED_AT);
    assert_eq!(notice.id, wamid("wamid.revoke"));
    assert_eq!(notice.kind, InboundKind::System);
    assert_eq!(notice.quoted, Some(wamid("wamid.original")));
    assert!(!notice.deleted);
}

#[test]
fn a_deletion_without_its_message_is_a_notice() {
    let [notice] = <[_; 1]>::try_from(messages(json!({"type": "revoke"}))).unwrap();
    assert_eq!((notice.kind, notice.deleted), (InboundKind::System, false));
    assert!(of_message(json!({"deleted": true})).deleted);
}

#[test]
fn an_edit_is_no_further_message() {
    let got = of_message(json!({
        "type": "edit", "text": null,
        "edit": {
            "original_message_id": "wamid.original",
            "message": {"type": "text", "text": {"body": "Hola a todos"}},
        },
    }));
    assert_eq!(got.id, wamid("wamid.in"));
    assert_eq!(
        (got.kind, got.content_type),
        (InboundKind::System, ContentType::Text)
    );
    assert_eq!(got.content.body, text("Hola a todos"));
    assert_eq!(got.quoted, Some(wamid("wamid.original")));
}

#[test]
fn statuses_and_messages_may_share_a_value() {
    let findings = of_value(json!({
        "messages": [message(json!({})), message(json!({"id": "wamid.2"}))],
        "statuses": [{"id": "wamid.out", "status": "read", "timestamp": EPOCH}],
    }));
    let paths: Vec<_> = findings
        .iter()
        .map(|it| it.path.rsplit('.').next().unwrap())
        .collect();
    assert_eq!(paths, ["statuses[0]", "messages[0]", "messages[1]"]);
}
