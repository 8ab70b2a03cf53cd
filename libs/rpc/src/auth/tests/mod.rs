mod issued;
mod keys;
mod publisher;
mod recent;
mod remote;

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, SystemTime},
};

use acuse_domain::scope::{Limit, Permission, Role, Scope};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::{
    Clock, Identity, KeyPair, KeySource, KeyStore, KeyUse, KeysError, Refusal, Verifier, jwks,
};

const ISSUER: &str = "https://id.example";
const AUDIENCE: &str = "acuse";
const NOW: u64 = 1_800_000_000;
const RSA: &[u8] = include_bytes!("../testdata/rsa.pem");
const P256: &[u8] = include_bytes!("../testdata/p256.pem");

fn at(seconds: u64) -> Clock {
    Arc::new(move || SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

async fn open(set: impl Into<Vec<u8>>, hs256: bool) -> Result<Arc<KeyStore>, KeysError> {
    KeyStore::open(KeySource::Fixed(set.into()), hs256).await
}

async fn verifier(set: impl Into<Vec<u8>>) -> Verifier {
    let keys = open(set, true).await.unwrap();
    Verifier::new(keys, ISSUER.to_owned(), AUDIENCE.to_owned(), at(NOW))
}

fn pair() -> KeyPair {
    KeyPair::generate().unwrap().0
}

fn payload() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 60, "sub": "ana", "workspace": "acme",
        "role": "analyst", "scopes": ["report", "no-such-scope"],
    })
}

fn with(changes: Value) -> Value {
    let mut payload = payload();
    for (name, value) in changes.as_object().unwrap() {
        payload[name] = value.clone();
    }
    payload
}

fn without(name: &str) -> Value {
    let mut payload = payload();
    payload.as_object_mut().unwrap().remove(name);
    payload
}

fn sign(key: &EncodingKey, algorithm: Algorithm, kid: Option<&str>, payload: &Value) -> String {
    let mut header = Header::new(algorithm);
    header.kid = kid.map(ToOwned::to_owned);
    encode(&header, payload, key).unwrap()
}

/// One caller key, and a way to sign anything at all with it.
struct Signer {
    key: EncodingKey,
    verifier: Verifier,
}

impl Signer {
    async fn new(purpose: KeyUse) -> Self {
        let (pair, pem) = KeyPair::generate().unwrap();
        Self {
            key: EncodingKey::from_ed_pem(pem.expose().as_bytes()).unwrap(),
            verifier: verifier(jwks([(&pair, purpose)])).await,
        }
    }

    fn check(&self, payload: &Value) -> Result<Identity, Refusal> {
        self.verifier
            .verify(&sign(&self.key, Algorithm::EdDSA, None, payload))
    }

    fn scope(&self, payload: &Value) -> Scope {
        self.check(payload).unwrap().caller.scope.unwrap()
    }
}

fn only(ids: &[&str]) -> Limit {
    Limit::Only(ids.iter().map(|&id| id.to_owned()).collect())
}

#[tokio::test]
async fn roles_see_what_is_theirs() {
    let signer = Signer::new(KeyUse::Caller).await;
    for role in ["administrator", "analyst", "service"] {
        let scope = signer.scope(&with(json!({ "role": role, "departments": ["x"] })));
        assert_eq!(scope, Scope::whole("acme"), "{role}");
        let scope = signer.scope(&with(json!({ "role": role, "accounts": ["a1"] })));
        assert_eq!(scope.accounts, only(&["a1"]), "{role}");
    }
    let scope = signer.scope(&with(
        json!({ "role": "supervisor", "departments": ["d1", "d2"] }),
    ));
    assert_eq!(scope.departments, only(&["d1", "d2"]));
    assert_eq!(scope.agents, Limit::All);
    let scope = signer.scope(&with(json!({ "role": "agent" })));
    assert_eq!(scope.agents, only(&["ana"]));
    let scope = signer.scope(&with(json!({ "role": "agent", "agent": "a-7" })));
    assert_eq!(scope.agents, only(&["a-7"]));
}

#[tokio::test]
async fn a_supervisor_without_departments_sees_nothing() {
    let signer = Signer::new(KeyUse::Caller).await;
    let scope = signer.scope(&with(json!({ "role": "supervisor" })));
    assert_eq!(scope.departments, only(&[]));
    assert!(!scope.covers(Some("d1"), None, None));
    assert!(!scope.covers(None, None, None));
}

#[tokio::test]
async fn permissions_are_those_that_are_known() {
    let signer = Signer::new(KeyUse::Caller).await;
    let caller = signer.check(&payload()).unwrap().caller;
    assert_eq!(caller.permissions, BTreeSet::from([Permission::Report]));
    let caller = signer.check(&without("scopes")).unwrap().caller;
    assert!(caller.permissions.is_empty());
}

#[tokio::test]
async fn an_operator_belongs_to_no_workspace_and_everyone_else_to_one() {
    let signer = Signer::new(KeyUse::Caller).await;
    let mut operator = without("workspace");
    operator["role"] = json!("operator");
    let caller = signer.check(&operator).unwrap().caller;
    assert_eq!((caller.role, caller.scope), (Role::Operator, None));
    for payload in [
        with(json!({ "role": "operator" })),
        without("workspace"),
        with(json!({ "workspace": "" })),
        without("role"),
        with(json!({ "role": "root" })),
        with(json!({ "sub": "" })),
    ] {
        assert_eq!(signer.check(&payload), Err(Refusal::Invalid), "{payload}");
    }
}

#[tokio::test]
async fn a_token_has_its_time() {
    let signer = Signer::new(KeyUse::Caller).await;
    for (exp, expected) in [
        (json!(NOW - 9), None),
        (json!(NOW - 10), Some(Refusal::Expired)),
        (json!(NOW - 3600), Some(Refusal::Expired)),
        (json!("tomorrow"), Some(Refusal::Invalid)),
        (json!(null), Some(Refusal::Invalid)),
    ] {
        let checked = signer.check(&with(json!({ "exp": exp })));
        assert_eq!(checked.err(), expected, "exp {exp}");
    }
    assert_eq!(signer.check(&without("exp")), Err(Refusal::Invalid));
    assert!(signer.check(&with(json!({ "nbf": NOW + 10 }))).is_ok());
    assert_eq!(
        signer.check(&with(json!({ "nbf": NOW + 11 }))),
        Err(Refusal::Invalid)
    );
}

#[tokio::test]
async fn a_token_is_for_us_and_by_whom_we_trust() {
    let signer = Signer::new(KeyUse::Caller).await;
    for payload in [
        with(json!({ "iss": "https://evil.example" })),
        with(json!({ "iss": [ISSUER] })),
        with(json!({ "aud": "others" })),
        with(json!({ "aud": [] })),
        without("iss"),
        without("aud"),
        without("sub"),
    ] {
        assert_eq!(signer.check(&payload), Err(Refusal::Invalid), "{payload}");
    }
    assert!(
        signer
            .check(&with(json!({ "aud": ["others", AUDIENCE] })))
            .is_ok()
    );
    assert_eq!(signer.verifier.verify("a.b.c"), Err(Refusal::Invalid));
    assert_eq!(signer.verifier.verify(""), Err(Refusal::Invalid));
    assert_eq!(
        signer.verifier.verify(&"x".repeat(20_000)),
        Err(Refusal::Invalid)
    );
}
