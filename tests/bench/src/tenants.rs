//! The workspaces of the businesses, made through the same calls that an operator would use.

use acuse_proto::{
    ingestion::{
        CreateIntegrationRequest, Integration, IntegrationChannelAccount, IntegrationSecrets,
        MetaSecrets, integration_secrets::Secrets,
        integration_service_client::IntegrationServiceClient,
    },
    message_state::{
        CreateWorkspaceRequest, UpsertEntriesRequest, Workspace,
        directory_service_client::DirectoryServiceClient,
        workspace_service_client::WorkspaceServiceClient,
    },
    types::{Channel, Provider},
};
use acuse_rpc::{Secret, client::Call};
use acuse_simulator::Business;
use anyhow::{Context as _, Result, ensure};

use crate::{
    load::{Ingestion, ingestion},
    suite::{Suite, Who},
};

/// Signs webhooks in a database that is dropped at the end.
const APP_SECRET: &str = "the secret of a bench";

/// The ways into all workspaces, in the order of the businesses.
pub(crate) struct Tenants {
    /// Calls.
    pub(crate) clients: Vec<Ingestion>,
    /// Webhooks: the path that each one's provider is given.
    pub(crate) webhook_paths: Vec<String>,
    /// What signs them.
    pub(crate) app_secret: Secret,
}

impl Tenants {
    /// Makes the workspaces, names who works there, and has an integration in each.
    pub(crate) async fn create(suite: &Suite, businesses: &[Business]) -> Result<Self> {
        let operator = suite.channel("message-state", &Who::default())?;
        let mut workspaces = WorkspaceServiceClient::new(operator);
        let mut tenants = Self {
            clients: Vec::new(),
            webhook_paths: Vec::new(),
            app_secret: Secret::new(APP_SECRET),
        };
        for business in businesses {
            let workspace = Workspace {
                slug: business.slug().to_owned(),
                time_zone: Some(business.time_zone().to_owned()),
                ..Workspace::default()
            };
            let request = CreateWorkspaceRequest {
                workspace: Some(workspace),
            };
            workspaces
                .create_workspace(Call::plain().request(request))
                .await?;
            let who = Who {
                workspace: Some(business.slug()),
                ..Who::default()
            };
            introduce(suite, &who, business).await?;
            let channel = suite.channel("ingestion", &who)?;
            let path = integrate(IntegrationServiceClient::new(channel.clone()), business).await?;
            tenants.webhook_paths.push(path);
            tenants.clients.push(ingestion(channel));
        }
        Ok(tenants)
    }
}

/// Tells the names of channel accounts and people.
async fn introduce(suite: &Suite, who: &Who<'_>, business: &Business) -> Result<()> {
    let request = UpsertEntriesRequest {
        entries: business.directory(),
    };
    let answer = DirectoryServiceClient::new(suite.channel("message-state", who)?)
        .upsert_entries(Call::plain().request(request))
        .await?;
    let results = answer.into_inner().results;
    let refused = results.into_iter().find_map(|result| result.error);
    ensure!(refused.is_none(), "a name was refused: {refused:?}");
    Ok(())
}

/// Has an integration for a business's WhatsApp number; gives the path of its webhooks.
async fn integrate(
    mut client: IntegrationServiceClient<acuse_rpc::client::Channel>,
    business: &Business,
) -> Result<String> {
    let line = business.line();
    let account = IntegrationChannelAccount {
        id: line.phone_number_id,
        channel: Channel::Whatsapp.into(),
        name: None,
        phone: Some(format!("+{}", line.display_phone_number)),
    };
    let meta = MetaSecrets {
        app_secrets: vec![APP_SECRET.to_owned()],
        verify_token: "verify a bench".to_owned(),
    };
    let request = CreateIntegrationRequest {
        integration: Some(Integration {
            provider: Provider::MetaWhatsapp.into(),
            display_name: "Bench".to_owned(),
            channel_accounts: vec![account],
            ..Integration::default()
        }),
        secrets: Some(IntegrationSecrets {
            secrets: Some(Secrets::Meta(meta)),
        }),
        request_id: None,
    };
    let answer = client
        .create_integration(Call::plain().request(request))
        .await?;
    let made = answer.into_inner().integration;
    Ok(made.context("an integration was made")?.webhook_path)
}
