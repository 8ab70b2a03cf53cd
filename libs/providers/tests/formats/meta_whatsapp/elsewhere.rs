//! What another app sends or answers on the same number, and calls.

use acuse_domain::inbound::InboundEvidence;
use acuse_domain::kinds::{ContentType, InboundKind, StatusKind};
use acuse_providers::{Finding, Meaning, Reason};
use serde_json::{Value, json};

use crate::meta_whatsapp::rig::{
    EPOCH, HAPPENED_AT, NUMBER, body, findings, message, only_message, only_status, only_unknown,
    status, text, unknown, value,
};

fn echo(members: Value) -> Value {
    let mut echo = json!({"from": "15550001111", "to": "51977452931"});
    let own = message(members);
    for (key, member) in own.as_object().unwrap() {
        echo[key] = member.clone();
    }
    echo["from"] = json!("15550001111");
    echo
}

fn of_field(field: &str, members: Value) -> Vec<Finding> {
    findings(&body(field, value(members)))
}

fn of_echo(members: Value) -> Vec<Finding> {
    of_field(
        "smb_message_echoes",
        json!({"message_echoes": [echo(members)]}),
    )
}

#[test]
fn an_echo_is_a_message_that_was_sent() {
    for (field, members) in [
        (
            "smb_message_echoes",
            json!({"message_echoes": [echo(json!({}))]}),
        ),
        ("smb_message_echoes", json!({"messages": [echo(json!({}))]})),
        ("message_echoes", json!({"message_echoes": echo(json!({}))})),
        (
            "standby",
            json!({"standby": {"message_echoes": [echo(json!({}))]}}),
        ),
        // In standby it is the request by which it was sent.
        (
            "standby",
            json!({"standby": {"message_echoes": [{"id": "wamid.in", "timestamp": EPOCH, "message": {
                "to": "51977452931", "type": "text", "text": {"body": "Hola"}, "messaging_product": "whatsapp",
            }}]}}),
        ),
    ] {
        let it = only_status(of_field(field, members));
        assert_eq!(it.names.provider.unwrap().id, "wamid.in", "{field}");
        assert_eq!(
            (it.evidence.kind, it.evidence.at),
            (StatusKind::Sent, HAPPENED_AT)
        );
        assert_eq!(it.evidence.sender.unwrap().external_id, NUMBER);
        assert_eq!(it.recipient.unwrap().phone, text("51977452931"));
        let echo = it.echo.unwrap();
        assert_eq!(
            (echo.content_type, echo.content.body),
            (ContentType::Text, text("Hola"))
        );
    }
}

#[test]
fn an_echo_may_be_to_somebody_hidden_or_to_a_group() {
    let to = |members: Value| only_status(of_echo(members)).recipient.unwrap();
    let both = to(json!({"to_user_id": "PE.12ab"}));
    assert_eq!(both.business_scoped_user_id, text("PE.12ab"));
    let hidden = only_status(of_field(
        "standby",
        json!({"standby": {"message_echoes": [{"id": "a", "message": {"recipient": "PE.12ab", "type": "text"}}]}}),
    ));
    assert_eq!(
        hidden.recipient.unwrap().business_scoped_user_id,
        text("PE.12ab")
    );
    assert!(hidden.evidence.at_is_receipt);
    let group = to(json!({"group_id": "120363@g"}));
    assert_eq!(
        (group.channel_user_id, group.phone),
        (text("120363@g"), None)
    );
}

#[test]
fn what_was_offered_has_texts_and_buttons() {
    let offer = json!({
        "type": "button", "header": {"type": "text", "text": "Pizza"}, "body": {"text": "¿Quieres?"}, "footer": {"text": "hoy"},
        "action": {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Sí"}}, {"reply": {"id": "2", "title": "No"}}]},
    });
    let it = only_status(of_echo(
        json!({"type": "interactive", "interactive": offer}),
    ));
    let content = it.echo.unwrap().content;
    assert_eq!(
        (content.header, content.footer),
        (text("Pizza"), text("hoy"))
    );
    assert_eq!(
        (content.body, content.buttons),
        (text("¿Quieres?"), vec!["Sí".to_owned(), "No".to_owned()])
    );
}

#[test]
fn what_tells_of_an_earlier_message_is_none() {
    let got = of_echo(json!({"type": "revoke", "revoke": {"original_message_id": "wamid.out"}}));
    let Meaning::Status(it) = &got[0].meaning else {
        panic!("a status, not {got:?}");
    };
    assert_eq!(it.names.provider.as_ref().unwrap().id, "wamid.out");
    assert_eq!(
        (it.evidence.kind, it.echo.is_none()),
        (StatusKind::Deleted, true)
    );
    let aside = only_unknown(&got[1..]);
    assert_eq!(
        (aside.reason, &aside.id),
        (Reason::NotAMessage, &text("wamid.in"))
    );
    let edit = json!({"original_message_id": "wamid.out", "message": {"type": "text", "text": {"body": "x"}}});
    for members in [
        json!({"type": "edit", "edit": edit}),
        json!({"type": "revoke", "revoke": {}}),
        json!({"type": "system", "system": {"body": "x"}}),
    ] {
        let got = of_echo(members);
        assert_eq!(only_unknown(&got).reason, Reason::NotAMessage);
    }
}

#[test]
fn an_echo_of_a_type_that_nobody_knows_was_sent_all_the_same() {
    let got = of_echo(json!({"type": "hologram"}));
    assert!(matches!(&got[0].meaning, Meaning::Status(it) if it.echo.is_some()));
    assert_eq!(only_unknown(&got[1..]).reason, Reason::UnknownMessageType);
    let got = of_echo(json!({"id": null}));
    assert_eq!(only_unknown(&got).reason, Reason::MissingId);
    let got = of_field("smb_message_echoes", json!({}));
    assert_eq!(only_unknown(&got).reason, Reason::NothingKnown);
    let got = findings(&body("smb_message_echoes", json!("x")));
    assert_eq!(only_unknown(&got).reason, Reason::Malformed);
}

#[test]
fn in_standby_all_else_is_as_real() {
    let contacts = json!([{"wa_id": "51977452931", "profile": {"name": "Ana"}}]);
    let got = of_field(
        "standby",
        json!({"standby": {"contacts": contacts, "messages": [message(json!({}))]}}),
    );
    let it = only_message(got);
    assert_eq!(
        (it.channel_account.id.as_str(), it.contact.name),
        (NUMBER, text("Ana"))
    );
    let got = of_field(
        "standby",
        json!({"standby": {"statuses": [status(json!({}))]}}),
    );
    assert_eq!(only_status(got).evidence.kind, StatusKind::Delivered);
    let got = of_field("standby", json!({"standby": {}}));
    assert_eq!(only_unknown(&got).reason, Reason::NothingKnown);
}

fn call(members: Value) -> Value {
    let mut call = json!({
        "id": "wacid.1", "from": "51977452931", "to": "15550001111", "event": "connect", "timestamp": EPOCH,
        "direction": "USER_INITIATED",
    });
    for (key, member) in members.as_object().unwrap() {
        call[key] = member.clone();
    }
    call
}

fn of_call(members: Value) -> Vec<Finding> {
    of_field("calls", json!({"calls": [call(members)]}))
}

#[test]
fn a_contacts_call_is_theirs() {
    let it: InboundEvidence = only_message(of_call(json!({})));
    assert_eq!((it.kind, it.at), (InboundKind::Call, HAPPENED_AT));
    assert_eq!(
        (it.id.id.as_str(), it.channel_account.id.as_str()),
        ("wacid.1", NUMBER)
    );
    assert_eq!(it.contact.phone, text("51977452931"));
    assert!(it.content.is_empty() && it.quoted.is_none());
    // When it ends it is the same call, which began when it was answered.
    let ended = json!({
        "event": "terminate", "status": "COMPLETED", "timestamp": 1_777_895_990, "start_time": EPOCH, "duration": 50,
    });
    assert_eq!(only_message(of_call(ended)), it);
    let hidden = only_message(of_call(json!({"from": null, "from_user_id": "PE.12ab"})));
    assert_eq!(hidden.contact.business_scoped_user_id, text("PE.12ab"));
}

#[test]
fn the_businesss_calls_and_what_became_of_them_are_kept_aside() {
    for members in [
        json!({"direction": "BUSINESS_INITIATED"}),
        json!({"direction": null, "from": "+1 555 000 1111", "to": "51977452931"}),
    ] {
        let got = of_call(members);
        let what = only_unknown(&got);
        assert_eq!(
            (what.reason, &what.id),
            (Reason::NotAMessage, &text("wacid.1"))
        );
    }
    let ringing = status(json!({"type": "call", "status": "RINGING"}));
    let got = of_field("calls", json!({"statuses": [ringing]}));
    assert_eq!(only_unknown(&got).reason, Reason::NotAMessage);
    let nobody = of_call(json!({"from": null}));
    assert_eq!(only_unknown(&nobody).reason, Reason::MissingContact);
    let failed = json!({"calls": [call(json!({}))], "errors": [{"code": 138_000}]});
    let got = of_field("calls", failed);
    assert_eq!(unknown(&got).len(), 1);
    assert_eq!(unknown(&got)[0].1.reason, Reason::ProviderError);
}
