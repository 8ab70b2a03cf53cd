//! Webhooks that somebody else received, and hands on.

use acuse_proto::ingestion::{
    IngestWebhookRequest, IngestWebhookResponse, SignatureCheck, WebhookFindingKind, WebhookHeader,
};
use acuse_proto::types::ItemOutcome;
use acuse_testkit::service::http::meta_signature;
use acuse_testkit::service::wire::{fields, reason};
use prost_types::Timestamp;
use tonic::{Code, Status};

use crate::payload::{ago, body, status, text};
use crate::rig::{APP_SECRET, Acuse, post};

async fn hand_on(
    acuse: &Acuse,
    request: IngestWebhookRequest,
) -> Result<IngestWebhookResponse, Status> {
    let answer = acuse.evidence().ingest_webhook(request).await?;
    Ok(answer.into_inner())
}

fn signature(body: &[u8]) -> WebhookHeader {
    WebhookHeader {
        name: "X-Hub-Signature-256".to_owned(),
        value: meta_signature(APP_SECRET, body),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_handed_on_is_taken_in_as_by_http_and_told_one_by_one() {
    let acuse = Acuse::start().await;
    let made = acuse.integration().await;
    let statuses = [
        status("wamid.1", "sent", ago(100)),
        status("wamid.1", "eaten", ago(90)),
    ];
    let said = body(&statuses, &[text("wamid.2", "Hola", ago(80))]);
    let request = IngestWebhookRequest {
        integration_id: made.id.clone(),
        payload: said.clone(),
        headers: vec![signature(&said)],
        verify_signature: true,
        ..IngestWebhookRequest::default()
    };
    let told = |answer: &IngestWebhookResponse| -> Vec<_> {
        let findings = answer.findings.iter().map(|finding| {
            let told = finding.explanation.clone().unwrap();
            let outcome = finding.result.as_ref().map(|result| result.outcome());
            (told.kind(), told.evidence, told.reason, outcome)
        });
        let mut told: Vec<_> = findings.collect();
        told.sort_by_key(|(kind, ..)| i32::from(*kind));
        told
    };
    let expected = |outcome: ItemOutcome| {
        let text = |text: &str| text.to_owned();
        let none = String::new();
        vec![
            (
                WebhookFindingKind::Status,
                text("sent"),
                none.clone(),
                Some(outcome),
            ),
            (
                WebhookFindingKind::Inbound,
                none.clone(),
                none,
                Some(outcome),
            ),
            (
                WebhookFindingKind::NotUnderstood,
                text("eaten"),
                text("unknown_status"),
                None,
            ),
        ]
    };
    let first = hand_on(&acuse, request.clone()).await.unwrap();
    assert_eq!(first.signature(), SignatureCheck::Valid);
    assert_eq!(told(&first), expected(ItemOutcome::Applied));
    let rows = (
        acuse.stored().await,
        acuse.rows("ingestion.not_understood").await,
    );
    assert_eq!(rows, ((1, 1, 1), 1));
    // The same again, by whichever way.
    let again = hand_on(&acuse, request).await.unwrap();
    assert_eq!(told(&again), expected(ItemOutcome::Duplicate));
    let answer = post(acuse.address(), &made.webhook_path, &said).await;
    assert_eq!(answer.status, 200);
    let times = "SELECT times FROM ingestion.not_understood";
    assert_eq!(
        (acuse.stored().await, acuse.count(times).await),
        ((1, 1, 1), 3)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_demanded_by_those_who_ask_for_it() {
    let acuse = Acuse::start().await;
    let made = acuse.integration().await;
    let said = body(&[status("wamid.1", "sent", ago(100))], &[]);
    let request = |headers: Vec<WebhookHeader>, verify_signature| IngestWebhookRequest {
        integration_id: made.id.clone(),
        payload: said.clone(),
        headers,
        verify_signature,
        ..IngestWebhookRequest::default()
    };
    for headers in [vec![], vec![signature(b"another body")]] {
        let error = hand_on(&acuse, request(headers, true)).await.unwrap_err();
        assert_eq!(error.code(), Code::FailedPrecondition);
        assert_eq!(reason(&error), "SIGNATURE_INVALID");
    }
    assert_eq!(acuse.stored().await, (0, 0, 0), "nothing was taken in");
    let wrong = request(vec![signature(b"another body")], false);
    let answer = hand_on(&acuse, wrong).await.unwrap();
    assert_eq!(answer.signature(), SignatureCheck::Invalid);
    assert_eq!(acuse.stored().await, (1, 1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_is_told_what_is_wrong_and_keeps_what_cannot_be_taken() {
    let mut acuse = Acuse::start().await;
    let made = acuse.integration().await;
    let request = |payload: &[u8]| IngestWebhookRequest {
        integration_id: made.id.clone(),
        payload: payload.to_vec(),
        ..IngestWebhookRequest::default()
    };
    let no_json = hand_on(&acuse, request(b"no JSON")).await.unwrap_err();
    assert_eq!(fields(&no_json), ["payload"]);
    let nothing = hand_on(&acuse, request(b"")).await.unwrap_err();
    assert_eq!(fields(&nothing), ["payload"]);
    let ahead = Timestamp {
        seconds: ago(-600),
        nanos: 0,
    };
    let early = IngestWebhookRequest {
        received_at: Some(ahead),
        ..request(b"{}")
    };
    let early = hand_on(&acuse, early).await.unwrap_err();
    assert_eq!(fields(&early), ["received_at"]);

    // There is no inbox for calls: who hands on keeps it until it is taken.
    acuse.stop_message_state().await;
    let said = body(&[status("wamid.1", "sent", ago(100))], &[]);
    let away = hand_on(&acuse, request(&said)).await.unwrap_err();
    assert_eq!(away.code(), Code::Unavailable);
    assert_eq!(acuse.rows("ingestion.inbox").await, 0);
    acuse.start_message_state().await;
    acuse.tells_of_rpcs(true).await;
    let received_at = Some(Timestamp {
        seconds: ago(50),
        nanos: 0,
    });
    let later = IngestWebhookRequest {
        received_at,
        ..request(&said)
    };
    hand_on(&acuse, later).await.unwrap();
    let heard = acuse.timeline("wamid.1").await.unwrap();
    assert_eq!(heard[0].received_at, received_at);
}
