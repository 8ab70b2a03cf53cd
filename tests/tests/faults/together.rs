//! Webhooks of many workspaces at once.

use acuse_domain::time::Timestamp;
use acuse_proto::message_state::Workspace;
use acuse_testkit::service::http::{meta_signature, send};
use futures::{StreamExt as _, stream};
use serde_json::json;

use crate::rig::{APP_SECRET, Installation};

const WORKSPACES: usize = 8;

/// Messages of each workspace, of which a webhook of its own tells that it was sent.
const MESSAGES: usize = 40;

/// Webhooks under way at once.
const AT_ONCE: usize = 64;

fn body(number: usize) -> Vec<u8> {
    let at = Timestamp::now().micros() / 1_000_000 - 60;
    let status = json!({
        "id": format!("wamid.{number}"), "status": "sent", "timestamp": at.to_string(),
        "recipient_id": "56912345678",
    });
    let value = json!({
        "messaging_product": "whatsapp", "statuses": [status],
        "metadata": { "display_phone_number": "56221234567", "phone_number_id": "1001" },
    });
    let change = json!({ "field": "messages", "value": value });
    let entry = json!({ "id": "1", "changes": [change] });
    let whole = json!({ "object": "whatsapp_business_account", "entry": [entry] });
    whole.to_string().into_bytes()
}

/// They share calls, and nothing else: the same ids are other messages in each workspace.
#[tokio::test(flavor = "multi_thread")]
async fn each_finds_its_own_workspace() {
    let acuse = Installation::new().await;
    let state = acuse.message_state().await;
    let ingestion = acuse.ingestion(&[state.address]).await;
    let mut paths = Vec::new();
    for number in 0..WORKSPACES {
        let workspace = Workspace {
            slug: format!("workspace-{number}"),
            ..Workspace::default()
        };
        let slug = workspace.slug.clone();
        acuse.create_workspace(state.address, workspace).await;
        let path = acuse.open_integration_of(&slug, ingestion.address);
        paths.push(path.await);
    }
    let (address, paths) = (ingestion.address, &paths);
    let webhooks = (0..MESSAGES).flat_map(|number| paths.iter().map(move |path| (number, path)));
    let answers = stream::iter(webhooks).map(|(number, path)| async move {
        let body = body(number);
        let signature = meta_signature(APP_SECRET, &body);
        let headers = [
            ("content-type", "application/json"),
            ("x-hub-signature-256", &*signature),
        ];
        send(address, "POST", path, &headers, &body).await.status
    });
    let statuses: Vec<u16> = answers.buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(statuses, [200; WORKSPACES * MESSAGES]);
    acuse.drained().await;

    let counts = "SELECT count(*), count(DISTINCT contents.provider_message_id) \
                  FROM message_state.messages JOIN message_state.contents USING (workspace_id, message_id) \
                  GROUP BY workspace_id";
    let rows = acuse.session().await.query(counts, &[]).await.unwrap();
    let counts: Vec<(i64, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let all = i64::try_from(MESSAGES).unwrap();
    assert_eq!(counts, [(all, all); WORKSPACES]);
    let shared = state.served("BatchApplyEvents");
    println!("{shared} calls of several workspaces");
    assert!(shared > 0);
    acuse.verify(state.address).await;
}
