//! Secrets at rest, and on the way out.

use acuse_ingestion::SecretsKeys;

use crate::rig::{APP_SECRET, KEY_A, KEY_B, Rig, VERIFY_TOKEN, secrets};

/// Everything that a row of integrations holds, as text and as bytes.
async fn stored(rig: &Rig) -> (String, Vec<u8>, String) {
    let session = rig.session().await;
    let select = "SELECT i::text, secrets, secrets_key FROM ingestion.integrations AS i";
    let row = session.query_one(select, &[]).await.unwrap();
    (row.get(0), row.get(1), row.get(2))
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_cannot_be_read_in_the_table() {
    let rig = Rig::start().await;
    let integration = rig.integration().await;
    let (row, sealed, key) = stored(&rig).await;
    assert_eq!(key, "a");
    for secret in [APP_SECRET, VERIFY_TOKEN, "hunter2"] {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!row.contains(secret) && !row.contains(&hex));
        assert!(!holds(&sealed, secret));
        assert!(
            !format!("{integration:?}").contains(secret),
            "nor in answers"
        );
    }
    // They are there nonetheless.
    assert_eq!(
        rig.signed(&integration.webhook_path, b"x").await.status,
        400
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_open_in_their_own_row_alone() {
    let rig = Rig::start().await;
    let one = rig.integration().await;
    let other = rig.integration().await;
    let session = rig.session().await;
    let exchange = "UPDATE ingestion.integrations AS mine SET secrets = theirs.secrets \
                    FROM ingestion.integrations AS theirs WHERE theirs.integration_id <> mine.integration_id";
    assert_eq!(session.execute(exchange, &[]).await.unwrap(), 2);
    for path in [one.webhook_path, other.webhook_path] {
        let answer = rig.signed(&path, b"x").await;
        assert_eq!(answer.status, 503, "an integration that is ours to mend");
        assert!(answer.header("retry-after").is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate() {
    let rig = Rig::start().await;
    let integration = rig.integration().await;
    let path = &integration.webhook_path;
    let keys = |text: &str| std::sync::Arc::new(SecretsKeys::parse(text).unwrap());

    // The new key seals, the old one opens still.
    let (database, callers) = rig.stop().await;
    let both = keys(&format!("{KEY_B},{KEY_A}"));
    let rig = Rig::on(database, callers, |config| config.secrets_keys = both).await;
    assert_eq!(rig.signed(path, b"x").await.status, 400);
    let update = acuse_proto::ingestion::UpdateIntegrationRequest {
        integration: Some(acuse_proto::ingestion::Integration {
            id: integration.id.clone(),
            ..Default::default()
        }),
        update_mask: None,
        secrets: Some(secrets(&[APP_SECRET], VERIFY_TOKEN)),
    };
    rig.admin().update_integration(update).await.unwrap();
    assert_eq!(stored(&rig).await.2, "b");

    // Now the old one is of no use.
    let (database, callers) = rig.stop().await;
    let rig = Rig::on(database, callers, |config| {
        config.secrets_keys = keys(KEY_B)
    })
    .await;
    assert_eq!(rig.signed(path, b"x").await.status, 400);
    let (database, callers) = rig.stop().await;
    let rig = Rig::on(database, callers, |config| {
        config.secrets_keys = keys(KEY_A)
    })
    .await;
    assert_eq!(rig.signed(path, b"x").await.status, 503);
}
