//! The channel of what names none: the webhook's URL says it, or the integration's one account does.

use acuse_proto::ingestion::integration_secrets::Secrets;
use acuse_proto::ingestion::{
    CreateIntegrationRequest, IngestWebhookRequest, Integration, IntegrationSecrets, SharedSecrets,
    TestIntegrationRequest,
};
use acuse_proto::types::Provider;

use crate::rig::{ACME, Rig};

/// What Infobip shows.
const SHARED: &str = "hunter2-shared-secret";

/// A report that does not say its channel, and something that is not understood.
const REPORT: &str = r#"{"results":[{"messageId":"m-1","to":"56912345678",
    "status":{"groupId":3,"groupName":"DELIVERED","id":5,"name":"DELIVERED_TO_HANDSET"},
    "sentAt":"2026-01-05T12:00:00.000+0000","doneAt":"2026-01-05T12:00:01.000+0000"}]}"#;
const ODD: &str = r#"{"results":[{"messageId":"m-1","deletedAt":"2026-01-05T12:00:00.000+0000"}]}"#;

async fn made(rig: &Rig) -> Integration {
    let secrets = Secrets::Shared(SharedSecrets {
        secrets: vec![SHARED.to_owned()],
    });
    let request = CreateIntegrationRequest {
        integration: Some(Integration {
            provider: Provider::Infobip.into(),
            display_name: "one".to_owned(),
            ..Integration::default()
        }),
        secrets: Some(IntegrationSecrets {
            secrets: Some(secrets),
        }),
        request_id: None,
    };
    rig.create(request).await.unwrap()
}

/// What is kept of the queries of a table's rows.
async fn kept(rig: &Rig, table: &str) -> Vec<Option<String>> {
    let select = format!("SELECT query FROM ingestion.{table} ORDER BY query");
    let rows = rig.session().await.query(&select, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_of_the_url_is_kept_with_what_waits_and_no_secret_is() {
    let rig = Rig::start().await;
    let path = made(&rig).await.webhook_path;
    let with = |channel: &str| format!("{path}?token=hunter2&secret={SHARED}{channel}");
    for body in [REPORT, ODD] {
        for (target, status) in [
            (with("&channel=sms"), 200),
            (with(""), 200),
            (format!("{path}?secret=hunter2&channel=viber"), 401),
        ] {
            let json = [("content-type", "application/json")];
            let answer = rig.post(&target, &json, body.as_bytes()).await;
            assert_eq!(answer.status, status, "{target}");
        }
    }
    let sms = Some("channel=sms".to_owned());
    assert_eq!(kept(&rig, "inbox").await, [sms, None]);
    // The same body is one payload; it is read as it came last.
    assert_eq!(kept(&rig, "not_understood").await, [None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_of_a_gateways_url_is_kept_as_well() {
    let rig = Rig::start().await;
    let made = made(&rig).await;
    let mut client = rig.ingestion(rig.keys.anything(ACME));
    for channel in ["viber", "sms"] {
        let url = format!("https://hooks.example.com/?secret={SHARED}&channel={channel}");
        let request = IngestWebhookRequest {
            integration_id: made.id.clone(),
            payload: ODD.as_bytes().to_vec(),
            url: Some(url),
            verify_signature: true,
            ..IngestWebhookRequest::default()
        };
        client.ingest_webhook(request).await.unwrap();
    }
    let sms = Some("channel=sms".to_owned());
    assert_eq!(kept(&rig, "not_understood").await, [sms]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_url_goes_before_the_channel_of_the_one_account() {
    let rig = Rig::start().await;
    let made = made(&rig).await;
    let told = async |query: &str| {
        let request = TestIntegrationRequest {
            id: made.id.clone(),
            payload: REPORT.as_bytes().to_vec(),
            url: Some(format!("https://hooks.example.com/?secret={SHARED}{query}")),
            ..TestIntegrationRequest::default()
        };
        let answer = rig.admin().test_integration(request).await.unwrap();
        let explanation = answer.into_inner().findings.remove(0).explanation;
        let explanation = explanation.unwrap();
        (explanation.channel, explanation.from)
    };
    let none = (String::new(), String::new());
    assert_eq!(told("").await, none);
    assert_eq!(told("&channel=sms").await, none, "no account is known");
    let session = rig.session().await;
    let accounts = async |accounts: &str| {
        let set = format!("UPDATE ingestion.integrations SET channel_accounts = '{accounts}'");
        session.execute(&set, &[]).await.unwrap();
    };
    let one = r#"{"id":"Acme","channel":"web_chat"}"#;
    accounts(&format!("[{one}]")).await;
    let of = |channel: &str| (channel.to_owned(), "Acme".to_owned());
    assert_eq!(told("").await, of("web_chat"));
    assert_eq!(told("&channel=sms").await, of("sms"));
    accounts(&format!(r#"[{one},{{"id":"Other","channel":"sms"}}]"#)).await;
    assert_eq!(told("").await, none, "either may be meant");
}
