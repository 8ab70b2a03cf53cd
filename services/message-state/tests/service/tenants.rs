//! Who may call what. The methods come from the descriptors: a new one without a probe fails the tests.

use acuse_domain::scope::{Permission, Role};
use acuse_proto::message_state::{
    GetConversationRequest, GetTimelineRequest, MessageKey, message_key,
};
use acuse_rpc::auth::Claims;
use acuse_rpc::client::{Channel, Credentials};
use acuse_testkit::service::wire::{self, reason};
use acuse_testkit::service::{digests, methods};
use tonic::{Code, Status};

use crate::probes::{Admitted, PACKAGE, probes};
use crate::rig::{ACME, OTHER, Rig, by_id, by_sender, get};
use crate::samples::{registration, text, wamid};

/// A rig with a message in each workspace; gives the id of the one in other.
async fn rig() -> (Rig, String) {
    let rig = Rig::start().await;
    rig.apply(vec![registration("mine")]).await.unwrap();
    let results = rig.apply_to(OTHER, vec![registration("theirs")]).await;
    let id = results.unwrap()[0].message_id.clone();
    (rig, id.unwrap())
}

#[test]
fn no_method_is_forgotten() {
    let probed: Vec<String> = probes("").into_keys().collect();
    assert_eq!(probed, methods(PACKAGE));
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_tells_of_what_is_served_and_of_nothing_else() {
    let rig = Rig::start().await;
    wire::reflects(&rig.channel(Credentials::None), PACKAGE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_good_token() {
    let (rig, other_id) = rig().await;
    let bad = rig.keys.worthless(ACME);
    let before = snapshot(&rig).await;
    for (path, probe) in probes(&other_id) {
        for (name, credentials) in &bad {
            let channel = rig.channel(credentials.clone());
            let error = call(channel, &path, probe.sound.clone()).await.unwrap_err();
            assert_eq!(error.code(), Code::Unauthenticated, "{path}, {name}");
        }
    }
    assert_eq!(snapshot(&rig).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_asks_for_its_permission() {
    let (rig, other_id) = rig().await;
    use Permission::{Admin, Export, Ingest, Report};
    let member = |role, to: &[Permission]| (Some(to.to_vec()), rig.keys.allowed(role, ACME, to));
    let service = rig.service();
    let callers = [
        (None, rig.keys.operator()),
        (None, service.clone()),
        member(Role::Service, &[Ingest]),
        member(Role::Analyst, &[Report]),
        member(Role::Administrator, &[Admin]),
        member(Role::Administrator, &[Export]),
        member(Role::Administrator, &[]),
        member(Role::Supervisor, &[Export]),
        member(Role::Agent, &[]),
    ];
    for (path, probe) in probes(&other_id) {
        let mut admitted = 0;
        for (permissions, token) in &callers {
            let may = match (probe.admitted, permissions) {
                (Admitted::With(needed), Some(held)) => held.contains(&needed),
                (Admitted::With(_), None) => false,
                (Admitted::AdminsAndOperators, Some(held)) => held.contains(&Admin),
                (Admitted::AdminsAndOperators | Admitted::Operators, None) => true,
                (Admitted::Operators, Some(_)) => false,
                (Admitted::Peers, _) => *token == service,
            };
            let before = snapshot(&rig).await;
            let channel = rig.channel(Credentials::Bearer(token.clone()));
            let answer = call(channel, &path, probe.sound.clone()).await;
            match answer {
                Ok(_) => assert!(may, "{path} let {permissions:?} pass"),
                // The caller before made it.
                Err(error) if error.code() == Code::AlreadyExists => assert!(may, "{path}"),
                Err(error) => {
                    assert!(!may, "{path} refused {permissions:?}: {error}");
                    assert_eq!(error.code(), Code::PermissionDenied, "{path}");
                    assert_eq!(snapshot(&rig).await, before, "{path} changed something");
                }
            }
            admitted += usize::from(may);
        }
        assert!(admitted > 0, "nobody tried {path} with a right to");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_is_as_if_it_were_not() {
    let (rig, other_id) = rig().await;
    let before = snapshot(&rig).await;
    for (path, probe) in probes(&other_id) {
        let Some((foreign, nowhere)) = probe.foreign else {
            continue;
        };
        let ask = async |message| {
            let channel = rig.channel(Credentials::Bearer(rig.anything(ACME)));
            call(channel, &path, message).await.unwrap_err()
        };
        let (foreign, nowhere) = (ask(foreign).await, ask(nowhere).await);
        assert_eq!(foreign.code(), Code::NotFound, "{path}");
        assert_eq!(said(&foreign), said(&nowhere), "{path}");
    }
    assert_eq!(snapshot(&rig).await, before);

    // By the ids of sender and provider as well; and one's own events never reach what is another's.
    let provider = MessageKey {
        key: Some(message_key::Key::ProviderMessageId(wamid("wamid.theirs"))),
    };
    for key in [by_sender("theirs"), provider] {
        let client = rig.messages(rig.anything(ACME));
        assert_eq!(get(client, key).await.unwrap_err().code(), Code::NotFound);
    }
    let results = rig.apply(vec![registration("theirs")]).await.unwrap();
    assert_ne!(results[0].message_id.as_deref(), Some(&*other_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_workspace_is_all_that_its_callers_see() {
    let (rig, _) = rig().await;
    let own = rig.message("mine").await.unwrap().id;
    let limited = |claims: Claims| rig.keys.mint(claims.allowing([Permission::Report]));
    let one = |id: &str| Some([id.to_owned()].into());
    let agent = |name: &str| Claims::of(name, Role::Agent, Some(ACME));
    let accountant = |account: &str| Claims {
        accounts: one(account),
        ..Claims::of("ana", Role::Analyst, Some(ACME))
    };
    let insiders = [
        rig.supervisor(ACME, &["soporte", "ventas"]),
        limited(agent("diana")),
        limited(accountant("norte")),
    ];
    let outsiders = [
        rig.supervisor(ACME, &["soporte"]),
        rig.supervisor(ACME, &[]),
        rig.supervisor(OTHER, &["ventas"]),
        limited(agent("eva")),
        limited(accountant("sur")),
    ];
    let provider = MessageKey {
        key: Some(message_key::Key::ProviderMessageId(wamid("wamid.mine"))),
    };
    for key in [by_id(&own), by_sender("mine"), provider] {
        for token in &insiders {
            let found = get(rig.messages(token.clone()), key.clone()).await.unwrap();
            assert_eq!(found.sender_message_id, text("mine"));
        }
        for token in &outsiders {
            let hidden = get(rig.messages(token.clone()), key.clone()).await;
            let missing = get(rig.messages(token.clone()), by_sender("nothing")).await;
            let (hidden, missing) = (hidden.unwrap_err(), missing.unwrap_err());
            assert_eq!(hidden.code(), Code::NotFound);
            assert_eq!(said(&hidden), said(&missing));
            let timeline = GetTimelineRequest {
                key: Some(key.clone()),
                ..GetTimelineRequest::default()
            };
            let hidden = rig.messages(token.clone()).get_timeline(timeline).await;
            assert_eq!(said(&hidden.unwrap_err()), said(&missing));
            let conversation = GetConversationRequest {
                key: Some(key.clone()),
                ..GetConversationRequest::default()
            };
            let mut client = rig.messages(token.clone());
            let hidden = client.get_conversation(conversation).await;
            assert_eq!(said(&hidden.unwrap_err()), said(&missing));
        }
    }
}

/// Calls a method; of those that never end by themselves the first answer is enough.
async fn call(channel: Channel, path: &str, message: Vec<u8>) -> Result<(), Status> {
    if path.ends_with("/WatchMessages") {
        wire::first(channel, path, message).await.map(drop)
    } else {
        wire::call(channel, path, message).await.map(drop)
    }
}

/// What a refusal tells, but for the request's own id.
fn said(status: &Status) -> (Code, String, String) {
    (status.code(), status.message().to_owned(), reason(status))
}

/// A digest of each table that a call could change.
async fn snapshot(rig: &Rig) -> Vec<(String, String)> {
    let tables = [
        "message_state.workspaces",
        "message_state.directory",
        "message_state.messages",
        "message_state.timeline",
        "message_state.contents",
        "message_state.contact_addresses",
        "message_state.erasures",
        "message_state.member_erasures",
        "message_state.rollup_rebuilds",
        "message_state.restagings",
    ];
    digests(&rig.session().await, &tables).await
}
