//! The history, as far as it is searched.

use std::time::Duration;

use acuse_domain::scope::Role;
use acuse_domain::time::days;
use acuse_proto::export::{ExportReport, ExportRequest, ExportState, ListExportsRequest};
use acuse_proto::reporting::filter::Condition;
use acuse_proto::reporting::{Dimension, Filter, Question, ValueSet};
use acuse_rpc::Secret;
use acuse_rpc::auth::Claims;
use acuse_testkit::service::wire::fields;
use tonic::{Code, Status};

use crate::peer::Answer;
use crate::rig::{ACME, NOW, Rig, plain};

async fn listed(rig: &Rig, token: &Secret, request: ListExportsRequest) -> Vec<String> {
    let found = rig.list_of(token, request).await.unwrap().exports;
    found.into_iter().map(|export| export.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_searched_by_state_asker_and_report() {
    let rig = Rig::scripted(|call| match call {
        2 => Err(Status::permission_denied("not you")),
        _ => Ok(Answer::of(1)),
    })
    .await;
    let ana = rig.analyst();
    let eva = rig.token(Claims::of("eva", Role::Analyst, Some(ACME)));
    let mut made = Vec::new();
    let states = [
        ExportState::Succeeded,
        ExportState::Failed,
        ExportState::Succeeded,
    ];
    for (second, (token, state)) in (1..).zip([&ana, &ana, &eva].into_iter().zip(states)) {
        rig.set_now(NOW + Duration::from_secs(second));
        let id = rig.create(token, plain()).await.unwrap().id;
        rig.until(token, &id, state).await;
        made.push(id);
    }
    let [first, failed, evas] = made.try_into().unwrap();
    let all = [evas.clone(), failed.clone(), first.clone()];
    let of = async |states: &[ExportState], by: Option<&str>, reports: &[ExportReport]| {
        let request = ListExportsRequest {
            states: states.iter().map(|state| (*state).into()).collect(),
            requested_by: by.map(ToOwned::to_owned),
            reports: reports.iter().map(|report| (*report).into()).collect(),
            ..ListExportsRequest::default()
        };
        listed(&rig, &ana, request).await
    };
    use ExportState::{Expired, Failed, Queued, Succeeded};
    assert_eq!(of(&[], None, &[]).await, all);
    assert_eq!(
        of(&[Succeeded], None, &[]).await,
        [evas.clone(), first.clone()]
    );
    assert_eq!(of(&[Failed, Queued], None, &[]).await, vec![failed.clone()]);
    assert_eq!(
        of(&[], Some("ana"), &[]).await,
        [failed.clone(), first.clone()]
    );
    assert_eq!(
        of(&[Succeeded], Some("ana"), &[]).await,
        vec![first.clone()]
    );
    assert_eq!(of(&[], Some("nobody"), &[]).await, [] as [String; 0]);
    assert_eq!(of(&[], None, &[ExportReport::HsmManagement]).await, all);
    // One whose time is over has expired, removed or not.
    rig.set_now(NOW + days(7) + Duration::from_secs(1));
    assert_eq!(of(&[Expired], None, &[]).await, [first]);
    assert_eq!(of(&[Succeeded], None, &[]).await, [evas]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_never_longer_than_clients_take() {
    let rig = Rig::of(1).await;
    let many = "INSERT INTO export.jobs (workspace_id, job_id, request, requested_by, role, state, created_at, ended_at) \
                SELECT workspace_id, gen_random_uuid(), '', 'ana', 'analyst', 6, now(), now() \
                FROM message_state.workspaces, generate_series(1, 51) WHERE slug = 'acme'";
    rig.session().await.batch_execute(many).await.unwrap();
    let ana = rig.analyst();
    let page = rig.list(&ana, 1_000, String::new()).await.unwrap();
    assert_eq!(page.exports.len(), 50);
    let rest = rig.list(&ana, 1_000, page.next_page_token).await.unwrap();
    assert_eq!((rest.exports.len(), &*rest.next_page_token), (1, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_goes_on_with_what_it_began_with() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    for _ in 0..3 {
        rig.create(&ana, plain()).await.unwrap();
    }
    let of = |by: Option<&str>, page_token: String| ListExportsRequest {
        page_size: 2,
        requested_by: by.map(ToOwned::to_owned),
        page_token,
        ..ListExportsRequest::default()
    };
    let first = rig.list_of(&ana, of(Some("ana"), String::new())).await;
    let token = first.unwrap().next_page_token;
    let error = rig
        .list_of(&ana, of(None, token.clone()))
        .await
        .unwrap_err();
    assert_eq!(fields(&error), ["page_token"]);
    let rest = rig.list_of(&ana, of(Some("ana"), token)).await.unwrap();
    assert_eq!(rest.exports.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_can_match_is_refused() {
    let rig = Rig::of(1).await;
    let request = ListExportsRequest {
        states: vec![1, 0, 99],
        requested_by: Some(String::new()),
        reports: vec![0, 1, -1],
        ..ListExportsRequest::default()
    };
    let error = rig.list_of(&rig.analyst(), request).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    let expected = [
        "states[1]",
        "states[2]",
        "reports[0]",
        "reports[2]",
        "requested_by",
    ];
    assert_eq!(fields(&error), expected);
    for subject in ["a\0b".to_owned(), "x".repeat(257)] {
        let request = ListExportsRequest {
            requested_by: Some(subject),
            ..ListExportsRequest::default()
        };
        let error = rig.list_of(&rig.analyst(), request).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert_eq!(fields(&error), ["requested_by"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_tells_which_accounts_it_is_limited_to() {
    let rig = Rig::of(1).await;
    let limited = rig.token(Claims {
        accounts: Some(["norte".to_owned(), "sur".to_owned()].into()),
        ..Claims::of("acc", Role::Analyst, Some(ACME))
    });
    let of = |accounts: &[&str]| ExportRequest {
        question: Some(Question {
            filters: vec![Filter {
                dimension: Dimension::Account.into(),
                condition: Some(Condition::AnyOf(ValueSet {
                    values: accounts.iter().map(|id| (*id).to_owned()).collect(),
                    none: false,
                })),
            }],
            ..Question::default()
        }),
        ..plain()
    };
    let told = async |token: &Secret, request| {
        let created = rig.create(token, request).await.unwrap();
        created.accounts.map(|accounts| accounts.ids)
    };
    let ana = rig.analyst();
    assert_eq!(told(&ana, plain()).await, None);
    let both = vec!["norte".to_owned(), "sur".to_owned()];
    assert_eq!(told(&ana, of(&["sur", "norte"])).await, Some(both.clone()));
    assert_eq!(told(&limited, plain()).await, Some(both));
    assert_eq!(
        told(&limited, of(&["sur", "este"])).await,
        Some(vec!["sur".to_owned()])
    );
}
