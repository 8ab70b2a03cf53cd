//! Parts of the installation go and come back.

use std::time::{Duration, Instant};

use acuse_proto::ingestion::DeleteIntegrationRequest;
use acuse_testkit::Postgres;

use crate::payload::{ago, body, status};
use crate::rig::{Acuse, post};

/// Posts one status each; all are answered 200.
async fn tell(acuse: &Acuse, path: &str, names: std::ops::Range<usize>) {
    for name in names {
        let said = body(&[status(&format!("wamid.{name}"), "sent", ago(100))], &[]);
        assert_eq!(post(acuse.address(), path, &said).await.status, 200);
    }
}

/// Every one of so many messages is there, and each was heard of once.
async fn all_there_once(acuse: &Acuse, messages: usize) {
    let messages = i64::try_from(messages).unwrap();
    assert_eq!(acuse.stored().await, (messages, messages, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_while_message_state_was_away_is_taken_in_once() {
    let mut acuse = Acuse::start().await;
    acuse.start_ingestion(|_| {}).await;
    let path = acuse.integration().await.webhook_path;
    tell(&acuse, &path, 0..5).await;
    acuse.tells_of_rpcs(true).await;
    acuse.stop_message_state().await;
    acuse.tells_of_rpcs(false).await;
    tell(&acuse, &path, 3..25).await;
    // What is not understood waits with the rest, and is kept when that is applied.
    let half = [
        status("wamid.3", "sent", ago(100)),
        status("wamid.3", "eaten", ago(90)),
    ];
    assert_eq!(
        post(acuse.address(), &path, &body(&half, &[])).await.status,
        200
    );
    assert_eq!(acuse.rows("ingestion.inbox").await, 23);
    assert_eq!(acuse.rows("ingestion.not_understood").await, 0);

    acuse.start_message_state().await;
    let began = Instant::now();
    acuse.drained().await;
    println!(
        "23 entries worked off {:?} after message-state came back",
        began.elapsed()
    );
    acuse.tells_of_rpcs(true).await;
    let kept = "SELECT count(*) FROM ingestion.not_understood WHERE times = 1";
    assert_eq!(acuse.count(kept).await, 1);
    assert_eq!(acuse.rows("message_state.messages").await, 25);
    // It goes on as before.
    tell(&acuse, &path, 25..30).await;
    assert_eq!(acuse.rows("message_state.messages").await, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_keeps_its_time_of_receipt_and_outlives_its_integration() {
    let mut acuse = Acuse::start().await;
    // In place of the first replica, one that leaves the inbox alone.
    acuse
        .start_ingestion(|config| config.drain.enabled = false)
        .await;
    acuse.stop_ingestion().await;
    let integration = acuse.integration().await;
    acuse.stop_message_state().await;
    tell(&acuse, &integration.webhook_path, 0..1).await;
    let session = acuse.session().await;
    let earlier = "UPDATE ingestion.inbox SET received_at = received_at - interval '2 minutes' RETURNING received_at";
    let row = session.query_one(earlier, &[]).await.unwrap();
    let received: std::time::SystemTime = row.get(0);
    let id = integration.id;
    let delete = DeleteIntegrationRequest { id };
    acuse
        .integrations()
        .delete_integration(delete)
        .await
        .unwrap();
    acuse.start_message_state().await;
    acuse.start_ingestion(|_| {}).await;
    acuse.drained().await;
    let entries = acuse.timeline("wamid.0").await.unwrap();
    let told = entries[0].received_at.unwrap();
    let expected = received.duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(u64::try_from(told.seconds).unwrap(), expected.as_secs());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_no_longer_be_read_is_kept_aside_and_a_poison_holds_up_nobody() {
    let mut acuse = Acuse::start().await;
    let path = acuse.integration().await.webhook_path;
    acuse.stop_message_state().await;
    tell(&acuse, &path, 0..3).await;
    let session = acuse.session().await;
    // One that this build does not read any more, and one that a fault of ours lets fail each time.
    let spoil = "INSERT INTO ingestion.inbox SELECT workspace_id, gen_random_uuid(), integration_id, \
         CASE n WHEN 1 THEN provider ELSE 13 END, received_at, content_type, 'no JSON', received_at, 0, NULL \
         FROM (SELECT * FROM ingestion.inbox LIMIT 1) AS one, generate_series(1, 2) AS n";
    assert_eq!(session.execute(spoil, &[]).await.unwrap(), 2);
    acuse.start_message_state().await;
    acuse_testkit::service::eventually(Duration::from_secs(30), || async {
        (acuse.rows("ingestion.inbox").await == 1).then_some(())
    })
    .await;
    all_there_once(&acuse, 3).await;
    let kept = "SELECT findings::text FROM ingestion.not_understood";
    let findings: String = session.query_one(kept, &[]).await.unwrap().get(0);
    assert!(findings.contains("malformed"), "{findings}");
    // The poison stays, says why, and comes again later each time.
    let poison = "SELECT attempts, last_failure, due_at > now() FROM ingestion.inbox";
    acuse_testkit::service::eventually(Duration::from_secs(10), || async {
        let row = session.query_one(poison, &[]).await.unwrap();
        (row.get::<_, i32>(0) >= 2 && row.get::<_, Option<&str>>(1).is_some()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_is_away_providers_are_told_to_come_again() {
    let mut postgres = Postgres::start();
    let acuse = Acuse::on_own(&postgres).await;
    let path = acuse.integration().await.webhook_path;
    tell(&acuse, &path, 0..2).await;
    let said = body(&[status("wamid.2", "sent", ago(100))], &[]);

    postgres.stop();
    for frozen in [false, true] {
        for _ in 0..3 {
            let began = Instant::now();
            let answer = post(acuse.address(), &path, &said).await;
            let took = began.elapsed();
            assert_eq!(
                (answer.status, &*answer.body),
                (503, ""),
                "frozen: {frozen}"
            );
            assert!(answer.header("retry-after").is_some());
            // Two seconds for message-state, and five for the inbox.
            assert!(took < Duration::from_secs(15), "{took:?}");
            println!("Postgres away (frozen: {frozen}): 503 after {took:?}");
        }
        if frozen {
            postgres.freeze(false);
        } else {
            postgres.resume();
            acuse_testkit::service::eventually(Duration::from_secs(20), || async {
                let answer = post(acuse.address(), &path, &said).await;
                (answer.status == 200).then_some(())
            })
            .await;
            postgres.freeze(true);
        }
    }
    acuse_testkit::service::eventually(Duration::from_secs(20), || async {
        let answer = post(acuse.address(), &path, &said).await;
        (answer.status == 200).then_some(())
    })
    .await;
    acuse.drained().await;
    all_there_once(&acuse, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_share_a_full_inbox_and_one_may_go() {
    let mut acuse = Acuse::start().await;
    acuse
        .start_ingestion(|config| config.drain.entries = 7)
        .await;
    let path = acuse.integration().await.webhook_path;
    acuse.stop_message_state().await;
    tell(&acuse, &path, 0..1).await;
    let session = acuse.session().await;
    // The same body from a thousand moments: applied once, and gone a thousand times.
    let fill = "INSERT INTO ingestion.inbox SELECT workspace_id, gen_random_uuid(), integration_id, provider, received_at, \
         content_type, convert_to(replace(convert_from(body, 'UTF8'), 'wamid.0', 'wamid.' || n), 'UTF8'), received_at, 0, NULL \
         FROM ingestion.inbox, generate_series(1, 300) AS n";
    assert_eq!(session.execute(fill, &[]).await.unwrap(), 300);
    acuse.start_message_state().await;
    acuse_testkit::service::eventually(Duration::from_secs(30), || async {
        (acuse.rows("ingestion.inbox").await < 250).then_some(())
    })
    .await;
    acuse.stop_ingestion().await;
    acuse.drained().await;
    all_there_once(&acuse, 301).await;
}
