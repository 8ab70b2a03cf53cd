//! Forms and queries: any text, as a body, and as the query of a URL.

use acuse_providers::{
    Delivery, Format, MetaSecrets, Secrets, SharedSecrets, handshake, read, verify,
};

use crate::{NOW, webhooks};

/// Longer than anything that the input is likely to hold.
const SECRET: &str = "9b6e1c0f4d7a25838e5f60c1b2a4d379";

/// Every format reads it, also where it came in the query, and nobody is believed for it.
///
/// # Panics
///
/// Where that does not hold.
pub fn check(bytes: &[u8]) {
    let query: Vec<(String, String)> = form_urlencoded::parse(bytes).into_owned().collect();
    let meta = Secrets::Meta(MetaSecrets {
        app_secrets: vec![SECRET.to_owned()],
        verify_token: SECRET.to_owned(),
    });
    let shared = Secrets::Shared(SharedSecrets {
        secrets: vec![SECRET.to_owned()],
    });
    for format in Format::ALL.iter().copied() {
        if format.reads_queries() {
            webhooks::check_as(format, bytes);
        }
        let delivery = Delivery {
            query: &query,
            ..Delivery::of(bytes, NOW)
        };
        assert_eq!(read(format, &delivery), read(format, &delivery));
        for secrets in [&meta, &shared] {
            assert!(handshake(format, secrets, &query).is_err());
            assert!(verify(format, secrets, &delivery).is_err());
        }
    }
}
