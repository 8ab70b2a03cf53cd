//! Who gets in.

use std::{sync::Arc, time::Duration};

use acuse_domain::scope::{Permission, Role};
use acuse_rpc::{
    Secret,
    auth::{Act, Claims, KeySource, Members, ServiceIdentity, caller, system_clock},
    client::{Call, Channel, Credentials},
    context::REQUEST_ID_HEADER,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt as _;

use crate::{
    probe::SECRET,
    rig::{AUDIENCE, Caller, ISSUER, Keys, Rig, mint},
};

fn refused(answer: Result<String, Status>, reason: &str) {
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated, "{status:?}");
    assert_eq!(status.message(), "a valid bearer token is required");
    let info = status.get_details_error_info().unwrap();
    assert_eq!(info.reason, reason);
    let id = status.metadata().get(REQUEST_ID_HEADER.as_str()).unwrap();
    assert_eq!(info.metadata["request_id"], id.to_str().unwrap());
}

#[tokio::test]
async fn only_tokens_that_are_ours_and_fresh_get_in() {
    let rig = Rig::start().await;
    assert_eq!(rig.analyst().call("Echo", "hello").await.unwrap(), "hello");

    refused(rig.nobody().call("Echo", "").await, "TOKEN_MISSING");
    refused(rig.nobody().call("NoSuchMethod", "").await, "TOKEN_MISSING");
    refused(
        rig.nobody().call("/no.such.Service/Method", "").await,
        "TOKEN_MISSING",
    );
    let stranger = rig.with_token(Keys::new().analyst());
    refused(stranger.call("Echo", "").await, "TOKEN_INVALID");
    let nonsense = rig.with_token(Secret::new("nonsense"));
    refused(nonsense.call("Echo", "").await, "TOKEN_INVALID");

    let past: acuse_rpc::auth::Clock =
        Arc::new(|| std::time::SystemTime::now() - Duration::from_secs(600));
    let claims = || Claims::of("ana", Role::Analyst, Some("acme")).allowing([Permission::Report]);
    let minute = Duration::from_secs(60);
    let key = &rig.keys.callers;
    let old = key.mint(claims(), ISSUER, AUDIENCE, minute, &past).unwrap();
    refused(rig.with_token(old).call("Echo", "").await, "TOKEN_EXPIRED");
    assert_eq!(
        rig.seen.entered.load(std::sync::atomic::Ordering::SeqCst),
        1
    );
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    let rig = Rig::start().await;
    let key = &rig.keys.callers;
    let public = key.public_jwk(acuse_rpc::auth::KeyUse::Caller);
    let bytes = URL_SAFE_NO_PAD
        .decode(public["x"].as_str().unwrap())
        .unwrap();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(key.id().to_owned());
    let mut claims = Claims::of("eve", Role::Administrator, Some("acme"));
    (claims.iss, claims.exp) = (ISSUER.to_owned(), 4e9);
    claims.aud = acuse_rpc::auth::Audience::One(AUDIENCE.to_owned());
    let forged = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&bytes)).unwrap();
    refused(
        rig.with_token(Secret::new(forged)).call("Echo", "").await,
        "TOKEN_INVALID",
    );
}

#[tokio::test]
async fn a_caller_cannot_speak_for_another() {
    let rig = Rig::start().await;
    let mut claims =
        Claims::of("export", Role::Analyst, Some("acme")).allowing([Permission::Report]);
    claims.act = Some(Act {
        sub: "eve".to_owned(),
        workspace: Some("other".to_owned()),
        role: "administrator".to_owned(),
        departments: Members::default(),
        accounts: Members::default(),
        agents: Members::default(),
        scopes: ["report".to_owned()].into(),
    });
    let by_caller = mint(&rig.keys.callers, claims.clone());
    refused(
        rig.with_token(by_caller).call("Echo", "").await,
        "TOKEN_INVALID",
    );
    let by_service = mint(&rig.keys.services, claims);
    assert!(rig.with_token(by_service).call("Echo", "").await.is_ok());
}

#[tokio::test]
async fn handlers_demand_what_they_need() {
    let rig = Rig::start().await;
    let denied = async |caller: &Caller, method: &str| {
        let status = caller.call(method, "").await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied, "{status:?}");
        status.get_details_error_info().unwrap().reason
    };
    assert_eq!(denied(&rig.analyst(), "Operate").await, "OPERATOR_REQUIRED");
    assert_eq!(denied(&rig.analyst(), "Peer").await, "PEER_REQUIRED");
    let operators = "PeerOperator";
    assert_eq!(denied(&rig.analyst(), operators).await, "PEER_REQUIRED");
    let ingester = Claims::of("crm", Role::Service, Some("acme")).allowing([Permission::Ingest]);
    let ingester = rig.with_token(mint(&rig.keys.callers, ingester));
    assert_eq!(denied(&ingester, "Echo").await, "PERMISSION_MISSING");
    let operator = Claims::of("root", Role::Operator, None).allowing([Permission::Report]);
    let operator = rig.with_token(mint(&rig.keys.callers, operator));
    assert_eq!(operator.call("Operate", "").await.unwrap(), "operated");
    assert_eq!(denied(&operator, operators).await, "PEER_REQUIRED");
    assert_eq!(denied(&operator, "Echo").await, "WORKSPACE_REQUIRED");
}

#[tokio::test]
async fn a_handler_that_asks_nothing_answers_nothing() {
    let rig = Rig::start().await;
    let status = rig.analyst().call("Forgetful", "").await.unwrap_err();
    assert_eq!(status.code(), Code::Internal);
    assert!(!format!("{status:?}").contains(SECRET));
    let outside = caller(&Request::new(())).unwrap_err();
    assert_eq!(outside.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_supervisor_without_departments_sees_nothing() {
    let rig = Rig::start().await;
    let claims = Claims::of("sue", Role::Supervisor, Some("acme")).allowing([Permission::Report]);
    let supervisor = rig.with_token(mint(&rig.keys.callers, claims));
    let scope = supervisor.call("Scope", "").await.unwrap();
    assert!(scope.contains("departments: Only({})"), "{scope}");
}

#[tokio::test]
async fn a_service_calls_for_its_caller() {
    let rig = Rig::start().await;
    let identity = ServiceIdentity::new(
        "export",
        ISSUER,
        AUDIENCE,
        rig.keys.services.clone(),
        system_clock(),
    );
    let channel = Channel::new(&rig.peer(), Credentials::Service(Arc::new(identity))).unwrap();
    let peer = Caller::new(channel);
    let asker = acuse_domain::scope::Caller {
        subject: "sue".to_owned(),
        role: Role::Supervisor,
        permissions: [Permission::Report].into(),
        scope: Some(acuse_domain::scope::Scope::whole("acme")),
    };
    let send_as = async |method: &str, asker: acuse_domain::scope::Caller| {
        peer.send(method, Call::of(&asker).request(String::new()))
            .await
            .map(Response::into_inner)
    };
    let send = async |method: &str| send_as(method, asker.clone()).await;
    assert_eq!(send("Peer").await.unwrap(), "export");
    let reason = |status: Status| status.get_details_error_info().unwrap().reason;
    let operators = "PeerOperator";
    let denied = send(operators).await.unwrap_err();
    assert_eq!(reason(denied), "OPERATOR_REQUIRED");
    let itself = |permission| acuse_domain::scope::Caller {
        role: Role::Operator,
        scope: None,
        permissions: [permission].into(),
        ..asker.clone()
    };
    let answer = send_as(operators, itself(Permission::Report)).await;
    assert_eq!(answer.unwrap(), "export");
    let denied = send_as(operators, itself(Permission::Ingest)).await;
    assert_eq!(reason(denied.unwrap_err()), "PERMISSION_MISSING");
    assert!(
        send("Scope")
            .await
            .unwrap()
            .starts_with("sue Scope { workspace: \"acme\"")
    );
    refused(peer.call("Echo", "").await, "TOKEN_MISSING");
}

#[tokio::test]
async fn keys_change_without_a_restart() {
    let path = std::env::temp_dir().join(format!("acuse-keys-{}.json", uuid::Uuid::now_v7()));
    let (old, new) = (Keys::new(), Keys::new());
    std::fs::write(&path, old.set()).unwrap();
    let rig = Rig::with(|config| config.auth.keys = KeySource::File(path.clone())).await;
    let (before, after) = (rig.with_token(old.analyst()), rig.with_token(new.analyst()));
    assert!(before.call("Echo", "").await.is_ok());
    refused(after.call("Echo", "").await, "TOKEN_INVALID");

    std::fs::write(&path, "{ half a file").unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(
        before.call("Echo", "").await.is_ok(),
        "a broken file changes nothing"
    );

    std::fs::write(&path, new.set()).unwrap();
    let mut changed = false;
    for _ in 0..100 {
        changed = after.call("Echo", "").await.is_ok();
        if changed {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(changed);
    refused(before.call("Echo", "").await, "TOKEN_INVALID");
    std::fs::remove_file(&path).unwrap();
}
