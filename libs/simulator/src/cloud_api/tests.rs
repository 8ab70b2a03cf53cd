//! Against webhooks as Meta's reference describes them.

use acuse_proto::types::{
    ButtonReply, Channel, ContactRef, Content, ContentType, Conversation, Failure, InboundKind,
    Pricing, StatusKind,
};

use super::*;

fn line() -> Line {
    Line {
        account_id: "102290129340398".to_owned(),
        phone_number_id: "106540352242922".to_owned(),
        display_phone_number: "15550783881".to_owned(),
    }
}

fn id(text: &str) -> Option<ProviderMessageId> {
    Some(ProviderMessageId {
        provider: Provider::MetaWhatsapp.into(),
        scope: None,
        id: text.to_owned(),
    })
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

fn person() -> Option<ContactRef> {
    Some(ContactRef {
        name: Some("Sheena".to_owned()),
        phone: Some("+16505551234".to_owned()),
        channel_user_id: Some("16505551234".to_owned()),
        ..ContactRef::default()
    })
}

fn status(kind: StatusKind) -> StatusEvidence {
    StatusEvidence {
        provider_message_id: id("wamid.A"),
        kind: kind.into(),
        happened_at: at(1_750_030_073),
        recipient: person(),
        channel: Some(Channel::Whatsapp.into()),
        channel_account_id: Some("106540352242922".to_owned()),
        ..StatusEvidence::default()
    }
}

fn text() -> InboundMessage {
    InboundMessage {
        provider_message_id: id("wamid.B"),
        channel: Channel::Whatsapp.into(),
        channel_account_id: "106540352242922".to_owned(),
        contact: person(),
        received_at: at(1_749_416_383),
        kind: InboundKind::Regular.into(),
        content_type: ContentType::Text.into(),
        content: Some(Content {
            body: Some("Is it in another colour?".to_owned()),
            ..Content::default()
        }),
        ..InboundMessage::default()
    }
}

fn parsed(updates: &[Update]) -> Value {
    serde_json::from_str(&body(&line(), updates)).unwrap()
}

/// The entry of the only change.
fn entry(update: Update, list: &str) -> Value {
    let mut told = parsed(&[update]);
    told["entry"][0]["changes"][0]["value"][list][0].take()
}

#[test]
fn a_delivered_message_has_its_price() {
    let evidence = StatusEvidence {
        pricing: Some(Pricing {
            billable: Some(true),
            model: Some("PMP".to_owned()),
            category: Some("utility".to_owned()),
            r#type: Some("regular".to_owned()),
        }),
        correlation_id: Some("order-77".to_owned()),
        ..status(StatusKind::Delivered)
    };
    assert_eq!(
        parsed(&[Update::Status(evidence)]),
        json!({
            "object": "whatsapp_business_account",
            "entry": [{
                "id": "102290129340398",
                "changes": [{
                    "value": {
                        "messaging_product": "whatsapp",
                        "metadata": {
                            "display_phone_number": "15550783881",
                            "phone_number_id": "106540352242922",
                        },
                        "statuses": [{
                            "id": "wamid.A",
                            "status": "delivered",
                            "timestamp": "1750030073",
                            "recipient_id": "16505551234",
                            "biz_opaque_callback_data": "order-77",
                            "pricing": {
                                "billable": true,
                                "pricing_model": "PMP",
                                "type": "regular",
                                "category": "utility",
                            },
                        }],
                    },
                    "field": "messages",
                }],
            }],
        })
    );
}

#[test]
fn a_failure_says_why_and_a_conversation_when_it_ends() {
    let failed = StatusEvidence {
        failure: Some(Failure {
            code: Some("131049".to_owned()),
            title: Some("Withheld".to_owned()),
            detail: Some("Too many.".to_owned()),
            ..Failure::default()
        }),
        ..status(StatusKind::Failed)
    };
    let told = entry(Update::Status(failed), "statuses");
    assert_eq!(told["status"], "failed");
    let error = &told["errors"][0];
    assert_eq!(
        (&error["code"], &error["title"], &error["message"]),
        (&json!(131_049), &json!("Withheld"), &json!("Withheld"))
    );
    assert_eq!(error["error_data"], json!({"details": "Too many."}));
    let sent = StatusEvidence {
        conversation: Some(Conversation {
            id: Some("6ceb9d92".to_owned()),
            origin_type: Some("referral_conversion".to_owned()),
            expires_at: at(1_750_116_480),
        }),
        ..status(StatusKind::Sent)
    };
    assert_eq!(
        entry(Update::Status(sent), "statuses")["conversation"],
        json!({
            "id": "6ceb9d92",
            "expiration_timestamp": "1750116480",
            "origin": {"type": "referral_conversion"},
        })
    );
}

#[test]
fn a_text_has_its_author_and_what_it_quotes() {
    let quoting = InboundMessage {
        quoted_message_id: id("wamid.A"),
        ..text()
    };
    let told = parsed(&[Update::Message(quoting)]);
    let value = &told["entry"][0]["changes"][0]["value"];
    assert_eq!(
        value["contacts"],
        json!([{"profile": {"name": "Sheena"}, "wa_id": "16505551234"}])
    );
    assert_eq!(
        value["messages"],
        json!([{
            "from": "16505551234",
            "id": "wamid.B",
            "timestamp": "1749416383",
            "type": "text",
            "text": {"body": "Is it in another colour?"},
            "context": {"from": "15550783881", "id": "wamid.A"},
        }])
    );
    assert_eq!(value.get("statuses"), None);
}

#[test]
fn clicks_reactions_and_regrets_have_shapes_of_their_own() {
    let click = InboundMessage {
        content_type: ContentType::Button.into(),
        quoted_message_id: id("wamid.A"),
        button: Some(ButtonReply {
            id: Some("NO".to_owned()),
            title: Some("No".to_owned()),
        }),
        ..text()
    };
    let told = entry(Update::Message(click), "messages");
    assert_eq!(told["type"], "button");
    assert_eq!(told["button"], json!({"payload": "NO", "text": "No"}));
    assert_eq!(told["context"]["id"], "wamid.A");

    let reaction = InboundMessage {
        kind: InboundKind::Reaction.into(),
        content_type: ContentType::Reaction.into(),
        content: Some(Content {
            body: Some("👍".to_owned()),
            ..Content::default()
        }),
        quoted_message_id: id("wamid.A"),
        ..text()
    };
    let told = entry(Update::Message(reaction), "messages");
    assert_eq!(
        told["reaction"],
        json!({"message_id": "wamid.A", "emoji": "👍"})
    );
    assert_eq!(told.get("context"), None);

    let gone = InboundMessage {
        deleted: true,
        ..text()
    };
    let told = entry(Update::Message(gone.clone()), "messages");
    assert_eq!(told["type"], "revoke");
    assert_eq!(told["revoke"], json!({"original_message_id": "wamid.B"}));
    assert_ne!(told["id"], "wamid.B");
    assert_eq!(told, entry(Update::Message(gone), "messages"));
}

#[test]
fn several_updates_keep_their_order() {
    let told = parsed(&[
        Update::Status(status(StatusKind::Sent)),
        Update::Status(status(StatusKind::Read)),
        Update::Message(text()),
        Update::Message(text()),
        Update::Status(status(StatusKind::Played)),
    ]);
    let changes = told["entry"][0]["changes"].as_array().unwrap();
    let count = |change: &Value, list: &str| change["value"][list].as_array().map(Vec::len);
    assert_eq!(changes.len(), 3);
    assert_eq!(count(&changes[0], "statuses"), Some(2));
    assert_eq!(count(&changes[1], "messages"), Some(2));
    assert_eq!(count(&changes[1], "contacts"), Some(1));
    assert_eq!(changes[2]["value"]["statuses"][0]["status"], "played");
}

#[test]
fn meta_tells_of_its_own_messages_alone() {
    assert!(tells_status(&status(StatusKind::Read)));
    assert!(tells_message(&text()));
    let others = StatusEvidence {
        provider: Some(Provider::Sender.into()),
        ..status(StatusKind::Dispatched)
    };
    assert!(!tells_status(&others));
    assert!(!tells_status(&status(StatusKind::Queued)));
    let elsewhere = InboundMessage {
        provider_message_id: Some(ProviderMessageId {
            provider: Provider::Dialog360.into(),
            scope: None,
            id: "wamid.C".to_owned(),
        }),
        ..text()
    };
    assert!(!tells_message(&elsewhere));
}
