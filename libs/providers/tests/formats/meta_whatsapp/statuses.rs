//! Statuses.

use acuse_domain::event::StatusItem;
use acuse_domain::evidence::{Conversation, Pricing, SenderIdentity, StatusEvidence};
use acuse_domain::identity::{MessageNames, ProviderMessageId};
use acuse_domain::ids::NameId;
use acuse_domain::kinds::{Channel, Provider, StatusKind};
use acuse_domain::time::Timestamp;
use acuse_providers::Reason;
use serde_json::json;

use crate::meta_whatsapp::rig::{
    HAPPENED_AT, NUMBER, RECEIVED_AT, of_status, of_value, only_unknown, status, text, unknown,
};

#[test]
fn a_status_keeps_everything() {
    let got = of_status(json!({
        "biz_opaque_callback_data": "lote 7",
        "conversation": {
            "id": "conv-1", "expiration_timestamp": "1777982340", "origin": {"type": "utility"},
        },
        "pricing": {"billable": true, "pricing_model": "PMP", "category": "utility", "type": "regular"},
    }));
    let recipient = got.recipient.clone().unwrap();
    assert_eq!(recipient.phone, text("51977452931"));
    let evidence = StatusEvidence {
        pricing: Some(Pricing {
            billable: Some(true),
            category: text("utility"),
            price_type: text("regular"),
            model: text("PMP"),
            ..Pricing::default()
        }),
        conversation: Some(Conversation {
            id: text("conv-1"),
            origin: text("utility"),
            expires_at: Some(Timestamp::from_seconds(1_777_982_340)),
        }),
        sender: Some(SenderIdentity {
            channel: Channel::WhatsApp,
            external_id: NUMBER.to_owned(),
            name: NameId(0),
        }),
        correlation_id: text("lote 7"),
        ..StatusEvidence::new(StatusKind::Delivered, HAPPENED_AT, Provider::MetaWhatsApp)
    };
    let expected = StatusItem {
        names: MessageNames {
            sender: None,
            provider: Some(ProviderMessageId {
                provider: Provider::MetaWhatsApp,
                scope: String::new(),
                id: "wamid.out".to_owned(),
            }),
        },
        evidence,
        recipient: Some(recipient),
        sender_phone: text("15550001111"),
        echo: None,
    };
    assert_eq!(got, expected);
}

#[test]
fn every_kind_is_known() {
    for (word, kind) in [
        ("sent", StatusKind::Sent),
        ("delivered", StatusKind::Delivered),
        ("read", StatusKind::Read),
        ("played", StatusKind::Played),
        ("failed", StatusKind::Failed),
        ("deleted", StatusKind::Deleted),
        (" READ ", StatusKind::Read),
    ] {
        let got = of_status(json!({"status": word}));
        assert_eq!(got.evidence.kind, kind, "{word}");
        assert_eq!(got.evidence.at, HAPPENED_AT);
    }
}

#[test]
fn what_is_no_status_of_a_message_is_kept_aside() {
    for (members, reason) in [
        (json!({"status": "held"}), Reason::UnknownStatus),
        (json!({"status": "warning"}), Reason::UnknownStatus),
        (json!({"status": null}), Reason::UnknownStatus),
        (json!({"status": {"is": "read"}}), Reason::UnknownStatus),
        (json!({"id": null}), Reason::MissingId),
        (json!({"id": ""}), Reason::MissingId),
        (json!({"id": "x".repeat(257)}), Reason::TooLong),
        (
            json!({"type": "call", "status": "RINGING"}),
            Reason::NotAMessage,
        ),
        // A payment that failed is no message that failed.
        (
            json!({"type": "payment", "status": "failed"}),
            Reason::NotAMessage,
        ),
        (json!({"timestamp": "1"}), Reason::ImplausibleTime),
        (json!({"timestamp": "1777896301"}), Reason::ImplausibleTime),
    ] {
        let findings = of_value(json!({"statuses": [status(members.clone())]}));
        let what = only_unknown(&findings);
        assert_eq!(what.reason, reason, "{members}");
        let path = "entry[0].changes[0].value.statuses[0]";
        assert_eq!(findings[0].path, path);
        if members.get("id").is_none() {
            assert_eq!(what.id, text("wamid.out"), "{members}");
        }
    }
}

#[test]
fn a_bad_status_spoils_no_other() {
    let findings = of_value(json!({"statuses": [
        status(json!({"status": "in_orbit"})),
        status(json!({"id": "wamid.2"})),
        7,
        null,
        status(json!({"id": null})),
        status(json!({"id": "wamid.3"})),
    ]}));
    let unknown: Vec<_> = unknown(&findings)
        .into_iter()
        .map(|(path, what)| (path.rsplit('.').next().unwrap(), what.reason))
        .collect();
    assert_eq!(
        unknown,
        [
            ("statuses[0]", Reason::UnknownStatus),
            ("statuses[4]", Reason::MissingId),
            ("statuses", Reason::Malformed),
        ]
    );
    assert_eq!(findings.len(), 5);
}

#[test]
fn a_status_without_a_time_counts_at_its_receipt() {
    for time in [json!(null), json!(0), json!("WHEN"), json!("")] {
        let mut members = json!({});
        members["timestamp"] = time.clone();
        let got = of_status(members);
        assert!(got.evidence.at_is_receipt, "{time}");
        assert_eq!(got.evidence.at, RECEIVED_AT, "{time}");
    }
    let got = of_status(json!({"timestamp": 1_777_895_940}));
    assert_eq!(
        (got.evidence.at, got.evidence.at_is_receipt),
        (HAPPENED_AT, false)
    );
}

#[test]
fn members_may_be_missing_or_of_another_type() {
    let got = of_status(json!({
        "id": 12_345,
        "type": "message",
        "recipient_id": 51_977_452_931_i64,
        "conversation": {"origin": "service", "expiration_timestamp": null},
        "pricing": {"billable": "true", "category": 7},
        "biz_opaque_callback_data": {"campaign": 7},
        "errors": null,
    }));
    assert_eq!(got.names.provider.unwrap().id, "12345");
    assert_eq!(got.recipient.unwrap().phone, text("51977452931"));
    let conversation = got.evidence.conversation.unwrap();
    assert_eq!((conversation.id, conversation.expires_at), (None, None));
    assert_eq!(conversation.origin, text("service"));
    let pricing = got.evidence.pricing.unwrap();
    assert_eq!(
        (pricing.billable, pricing.category),
        (Some(true), text("7"))
    );
    assert_eq!(got.evidence.correlation_id, text(r#"{"campaign":7}"#));

    let got = of_status(json!({"conversation": "x", "pricing": [], "recipient_id": null}));
    assert_eq!(
        (got.evidence.conversation, got.evidence.pricing),
        (None, None)
    );
    assert_eq!(got.recipient, None);
}

#[test]
fn a_text_of_the_senders_that_is_too_long_is_told() {
    let data = "x".repeat(257);
    let findings =
        of_value(json!({"statuses": [status(json!({"biz_opaque_callback_data": data}))]}));
    assert_eq!(findings.len(), 2);
    let (path, what) = unknown(&findings)[0];
    assert_eq!(
        (what.reason, path),
        (Reason::TooLong, findings[0].path.as_str())
    );
    assert_eq!(what.id, text("wamid.out"));
}

#[test]
fn a_group_has_participants() {
    for key in ["recipient_participant_id", "participant_recipient_id"] {
        let mut members = json!({"recipient_id": "120363001@g", "recipient_type": "group"});
        members[key] = json!("51977452931");
        let got = of_status(members);
        let recipient = got.recipient.unwrap();
        assert_eq!(recipient.channel_user_id, text("120363001@g"));
        assert_eq!(recipient.phone, None);
        assert_eq!(got.evidence.participant, text("51977452931"));
    }
}

#[test]
fn without_a_channel_account_there_is_no_recipient() {
    let bare = json!({"statuses": [status(json!({}))]});
    for body in [
        crate::meta_whatsapp::rig::body("messages", bare.clone()),
        bare,
    ] {
        let got =
            crate::meta_whatsapp::rig::only_status(crate::meta_whatsapp::rig::findings(&body));
        assert_eq!((got.evidence.sender, got.recipient), (None, None));
        assert_eq!(got.evidence.kind, StatusKind::Delivered);
    }
}
