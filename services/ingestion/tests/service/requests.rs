//! Requests that are wrong.

use acuse_proto::ingestion::{
    CreateIntegrationRequest, GetIntegrationRequest, Integration, IntegrationChannelAccount,
    ListIntegrationsRequest, RecordInboundMessagesRequest, RecordStatusesRequest,
    RegisterMessagesRequest, TestIntegrationRequest, UpdateIntegrationRequest, WebhookHeader,
};
use acuse_proto::types::{Channel, InboundMessage, OutboundRegistration, Provider, StatusEvidence};
use acuse_testkit::service::wire::{fields, reason};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::rig::{ACME, Rig, VERIFY_TOKEN, creation, secrets};

fn account(id: &str) -> IntegrationChannelAccount {
    IntegrationChannelAccount {
        id: id.to_owned(),
        channel: Channel::Whatsapp.into(),
        ..IntegrationChannelAccount::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_creation_is_told() {
    let rig = Rig::start().await;
    let wrong = CreateIntegrationRequest {
        integration: Some(Integration {
            id: "mine".to_owned(),
            provider: Provider::Telegram.into(),
            display_name: "x".repeat(257),
            channel_accounts: vec![
                account(""),
                IntegrationChannelAccount {
                    channel: 0,
                    name: Some("x".repeat(257)),
                    phone: Some(String::new()),
                    ..account("1001")
                },
                account("1002"),
                account("1002"),
            ],
            ..Integration::default()
        }),
        secrets: Some(secrets(&[], "")),
        request_id: Some("again".to_owned()),
    };
    let error = rig.create(wrong).await.unwrap_err();
    assert_eq!(
        fields(&error),
        [
            "integration.id",
            "integration.provider",
            "integration.display_name",
            "integration.channel_accounts[0].id",
            "integration.channel_accounts[1].channel",
            "integration.channel_accounts[1].name",
            "integration.channel_accounts[1].phone",
            "integration.channel_accounts[3].id",
            "secrets.meta.app_secrets",
            "secrets.meta.verify_token",
            "request_id",
        ]
    );
    let nothing = rig.create(CreateIntegrationRequest::default()).await;
    assert_eq!(
        fields(&nothing.unwrap_err()),
        [
            "integration",
            "integration.provider",
            "integration.display_name",
            "secrets"
        ]
    );
    let mut many = creation("many");
    let accounts = (0..101).map(|index| account(&index.to_string()));
    many.integration.as_mut().unwrap().channel_accounts = accounts.collect();
    let error = rig.create(many).await.unwrap_err();
    assert_eq!(fields(&error), ["integration.channel_accounts"]);
    assert_eq!(rig.rows("integrations").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_an_update_is_told() {
    let rig = Rig::start().await;
    let id = rig.integration().await.id;
    let update = async |integration: Integration, paths: &[&str]| {
        let mask = prost_types::FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        };
        let request = UpdateIntegrationRequest {
            integration: Some(Integration {
                id: id.clone(),
                ..integration
            }),
            update_mask: Some(mask),
            secrets: None,
        };
        let answer = rig.admin().update_integration(request).await;
        answer.map(|answer| answer.into_inner().integration.unwrap())
    };
    let wrong = Integration {
        provider: Provider::Telegram.into(),
        channel_accounts: vec![account("")],
        ..Integration::default()
    };
    let error = update(wrong, &["*", "secrets", "id"]).await.unwrap_err();
    assert_eq!(
        fields(&error),
        [
            "integration.provider",
            "update_mask.paths[1]",
            "update_mask.paths[2]",
            "integration.display_name",
            "integration.channel_accounts[0].id",
        ]
    );
    let nothing = update(Integration::default(), &[]).await.unwrap_err();
    assert_eq!(fields(&nothing), ["update_mask"]);
    // What is not named is not looked at; what is named and empty is taken at its word.
    let named = Integration {
        display_name: "Ventas".to_owned(),
        channel_accounts: vec![account("")],
        ..Integration::default()
    };
    assert_eq!(
        update(named, &["display_name"]).await.unwrap().display_name,
        "Ventas"
    );
    let emptied = update(Integration::default(), &["channel_accounts"]).await;
    assert!(emptied.unwrap().channel_accounts.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_are_uuids_and_sizes_have_bounds() {
    let rig = Rig::start().await;
    let made = rig.integration().await;
    for id in ["", "mine", "01890a5d"] {
        let request = GetIntegrationRequest { id: id.to_owned() };
        let error = rig.admin().get_integration(request).await.unwrap_err();
        assert_eq!(fields(&error), ["id"]);
    }
    let request = ListIntegrationsRequest {
        page_size: -1,
        page_token: String::new(),
    };
    let error = rig.admin().list_integrations(request).await.unwrap_err();
    assert_eq!(fields(&error), ["page_size"]);

    let test = |payload: usize, headers: Vec<WebhookHeader>| TestIntegrationRequest {
        id: made.id.clone(),
        payload: vec![b' '; payload],
        headers,
        url: None,
    };
    let of_url = |url: &str| TestIntegrationRequest {
        url: Some(url.to_owned()),
        ..test(1, vec![])
    };
    let header = |name: usize, value: usize| WebhookHeader {
        name: "n".repeat(name),
        value: "v".repeat(value),
    };
    for (request, faults) in [
        (test(0, vec![]), vec!["payload"]),
        (test((3 << 20) + 1, vec![]), vec!["payload"]),
        (test(1, vec![header(1, 1); 101]), vec!["headers"]),
        (
            test(1, vec![header(0, 8_193), header(257, 8_192)]),
            vec!["headers[0].name", "headers[0].value", "headers[1].name"],
        ),
        (of_url("/webhooks/x"), vec!["url"]),
        (of_url("https://"), vec!["url"]),
        (of_url("https://a b"), vec!["url"]),
        (
            of_url(&format!("https://{}", "x".repeat(8 << 10))),
            vec!["url"],
        ),
        // Not every provider says in a query what it has to say.
        (
            TestIntegrationRequest {
                payload: vec![],
                ..of_url("https://x/?a=b")
            },
            vec!["payload"],
        ),
    ] {
        let error = rig.admin().test_integration(request).await.unwrap_err();
        assert_eq!(fields(&error), faults);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_has_bounds() {
    let rig = Rig::start().await;
    let mut client = rig.ingestion(rig.keys.anything(ACME));
    for count in [0, 5_001] {
        // A caller learns how many there were and how many there may be.
        let refused = |error: Status, field: &str| {
            assert_eq!(error.code(), Code::InvalidArgument);
            assert_eq!(fields(&error), [field]);
            let words = format!("has {count} entries; 1 to 5000 are allowed");
            assert!(error.message().contains(&words), "{}", error.message());
            let request = error.get_details_bad_request().unwrap();
            assert_eq!(request.field_violations[0].description, words);
        };
        let messages = vec![OutboundRegistration::default(); count];
        let request = RegisterMessagesRequest { messages };
        refused(
            client.register_messages(request).await.unwrap_err(),
            "messages",
        );
        let statuses = vec![StatusEvidence::default(); count];
        let request = RecordStatusesRequest { statuses };
        refused(
            client.record_statuses(request).await.unwrap_err(),
            "statuses",
        );
        let messages = vec![InboundMessage::default(); count];
        let request = RecordInboundMessagesRequest { messages };
        refused(
            client.record_inbound_messages(request).await.unwrap_err(),
            "messages",
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_a_request_are_in_no_answer() {
    let rig = Rig::start().await;
    let mut wrong = creation("");
    wrong.secrets = Some(secrets(&["hunter2-app-secret", "tiny"], VERIFY_TOKEN));
    let error = rig.create(wrong).await.unwrap_err();
    assert_eq!(reason(&error), "INVALID_ARGUMENT");
    let told = format!("{error:?} {}", String::from_utf8_lossy(error.details()));
    assert!(
        !told.contains("hunter2") && !told.contains("tiny"),
        "{told}"
    );
}
