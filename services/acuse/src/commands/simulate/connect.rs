//! The integration of a workspace that is played, and the way of its webhooks.

use acuse_proto::{
    ingestion::{
        CreateIntegrationRequest, Integration, IntegrationChannelAccount, IntegrationSecrets,
        MetaSecrets, UpdateIntegrationRequest, integration_secrets::Secrets,
        integration_service_client::IntegrationServiceClient,
    },
    types::{self, Provider},
};
use acuse_rpc::client::{Call, Channel};
use acuse_simulator::{
    Business,
    drive::{Webhook, WebhookError},
};

use super::{Args, count};
use crate::{
    commands::integration,
    connection::Server,
    failure::{Failure, Result},
    grpc::refused,
    output::note,
    secrets::made_up,
};

/// By this name a simulation knows its own integration.
const NAME: &str = "Simulated WhatsApp";

/// Has an integration for a business's WhatsApp number, with secrets that this run alone knows, and verifies its address.
pub(super) async fn connect(
    args: &Args,
    server: &Server<'_>,
    channel: Channel,
    business: &Business,
) -> Result<Webhook> {
    let (app_secret, verify_token) = (made_up(), made_up());
    let meta = MetaSecrets {
        app_secrets: vec![app_secret.expose().to_owned()],
        verify_token: verify_token.expose().to_owned(),
    };
    let secrets = IntegrationSecrets {
        secrets: Some(Secrets::Meta(meta)),
    };
    let mut client = IntegrationServiceClient::new(channel);
    let all = integration::all(&mut client, server).await?;
    let own = all.into_iter().find(|one| one.display_name == NAME);
    let integration = match own {
        Some(own) => renew(&mut client, server, own, secrets).await?,
        None => create(&mut client, server, business, secrets).await?,
    };
    let address = format!("{}{}", server.url()?, integration.webhook_path);
    let webhook = Webhook::new(
        &address,
        &app_secret,
        business.line(),
        count(args.connections),
    )
    .map_err(|error| unusable(server, &error))?;
    webhook
        .verify(&verify_token)
        .await
        .map_err(|error| unusable(server, &error))?;
    Ok(webhook)
}

fn unusable(server: &Server<'_>, error: &WebhookError) -> Failure {
    let place = server.place();
    match error {
        WebhookError::Address(_) => Failure::usage(error.to_string()).advise(format!(
            "{} or {} says where: give an address of it without TLS",
            place.option, place.variable
        )),
        _ => Failure::new(format!("the webhook at {} fails: {error}", place.address))
            .advise("the log of ingestion says more"),
    }
}

async fn renew(
    client: &mut IntegrationServiceClient<Channel>,
    server: &Server<'_>,
    own: Integration,
    secrets: IntegrationSecrets,
) -> Result<Integration> {
    let request = UpdateIntegrationRequest {
        integration: Some(Integration {
            id: own.id,
            ..Integration::default()
        }),
        update_mask: None,
        secrets: Some(secrets),
    };
    let answer = client
        .update_integration(Call::plain().idempotent().request(request))
        .await
        .map_err(|status| refused("replace an integration's secrets", server, &status))?;
    Ok(answer.into_inner().integration.unwrap_or_default())
}

async fn create(
    client: &mut IntegrationServiceClient<Channel>,
    server: &Server<'_>,
    business: &Business,
    secrets: IntegrationSecrets,
) -> Result<Integration> {
    let line = business.line();
    let account = IntegrationChannelAccount {
        id: line.phone_number_id,
        channel: types::Channel::Whatsapp.into(),
        name: None,
        phone: Some(format!("+{}", line.display_phone_number)),
    };
    let request = CreateIntegrationRequest {
        integration: Some(Integration {
            provider: Provider::MetaWhatsapp.into(),
            display_name: NAME.to_owned(),
            channel_accounts: vec![account],
            ..Integration::default()
        }),
        secrets: Some(secrets),
        request_id: Some(uuid::Uuid::now_v7().to_string()),
    };
    let answer = client
        .create_integration(Call::plain().idempotent().request(request))
        .await
        .map_err(|status| refused("create an integration", server, &status))?;
    note(&format!("created an integration for {}", business.slug()));
    Ok(answer.into_inner().integration.unwrap_or_default())
}
