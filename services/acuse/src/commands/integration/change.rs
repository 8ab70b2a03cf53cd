//! Creating and changing an integration.

use acuse_proto::ingestion::integration_service_client::IntegrationServiceClient;
use acuse_proto::{
    ingestion::{
        CreateIntegrationRequest, GetIntegrationRequest, Integration, IntegrationChannelAccount,
        UpdateIntegrationRequest,
    },
    types::{Channel, Provider},
};
use acuse_rpc::client::Call;
use uuid::Uuid;

use super::secrets::SecretOptions;
use crate::commands::within::Within;
use crate::{
    failure::{Failure, Result},
    grpc::refused,
    output::say,
    values::{channel, channel_of, provider},
};

#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// Whose webhooks it takes: meta-whatsapp, meta-messenger, meta-instagram, twilio, sinch-conversation, sinch-sms,
    /// sinch-latam, vonage, infobip, 360dialog or gupshup
    #[arg(long, value_name = "NAME", value_parser = provider)]
    provider: Provider,
    /// Name for people
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// A sending identity that it reports on, for example WhatsApp's phone_number_id, and its name; may be repeated
    #[arg(long = "channel-account", value_name = "ID[=NAME]")]
    channel_accounts: Vec<String>,
    /// Channel of these identities, for providers of several: whatsapp, sms, …; that of the provider if absent
    #[arg(long, value_name = "NAME", value_parser = channel)]
    channel: Option<Channel>,
    #[command(flatten)]
    secrets: SecretOptions,
    #[command(flatten)]
    within: Within,
}

#[derive(Debug, clap::Args)]
pub(super) struct Update {
    /// The integration's id
    id: Uuid,
    /// Another name for people
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Its sending identities from now on, instead of those it has; may be repeated
    #[arg(long = "channel-account", value_name = "ID[=NAME]")]
    channel_accounts: Vec<String>,
    /// Channel of these identities, for providers of several: whatsapp, sms, …; that of the provider if absent
    #[arg(long, value_name = "NAME", value_parser = channel)]
    channel: Option<Channel>,
    #[command(flatten)]
    secrets: SecretOptions,
    #[command(flatten)]
    within: Within,
}

/// Creates it, and shows where its provider is to send webhooks.
pub(super) async fn create(args: Create) -> Result<()> {
    let chosen = args.secrets.first(args.provider)?;
    let on = args.channel.unwrap_or_else(|| channel_of(args.provider));
    let mut client = args.within.client(IntegrationServiceClient::new).await?;
    let request = CreateIntegrationRequest {
        integration: Some(Integration {
            provider: args.provider.into(),
            display_name: args.name,
            channel_accounts: channel_accounts(&args.channel_accounts, on),
            ..Integration::default()
        }),
        secrets: Some(chosen.secrets.clone()),
        request_id: Some(Uuid::now_v7().to_string()),
    };
    let created = client
        .create_integration(Call::plain().idempotent().request(request))
        .await
        .map_err(|status| refused("create the integration", &args.within.server(), &status))?;
    show(
        "created",
        created.into_inner().integration.unwrap_or_default(),
    )?;
    chosen.show()?;
    if chosen.is_shown() {
        return say(
            "  the provider is told the path with ?secret= and the shared secret behind it",
        );
    }
    Ok(())
}

/// Changes it, and shows it.
pub(super) async fn update(args: Update) -> Result<()> {
    let mut paths = Vec::new();
    if args.name.is_some() {
        paths.push("display_name".to_owned());
    }
    if !args.channel_accounts.is_empty() {
        paths.push("channel_accounts".to_owned());
    }
    let replaces = args.secrets.replaces()?;
    if paths.is_empty() && !replaces {
        return Err(Failure::usage("nothing is to be changed").advise(
            "say what: --name, --channel-account, the provider's secrets or --new-secrets",
        ));
    }
    let mut client = args.within.client(IntegrationServiceClient::new).await?;
    // Secrets and channels are the provider's.
    let request = GetIntegrationRequest {
        id: args.id.to_string(),
    };
    let present = client
        .get_integration(Call::plain().idempotent().request(request))
        .await
        .map_err(|status| refused("find the integration", &args.within.server(), &status))?;
    let present = present.into_inner().integration.unwrap_or_default();
    let on = args
        .channel
        .unwrap_or_else(|| channel_of(present.provider()));
    let chosen = replaces
        .then(|| args.secrets.others(present.provider()))
        .transpose()?;
    let request = UpdateIntegrationRequest {
        integration: Some(Integration {
            id: args.id.to_string(),
            display_name: args.name.unwrap_or_default(),
            channel_accounts: channel_accounts(&args.channel_accounts, on),
            ..Integration::default()
        }),
        update_mask: (!paths.is_empty()).then_some(prost_types::FieldMask { paths }),
        secrets: chosen.as_ref().map(|chosen| chosen.secrets.clone()),
    };
    let updated = client
        .update_integration(Call::plain().idempotent().request(request))
        .await
        .map_err(|status| refused("change the integration", &args.within.server(), &status))?;
    show(
        "changed",
        updated.into_inner().integration.unwrap_or_default(),
    )?;
    chosen.map_or(Ok(()), |chosen| chosen.show())
}

fn show(done: &str, integration: Integration) -> Result<()> {
    say(&format!("{done} {}", integration.id))?;
    say(&format!("  {:<13} {}", "name", integration.display_name))?;
    say(&format!(
        "  {:<13} {}",
        "webhook path", integration.webhook_path
    ))
}

/// Accounts as `ID` or `ID=NAME`.
fn channel_accounts(given: &[String], on: Channel) -> Vec<IntegrationChannelAccount> {
    let account = |text: &String| {
        let (id, name) = match text.split_once('=') {
            Some((id, name)) => (id, Some(name)),
            None => (text.as_str(), None),
        };
        IntegrationChannelAccount {
            id: id.to_owned(),
            channel: on.into(),
            name: name.map(str::to_owned),
            phone: None,
        }
    };
    given.iter().map(account).collect()
}
