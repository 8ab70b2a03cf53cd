//! Gateways sign nothing, and show a secret.

use acuse_providers::{
    Delivery, Format, MetaSecrets, Secrets, SharedSecrets, Unverified, handshake, verify,
};

use crate::gateways::rig::RECEIVED_AT;

#[test]
fn gateways_show_a_secret() {
    let secrets = Secrets::Shared(SharedSecrets {
        secrets: vec!["hunter22".to_owned()],
    });
    for format in [Format::Dialog360, Format::Gupshup] {
        let shown = |secret: &str| {
            let query = [("secret".to_owned(), secret.to_owned())];
            let delivery = Delivery {
                query: &query,
                ..Delivery::of(b"{}", RECEIVED_AT)
            };
            verify(format, &secrets, &delivery)
        };
        assert_eq!(shown("hunter22"), Ok(()));
        assert_eq!(shown("hunter23"), Err(Unverified::Invalid));
        let silent = Delivery::of(b"{}", RECEIVED_AT);
        assert_eq!(verify(format, &secrets, &silent), Err(Unverified::Absent));
        let metas = Secrets::Meta(MetaSecrets::default());
        assert_eq!(verify(format, &metas, &silent), Err(Unverified::NoSecret));
        assert_eq!(
            handshake(format, &secrets, &[]),
            Err(Unverified::NoHandshake)
        );
    }
}

#[test]
fn metas_products_verify_their_address_alike() {
    let secrets = Secrets::Meta(MetaSecrets {
        app_secrets: Vec::new(),
        verify_token: "agreed on".to_owned(),
    });
    let query = [
        ("hub.mode", "subscribe"),
        ("hub.verify_token", "agreed on"),
        ("hub.challenge", "1158201444"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    for format in [Format::MetaMessenger, Format::MetaInstagram] {
        assert_eq!(
            handshake(format, &secrets, &query).as_deref(),
            Ok("1158201444")
        );
    }
}
