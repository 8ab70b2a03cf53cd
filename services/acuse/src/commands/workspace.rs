//! `acuse workspace`: tenants.

mod settings;
mod stages;
mod update;

use acuse_proto::message_state::{
    CreateWorkspaceRequest, ListWorkspacesRequest, workspace_service_client::WorkspaceServiceClient,
};
use acuse_rpc::client::Call;
use clap::Subcommand;
use jiff::tz::TimeZone;

use settings::Settings;

use crate::{
    connection::{Access, MessageState},
    failure::Result,
    grpc::refused,
    output::{json, say, table, time},
};

const EXAMPLES: &str = "\
Examples:
  acuse workspace create acme --name 'Acme Perú' --time-zone America/Lima --key keys/caller.pem
  acuse workspace list --key keys/caller.pem
  acuse workspace update acme --retention-months 24 --not-understood-retention-days 30 --key keys/caller.pem
  acuse workspace update acme --reset attribution-window --reset data-available-from --key keys/caller.pem
  acuse workspace stages acme --channel sms --account +56221234567 --reports send --key keys/caller.pem
  acuse workspace stages acme --key keys/caller.pem

All need an operator's token, or a key to make one with; to change a workspace its administrator's does as well. What a channel
account can report is what its channel does, unless it is said: where it cannot, the stage is not applicable, and its messages are
left out of the stage's rate. It holds for messages of the past as well.";

/// Creates, lists and changes workspaces.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Create a workspace
    Create(Create),
    /// List all workspaces
    List(List),
    /// Change settings of a workspace
    Update(update::Update),
    /// Say which stages a channel account can report, or show what was said
    Stages(stages::Stages),
}

#[derive(Debug, clap::Args)]
struct Create {
    /// Its name in tokens and addresses: a-z, 0-9 and hyphens
    slug: String,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    message_state: MessageState,
    #[command(flatten)]
    access: Access,
}

#[derive(Debug, clap::Args)]
struct List {
    /// Print JSON, one workspace after the other
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    message_state: MessageState,
    #[command(flatten)]
    access: Access,
}

/// Does what was asked for.
pub(crate) async fn run(args: Args) -> Result<()> {
    match args.what {
        What::Create(args) => create(args).await,
        What::List(args) => list(args).await,
        What::Update(args) => update::update(args).await,
        What::Stages(args) => stages::stages(args).await,
    }
}

async fn create(args: Create) -> Result<()> {
    let server = args.access.to(&args.message_state);
    let channel = server.as_operator().await?;
    let request = CreateWorkspaceRequest {
        workspace: Some(args.settings.of(args.slug)),
    };
    let created = WorkspaceServiceClient::new(channel)
        .create_workspace(Call::plain().request(request))
        .await
        .map_err(|status| refused("create the workspace", &server, &status))?;
    let workspace = created.into_inner().workspace.unwrap_or_default();
    let zone = workspace.time_zone.as_deref().unwrap_or("UTC");
    say(&format!("created {} ({zone})", workspace.slug))
}

async fn list(args: List) -> Result<()> {
    let server = args.access.to(&args.message_state);
    let channel = server.as_operator().await?;
    let mut client = WorkspaceServiceClient::new(channel);
    let mut shown = table(
        &[
            "workspace",
            "name",
            "time zone",
            "language",
            "created (UTC)",
        ],
        &[],
    );
    let mut page_token = String::new();
    loop {
        let request = ListWorkspacesRequest {
            page_size: 1_000,
            page_token,
        };
        let page = client
            .list_workspaces(Call::plain().idempotent().request(request))
            .await
            .map_err(|status| refused("list the workspaces", &server, &status))?
            .into_inner();
        for workspace in page.workspaces {
            if args.json {
                say(&json(&workspace, "acuse.message_state.v1.Workspace")?)?;
                continue;
            }
            shown.add_row([
                workspace.slug,
                workspace.display_name.unwrap_or_default(),
                workspace.time_zone.unwrap_or_default(),
                workspace.language_code.unwrap_or_default(),
                time(workspace.created_at.as_ref(), &TimeZone::UTC),
            ]);
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    match (args.json, shown.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => say("there is no workspace yet: `acuse workspace create` makes one"),
        (false, false) => say(&shown.to_string()),
    }
}
