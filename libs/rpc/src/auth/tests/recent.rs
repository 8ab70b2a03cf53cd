//! Tokens that are remembered are good for no longer than they would be without.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use std::time::{Duration, SystemTime};

use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::json;

use super::{AUDIENCE, ISSUER, NOW, sign, with};
use crate::auth::{Clock, KeyPair, KeySource, KeyStore, KeyUse, Refusal, Verifier, jwks};

/// A clock that tests move, in seconds since 1970.
fn clock() -> (Arc<AtomicU64>, Clock) {
    let seconds = Arc::new(AtomicU64::new(NOW));
    let read = Arc::clone(&seconds);
    let clock: Clock =
        Arc::new(move || SystemTime::UNIX_EPOCH + Duration::from_secs(read.load(Ordering::SeqCst)));
    (seconds, clock)
}

#[tokio::test]
async fn a_token_ends_though_it_is_remembered() {
    let (pair, pem) = KeyPair::generate().unwrap();
    let key = EncodingKey::from_ed_pem(pem.expose().as_bytes()).unwrap();
    let set = jwks([(&pair, KeyUse::Caller)]);
    let keys = KeyStore::open(KeySource::Fixed(set.into_bytes()), false)
        .await
        .unwrap();
    let (seconds, clock) = clock();
    let verifier = Verifier::new(keys, ISSUER.to_owned(), AUDIENCE.to_owned(), clock);
    let token = sign(
        &key,
        Algorithm::EdDSA,
        None,
        &with(json!({ "exp": NOW + 60 })),
    );
    let first = verifier.verify(&token).unwrap();
    assert_eq!(verifier.recent().len(), 1);
    assert_eq!(verifier.verify(&token).unwrap(), first);
    seconds.store(NOW + 69, Ordering::SeqCst);
    assert_eq!(verifier.verify(&token).unwrap(), first);
    seconds.store(NOW + 70, Ordering::SeqCst);
    assert_eq!(verifier.verify(&token), Err(Refusal::Expired));
}

#[tokio::test]
async fn only_good_tokens_are_remembered_and_not_too_many() {
    let signer = super::Signer::new(KeyUse::Caller).await;
    let (recent, payload) = (signer.verifier.recent(), with(json!({})));
    let good = sign(&signer.key, Algorithm::EdDSA, None, &payload);
    let other = sign(
        &signer.key,
        Algorithm::EdDSA,
        None,
        &with(json!({ "sub": "bea" })),
    );
    // The signature of another token.
    let (said, _) = good.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    let forged = format!("{said}.{signature}");
    for _ in 0..2 {
        assert_eq!(signer.verifier.verify(&forged), Err(Refusal::Invalid));
        assert_eq!(recent.len(), 0);
    }
    let keys = signer.verifier.keys();
    let identity = signer.verifier.verify(&good).unwrap();
    let keep = |number: usize, until| {
        recent.keep(
            std::sync::Arc::clone(&keys),
            &number.to_string(),
            &identity,
            until,
            10.0,
        );
    };
    // What has ended goes first, then all.
    (0..5_000).for_each(|number| keep(number, 9.0));
    assert!(recent.len() <= 4_096);
    (5_000..9_000).for_each(|number| keep(number, 11.0));
    assert!(recent.find(&keys, "5000", 10.0).is_some());
    (9_000..10_000).for_each(|number| keep(number, 11.0));
    assert!(recent.len() <= 4_096);
    assert!(recent.find(&keys, "9999", 10.0).is_some());
}

#[tokio::test]
async fn a_key_that_is_trusted_no_more_takes_its_tokens_along() {
    let (old, pem) = KeyPair::generate().unwrap();
    let (new, _) = KeyPair::generate().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    std::fs::write(&file, jwks([(&old, KeyUse::Caller)])).unwrap();
    let keys = KeyStore::open(KeySource::File(file.clone()), false)
        .await
        .unwrap();
    let (_, clock) = clock();
    let verifier = Verifier::new(
        Arc::clone(&keys),
        ISSUER.to_owned(),
        AUDIENCE.to_owned(),
        clock,
    );
    let key = EncodingKey::from_ed_pem(pem.expose().as_bytes()).unwrap();
    let token = sign(&key, Algorithm::EdDSA, Some(old.id()), &with(json!({})));
    assert!(verifier.verify(&token).is_ok());
    std::fs::write(&file, jwks([(&new, KeyUse::Caller)])).unwrap();
    keys.reload_file().await.unwrap();
    assert_eq!(verifier.verify(&token), Err(Refusal::Invalid));
}
