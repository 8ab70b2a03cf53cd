//! Access tokens: any text as one, and any claims in one that is signed.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use acuse_domain::scope::{Limit, Role};
use acuse_rpc::auth::{Claims, Clock, Identity, KeyPair, KeySource, KeyStore, KeyUse, Verifier};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "acuse";
const SHARED: &[u8; 32] = b"thirty-two bytes of the fuzzer's";
const LIFETIME: Duration = Duration::from_secs(60);

/// A verifier and what it trusts: a shared secret named `shared`, and a service's key.
pub(crate) struct Rig {
    pub(crate) clock: Clock,
    service: KeyPair,
    verifier: Verifier,
}

static RIG: LazyLock<Rig> = LazyLock::new(|| {
    let (service, _) = KeyPair::generate().expect("randomness");
    let shared = json!({"kty": "oct", "kid": "shared", "k": URL_SAFE_NO_PAD.encode(SHARED)});
    let keys = json!({"keys": [shared, service.public_jwk(KeyUse::Service)]}).to_string();
    let clock = clock();
    let verifier = verifier(opened(keys.into_bytes()).expect("keys"), &clock);
    Rig {
        clock,
        service,
        verifier,
    }
});

pub(crate) fn clock() -> Clock {
    let now = SystemTime::UNIX_EPOCH + Duration::from_micros(crate::NOW.micros().unsigned_abs());
    Arc::new(move || now)
}

/// The keys of a set; `None` where it cannot be used.
pub(crate) fn opened(json: Vec<u8>) -> Option<Arc<KeyStore>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let open = KeyStore::open(KeySource::Fixed(json), true);
    runtime.expect("a runtime").block_on(open).ok()
}

pub(crate) fn verifier(keys: Arc<KeyStore>, clock: &Clock) -> Verifier {
    Verifier::new(keys, ISSUER.to_owned(), AUDIENCE.to_owned(), clock.clone())
}

/// A token that nobody signed is refused. Of one that is signed nobody becomes more than the claims say.
///
/// An input that is JSON stands for claims, or for `{"header": …, "claims": …}`.
///
/// # Panics
///
/// Where that does not hold.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    assert!(RIG.verifier.verify(&text).is_err(), "a token was made up");
    let Ok(document) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let claims = document.get("claims").unwrap_or(&document);
    let usual = json!({"alg": "HS256", "kid": "shared"});
    let header = document.get("header").unwrap_or(&usual);
    if let Ok(identity) = RIG.verifier.verify(&signed(header, claims)) {
        assert_eq!(identity.peer, None, "a shared secret signs for no service");
        check_identity(&identity);
    }
    let Ok(claims) = serde_json::from_value::<Claims>(claims.clone()) else {
        return;
    };
    let on_behalf = claims.act.is_some();
    let token = RIG
        .service
        .mint(claims, ISSUER, AUDIENCE, LIFETIME, &RIG.clock);
    let token = token.expect("claims can be signed");
    if let Ok(identity) = RIG.verifier.verify(token.expose()) {
        assert!(on_behalf && identity.peer.is_some());
        check_identity(&identity);
    }
}

fn signed(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SHARED);
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// Everyone but an operator has a workspace; a supervisor never sees more than the departments that are named.
fn check_identity(identity: &Identity) {
    let caller = &identity.caller;
    assert!(!caller.subject.is_empty());
    assert_eq!(caller.scope.is_none(), caller.role == Role::Operator);
    let Some(scope) = &caller.scope else {
        return;
    };
    assert!(!scope.workspace.is_empty());
    if identity.peer.is_none() {
        match caller.role {
            Role::Supervisor => assert_ne!(scope.departments, Limit::All),
            Role::Agent => assert_ne!(scope.agents, Limit::All),
            _ => {}
        }
    }
}
