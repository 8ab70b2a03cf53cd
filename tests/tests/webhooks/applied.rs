//! What a webhook says is known when it was answered.

use acuse_proto::types::MessageState;

use crate::payload::{ago, body, status, text};
use crate::rig::{ACME, Acuse, post};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_webhook_says_is_known_when_it_is_answered() {
    let acuse = Acuse::start().await;
    let path = acuse.integration().await.webhook_path;
    let said = body(
        &[
            status("wamid.1", "sent", ago(120)),
            status("wamid.1", "delivered", ago(110)),
            status("wamid.2", "sent", ago(100)),
        ],
        &[text("wamid.in", "hola", ago(60))],
    );
    for times in 1..=2 {
        let answer = post(acuse.address(), &path, &said).await;
        assert_eq!((answer.status, &*answer.body), (200, ""));
        assert!(answer.header("x-request-id").is_some());
        let first = acuse.message("wamid.1").await.unwrap();
        assert_eq!(first.state(), MessageState::Delivered);
        let account = first.channel_account.unwrap();
        assert_eq!(account.id, crate::payload::PHONE_NUMBER_ID);
        // Nobody stated it: each of Meta's webhooks tells it.
        assert_eq!(account.phone.as_deref(), Some("+56221234567"));
        let second = acuse.message("wamid.2").await.unwrap();
        assert_eq!(second.state(), MessageState::Sent);
        assert_eq!(second.reply.unwrap().text.as_deref(), Some("hola"));
        assert_eq!(acuse.stored().await, (2, 3, 1), "told {times} times");
    }
    assert_eq!(acuse.rows("ingestion.inbox").await, 0);
    assert_eq!(acuse.rows("ingestion.not_understood").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_understood_is_kept_once_and_the_rest_goes_on() {
    let acuse = Acuse::start().await;
    let path = acuse.integration().await.webhook_path;
    let said = body(
        &[
            status("wamid.1", "sent", ago(120)),
            status("wamid.1", "eaten", ago(110)),
        ],
        &[],
    );
    for _ in 0..3 {
        assert_eq!(post(acuse.address(), &path, &said).await.status, 200);
    }
    assert_eq!(
        acuse.message("wamid.1").await.unwrap().state(),
        MessageState::Sent
    );
    let session = acuse.session().await;
    let select = "SELECT body, times, findings::text FROM ingestion.not_understood";
    let rows = session.query(select, &[]).await.unwrap();
    let [row] = &*rows else {
        panic!("{} rows", rows.len());
    };
    assert_eq!(row.get::<_, Vec<u8>>(0), said);
    assert_eq!(row.get::<_, i64>(1), 3);
    let findings: &str = row.get(2);
    assert!(
        findings.contains("unknown_status") && findings.contains("statuses[1]"),
        "{findings}"
    );
    // Nothing in it is no reason to keep it.
    let nothing = body(&[], &[]);
    assert_eq!(post(acuse.address(), &path, &nothing).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_message_state_refuses_is_kept_with_its_reason() {
    let acuse = Acuse::start().await;
    let path = acuse.integration().await.webhook_path;
    // The database refuses the one, as it might by a fault of ours.
    let session = acuse.session().await;
    session
        .batch_execute(
            "ALTER TABLE message_state.contents ADD CONSTRAINT no_poison \
             CHECK (provider_message_id NOT LIKE '%poison%')",
        )
        .await
        .unwrap();
    let poison = status("wamid.poison", "sent", ago(100));
    let said = body(&[status("wamid.1", "sent", ago(120)), poison], &[]);
    assert_eq!(post(acuse.address(), &path, &said).await.status, 200);
    // To find the one at fault takes message-state a while; longer than a webhook waits, on a busy machine.
    acuse.drained().await;
    assert!(acuse.message("wamid.1").await.is_ok());
    let findings = "SELECT findings::text FROM ingestion.not_understood";
    let findings: String = session.query_one(findings, &[]).await.unwrap().get(0);
    assert!(
        findings.contains("rejected") && findings.contains("NOT_STORABLE"),
        "{findings}"
    );
    assert!(findings.contains("statuses[1]"), "{findings}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_of_many_items_is_taken_in_whole() {
    let acuse = Acuse::start().await;
    let path = acuse.integration().await.webhook_path;
    let statuses: Vec<_> = (0..3_000)
        .map(|index| status(&format!("wamid.{index}"), "sent", ago(100)))
        .collect();
    let said = body(&statuses, &[]);
    // In a debug build it takes longer than a webhook waits, and is then taken in from the inbox.
    assert_eq!(post(acuse.address(), &path, &said).await.status, 200);
    acuse.drained().await;
    assert_eq!(acuse.stored().await, (3_000, 3_000, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_writes_into_its_own_workspace() {
    let acuse = Acuse::start().await;
    let path = acuse.integration().await.webhook_path;
    let said = body(&[status("wamid.1", "sent", ago(120))], &[]);
    assert_eq!(post(acuse.address(), &path, &said).await.status, 200);
    let query = format!(
        "SELECT count(*) FROM message_state.messages JOIN message_state.workspaces USING (workspace_id) \
         WHERE slug = '{ACME}'"
    );
    assert_eq!(acuse.count(&query).await, 1);
    // The channel account is in the directory from now on.
    let known = "SELECT count(*) FROM message_state.directory WHERE external_id = 'whatsapp:1001'";
    assert_eq!(acuse.count(known).await, 1);
}
