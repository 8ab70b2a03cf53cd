//! Keys that are published at a URL.

use std::{path::PathBuf, sync::Arc, time::Duration};

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig, rustls::pki_types};

use super::publisher::{Publisher, Signer, set};
use super::{AUDIENCE, ISSUER, NOW, at, payload, sign};
use crate::auth::{
    Identity, KeySetUrl, KeySource, KeyStore, KeyUse, KeysError, Refusal, Verifier, jwks,
};

const CA: &[u8] = include_bytes!("../../../tests/stack/testdata/ca.pem");
const OTHER_CA: &[u8] = include_bytes!("../../../tests/stack/testdata/other-ca.pem");
const CERTIFICATE: &[u8] = include_bytes!("../../../tests/stack/testdata/server.pem");
const KEY: &[u8] = include_bytes!("../../../tests/stack/testdata/server.key");

const NEVER: Duration = Duration::from_secs(3_600);

/// Opens them as where secrets may sign, which makes none of what is published.
async fn open(url: KeySetUrl, file: Option<PathBuf>) -> Result<Arc<KeyStore>, KeysError> {
    let url = Box::new(url);
    KeyStore::open(KeySource::Url { url, file }, true).await
}

/// Checks tokens by the keys of a source for as long as it lives.
struct Rig {
    verifier: Verifier,
    watching: tokio::task::JoinHandle<()>,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

impl Rig {
    async fn new(url: KeySetUrl, file: Option<PathBuf>) -> Self {
        let keys = open(url, file).await.unwrap();
        let watching = keys.watch(Duration::from_millis(20));
        let (issuer, audience) = (ISSUER.to_owned(), AUDIENCE.to_owned());
        Self {
            verifier: Verifier::new(keys, issuer, audience, at(NOW)),
            watching,
        }
    }

    async fn check(&self, token: &str) -> Result<Identity, Refusal> {
        self.verifier.check(token).await
    }

    async fn becomes(&self, token: &str, good: bool) {
        let began = Instant::now();
        while self.verifier.verify(token).is_ok() != good {
            assert!(began.elapsed() < Duration::from_secs(20), "good: {good}");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn a_key_that_is_not_known_is_asked_for_before_its_token_is_refused() {
    let (old, new, strange) = (Signer::new(), Signer::new(), Signer::new());
    let publisher = Publisher::of(&[&old]).await;
    let rig = Rig::new(publisher.url(NEVER, Duration::ZERO), None).await;
    assert!(rig.check(&old.token()).await.is_ok());
    // Of a token that names no key, or one that is known, nobody is asked.
    let nameless = sign(&old.key, Algorithm::EdDSA, None, &payload());
    assert!(rig.check(&nameless).await.is_ok());
    let forged = sign(&new.key, Algorithm::EdDSA, Some(old.pair.id()), &payload());
    for wrong in [forged.as_str(), "a.b.c", ""] {
        assert_eq!(rig.check(wrong).await, Err(Refusal::Invalid));
    }
    assert_eq!(publisher.asked(), 1);
    publisher.publish(200, set(&[&new]));
    assert!(rig.check(&new.token()).await.is_ok());
    assert_eq!(publisher.asked(), 2);
    // A key that is published no more is trusted no more.
    assert_eq!(rig.check(&old.token()).await, Err(Refusal::Invalid));
    assert_eq!(rig.check(&strange.token()).await, Err(Refusal::Invalid));
    assert!(rig.check(&new.token()).await.is_ok());
}

#[tokio::test]
async fn strange_keys_are_no_way_to_have_the_issuer_asked_all_the_time() {
    let (known, strange) = (Signer::new(), Signer::new());
    let publisher = Publisher::of(&[&known]).await;
    let rig = Rig::new(publisher.url(NEVER, NEVER), None).await;
    let began = Instant::now();
    for _ in 0..50 {
        assert_eq!(rig.check(&strange.token()).await, Err(Refusal::Invalid));
    }
    assert!(began.elapsed() < Duration::from_secs(20), "they waited");
    assert_eq!(publisher.asked(), 1);
    let once = Rig::new(publisher.url(NEVER, Duration::from_millis(300)), None).await;
    sleep(Duration::from_millis(350)).await;
    let asking = (0..50).map(|_| async { once.check(&strange.token()).await });
    for refused in futures::future::join_all(asking).await {
        assert_eq!(refused, Err(Refusal::Invalid));
    }
    // As often as it was opened, and once for all fifty.
    assert_eq!(publisher.asked(), 3);
}

#[tokio::test]
async fn the_last_good_set_stays_while_there_is_no_other() {
    let (old, new) = (Signer::new(), Signer::new());
    let publisher = Publisher::of(&[&old]).await;
    let soon = Duration::from_millis(10);
    let rig = Rig::new(publisher.url(soon, soon), None).await;
    let (large, moved) = (" ".repeat((1 << 20) + 1), set(&[&new]));
    for (status, body) in [
        (503, String::new()),
        (200, "<html>".to_owned()),
        (200, json!({ "keys": [] }).to_string()),
        (200, large),
        (302, moved),
    ] {
        let before = publisher.asked();
        publisher.publish(status, body);
        while publisher.asked() < before + 3 {
            sleep(Duration::from_millis(2)).await;
        }
        assert!(rig.verifier.verify(&old.token()).is_ok(), "{status}");
        assert!(rig.verifier.verify(&new.token()).is_err(), "{status}");
    }
    publisher.publish(200, set(&[&new]));
    rig.becomes(&new.token(), true).await;
    rig.becomes(&old.token(), false).await;
}

#[tokio::test]
async fn what_is_wrong_at_the_start_is_told_by_the_settings_name() {
    let signer = Signer::new();
    let publisher = Publisher::of(&[&signer]).await;
    let fault = async |url: KeySetUrl, file: Option<PathBuf>| {
        let opened = open(url, file).await;
        opened.err().unwrap().to_string()
    };
    let url = || publisher.url(NEVER, NEVER);
    for (status, body, part) in [
        (404, "", "the key set cannot be read: it answers 404"),
        (200, "[]", "not a JSON Web Key Set"),
        // A secret that is published is none.
        (
            200,
            r#"{"keys":[{"kty":"oct","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}]}"#,
            "no usable key",
        ),
    ] {
        publisher.publish(status, body);
        let told = fault(url(), None).await;
        assert!(told.starts_with("ACUSE_JWKS_URL: "), "{told}");
        assert!(told.contains(part), "{told}");
    }
    let away = KeySetUrl::new("http://127.0.0.1:1/keys", None).unwrap();
    let told = fault(away, None).await;
    assert!(
        told.starts_with("ACUSE_JWKS_URL: the key set cannot be read: "),
        "{told}"
    );
    publisher.publish(200, set(&[&signer]));
    let told = fault(url(), Some("/no/such/file".into())).await;
    assert!(
        told.starts_with("ACUSE_JWKS: the key set cannot be read: "),
        "{told}"
    );
}

#[tokio::test]
async fn a_file_beside_it_has_keys_of_its_own() {
    let (issued, service, twice) = (Signer::new(), Signer::new(), Signer::new());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    let own = |signers: &[&Signer]| {
        let keys = signers.iter().map(|signer| (&signer.pair, KeyUse::Service));
        std::fs::write(&file, jwks(keys)).unwrap();
    };
    own(&[&service]);
    let soon = Duration::from_millis(10);
    // What others publish is not all for us.
    let mut published: Value = serde_json::from_str(&set(&[&issued, &twice])).unwrap();
    let keys = published["keys"].as_array_mut().unwrap();
    keys.push(json!({ "kty": "RSA", "alg": "PS256", "kid": "a", "n": "AQAB", "e": "AQAB" }));
    keys.push(json!({ "kty": "EC", "crv": "P-256", "kid": "b", "x": "AA", "y": "AA" }));
    // Nor does it make anybody a service.
    let imposter = Signer::new();
    let theirs = jwks([(&imposter.pair, KeyUse::Service)]);
    let theirs: Value = serde_json::from_str(&theirs).unwrap();
    keys.push(theirs["keys"][0].clone());
    let publisher = Publisher::start(published.to_string(), None).await;
    let rig = Rig::new(publisher.url(soon, soon), Some(file.clone())).await;
    assert!(rig.check(&issued.token()).await.is_ok());
    assert!(rig.check(&twice.token()).await.is_ok());
    let called = service.of_service();
    assert_eq!(
        rig.check(&called).await.unwrap().peer.as_deref(),
        Some("ana")
    );
    assert!(rig.check(&imposter.of_service()).await.is_err());
    // In the file a key is a service's, and callers' tokens are not signed with it.
    own(&[&service, &twice]);
    rig.becomes(&twice.token(), false).await;
    publisher.publish(200, set(&[&twice]));
    rig.becomes(&issued.token(), false).await;
    assert!(rig.check(&called).await.is_ok());
    assert!(rig.check(&twice.token()).await.is_err());
}

#[tokio::test]
async fn over_tls_it_has_to_be_who_it_should_be() {
    use pki_types::pem::PemObject as _;
    let signer = Signer::new();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let chain = pki_types::CertificateDer::pem_slice_iter(CERTIFICATE);
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            chain.map(Result::unwrap).collect(),
            pki_types::PrivateKeyDer::from_pem_slice(KEY).unwrap(),
        )
        .unwrap();
    let tls = TlsAcceptor::from(Arc::new(config));
    let publisher = Publisher::start(set(&[&signer]), Some(tls)).await;
    let port = publisher.address.port();
    let opens = async |host: &str, authorities: Option<&[u8]>| {
        let url = KeySetUrl::new(&format!("https://{host}:{port}/keys"), authorities).unwrap();
        let opened = open(url, None).await;
        opened.map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(opens("127.0.0.1", Some(CA)).await, Ok(()));
    for (host, authorities, part) in [
        ("127.0.0.1", Some(OTHER_CA), "UnknownIssuer"),
        ("127.0.0.1", None, "UnknownIssuer"),
        ("localhost", Some(CA), "not valid for"),
    ] {
        let fault = opens(host, authorities).await.unwrap_err();
        assert!(fault.contains(part), "{host}: {fault}");
    }
}

#[test]
fn keys_come_from_where_nobody_can_put_others() {
    for good in [
        "https://id.example/.well-known/jwks.json",
        "https://id.example:8443/keys?tenant=acme",
        "http://localhost:8080/keys",
        "http://127.0.0.1/keys",
        "http://[::1]:8080/keys",
    ] {
        assert!(KeySetUrl::new(good, None).is_ok(), "{good}");
    }
    for (bad, part) in [
        ("", "is no URL"),
        ("/keys", "is no URL"),
        ("id.example/keys", "is no URL"),
        ("file:///etc/keys", "is no URL"),
        ("https://user:hunter2@id.example/keys", "is no URL"),
        ("https://id.example/keys#a", "is no URL"),
        ("http://id.example/keys", "is http:// to another machine"),
        ("http://192.0.2.1/keys", "is http:// to another machine"),
        (
            "http://localhost.example/keys",
            "is http:// to another machine",
        ),
    ] {
        let fault = KeySetUrl::new(bad, None).unwrap_err().to_string();
        assert!(fault.contains(part), "{bad}: {fault}");
        assert!(!fault.contains("hunter2"), "{fault}");
    }
    for (url, authorities) in [
        ("http://localhost/keys", CA),
        ("https://id.example/keys", b"no certificate".as_slice()),
    ] {
        assert!(KeySetUrl::new(url, Some(authorities)).is_err(), "{url}");
    }
}
