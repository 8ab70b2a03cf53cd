//! What was not understood: shown, counted, read again, deleted.

use std::time::Duration;

use acuse_domain::time::Timestamp;
use acuse_proto::convert::timestamp;
use acuse_proto::ingestion::replay_not_understood_request::Which;
use acuse_proto::ingestion::{
    CountNotUnderstoodRequest, DeleteNotUnderstoodRequest, GetNotUnderstoodRequest, KeptPayload,
    ListNotUnderstoodRequest, NotUnderstoodFilter, ReplayNotUnderstoodRequest,
    ReplayNotUnderstoodResponse,
};
use acuse_proto::types::Provider;
use acuse_testkit::service::eventually;
use acuse_testkit::service::wire::fields;
use tonic::{Code, Status};

use crate::rig::{ACME, OTHER, Rig, status_body};

/// A body with a notification of some kind that nobody knows.
fn odd(kind: &str) -> Vec<u8> {
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"changes":[{{"field":"{kind}","value":{{}}}}]}}]}}"#
    )
    .into_bytes()
}

fn because(reason: &str) -> NotUnderstoodFilter {
    NotUnderstoodFilter {
        reason: Some(reason.to_owned()),
        ..NotUnderstoodFilter::default()
    }
}

async fn list(rig: &Rig, request: ListNotUnderstoodRequest) -> (Vec<KeptPayload>, String) {
    let mut client = rig.not_understood(rig.keys.anything(ACME));
    let answer = client.list_not_understood(request).await.unwrap();
    let answer = answer.into_inner();
    (answer.payloads, answer.next_page_token)
}

async fn replay(
    rig: &Rig,
    request: ReplayNotUnderstoodRequest,
) -> Result<ReplayNotUnderstoodResponse, Status> {
    let mut client = rig.not_understood(rig.keys.anything(ACME));
    Ok(client.replay_not_understood(request).await?.into_inner())
}

fn all(page_size: i32, page_token: &str) -> ReplayNotUnderstoodRequest {
    ReplayNotUnderstoodRequest {
        which: Some(Which::Filter(NotUnderstoodFilter::default())),
        page_size,
        page_token: page_token.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn payloads_are_listed_counted_shown_and_deleted() {
    let rig = Rig::start().await;
    let made = rig.integration().await;
    let eaten = String::from_utf8(status_body("wamid.1")).unwrap();
    let eaten = eaten.replace("delivered", "eaten").into_bytes();
    for body in [odd("one"), odd("two"), eaten.clone(), odd("two")] {
        assert_eq!(rig.signed(&made.webhook_path, &body).await.status, 200);
    }
    let (first, token) = list(
        &rig,
        ListNotUnderstoodRequest {
            page_size: 2,
            ..ListNotUnderstoodRequest::default()
        },
    )
    .await;
    assert_eq!((first.len(), first[0].times, first[1].times), (2, 1, 2));
    for payload in &first {
        assert_eq!(payload.reasons, ["unknown_field"]);
        assert_eq!(payload.provider(), Provider::MetaWhatsapp);
        assert_eq!(payload.integration_id, made.id);
        assert!(payload.payload.is_none() && payload.findings.is_empty());
        assert_eq!(
            usize::try_from(payload.payload_bytes).unwrap(),
            odd("one").len()
        );
    }
    let (rest, end) = list(
        &rig,
        ListNotUnderstoodRequest {
            page_size: 2,
            page_token: token.clone(),
            ..ListNotUnderstoodRequest::default()
        },
    )
    .await;
    assert_eq!((rest.len(), &*end), (1, ""));
    assert_eq!(rest[0].reasons, ["unknown_status"]);

    let request = ListNotUnderstoodRequest {
        filter: Some(because("unknown_status")),
        with_payload: true,
        ..ListNotUnderstoodRequest::default()
    };
    let (found, _) = list(&rig, request.clone()).await;
    assert_eq!(found[0].payload.as_deref(), Some(&*eaten));
    assert_eq!(found[0].findings[0].reason, "unknown_status");
    assert_eq!(found[0].content_type.as_deref(), Some("application/json"));
    // A token is of its own listing.
    let mut client = rig.not_understood(rig.keys.anything(ACME));
    let other = ListNotUnderstoodRequest {
        page_token: token,
        ..request
    };
    let error = client.list_not_understood(other).await.unwrap_err();
    assert_eq!(fields(&error), ["page_token"]);

    let counts = client.count_not_understood(CountNotUnderstoodRequest::default());
    let counts = counts.await.unwrap().into_inner();
    let told = counts.counts.iter();
    let told: Vec<_> = told
        .map(|one| (&*one.reason, one.payloads, one.times))
        .collect();
    assert_eq!(counts.payloads, 3);
    assert_eq!(told, [("unknown_field", 2, 3), ("unknown_status", 1, 1)]);

    let id = found[0].id.clone();
    let get = GetNotUnderstoodRequest { id: id.clone() };
    let shown = client.get_not_understood(get.clone()).await.unwrap();
    assert_eq!(shown.into_inner().payload.as_ref(), Some(&found[0]));
    let delete = DeleteNotUnderstoodRequest { id };
    client.delete_not_understood(delete.clone()).await.unwrap();
    for gone in [
        client.delete_not_understood(delete).await.map(drop),
        client.get_not_understood(get).await.map(drop),
    ] {
        assert_eq!(gone.unwrap_err().code(), Code::NotFound);
    }
    assert_eq!(rig.rows("not_understood").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_understood_still_is_kept_when_it_is_read_again() {
    let rig = Rig::start().await;
    let path = rig.integration().await.webhook_path;
    for kind in ["one", "two", "three"] {
        assert_eq!(rig.signed(&path, &odd(kind)).await.status, 200);
    }
    // As if another version had kept them, for reasons that are none any more.
    let session = rig.session().await;
    let older = "UPDATE ingestion.not_understood SET reasons = '[\"older\"]', findings = '[]'";
    session.execute(older, &[]).await.unwrap();
    // And a body that says nothing to take in, as this version reads it.
    let empty = "UPDATE ingestion.not_understood SET body = '{\"object\":\"x\",\"entry\":[]}' \
         WHERE digest = (SELECT digest FROM ingestion.not_understood ORDER BY first_received_at OFFSET 1 LIMIT 1)";
    assert_eq!(session.execute(empty, &[]).await.unwrap(), 1);

    let first = replay(&rig, all(2, "")).await.unwrap();
    assert_eq!((first.read, first.understood, first.kept), (2, 1, 1));
    let last = replay(&rig, all(2, &first.next_page_token)).await.unwrap();
    assert_eq!((last.read, last.understood, last.kept), (1, 0, 1));
    assert_eq!(last.next_page_token, "");
    let (left, _) = list(&rig, ListNotUnderstoodRequest::default()).await;
    assert_eq!(left.len(), 2);
    for payload in &left {
        assert_eq!((&*payload.reasons[0], payload.times), ("unknown_field", 1));
    }
    let again = replay(&rig, all(0, "")).await.unwrap();
    assert_eq!((again.read, again.understood), (2, 0));

    let other = all(1, &first.next_page_token);
    let error = ReplayNotUnderstoodRequest {
        which: Some(Which::Filter(because("unknown_field"))),
        ..other
    };
    assert_eq!(
        fields(&replay(&rig, error).await.unwrap_err()),
        ["page_token"]
    );
    let nothing = ReplayNotUnderstoodRequest::default();
    assert_eq!(fields(&replay(&rig, nothing).await.unwrap_err()), ["which"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_needs_message_state_where_something_is_understood() {
    let rig = Rig::start().await;
    let path = rig.integration().await.webhook_path;
    assert_eq!(rig.signed(&path, &odd("one")).await.status, 200);
    let understood = "UPDATE ingestion.not_understood SET body = $1";
    let session = rig.session().await;
    session
        .execute(understood, &[&status_body("wamid.1")])
        .await
        .unwrap();
    let error = replay(&rig, all(0, "")).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert_eq!(rig.rows("not_understood").await, 1, "nothing is lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_passes_over_what_fails_by_itself() {
    let rig = Rig::start().await;
    let (broken, sound) = (rig.integration().await, rig.integration().await);
    for (integration, kind) in [(&broken, "one"), (&sound, "two"), (&sound, "three")] {
        let answer = rig.signed(&integration.webhook_path, &odd(kind)).await;
        assert_eq!(answer.status, 200);
    }
    // As if a version that knows more providers had written it.
    let session = rig.session().await;
    let foreign = format!(
        "UPDATE ingestion.integrations SET provider = 32767 WHERE integration_id = '{}'",
        broken.id
    );
    assert_eq!(session.execute(&foreign, &[]).await.unwrap(), 1);
    // A service that does not remember it.
    let (database, keys) = rig.stop().await;
    let rig = Rig::on(database, keys, |_| {}).await;

    let first = replay(&rig, all(2, "")).await.unwrap();
    let told = (first.read, first.understood, first.kept, first.failed);
    assert_eq!(told, (2, 0, 2, 1));
    let (listed, _) = list(&rig, ListNotUnderstoodRequest::default()).await;
    let failures = first.failures.iter();
    let failures: Vec<_> = failures.map(|one| (&*one.id, &*one.reason)).collect();
    assert_eq!(failures, [(&*listed[0].id, "INTERNAL")]);
    assert_eq!(listed[0].reasons, ["unknown_field"], "it stays as it was");
    let last = replay(&rig, all(2, &first.next_page_token)).await.unwrap();
    assert_eq!((last.read, last.failed, &*last.next_page_token), (1, 0, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_are_checked() {
    let rig = Rig::start().await;
    let now = Timestamp::now();
    let wrong = NotUnderstoodFilter {
        integration_id: Some("mine".to_owned()),
        provider: Some(77),
        reason: Some("x".repeat(65)),
        received_from: Some(timestamp(now)),
        received_before: Some(timestamp(now)),
    };
    let mut client = rig.not_understood(rig.keys.anything(ACME));
    let request = CountNotUnderstoodRequest {
        filter: Some(wrong),
    };
    let error = client.count_not_understood(request).await.unwrap_err();
    assert_eq!(
        fields(&error),
        [
            "filter.integration_id",
            "filter.provider",
            "filter.reason",
            "filter.received_before"
        ]
    );
    for id in ["", "mine"] {
        let get = GetNotUnderstoodRequest { id: id.to_owned() };
        let error = client.get_not_understood(get).await.unwrap_err();
        assert_eq!(fields(&error), ["id"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_is_deleted_by_itself() {
    let rig = Rig::start().await;
    let path = rig.integration().await.webhook_path;
    for kind in ["one", "two", "three"] {
        assert_eq!(rig.signed(&path, &odd(kind)).await.status, 200);
    }
    let session = rig.session().await;
    let older = "UPDATE ingestion.not_understood SET first_received_at = now() - interval '9 days', \
         last_received_at = now() - interval '8 days' \
         WHERE digest IN (SELECT digest FROM ingestion.not_understood ORDER BY first_received_at LIMIT 2)";
    assert_eq!(session.execute(older, &[]).await.unwrap(), 2);
    let shorter =
        "UPDATE message_state.workspaces SET not_understood_retention_days = 7 WHERE slug = $1";
    // What another workspace keeps says nothing of this one's.
    session.execute(shorter, &[&OTHER]).await.unwrap();
    let (database, keys) = rig.stop().await;
    let rig = Rig::on(database, keys, |_| {}).await;
    session.execute(shorter, &[&ACME]).await.unwrap();
    let (database, keys) = rig.stop().await;
    let rig = Rig::on(database, keys, |_| {}).await;
    eventually(Duration::from_secs(10), || async {
        (rig.rows("not_understood").await == 1).then_some(())
    })
    .await;
}
