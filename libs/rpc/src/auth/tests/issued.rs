//! Tokens that we make ourselves.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, SystemTime},
};

use acuse_domain::scope::{Caller, Limit, Permission, Role, Scope};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{AUDIENCE, ISSUER, NOW, Signer, at, only, pair, payload, verifier, with};
use crate::auth::{Claims, Clock, KeyUse, Refusal, ServiceIdentity, jwks};

#[tokio::test]
async fn only_a_service_speaks_for_others() {
    let act = json!({ "act": { "sub": "eve", "workspace": "acme", "role": "administrator",
        "departments": "all", "accounts": "all", "agents": "all", "scopes": ["report"] } });
    let caller_key = Signer::new(KeyUse::Caller).await;
    assert_eq!(caller_key.check(&with(act.clone())), Err(Refusal::Invalid));

    let service_key = Signer::new(KeyUse::Service).await;
    assert_eq!(
        service_key.check(&payload()),
        Err(Refusal::Invalid),
        "for nobody"
    );
    let identity = service_key.check(&with(act)).unwrap();
    assert_eq!(identity.peer.as_deref(), Some("ana"));
    assert_eq!(identity.caller.subject, "eve");
    assert_eq!(identity.caller.scope, Some(Scope::whole("acme")));

    let bare = json!({ "act": { "sub": "eve", "workspace": "acme", "role": "administrator" } });
    let scope = service_key.scope(&with(bare));
    assert_eq!(scope.departments, only(&[]), "what is not told is not seen");
    let nowhere = json!({ "act": { "sub": "eve", "role": "analyst" } });
    assert_eq!(service_key.check(&with(nowhere)), Err(Refusal::Invalid));
}

#[tokio::test]
async fn a_caller_arrives_at_a_peer_as_they_were() {
    let pair = pair();
    let verifier = verifier(jwks([(&pair, KeyUse::Service)])).await;
    let identity = ServiceIdentity::new("export", ISSUER, AUDIENCE, pair, at(NOW));
    let operator = Caller {
        subject: "root".to_owned(),
        role: Role::Operator,
        permissions: BTreeSet::new(),
        scope: None,
    };
    let supervisor = Caller {
        subject: "sue".to_owned(),
        role: Role::Supervisor,
        permissions: BTreeSet::from([Permission::Report, Permission::Export]),
        scope: Some(Scope {
            workspace: "acme".to_owned(),
            departments: only(&["d1"]),
            accounts: only(&[]),
            agents: Limit::All,
        }),
    };
    for caller in [operator, supervisor] {
        let token = identity.token(&caller).unwrap();
        let told = verifier.verify(token.expose()).unwrap();
        assert_eq!(told.caller, caller);
        assert_eq!(told.peer.as_deref(), Some("export"));
    }
}

#[tokio::test]
async fn peer_tokens_are_made_anew_before_they_end() {
    let time = Arc::new(std::sync::atomic::AtomicU64::new(NOW));
    let clock: Clock = {
        let time = Arc::clone(&time);
        Arc::new(move || {
            let now = time.load(std::sync::atomic::Ordering::Relaxed);
            SystemTime::UNIX_EPOCH + Duration::from_secs(now)
        })
    };
    let identity = ServiceIdentity::new("export", ISSUER, AUDIENCE, pair(), clock);
    let mut caller = Caller {
        subject: "ana".to_owned(),
        role: Role::Analyst,
        permissions: BTreeSet::new(),
        scope: Some(Scope::whole("acme")),
    };
    let first = identity.token(&caller).unwrap();
    assert!(identity.token(&caller).unwrap() == first);
    time.store(NOW + 39, std::sync::atomic::Ordering::Relaxed);
    assert!(identity.token(&caller).unwrap() == first);
    time.store(NOW + 40, std::sync::atomic::Ordering::Relaxed);
    assert!(identity.token(&caller).unwrap() != first);
    caller.scope = Some(Scope::whole("other"));
    assert!(identity.token(&caller).unwrap() != first);
}

#[tokio::test]
async fn minted_tokens_are_taken() {
    let pair = pair();
    let verifier = verifier(jwks([(&pair, KeyUse::Caller)])).await;
    let mut claims =
        Claims::of("sue", Role::Supervisor, Some("acme")).allowing([Permission::Admin]);
    claims.departments = Some(BTreeSet::from(["d1".to_owned()]));
    let token = pair
        .mint(claims, ISSUER, AUDIENCE, Duration::from_secs(60), &at(NOW))
        .unwrap();
    let identity = verifier.verify(token.expose()).unwrap();
    assert_eq!(
        identity.caller.permissions,
        BTreeSet::from([Permission::Admin])
    );
    assert_eq!(identity.caller.scope.unwrap().departments, only(&["d1"]));
    let payload = token.expose().split('.').nth(1).unwrap();
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert_eq!(payload["exp"], json!(NOW + 60), "a whole number");
}
