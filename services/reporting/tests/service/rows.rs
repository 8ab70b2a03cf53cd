//! Rows of the HSM management table.

use std::time::Duration;

use acuse_proto::convert::timestamp;
use acuse_proto::reporting::stream_rows_response::Part;
use acuse_proto::reporting::{
    Availability, Dimension, HsmManagementRow, Question, RowPreset, StreamRowsRequest,
};
use acuse_proto::types::{MessageState, Provider, Stage, StageStatus};

use crate::rig::Rig;
use crate::samples::{all, any_of, at, custom, filtered, sent, work};

fn hsm(question: Question, batch_size: Option<i32>) -> StreamRowsRequest {
    StreamRowsRequest {
        question: Some(question),
        preset: RowPreset::HsmManagement.into(),
        batch_size,
    }
}

/// How many rows the header says, and the batches.
async fn read(rig: &Rig, request: StreamRowsRequest) -> (i64, Vec<Vec<HsmManagementRow>>) {
    let mut parts = rig
        .rows(rig.administrator(), request)
        .await
        .unwrap()
        .into_iter();
    let Some(Part::Header(header)) = parts.next().unwrap().part else {
        panic!("the header comes first");
    };
    let batches = parts.map(|part| match part.part {
        Some(Part::HsmManagement(batch)) => batch.decoded().unwrap(),
        other => panic!("no batch: {other:?}"),
    });
    (header.expected_rows, batches.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_are_told_as_they_are() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let (expected, batches) = read(&rig, hsm(Question::default(), None)).await;
    let [rows] = batches.as_slice() else {
        panic!("one batch holds them all");
    };
    assert_eq!(expected, 3);
    let shown: Vec<&str> = rows.iter().map(|row| row.shown_id.as_str()).collect();
    assert_eq!(shown, ["m1", "m2", "m3"]);

    let read = &rows[0];
    assert_eq!(read.agent.as_ref().unwrap().name.as_deref(), Some("DIANA"));
    assert_eq!(read.campaign.as_ref().unwrap().id, "octubre");
    let template = read.template.as_ref().unwrap();
    assert_eq!(template.id.as_deref(), Some("t1"));
    assert_eq!(template.name.as_deref(), Some("name_t1"));
    assert_eq!(read.body.as_deref(), Some("Tu pedido va en camino"));
    assert_eq!(read.destination.as_deref(), Some("51977452931"));
    assert_eq!(read.state(), MessageState::Read);
    assert_eq!(read.provider(), Provider::MetaWhatsapp);
    assert_eq!(read.failure, None);
    assert_eq!(read.origin_at, Some(timestamp(at("2026-11-14T10:00:00Z"))));
    let stage = read.delivery.as_ref().unwrap();
    assert_eq!(stage.status(), StageStatus::Succeeded);
    assert_eq!(stage.at, Some(timestamp(at("2026-11-14T10:00:10Z"))));
    assert_eq!(read.replied_at, Some(timestamp(at("2026-11-14T10:05:00Z"))));

    let failed = &rows[2];
    assert_eq!(failed.state(), MessageState::Failed);
    let failure = failed.failure.as_ref().unwrap();
    assert_eq!(failure.code.as_deref(), Some("131026"));
    assert_eq!(failure.stage(), Stage::Delivery);
    let [send, delivery, seen] =
        [&failed.send, &failed.delivery, &failed.read].map(|stage| stage.as_ref().unwrap());
    assert_eq!(send.status(), StageStatus::Succeeded);
    assert_eq!(delivery.status(), StageStatus::Failed);
    assert_eq!(delivery.at, Some(timestamp(at("2026-11-14T11:00:02Z"))));
    assert_eq!((seen.status(), seen.at), (StageStatus::NotApplicable, None));
    assert_eq!(failed.replied_at, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_hold_as_much_as_was_asked_for_and_no_row_twice() {
    let rig = Rig::start().await;
    let at = at("2026-11-15T10:00:00Z");
    rig.apply(all((0..25).map(|number| {
        // All of one instant: what tells them apart is the id.
        sent(&format!("m{number:02}"), at).template("t1", "octubre")
    })))
    .await;
    let (expected, batches) = read(&rig, hsm(Question::default(), Some(10))).await;
    let sizes: Vec<usize> = batches.iter().map(Vec::len).collect();
    assert_eq!((expected, sizes), (25, vec![10, 10, 5]));
    let mut ids: Vec<&str> = batches
        .iter()
        .flatten()
        .map(|row| row.shown_id.as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 25);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_long_rows_is_of_a_mebibyte() {
    let rig = Rig::start().await;
    let first = at("2026-11-15T10:00:00Z");
    let long = |bytes: usize| Some("x".repeat(bytes));
    rig.apply(all((0..25).map(|number| {
        let message = sent(
            &format!("m{number:02}"),
            first + Duration::from_secs(number),
        );
        // One of them is more than a batch by itself.
        let bytes = if number == 20 { 1_200_000 } else { 100_000 };
        message
            .template("t1", "octubre")
            .with(|registration| registration.content.body = long(bytes))
    })))
    .await;
    let (expected, batches) = read(&rig, hsm(Question::default(), None)).await;
    let sizes: Vec<usize> = batches.iter().map(Vec::len).collect();
    assert_eq!((expected, sizes), (25, vec![10, 10, 1, 4]));
    let ids = batches.iter().flatten().map(|row| row.shown_id.clone());
    let all: Vec<String> = (0..25).map(|number| format!("m{number:02}")).collect();
    assert_eq!(ids.collect::<Vec<_>>(), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_and_intervals_limit_rows() {
    let rig = Rig::set(|settings| {
        settings.data_available_from = Some(at("2026-11-14T10:15:00Z"));
    })
    .await;
    rig.apply(work()).await;
    let (expected, batches) = read(&rig, hsm(Question::default(), None)).await;
    assert_eq!((expected, batches[0].len()), (2, 2));
    let ventas = filtered([any_of(Dimension::Department, &["ventas"])]);
    let (expected, batches) = read(&rig, hsm(ventas, None)).await;
    assert_eq!((expected, batches[0][0].shown_id.as_str()), (1, "m2"));
    let sessions = filtered([any_of(Dimension::Type, &["session"])]);
    assert_eq!(read(&rig, hsm(sessions, None)).await, (0, vec![]));

    let before = custom("2026-11-14T00:00:00Z", "2026-11-14T10:15:00Z");
    let parts = rig
        .rows(rig.administrator(), hsm(before, None))
        .await
        .unwrap();
    let [part] = parts.as_slice() else {
        panic!("the header alone");
    };
    let Some(Part::Header(header)) = &part.part else {
        panic!("the header comes first");
    };
    assert_eq!(header.expected_rows, 0);
    let basis = header.basis.as_ref().unwrap();
    assert_eq!(basis.covered, None);
    assert_eq!(basis.components[0].availability(), Availability::NoData);
}
