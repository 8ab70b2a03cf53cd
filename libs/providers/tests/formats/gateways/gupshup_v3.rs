//! Gupshup's version 3: WhatsApp's envelope with ids of Gupshup's own.

use acuse_domain::kinds::{Provider, StatusKind};
use acuse_providers::{Format, Reason};
use serde_json::{Value, json};

use crate::gateways::rig::{
    HAPPENED, HAPPENED_AT, findings, only_message, only_status, only_unknown,
};

const FORMAT: Format = Format::Gupshup;

fn body(field: &str, value: Value) -> Value {
    json!({
        "gs_app_id": "82ed", "object": "whatsapp_business_account",
        "entry": [{"id": "1125", "changes": [{"field": field, "value": value}]}],
    })
}

fn of_status(members: Value) -> Value {
    let value = json!({"metadata": {"phone_number_id": "1580"}, "statuses": [members]});
    body("messages", value)
}

#[test]
fn a_status_is_known_by_gupshups_id() {
    let it = only_status(findings(
        FORMAT,
        &of_status(json!({
            "gs_id": "7dae", "id": "wamid.1", "status": "sent", "timestamp": HAPPENED.to_string(),
            "recipient_id": "51977452931", "conversation": {"id": "c"},
        })),
    ));
    let id = it.names.provider.unwrap();
    assert_eq!((id.provider, id.id.as_str()), (Provider::Gupshup, "7dae"));
    assert_eq!(it.evidence.provider, Provider::Gupshup);
    assert_eq!(it.evidence.sender.unwrap().external_id, "1580");
    // A week later it is left out.
    let late = of_status(json!({"id": "wamid.1", "status": "read", "timestamp": HAPPENED}));
    assert_eq!(
        only_status(findings(FORMAT, &late))
            .names
            .provider
            .unwrap()
            .id,
        "wamid.1"
    );
}

#[test]
fn what_is_enqueued_has_left() {
    let enqueued = json!({
        "gs_id": "2baf", "id": "wamid.1", "status": "enqueued", "timestamp": HAPPENED * 1_000, "recipient_id": "51977452931",
    });
    let it = only_status(findings(FORMAT, &of_status(enqueued.clone())));
    assert_eq!(it.evidence.kind, StatusKind::Dispatched);
    assert_eq!(it.evidence.at.to_string(), HAPPENED_AT);
    // It is a word of Gupshup's alone.
    let got = findings(Format::MetaWhatsApp, &of_status(enqueued));
    assert_eq!(only_unknown(&got).reason, Reason::UnknownStatus);
}

#[test]
fn failures_have_their_reason_in_either_place() {
    for members in [
        json!({"errors": [{"code": 131_047, "title": "Too late", "href": "x"}]}),
        json!({"code": 131_047, "reason": "Too late"}),
        json!({"code": "131047", "reason": "Too late", "errors": null}),
    ] {
        let mut status =
            json!({"gs_id": "91f5", "status": "failed", "timestamp": HAPPENED.to_string()});
        status
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        let failure = only_status(findings(FORMAT, &of_status(status)))
            .evidence
            .failure;
        let failure = failure.unwrap();
        assert_eq!(
            (failure.code.as_str(), failure.title.as_str()),
            ("131047", "Too late")
        );
    }
}

#[test]
fn a_reply_quotes_gupshups_id() {
    let message = json!({
        "from": "51977452931", "id": "wamid.in", "timestamp": HAPPENED.to_string(), "type": "text", "text": {"body": "Hola"},
        "context": {"from": "511", "gs_id": "0e74", "id": "031A", "meta_msg_id": "wamid.out"},
    });
    let value = json!({"metadata": {"phone_number_id": "1580"}, "messages": [message]});
    let it = only_message(findings(FORMAT, &body("messages", value)));
    assert_eq!(
        (it.id.provider, it.id.id.as_str()),
        (Provider::Gupshup, "wamid.in")
    );
    let quoted = it.quoted.unwrap();
    assert_eq!(
        (quoted.provider, quoted.id.as_str()),
        (Provider::Gupshup, "0e74")
    );
}

#[test]
fn other_events_are_kept() {
    let references = json!({"gs_id": "01e8", "id": "0f19", "destination": "51977452931"});
    let billing = json!({"billing": {"deductions": {"billable": true}, "references": references}});
    let got = findings(FORMAT, &body("billing-event", billing));
    let what = only_unknown(&got);
    assert_eq!(
        (what.reason, what.id.as_deref()),
        (Reason::NotSupportedYet, Some("01e8"))
    );
    let got = findings(FORMAT, &of_status(json!({"type": "set-callback"})));
    assert_eq!(only_unknown(&got).reason, Reason::NotAMessage);
}
