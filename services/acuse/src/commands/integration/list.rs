//! Listing and deleting integrations.

use acuse_proto::ingestion::{
    DeleteIntegrationRequest, Integration, ListIntegrationsRequest,
    integration_service_client::IntegrationServiceClient,
};
use acuse_rpc::client::{Call, Channel};
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::commands::within::Within;
use crate::{
    connection::Server,
    failure::Result,
    grpc::refused,
    output::{json, say, table, time},
};

#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Print JSON, one integration after the other
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    within: Within,
}

#[derive(Debug, clap::Args)]
pub(super) struct Delete {
    /// The integration's id
    id: Uuid,
    #[command(flatten)]
    within: Within,
}

/// Lists those of the workspace.
pub(super) async fn list(args: List) -> Result<()> {
    let mut client = args.within.client(IntegrationServiceClient::new).await?;
    let found = all(&mut client, &args.within.server()).await?;
    if args.json {
        for integration in &found {
            say(&json(integration, "acuse.ingestion.v1.Integration")?)?;
        }
        return Ok(());
    }
    if found.is_empty() {
        return say("there is no integration yet: `acuse integration create` makes one");
    }
    let mut shown = table(
        &[
            "name",
            "webhook path",
            "channel accounts",
            "secrets",
            "created (UTC)",
        ],
        &[],
    );
    for integration in found {
        let accounts = integration.channel_accounts.into_iter();
        shown.add_row([
            integration.display_name,
            integration.webhook_path,
            accounts
                .map(|account| account.id)
                .collect::<Vec<_>>()
                .join(", "),
            integration.secrets_set.join(", "),
            time(integration.create_time.as_ref(), &TimeZone::UTC),
        ]);
    }
    say(&shown.to_string())
}

/// All integrations of the workspace that the client's token names.
pub(crate) async fn all(
    client: &mut IntegrationServiceClient<Channel>,
    server: &Server<'_>,
) -> Result<Vec<Integration>> {
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListIntegrationsRequest {
            // As many as the service gives at once.
            page_size: 0,
            page_token,
        };
        let page = client
            .list_integrations(Call::plain().idempotent().request(request))
            .await
            .map_err(|status| refused("list the integrations", server, &status))?
            .into_inner();
        found.extend(page.integrations);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(found);
        }
    }
}

/// Deletes one.
pub(super) async fn delete(args: Delete) -> Result<()> {
    let mut client = args.within.client(IntegrationServiceClient::new).await?;
    let id = args.id.to_string();
    let request = DeleteIntegrationRequest { id: id.clone() };
    client
        .delete_integration(Call::plain().request(request))
        .await
        .map_err(|status| refused("delete the integration", &args.within.server(), &status))?;
    say(&format!("deleted {id}"))
}
