//! Which keys are trusted, and for what.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, jwk::Jwk};
use serde_json::{Value, json};

use super::{P256, RSA, open, pair, payload, sign, verifier};
use crate::auth::{KeyPair, KeySource, KeyStore, KeyUse, Refusal, jwks};

#[tokio::test]
async fn the_key_decides_the_algorithm() {
    let pair = pair();
    let verifier = verifier(jwks([(&pair, KeyUse::Caller)])).await;
    let public = pair.public_jwk(KeyUse::Caller)["x"]
        .as_str()
        .unwrap()
        .to_owned();
    let raw = URL_SAFE_NO_PAD.decode(&public).unwrap();
    for secret in [raw.as_slice(), public.as_bytes()] {
        let key = EncodingKey::from_secret(secret);
        let forged = sign(&key, Algorithm::HS256, Some(pair.id()), &payload());
        assert_eq!(verifier.verify(&forged), Err(Refusal::Invalid));
    }
    let body = URL_SAFE_NO_PAD.encode(payload().to_string());
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"EdDSA"}"#,
        r#"{"alg":"EdDSA","crit":["x"]}"#,
    ] {
        let unsigned = format!("{}.{body}.", URL_SAFE_NO_PAD.encode(header));
        assert_eq!(verifier.verify(&unsigned), Err(Refusal::Invalid));
    }
}

#[tokio::test]
async fn all_three_algorithms_are_taken() {
    let rsa = EncodingKey::from_rsa_pem(RSA).unwrap();
    let p256 = EncodingKey::from_ec_pem(P256).unwrap();
    let (pair, pem) = KeyPair::generate().unwrap();
    let ed = EncodingKey::from_ed_pem(pem.expose().as_bytes()).unwrap();
    let entry = |key: &EncodingKey, algorithm, kid: &str| {
        let mut entry = json!(Jwk::from_encoding_key(key, algorithm).unwrap());
        entry["kid"] = json!(kid);
        entry
    };
    let set = json!({ "keys": [
        entry(&rsa, Algorithm::RS256, "rsa"),
        entry(&p256, Algorithm::ES256, "p256"),
        pair.public_jwk(KeyUse::Caller),
        { "kty": "OKP", "crv": "X25519", "x": "AA", "kid": "of-a-kind-not-used" },
    ]});
    let verifier = verifier(set.to_string()).await;
    for (key, algorithm, kid) in [
        (&rsa, Algorithm::RS256, "rsa"),
        (&p256, Algorithm::ES256, "p256"),
        (&ed, Algorithm::EdDSA, pair.id()),
    ] {
        let good = sign(key, algorithm, Some(kid), &payload());
        assert!(verifier.verify(&good).is_ok(), "{algorithm:?}");
        let nameless = sign(key, algorithm, None, &payload());
        assert_eq!(
            verifier.verify(&nameless),
            Err(Refusal::Invalid),
            "there are several keys"
        );
    }
    let other_algorithm = sign(&rsa, Algorithm::RS512, Some("rsa"), &payload());
    assert_eq!(verifier.verify(&other_algorithm), Err(Refusal::Invalid));
    let other_key = sign(&ed, Algorithm::EdDSA, Some("p256"), &payload());
    assert_eq!(verifier.verify(&other_key), Err(Refusal::Invalid));
}

#[tokio::test]
async fn a_shared_secret_is_for_development() {
    let secret = b"0123456789abcdef0123456789abcdef";
    let set = |k: &[u8]| {
        json!({ "keys": [{ "kty": "oct", "k": URL_SAFE_NO_PAD.encode(k) }] }).to_string()
    };
    assert!(open(set(secret), false).await.is_err());
    assert!(open(set(b"short"), true).await.is_err());
    let token = sign(
        &EncodingKey::from_secret(secret),
        Algorithm::HS256,
        None,
        &payload(),
    );
    assert!(verifier(set(secret)).await.verify(&token).is_ok());
}

#[tokio::test]
async fn key_sets_that_cannot_be_trusted_are_refused() {
    let good = pair().public_jwk(KeyUse::Caller);
    let changed = |name: &str, value: Value| {
        let mut entry = good.clone();
        entry[name] = value;
        json!({ "keys": [entry] })
    };
    for set in [
        json!({}),
        json!({ "keys": [] }),
        json!({ "keys": [good, good] }),
        changed("x", json!("AAAA")),
        changed("x", json!("not base64!")),
        changed("alg", json!("ES256")),
        changed("acuse_use", json!("servce")),
        changed("use", json!("enc")),
        json!({ "keys": [{ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode([1; 128]), "e": "AQAB" }] }),
    ] {
        let error = open(set.to_string(), false).await.err();
        assert!(error.is_some(), "{set}");
    }
    assert!(
        KeyStore::open(KeySource::File("/no/such/file".into()), false)
            .await
            .is_err()
    );
}

#[test]
fn keys_do_not_show_themselves() {
    let (pair, pem) = KeyPair::generate().unwrap();
    let secret = pem.expose().lines().nth(1).unwrap();
    assert!(!format!("{pair:?} {pem:?}").contains(secret));
    let again = KeyPair::from_pem(pem.expose().as_bytes()).unwrap();
    assert_eq!(again.id(), pair.id());
    assert!(KeyPair::from_pem(b"nonsense").is_err());
    assert!(KeyPair::from_pem(RSA).is_err());
}
