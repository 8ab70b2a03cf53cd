//! Changing a workspace's settings.

use acuse_proto::message_state::{
    UpdateWorkspaceRequest, Workspace, workspace_service_client::WorkspaceServiceClient,
};
use acuse_rpc::client::Call;
use jiff::tz::TimeZone;
use prost_types::FieldMask;

use super::settings::{Setting, Settings};
use crate::{
    connection::{Access, MessageState},
    failure::{Failure, Result},
    grpc::refused,
    output::{say, time},
};

#[derive(Debug, clap::Args)]
pub(super) struct Update {
    /// Its slug
    slug: String,
    #[command(flatten)]
    settings: Settings,
    /// A setting that goes back to what is usual; may be repeated
    #[arg(long, value_name = "SETTING")]
    reset: Vec<Setting>,
    #[command(flatten)]
    message_state: MessageState,
    #[command(flatten)]
    access: Access,
}

/// Changes what is given, and shows all settings as they are now.
pub(super) async fn update(args: Update) -> Result<()> {
    let given = args.settings.given();
    if let Some(twice) = args.reset.iter().find(|reset| given.contains(reset)) {
        return Err(Failure::usage(format!(
            "{} is given and reset",
            twice.path()
        )));
    }
    let paths: Vec<String> = given
        .iter()
        .chain(&args.reset)
        .map(|setting| setting.path().to_owned())
        .collect();
    if paths.is_empty() {
        return Err(Failure::usage("nothing is to be changed")
            .advise("say what, as with --retention-months 24; --help lists the settings"));
    }
    let server = args.access.to(&args.message_state);
    let channel = server.as_operator().await?;
    let request = UpdateWorkspaceRequest {
        workspace: Some(args.settings.of(args.slug)),
        update_mask: Some(FieldMask { paths }),
    };
    let changed = WorkspaceServiceClient::new(channel)
        .update_workspace(Call::plain().request(request))
        .await
        .map_err(|status| refused("change the workspace", &server, &status))?;
    show(&changed.into_inner().workspace.unwrap_or_default())
}

fn show(workspace: &Workspace) -> Result<()> {
    say(&format!("changed {}", workspace.slug))?;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let count = |value: Option<i32>| value.unwrap_or_default().to_string();
    let window = workspace.attribution_window.unwrap_or_default().length;
    let limits = workspace.export_limits.unwrap_or_default();
    for (name, value) in [
        ("name", text(&workspace.display_name)),
        ("time zone", text(&workspace.time_zone)),
        ("language", text(&workspace.language_code)),
        (
            "data available from (UTC)",
            time(workspace.data_available_from.as_ref(), &TimeZone::UTC),
        ),
        (
            "attribution window",
            format!("{} s", window.unwrap_or_default().seconds),
        ),
        (
            "longest report",
            format!("{} days", count(workspace.report_max_days)),
        ),
        ("exports at the same time", count(limits.max_concurrent)),
        (
            "messages are kept",
            format!("{} months", count(workspace.retention_months)),
        ),
        (
            "what is not understood",
            format!("{} days", count(workspace.not_understood_retention_days)),
        ),
    ] {
        say(&format!("  {name:<26} {value}"))?;
    }
    Ok(())
}
