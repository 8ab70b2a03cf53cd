//! Integrations are made, found, changed and deleted.

use std::collections::HashSet;

use acuse_proto::ingestion::{
    DeleteIntegrationRequest, GetIntegrationRequest, Integration, IntegrationChannelAccount,
    ListIntegrationsRequest, SignatureCheck, TestIntegrationRequest, UpdateIntegrationRequest,
    WebhookHeader, webhook_finding::Meaning,
};
use acuse_proto::types::{Channel, Provider, StatusKind};
use acuse_rpc::Secret;
use acuse_testkit::service::http::meta_signature;
use acuse_testkit::service::wire::{fields, reason};
use tonic::Code;

use crate::rig::{ACME, APP_SECRET, OTHER, Rig, VERIFY_TOKEN, creation, secrets, status_body};

async fn get(rig: &Rig, id: &str) -> Result<Integration, tonic::Status> {
    let request = GetIntegrationRequest { id: id.to_owned() };
    let answer = rig.admin().get_integration(request).await?;
    Ok(answer.into_inner().integration.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_lives_and_ends() {
    let rig = Rig::start().await;
    let made = rig.integration().await;
    assert_eq!(made.provider(), Provider::MetaWhatsapp);
    assert_eq!(made.display_name, "WhatsApp");
    assert_eq!(
        made.webhook_path,
        format!("/webhooks/meta-whatsapp/{}", made.id)
    );
    assert_eq!(made.secrets_set, ["meta.app_secrets", "meta.verify_token"]);
    assert_eq!(made.create_time, made.update_time);
    assert_eq!(get(&rig, &made.id).await.unwrap(), made);

    let update = UpdateIntegrationRequest {
        integration: Some(Integration {
            id: made.id.clone(),
            display_name: "Ventas".to_owned(),
            ..Integration::default()
        }),
        ..UpdateIntegrationRequest::default()
    };
    let answer = rig.admin().update_integration(update).await.unwrap();
    let changed = answer.into_inner().integration.unwrap();
    assert_eq!(changed.display_name, "Ventas");
    assert!(changed.update_time.unwrap().seconds >= changed.create_time.unwrap().seconds);
    assert_eq!(get(&rig, &made.id).await.unwrap(), changed);

    let delete = DeleteIntegrationRequest {
        id: made.id.clone(),
    };
    rig.admin()
        .delete_integration(delete.clone())
        .await
        .unwrap();
    let again = rig.admin().delete_integration(delete).await.unwrap_err();
    assert_eq!(again.code(), Code::NotFound);
    assert_eq!(
        get(&rig, &made.id).await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_creates_one() {
    let rig = Rig::start().await;
    let mut request = creation("once");
    request.request_id = Some("7b0f2c1e-8a53-4c1c-9d39-0b7a50a1a001".to_owned());
    let mut ids = HashSet::new();
    let racing: Vec<_> = (0..8).map(|_| rig.create(request.clone())).collect();
    for made in futures::future::join_all(racing).await {
        ids.insert(made.unwrap().id);
    }
    assert_eq!(ids.len(), 1);
    // Elsewhere the same id is another request.
    let mut elsewhere = rig.integrations(rig.keys.anything(OTHER));
    let theirs = elsewhere.create_integration(request).await.unwrap();
    assert!(!ids.contains(&theirs.into_inner().integration.unwrap().id));
    assert_eq!(rig.rows("integrations").await, 2);
    for name in ["twice", "twice"] {
        rig.create(creation(name)).await.unwrap();
    }
    assert_eq!(rig.rows("integrations").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_is_of_one_request() {
    let rig = Rig::start().await;
    let mut request = creation("once");
    request.request_id = Some("7b0f2c1e-8a53-4c1c-9d39-0b7a50a1a001".to_owned());
    let made = rig.create(request.clone()).await.unwrap();
    // The name of an account goes to the directory, which is away here: what is refused has nothing to look for there.
    let (mut named, mut renamed, mut secret) = (request.clone(), request.clone(), request.clone());
    named.integration.as_mut().unwrap().channel_accounts = vec![IntegrationChannelAccount {
        id: "1001".to_owned(),
        channel: Channel::Whatsapp.into(),
        name: Some("Ventas".to_owned()),
        phone: None,
    }];
    renamed.integration.as_mut().unwrap().display_name = "twice".to_owned();
    secret.secrets = Some(secrets(&["hunter2-app-secreT"], VERIFY_TOKEN));
    for other in [named.clone(), renamed.clone(), secret.clone()] {
        let error = rig.create(other).await.unwrap_err();
        let told = (error.code(), &*reason(&error));
        assert_eq!(told, (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    }
    named.request_id = None;
    let error = rig.create(named).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert_eq!(rig.rows("integrations").await, 1);
    // It is told apart by what was sent, whatever became of the integration and of how the id is written.
    let update = UpdateIntegrationRequest {
        integration: Some(Integration {
            id: made.id.clone(),
            display_name: "Ventas".to_owned(),
            ..Integration::default()
        }),
        secrets: secret.secrets,
        ..UpdateIntegrationRequest::default()
    };
    rig.admin().update_integration(update).await.unwrap();
    request.request_id = request.request_id.map(|id| id.to_uppercase());
    let again = rig.create(request).await.unwrap();
    assert_eq!((again.id, &*again.display_name), (made.id, "Ventas"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_in_the_order_of_creation() {
    let secret = Some(Secret::new("0123456789abcdef0123456789abcdef"));
    let rig = Rig::with(|config| config.page_token_secret = secret).await;
    let mut made = Vec::new();
    for index in 0..5 {
        made.push(rig.create(creation(&format!("no. {index}"))).await.unwrap());
        // Ids are in order by the millisecond.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let list = async |page_token: String, token: Secret| {
        let request = ListIntegrationsRequest {
            page_size: 2,
            page_token,
        };
        let answer = rig.integrations(token).list_integrations(request).await?;
        Ok::<_, tonic::Status>(answer.into_inner())
    };
    let (mut listed, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = list(token, rig.keys.anything(ACME)).await.unwrap();
        listed.extend(page.integrations);
        (token, pages) = (page.next_page_token, pages + 1);
        if token.is_empty() {
            break;
        }
    }
    assert_eq!((pages, listed), (3, made));

    let token = list(String::new(), rig.keys.anything(ACME))
        .await
        .unwrap()
        .next_page_token;
    for (token, caller) in [
        (token.clone(), rig.keys.anything(OTHER)),
        (format!("{token}A"), rig.keys.anything(ACME)),
        ("nonsense".to_owned(), rig.keys.anything(ACME)),
    ] {
        let error = list(token, caller).await.unwrap_err();
        assert_eq!(fields(&error), ["page_token"]);
    }
    let theirs = list(String::new(), rig.keys.anything(OTHER)).await.unwrap();
    assert!(theirs.integrations.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_has_a_thousand_at_most() {
    let rig = Rig::start().await;
    let made = rig.integration().await;
    let session = rig.session().await;
    let fill = "INSERT INTO ingestion.integrations \
                SELECT workspace_id, gen_random_uuid(), provider, display_name, channel_accounts, secrets_key, secrets, \
                secrets_set, NULL, created_at, updated_at FROM ingestion.integrations, generate_series(2, 1000)";
    session.execute(fill, &[]).await.unwrap();
    let error = rig.create(creation("one more")).await.unwrap_err();
    assert_eq!(error.code(), Code::ResourceExhausted);
    let id = made.id;
    rig.admin()
        .delete_integration(DeleteIntegrationRequest { id })
        .await
        .unwrap();
    rig.create(creation("one more")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_is_tested_and_nothing_kept() {
    let rig = Rig::start().await;
    let id = rig.integration().await.id;
    let payload = status_body("wamid.1");
    let test = async |payload: &[u8], headers: Vec<WebhookHeader>| {
        let request = TestIntegrationRequest {
            id: id.clone(),
            payload: payload.to_vec(),
            headers,
            url: None,
        };
        let answer = rig.admin().test_integration(request).await?;
        Ok::<_, tonic::Status>(answer.into_inner())
    };
    let header = |name: &str, value: &str| WebhookHeader {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let good = meta_signature(APP_SECRET, &payload);
    let bad = meta_signature("another app's", &payload);
    for (headers, signature) in [
        (vec![], SignatureCheck::Absent),
        (
            vec![header("x-hub-signature-256", &good)],
            SignatureCheck::Valid,
        ),
        (
            vec![header("X-Hub-Signature-256", &bad)],
            SignatureCheck::Invalid,
        ),
    ] {
        let answer = test(&payload, headers).await.unwrap();
        assert_eq!(answer.signature(), signature);
        let [finding] = &*answer.findings else {
            panic!("{answer:?}");
        };
        assert_eq!(finding.path, "entry[0].changes[0].value.statuses[0]");
        let Some(Meaning::Status(status)) = &finding.meaning else {
            panic!("{finding:?}");
        };
        assert_eq!(status.kind(), StatusKind::Delivered);
        assert_eq!(status.provider_message_id.as_ref().unwrap().id, "wamid.1");
        assert!(status.happened_at.is_some() && !finding.time_is_receipt);
    }

    let unknown = String::from_utf8(payload.clone())
        .unwrap()
        .replace("delivered", "eaten");
    let answer = test(unknown.as_bytes(), vec![]).await.unwrap();
    let meaning = answer.findings[0].meaning.clone().unwrap();
    let Meaning::NotUnderstood(what) = meaning else {
        panic!("{meaning:?}");
    };
    assert_eq!(what.reason, "unknown_status");

    let error = test(b"not JSON", vec![]).await.unwrap_err();
    assert_eq!(fields(&error), ["payload"]);
    for table in ["inbox", "not_understood"] {
        assert_eq!(rig.rows(table).await, 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_never_longer_than_clients_take() {
    let rig = Rig::start().await;
    rig.integration().await;
    let many = "INSERT INTO ingestion.integrations (workspace_id, integration_id, provider, display_name, secrets_key, secrets, \
                created_at, updated_at) SELECT workspace_id, gen_random_uuid(), provider, 'one of many', 'a', '', now(), now() \
                FROM ingestion.integrations, generate_series(1, 50)";
    rig.session().await.batch_execute(many).await.unwrap();
    let list = async |page_token: String| {
        let request = ListIntegrationsRequest {
            page_size: 1_000,
            page_token,
        };
        let answer = rig.admin().list_integrations(request).await.unwrap();
        let page = answer.into_inner();
        (page.integrations.len(), page.next_page_token)
    };
    let (first, token) = list(String::new()).await;
    assert_eq!((first, list(token).await), (50, (1, String::new())));
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_replaced_as_a_whole_or_not_at_all() {
    let rig = Rig::start().await;
    let made = rig.integration().await;
    let update = |display_name: &str, secrets| UpdateIntegrationRequest {
        integration: Some(Integration {
            id: made.id.clone(),
            display_name: display_name.to_owned(),
            ..Integration::default()
        }),
        update_mask: None,
        secrets,
    };
    rig.admin()
        .update_integration(update("Ventas", None))
        .await
        .unwrap();
    assert_eq!(
        rig.signed(&made.webhook_path, b"x").await.status,
        400,
        "still those"
    );
    let bad = update("Soporte", Some(secrets(&["short"], VERIFY_TOKEN)));
    let error = rig.admin().update_integration(bad).await.unwrap_err();
    assert_eq!(fields(&error), ["secrets.meta.app_secrets[0]"]);
    assert_eq!(get(&rig, &made.id).await.unwrap().display_name, "Ventas");
    assert_eq!(rig.signed(&made.webhook_path, b"x").await.status, 400);
}
