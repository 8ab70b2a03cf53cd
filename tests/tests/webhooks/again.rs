//! Entries of the inbox that fail by themselves, and come again.

use std::time::Duration;

use acuse_ingestion::Clock;
use acuse_testkit::service::eventually;
use serde_json::json;

use crate::payload::{ago, body, status, text};
use crate::rig::{Acuse, post};

/// How far the clocks of two machines lie apart: twice as far as is taken in.
const APART: Duration = Duration::from_secs(600);

/// Returns when the entry in the inbox failed, with why; nothing may be kept aside then.
async fn failed(acuse: &Acuse) -> String {
    let session = acuse.session().await;
    let why =
        "SELECT last_failure FROM ingestion.inbox WHERE attempts > 0 AND last_failure IS NOT NULL";
    let why = eventually(Duration::from_secs(10), || async {
        let row = session.query_opt(why, &[]).await.unwrap()?;
        Some(row.get(0))
    })
    .await;
    assert_eq!(acuse.rows("ingestion.not_understood").await, 0);
    why
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_before_its_time_is_taken_in_when_that_has_come() {
    let mut acuse = Acuse::start().await;
    let ahead = Clock::new(|| Clock::system().now() + APART);
    acuse.start_ingestion_at(ahead, |_| {}).await;
    acuse.stop_ingestion().await;
    let path = acuse.integration().await.webhook_path;
    let said = body(
        &[status("wamid.1", "sent", ago(100))],
        &[text("wamid.2", "Hola", ago(90))],
    );
    assert_eq!(post(acuse.address(), &path, &said).await.status, 200);
    let why = failed(&acuse).await;
    assert!(why.contains("clocks"), "{why}");
    assert_eq!(acuse.stored().await, (0, 0, 0));
    let later = "UPDATE ingestion.inbox SET received_at = received_at - interval '10 minutes'";
    acuse.session().await.execute(later, &[]).await.unwrap();
    acuse.drained().await;
    assert_eq!(acuse.stored().await, (1, 1, 1));
    assert_eq!(acuse.rows("ingestion.not_understood").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_its_integration_cannot_be_looked_up_an_entry_waits() {
    let mut acuse = Acuse::start().await;
    acuse
        .start_ingestion(|config| config.drain.enabled = false)
        .await;
    acuse.stop_ingestion().await;
    let path = acuse.integration_of(&["1001"]).await.webhook_path;
    acuse.stop_message_state().await;
    // It names no channel account: it means the integration's only one.
    let said = json!({"messages": [text("wamid.1", "Hola", ago(90))]}).to_string();
    let answer = post(acuse.address(), &path, said.as_bytes()).await;
    assert_eq!(answer.status, 200);
    let session = acuse.session().await;
    let away = "ALTER TABLE ingestion.integrations RENAME TO hidden";
    session.batch_execute(away).await.unwrap();
    acuse.start_message_state().await;
    acuse.start_ingestion(|_| {}).await;
    failed(&acuse).await;
    let back = "ALTER TABLE ingestion.hidden RENAME TO integrations";
    session.batch_execute(back).await.unwrap();
    acuse.drained().await;
    assert_eq!(acuse.stored().await, (0, 0, 1));
    assert_eq!(acuse.rows("ingestion.not_understood").await, 0);
}
