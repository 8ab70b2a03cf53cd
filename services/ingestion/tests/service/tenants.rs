//! Who may call what. The methods come from the descriptors: a new one that is not in the table here fails the tests.

use std::collections::BTreeMap;

use acuse_domain::ids::Digest;
use acuse_domain::scope::{Permission, Role};
use acuse_proto::ingestion::ingest_request::Items;
use acuse_proto::ingestion::replay_not_understood_request::Which;
use acuse_proto::ingestion::{
    CountNotUnderstoodRequest, DeleteIntegrationRequest, DeleteNotUnderstoodRequest,
    GetIntegrationRequest, GetNotUnderstoodRequest, IngestRequest, IngestWebhookRequest,
    Integration, ListIntegrationsRequest, ListNotUnderstoodRequest, RecordInboundMessagesRequest,
    RecordStatusesRequest, RegisterMessagesRequest, ReplayNotUnderstoodRequest,
    TestIntegrationRequest, UpdateIntegrationRequest,
};
use acuse_proto::types::{InboundMessage, OutboundRegistration, StatusEvidence};
use acuse_rpc::Secret;
use acuse_rpc::auth::Claims;
use acuse_rpc::client::Credentials;
use acuse_testkit::service::wire::{call, reason, reflects};
use acuse_testkit::service::{digests, methods};
use prost::Message as _;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::rig::{ACME, OTHER, Rig, creation, status_body};

const PACKAGE: &str = "acuse.ingestion.v1";
const NOWHERE: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// What the integration of each probe was told and did not understand.
const ODD: &[u8] = br#"{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"eaten","value":{}}]}]}"#;

/// The id of that payload, of the integration of that id.
fn odd_of(integration: &str) -> String {
    let integration = Uuid::try_parse(integration).unwrap();
    let Digest(digest) = Digest::of(&[integration.as_bytes(), ODD]);
    Uuid::from_bytes(digest).to_string()
}

/// An integration of acme that was told something odd.
async fn target(rig: &Rig) -> String {
    let made = rig.integration().await;
    assert_eq!(rig.signed(&made.webhook_path, ODD).await.status, 200);
    made.id
}

/// What a method is asked in these tests.
struct Probe {
    needs: Permission,
    /// A sound request about the integration of that id, or about none.
    about: fn(&str) -> Vec<u8>,
    /// Whether it names an integration.
    names_one: bool,
}

/// Every method's probe, by its path.
fn probes() -> BTreeMap<String, Probe> {
    let path = |method| format!("/{PACKAGE}.{method}");
    evidence()
        .into_iter()
        .chain(of_integrations())
        .chain(of_payloads())
        .map(|(method, probe)| (path(method), probe))
        .collect()
}

fn all(about: fn(&str) -> Vec<u8>) -> Probe {
    Probe {
        needs: Permission::Admin,
        about,
        names_one: false,
    }
}

fn one(about: fn(&str) -> Vec<u8>) -> Probe {
    Probe {
        needs: Permission::Admin,
        about,
        names_one: true,
    }
}

fn evidence() -> Vec<(&'static str, Probe)> {
    let evidence = |about| Probe {
        needs: Permission::Ingest,
        about,
        names_one: false,
    };
    vec![
        (
            "IngestionService/RegisterMessages",
            evidence(|_| {
                let messages = vec![OutboundRegistration::default()];
                RegisterMessagesRequest { messages }.encode_to_vec()
            }),
        ),
        (
            "IngestionService/RecordStatuses",
            evidence(|_| {
                let statuses = vec![StatusEvidence::default()];
                RecordStatusesRequest { statuses }.encode_to_vec()
            }),
        ),
        (
            "IngestionService/RecordInboundMessages",
            evidence(|_| {
                let messages = vec![InboundMessage::default()];
                RecordInboundMessagesRequest { messages }.encode_to_vec()
            }),
        ),
        (
            "IngestionService/Ingest",
            evidence(|_| {
                let statuses = vec![StatusEvidence::default()];
                let request = IngestRequest {
                    sequence: 1,
                    items: Some(Items::Statuses(RecordStatusesRequest { statuses })),
                    all_results: false,
                };
                request.encode_to_vec()
            }),
        ),
        (
            "IngestionService/IngestWebhook",
            Probe {
                names_one: true,
                ..evidence(|id| {
                    let request = IngestWebhookRequest {
                        integration_id: id.to_owned(),
                        payload: status_body("wamid.1"),
                        ..IngestWebhookRequest::default()
                    };
                    request.encode_to_vec()
                })
            },
        ),
    ]
}

fn of_integrations() -> Vec<(&'static str, Probe)> {
    vec![
        (
            "IntegrationService/CreateIntegration",
            all(|_| creation("another").encode_to_vec()),
        ),
        (
            "IntegrationService/ListIntegrations",
            all(|_| ListIntegrationsRequest::default().encode_to_vec()),
        ),
        (
            "IntegrationService/GetIntegration",
            one(|id| GetIntegrationRequest { id: id.to_owned() }.encode_to_vec()),
        ),
        (
            "IntegrationService/UpdateIntegration",
            one(|id| {
                let integration = Some(Integration {
                    id: id.to_owned(),
                    display_name: "changed".to_owned(),
                    ..Integration::default()
                });
                let request = UpdateIntegrationRequest {
                    integration,
                    ..UpdateIntegrationRequest::default()
                };
                request.encode_to_vec()
            }),
        ),
        (
            "IntegrationService/DeleteIntegration",
            one(|id| DeleteIntegrationRequest { id: id.to_owned() }.encode_to_vec()),
        ),
        (
            "IntegrationService/TestIntegration",
            one(|id| {
                let request = TestIntegrationRequest {
                    id: id.to_owned(),
                    payload: status_body("wamid.1"),
                    ..TestIntegrationRequest::default()
                };
                request.encode_to_vec()
            }),
        ),
    ]
}

fn of_payloads() -> Vec<(&'static str, Probe)> {
    vec![
        (
            "NotUnderstoodService/ListNotUnderstood",
            all(|_| ListNotUnderstoodRequest::default().encode_to_vec()),
        ),
        (
            "NotUnderstoodService/CountNotUnderstood",
            all(|_| CountNotUnderstoodRequest::default().encode_to_vec()),
        ),
        (
            "NotUnderstoodService/GetNotUnderstood",
            one(|id| GetNotUnderstoodRequest { id: odd_of(id) }.encode_to_vec()),
        ),
        (
            "NotUnderstoodService/ReplayNotUnderstood",
            one(|id| {
                let request = ReplayNotUnderstoodRequest {
                    which: Some(Which::Id(odd_of(id))),
                    ..ReplayNotUnderstoodRequest::default()
                };
                request.encode_to_vec()
            }),
        ),
        (
            "NotUnderstoodService/DeleteNotUnderstood",
            one(|id| DeleteNotUnderstoodRequest { id: odd_of(id) }.encode_to_vec()),
        ),
    ]
}

async fn ask(rig: &Rig, path: &str, token: Secret, message: Vec<u8>) -> Result<(), Status> {
    let channel = rig.channel(Credentials::Bearer(token));
    call(channel, path, message).await.map(drop)
}

/// A digest of what a call could change.
async fn snapshot(rig: &Rig) -> Vec<(String, String)> {
    let tables = [
        "ingestion.integrations",
        "ingestion.inbox",
        "ingestion.not_understood",
    ];
    digests(&rig.session().await, &tables).await
}

/// What a refusal tells, but for the request's own id.
fn said(status: &Status) -> (Code, String, String) {
    (status.code(), status.message().to_owned(), reason(status))
}

#[test]
fn no_method_is_forgotten() {
    let probed: Vec<String> = probes().into_keys().collect();
    assert_eq!(probed, methods(PACKAGE));
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_tells_of_what_is_served_and_of_nothing_else() {
    let rig = Rig::start().await;
    reflects(&rig.channel(Credentials::None), PACKAGE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_good_token() {
    let rig = Rig::start().await;
    let id = target(&rig).await;
    let bad = rig.keys.worthless(ACME);
    let before = snapshot(&rig).await;
    for (path, probe) in probes() {
        for (name, credentials) in &bad {
            let channel = rig.channel(credentials.clone());
            let error = call(channel, &path, (probe.about)(&id)).await.unwrap_err();
            assert_eq!(error.code(), Code::Unauthenticated, "{path}, {name}");
        }
    }
    assert_eq!(snapshot(&rig).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_asks_for_its_permission() {
    use Permission::{Admin, Export, Ingest, Report};
    let rig = Rig::start().await;
    let member = |role, to: &[Permission]| (to.to_vec(), rig.keys.allowed(role, ACME, to));
    let callers = [
        (vec![], rig.keys.operator()),
        member(Role::Service, &[Ingest]),
        member(Role::Analyst, &[Report]),
        member(Role::Administrator, &[Admin]),
        member(Role::Administrator, &[Export]),
        member(Role::Administrator, &[]),
        member(Role::Agent, &[]),
    ];
    for (path, probe) in probes() {
        for (held, token) in &callers {
            // Deleting leaves none for the next.
            let id = target(&rig).await;
            let before = snapshot(&rig).await;
            match ask(&rig, &path, token.clone(), (probe.about)(&id)).await {
                Ok(()) => assert!(held.contains(&probe.needs), "{path} let {held:?} pass"),
                // There is no message-state to hand evidence to.
                Err(error) if error.code() == Code::Unavailable => {
                    assert!(
                        held.contains(&Ingest) && probe.needs == Ingest,
                        "{path} {held:?}"
                    );
                }
                Err(error) => {
                    assert!(
                        !held.contains(&probe.needs),
                        "{path} refused {held:?}: {error}"
                    );
                    assert_eq!(error.code(), Code::PermissionDenied, "{path}");
                    assert_eq!(snapshot(&rig).await, before, "{path} changed something");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_is_as_if_it_were_not() {
    let rig = Rig::start().await;
    let id = target(&rig).await;
    let before = snapshot(&rig).await;
    let mut asked = 0;
    for (path, probe) in probes().into_iter().filter(|(_, probe)| probe.names_one) {
        let them = || rig.keys.anything(OTHER);
        let foreign = ask(&rig, &path, them(), (probe.about)(&id))
            .await
            .unwrap_err();
        let nowhere = ask(&rig, &path, them(), (probe.about)(NOWHERE))
            .await
            .unwrap_err();
        assert_eq!(foreign.code(), Code::NotFound, "{path}");
        assert_eq!(said(&foreign), said(&nowhere), "{path}");
        asked += 1;
    }
    assert_eq!(asked, 8);
    assert_eq!(snapshot(&rig).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_is_in_no_list_and_no_count() {
    let rig = Rig::start().await;
    target(&rig).await;
    let mut them = rig.not_understood(rig.keys.anything(OTHER));
    let listed = them.list_not_understood(ListNotUnderstoodRequest::default());
    assert_eq!(listed.await.unwrap().into_inner().payloads, []);
    let counted = them.count_not_understood(CountNotUnderstoodRequest::default());
    assert_eq!(counted.await.unwrap().into_inner(), Default::default());
    let all = ReplayNotUnderstoodRequest {
        which: Some(Which::Filter(Default::default())),
        ..ReplayNotUnderstoodRequest::default()
    };
    let replayed = them.replay_not_understood(all).await.unwrap();
    assert_eq!(replayed.into_inner().read, 0);
    let mut own = rig.not_understood(rig.keys.anything(ACME));
    let counted = own.count_not_understood(CountNotUnderstoodRequest::default());
    assert_eq!(counted.await.unwrap().into_inner().payloads, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_a_part_of_a_workspace_sees_nothing_of_integrations() {
    let rig = Rig::start().await;
    let id = target(&rig).await;
    let one = || Some(["ventas".to_owned()].into());
    let admin = |claims: Claims| rig.keys.mint(claims.allowing([Permission::Admin]));
    let limited = [
        admin(Claims {
            departments: one(),
            ..Claims::of("sup", Role::Supervisor, Some(ACME))
        }),
        admin(Claims::of("diana", Role::Agent, Some(ACME))),
        admin(Claims {
            accounts: one(),
            ..Claims::of("ana", Role::Administrator, Some(ACME))
        }),
    ];
    let before = snapshot(&rig).await;
    let admins = |(_, probe): &(String, Probe)| probe.needs == Permission::Admin;
    for (path, probe) in probes().into_iter().filter(admins) {
        for token in &limited {
            let there = ask(&rig, &path, token.clone(), (probe.about)(&id)).await;
            let nowhere = ask(&rig, &path, token.clone(), (probe.about)(NOWHERE)).await;
            let there = there.unwrap_err();
            assert_eq!(reason(&there), "WHOLE_WORKSPACE_REQUIRED", "{path}");
            assert_eq!(said(&there), said(&nowhere.unwrap_err()), "{path}");
        }
    }
    assert_eq!(snapshot(&rig).await, before);
}
