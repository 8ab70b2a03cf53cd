//! Before the play: workspaces that are there, with names in their directories, and webhooks that arrive.

use acuse_proto::message_state::{
    CreateWorkspaceRequest, GetWorkspaceRequest, UpsertEntriesRequest, Workspace,
    directory_service_client::DirectoryServiceClient,
    workspace_service_client::WorkspaceServiceClient,
};
use acuse_rpc::client::{Call, Channel};
use acuse_simulator::{Business, drive::Target};
use tonic::Code;

use super::{Args, Cast, TOKEN_LIFETIME, connect::connect, shares, traffic};
use crate::{
    connection::Server,
    failure::{Failure, Result},
    grpc::refused,
    output::note,
};

/// Everybody who plays, with their workspaces.
pub(super) async fn casts(args: &Args) -> Result<Vec<Cast>> {
    let message_state = args.access.to(&args.message_state);
    let ingestion = args.access.to(&args.ingestion);
    let operator = message_state.as_operator().await?;
    ingestion.wait().await?;
    let mut casts = Vec::new();
    for (number, messages) in (0..).zip(shares(args.messages, args.workspaces)) {
        let business = Business::new(args.seed, number);
        ensure(&message_state, operator.clone(), &business).await?;
        let channel = message_state.as_system(business.slug(), TOKEN_LIFETIME)?;
        introduce(&message_state, channel, &business).await?;
        let channel = ingestion.as_system(business.slug(), TOKEN_LIFETIME)?;
        let webhook = connect(args, &ingestion, channel.clone(), &business).await?;
        let traffic = traffic(args, &business, messages);
        casts.push(Cast {
            business,
            target: Target::new(channel, webhook),
            traffic,
        });
    }
    Ok(casts)
}

/// Has the workspace of a business exist.
async fn ensure(server: &Server<'_>, operator: Channel, business: &Business) -> Result<()> {
    let mut client = WorkspaceServiceClient::new(operator);
    let wanted = GetWorkspaceRequest {
        slug: business.slug().to_owned(),
    };
    let found = client
        .get_workspace(Call::plain().idempotent().request(wanted))
        .await;
    match found {
        Ok(_) => return Ok(()),
        Err(status) if status.code() == Code::NotFound => {}
        Err(status) => return Err(refused("look for the workspaces", server, &status)),
    }
    let request = CreateWorkspaceRequest {
        workspace: Some(Workspace {
            slug: business.slug().to_owned(),
            display_name: Some(business.name().to_owned()),
            time_zone: Some(business.time_zone().to_owned()),
            language_code: Some(business.language_code().to_owned()),
            ..Workspace::default()
        }),
    };
    match client
        .create_workspace(Call::plain().request(request))
        .await
    {
        Ok(_) => {
            note(&format!("created the workspace {}", business.slug()));
            Ok(())
        }
        // Another simulation was faster.
        Err(status) if status.code() == Code::AlreadyExists => Ok(()),
        Err(status) => Err(refused("create a workspace", server, &status)),
    }
}

/// Tells the names of channel accounts and people.
async fn introduce(server: &Server<'_>, channel: Channel, business: &Business) -> Result<()> {
    let request = UpsertEntriesRequest {
        entries: business.directory(),
    };
    let answer = DirectoryServiceClient::new(channel)
        .upsert_entries(Call::plain().idempotent().request(request))
        .await
        .map_err(|status| refused("tell the names", server, &status))?;
    let refusal = answer
        .into_inner()
        .results
        .into_iter()
        .find_map(|result| result.error);
    match refusal {
        Some(error) => Err(Failure::new(format!(
            "a name was refused: {}",
            error.message
        ))),
        None => Ok(()),
    }
}
