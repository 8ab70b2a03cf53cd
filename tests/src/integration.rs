//! What an integration is made of.

use acuse_proto::ingestion::{
    CreateIntegrationRequest, Integration, IntegrationSecrets, MetaSecrets,
    integration_secrets::Secrets,
};
use acuse_proto::types::Provider;

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
