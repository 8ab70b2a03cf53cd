//! Evidence by RPC, and names that integrations bring.

use acuse_proto::ingestion::{
    CreateIntegrationRequest, Integration, IntegrationChannelAccount, IntegrationSecrets,
    MetaSecrets, RecordInboundMessagesRequest, RecordStatusesRequest, RegisterMessagesRequest,
    UpdateIntegrationRequest, integration_secrets,
};
use acuse_proto::message_state::{DirectoryKind, ListEntriesRequest, directory_entry};
use acuse_proto::types::{
    Channel, ContactRef, Content, ContentType, InboundKind, InboundMessage, ItemOutcome,
    MessageState, MessageType, OutboundRegistration, Provider, ProviderMessageId, Source,
    StatusEvidence, StatusKind,
};
use acuse_rpc::config::Limits;
use acuse_rpc::sized_client;
use prost_types::Timestamp;

use crate::payload::ago;
use crate::rig::Acuse;

pub(crate) fn at(seconds_ago: i64) -> Option<Timestamp> {
    Some(Timestamp {
        seconds: ago(seconds_ago),
        nanos: 0,
    })
}

pub(crate) fn wamid(id: &str) -> Option<ProviderMessageId> {
    Some(ProviderMessageId {
        provider: Provider::MetaWhatsapp.into(),
        id: id.to_owned(),
        scope: None,
    })
}

fn contact() -> Option<ContactRef> {
    Some(ContactRef {
        phone: Some("+56912345678".to_owned()),
        ..ContactRef::default()
    })
}

pub(crate) fn registration(id: &str) -> OutboundRegistration {
    OutboundRegistration {
        sender_message_id: Some(id.to_owned()),
        provider_message_id: wamid(id),
        channel: Channel::Whatsapp.into(),
        channel_account_id: "1001".to_owned(),
        contact: contact(),
        source: Source::Api.into(),
        r#type: MessageType::Session.into(),
        content_type: ContentType::Text.into(),
        queued_at: at(210),
        dispatched_at: at(200),
        ..OutboundRegistration::default()
    }
}

pub(crate) fn status(id: &str) -> StatusEvidence {
    StatusEvidence {
        provider_message_id: wamid(id),
        kind: StatusKind::Delivered.into(),
        happened_at: at(100),
        ..StatusEvidence::default()
    }
}

pub(crate) fn inbound(id: &str) -> InboundMessage {
    InboundMessage {
        provider_message_id: wamid(id),
        channel: Channel::Whatsapp.into(),
        channel_account_id: "1001".to_owned(),
        contact: contact(),
        received_at: at(50),
        kind: InboundKind::Regular.into(),
        content_type: ContentType::Text.into(),
        content: Some(Content {
            body: Some("hola".to_owned()),
            ..Content::default()
        }),
        ..InboundMessage::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_handed_on_and_answered_item_by_item() {
    let acuse = Acuse::start().await;
    let mut client = acuse.evidence();
    let told = |results: Vec<acuse_proto::types::ItemResult>| {
        let fields = |result: &acuse_proto::types::ItemResult| {
            let violations = result
                .error
                .iter()
                .flat_map(|error| &error.field_violations);
            violations.map(|one| one.field.clone()).collect::<Vec<_>>()
        };
        let told = results
            .iter()
            .map(|result| (result.outcome(), fields(result)));
        told.collect::<Vec<_>>()
    };
    let applied = (ItemOutcome::Applied, Vec::new());
    let duplicate = (ItemOutcome::Duplicate, Vec::new());
    let rejected = |field: &str| (ItemOutcome::Rejected, vec![field.to_owned()]);

    let mut wrong = registration("m2");
    wrong.contact = Some(ContactRef {
        phone: Some(String::new()),
        ..ContactRef::default()
    });
    let messages = vec![registration("m1"), wrong, registration("m1")];
    let request = RegisterMessagesRequest { messages };
    let answer = client.register_messages(request).await.unwrap();
    let results = answer.into_inner().results;
    let message = results[1].error.as_ref().unwrap().message.clone();
    assert!(!message.contains("registration."), "{message}");
    let told_of_it = told(results);
    assert_eq!(told_of_it[0], applied);
    assert_eq!(told_of_it[1].0, ItemOutcome::Rejected);
    assert!(
        told_of_it[1].1.contains(&"contact.phone".to_owned()),
        "{told_of_it:?}"
    );
    assert_eq!(told_of_it[2], duplicate);

    let timeless = StatusEvidence {
        happened_at: None,
        ..status("m1")
    };
    let statuses = vec![timeless, status("m1")];
    let request = RecordStatusesRequest { statuses };
    let answer = client.record_statuses(request).await.unwrap();
    assert_eq!(
        told(answer.into_inner().results),
        [rejected("happened_at"), applied.clone()]
    );

    let bare = InboundMessage {
        channel_account_id: String::new(),
        ..inbound("in2")
    };
    let messages = vec![inbound("in1"), bare];
    let request = RecordInboundMessagesRequest { messages };
    let answer = client.record_inbound_messages(request).await.unwrap();
    assert_eq!(
        told(answer.into_inner().results),
        [applied, rejected("channel_account_id")]
    );

    let message = acuse.message("m1").await.unwrap();
    assert_eq!(message.state(), MessageState::Delivered);
    assert_eq!(message.reply.unwrap().text.as_deref(), Some("hola"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_near_the_limit_passes_both_hops() {
    let acuse = Acuse::start().await;
    let limits = Limits::default();
    let long = |id: String| OutboundRegistration {
        content: Some(Content {
            body: Some("x".repeat(65_000)),
            ..Content::default()
        }),
        ..registration(&id)
    };
    let mut messages = Vec::new();
    let mut request = RegisterMessagesRequest::default();
    while prost::Message::encoded_len(&request) < limits.message_bytes - 80_000 {
        request
            .messages
            .push(long(format!("m{}", request.messages.len())));
    }
    messages.append(&mut request.messages);
    let count = messages.len();
    let mut client = sized_client!(limits, acuse.evidence());
    let answer = client
        .register_messages(RegisterMessagesRequest { messages })
        .await
        .unwrap();
    let results = answer.into_inner().results;
    assert_eq!(results.len(), count);
    let applied =
        |result: &acuse_proto::types::ItemResult| result.outcome() == ItemOutcome::Applied;
    assert!(results.iter().all(applied));
    assert_eq!(
        acuse.rows("message_state.messages").await,
        i64::try_from(count).unwrap()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn channel_accounts_bring_their_names() {
    let acuse = Acuse::start().await;
    let account = |id: &str, name: &str| IntegrationChannelAccount {
        id: id.to_owned(),
        channel: Channel::Whatsapp.into(),
        name: Some(name.to_owned()),
        phone: Some("+56221234567".to_owned()),
    };
    let meta = MetaSecrets {
        app_secrets: vec!["an app's secret".to_owned()],
        verify_token: "a verify token".to_owned(),
    };
    let request = CreateIntegrationRequest {
        integration: Some(Integration {
            provider: Provider::MetaWhatsapp.into(),
            display_name: "WhatsApp".to_owned(),
            channel_accounts: vec![account("1001", "Ventas")],
            ..Integration::default()
        }),
        secrets: Some(IntegrationSecrets {
            secrets: Some(integration_secrets::Secrets::Meta(meta)),
        }),
        request_id: None,
    };
    let made = acuse.integrations().create_integration(request).await;
    let made = made.unwrap().into_inner().integration.unwrap();
    assert_eq!(made.channel_accounts, [account("1001", "Ventas")]);
    let names = async || {
        let request = ListEntriesRequest {
            kind: DirectoryKind::ChannelAccount.into(),
            ..ListEntriesRequest::default()
        };
        let answer = acuse.directory().list_entries(request).await.unwrap();
        let entries = answer.into_inner().entries.into_iter();
        entries
            .map(|entry| match entry.entry.unwrap() {
                directory_entry::Entry::ChannelAccount(it) => (it.id, it.name.unwrap()),
                other => panic!("{other:?}"),
            })
            .collect::<Vec<_>>()
    };
    let known = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let owned = pairs
            .iter()
            .map(|(id, name)| ((*id).to_owned(), (*name).to_owned()));
        owned.collect()
    };
    assert_eq!(names().await, known(&[("1001", "Ventas")]));
    let update = UpdateIntegrationRequest {
        integration: Some(Integration {
            id: made.id,
            channel_accounts: vec![account("1001", "Ventas 2"), account("1002", "Soporte")],
            ..Integration::default()
        }),
        ..UpdateIntegrationRequest::default()
    };
    acuse
        .integrations()
        .update_integration(update)
        .await
        .unwrap();
    assert_eq!(
        names().await,
        known(&[("1001", "Ventas 2"), ("1002", "Soporte")])
    );
}
