//! 360dialog: WhatsApp's values, with and without their envelope.

use acuse_domain::kinds::{ContentType, Provider, StatusKind};
use acuse_providers::{Format, Reason};
use serde_json::{Value, json};

use crate::gateways::rig::{
    HAPPENED, HAPPENED_AT, findings, findings_in, only_message, only_status, only_unknown,
};

const FORMAT: Format = Format::Dialog360;

fn bare(members: Value) -> Vec<u8> {
    members.to_string().into_bytes()
}

#[test]
fn the_envelope_is_whatsapps() {
    let value = json!({
        "metadata": {"phone_number_id": "1049"},
        "statuses": [{"id": "wamid.1", "status": "read", "timestamp": HAPPENED.to_string(), "recipient_id": "51977452931"}],
    });
    let body = json!({"entry": [{"changes": [{"field": "messages", "value": value}]}]});
    let it = only_status(findings(FORMAT, &body));
    assert_eq!(it.evidence.provider, Provider::Dialog360);
    assert_eq!(it.evidence.sender.unwrap().external_id, "1049");
    assert_eq!(it.evidence.at.to_string(), HAPPENED_AT);
    // It is WhatsApp's id: whoever passes it on, it is one message.
    let id = it.names.provider.unwrap();
    let metas = acuse_domain::identity::ProviderMessageId {
        provider: Provider::MetaWhatsApp,
        ..id.clone()
    };
    assert_eq!(id.outbound_key(), metas.outbound_key());
}

#[test]
fn a_value_by_itself_is_about_the_integrations_number() {
    let message = json!({
        "contacts": [{"wa_id": "51977452931", "profile": {"name": "Ana"}}],
        "messages": [{
            "from": "51977452931", "id": "ABGG", "timestamp": HAPPENED.to_string(), "type": "voice",
            "voice": {"file": "/v1/media/41", "id": "41", "link": "https://example.org/41", "mime_type": "audio/ogg"},
        }],
    });
    let it = only_message(findings_in(FORMAT, &bare(message.clone()), Some("1049")));
    assert_eq!(it.id.provider, Provider::Dialog360);
    assert_eq!(it.channel_account.id, "1049");
    assert_eq!(it.content_type, ContentType::Audio);
    assert_eq!(it.content.media_id.as_deref(), Some("41"));
    assert_eq!(it.contact.name.as_deref(), Some("Ana"));
    let got = findings_in(FORMAT, &bare(message), None);
    assert_eq!(only_unknown(&got).reason, Reason::MissingChannelAccount);
}

#[test]
fn statuses_of_hosts_of_ones_own_have_other_members() {
    let failed = json!({"statuses": [{
        "id": "gBEG", "status": "failed", "timestamp": HAPPENED.to_string(), "type": "message",
        "message": {"recipient_id": "51977452931"},
        "pricing": {"pricing_model": "NBP", "billable": false},
        "errors": [{"code": 470, "title": "Too late", "details": "More than a day", "href": "x"}],
    }]});
    let it = only_status(findings_in(FORMAT, &bare(failed), Some("1049")));
    assert_eq!(it.evidence.kind, StatusKind::Failed);
    assert_eq!(it.recipient.unwrap().phone.as_deref(), Some("51977452931"));
    let failure = it.evidence.failure.unwrap();
    assert_eq!(
        (failure.code.as_str(), failure.detail.as_str()),
        ("470", "More than a day")
    );
    assert_eq!(it.evidence.pricing.unwrap().model.as_deref(), Some("NBP"));
    let errors = json!({"errors": [{"code": 1014, "title": "Internal error"}], "meta": {"api_status": "stable"}});
    let got = findings_in(FORMAT, &bare(errors), None);
    assert_eq!(only_unknown(&got).reason, Reason::ProviderError);
}

#[test]
fn partners_are_told_of_accounts() {
    for (event, reason) in [
        ("channel_created", Reason::NotAMessage),
        ("account_violation", Reason::NotAMessage),
        ("never_heard_of", Reason::NotAMessage),
        ("history", Reason::NotSupportedYet),
    ] {
        let body = json!({"id": "e", "event": event, "data": {"id": "1", "history": [{"metadata": {"phase": 0}}]}});
        let got = findings(FORMAT, &body);
        let what = only_unknown(&got);
        assert_eq!((what.reason, what.kind.as_deref()), (reason, Some(event)));
    }
    let echo =
        json!({"id": "wamid.1", "to": "51977452931", "type": "text", "text": {"body": "Hola"}});
    let data = json!({"metadata": {"phone_number_id": "1049"}, "message_echoes": [echo]});
    let it = only_status(findings(
        FORMAT,
        &json!({"event": "smb_message_echoes", "data": data}),
    ));
    assert_eq!(it.echo.unwrap().content.body.as_deref(), Some("Hola"));
}
