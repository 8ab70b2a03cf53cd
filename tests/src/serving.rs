//! How services under test serve.

use std::time::Duration;

use acuse_rpc::auth::{KeyPair, KeySource, KeyUse, jwks};
use acuse_rpc::config::{AuthConfig, Limits, ServerConfig};

/// On a free port of the loopback interface, for callers whose tokens `issuer` signed with `key` for the audience `acuse`.
#[must_use]
pub fn on_loopback(key: &KeyPair, issuer: &str) -> ServerConfig {
    let keys = jwks([(key, KeyUse::Caller)]);
    ServerConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        allow_plaintext: false,
        tls: None,
        auth: AuthConfig {
            keys: KeySource::Fixed(keys.into_bytes()),
            refresh: Duration::from_secs(60),
            issuer: issuer.to_owned(),
            audience: "acuse".to_owned(),
            allow_development_hs256: false,
        },
        limits: Limits::default(),
        connection_age: Duration::from_secs(900),
        drain: Duration::from_secs(5),
    }
}
