//! What an integration is made of.

use acuse_proto::ingestion::{
    CreateIntegrationRequest, Integration, IntegrationSecrets, MetaSecrets,
    integration_secrets::Secrets,
};
use acuse_proto::types::Provider;
use serde_json::json;

/// What WhatsApp's webhook says of a text that a contact sent to a line, at a time in seconds since 1970.
#[must_use]
pub fn whatsapp_text(wamid: &str, (from, line): (&str, &str), text: &str, seconds: i64) -> String {
    let message = json!({
        "from": from, "id": wamid, "timestamp": seconds.to_string(), "type": "text", "text": { "body": text }
    });
    let metadata = json!({ "display_phone_number": line, "phone_number_id": "1001" });
    let value =
        json!({ "messaging_product": "whatsapp", "metadata": metadata, "messages": [message] });
    let changes = json!([{ "field": "messages", "value": value }]);
    let entry = json!([{ "id": "102290129340398", "changes": changes }]);
    json!({ "object": "whatsapp_business_account", "entry": entry }).to_string()
}

/// Asks for an integration with Meta whose app signs with one secret, and which answers to a token.
#[must_use]
pub fn with_meta(app_secret: &str, verify_token: &str) -> CreateIntegrationRequest {
    let meta = MetaSecrets {
        app_secrets: vec![app_secret.to_owned()],
        verify_token: verify_token.to_owned(),
    };
    CreateIntegrationRequest {
        integration: Some(Integration {
            provider: Provider::MetaWhatsapp.into(),
            display_name: "WhatsApp".to_owned(),
            ..Integration::default()
        }),
        secrets: Some(IntegrationSecrets {
            secrets: Some(Secrets::Meta(meta)),
        }),
        request_id: None,
    }
}
