//! `acuse verify`: whether the figures are what the messages say.

use acuse_proto::message_state::{
    VerifyRollupsRequest, VerifyRollupsResponse,
    maintenance_service_client::MaintenanceServiceClient,
};
use acuse_rpc::client::Call;

use crate::{
    connection::{Access, MessageState},
    failure::{Failure, Result},
    grpc::refused,
    output::{json, number, say, table},
};

const EXAMPLES: &str = "\
Examples:
  acuse verify --key keys/caller.pem
  acuse verify --workspace acme --max-differences 20

What messages hold that follows from others, as replies, sessions and what watermarks say, is derived anew as well: where it differs,
`messages` stands for the rollup, and times are microseconds since 1970.

Exit code 1 where a figure differs. It changes nothing, and the installation goes on working meanwhile.";

/// Counts every message again and compares the result with what reports read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Slug of the workspace to verify; all of them if left out
    #[arg(long, value_name = "SLUG")]
    workspace: Option<String>,
    /// Differences to name for each workspace at most
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(i32).range(1..=1_000))]
    max_differences: i32,
    /// Print JSON, one workspace after the other
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    message_state: MessageState,
    #[command(flatten)]
    access: Access,
}

/// Verifies, and fails where a figure differs.
pub(crate) async fn run(args: Args) -> Result<()> {
    let found = verify(&args).await?;
    let differences: i64 = found.iter().map(|answer| answer.difference_count).sum();
    if args.json {
        for answer in &found {
            say(&json(
                answer,
                "acuse.message_state.v1.VerifyRollupsResponse",
            )?)?;
        }
    } else {
        show(&found)?;
    }
    match differences {
        0 => Ok(()),
        1 => Err(Failure::no("a figure differs from what the messages say")),
        many => Err(Failure::no(format!(
            "{} figures differ from what the messages say",
            number(many)
        ))),
    }
}

async fn verify(args: &Args) -> Result<Vec<VerifyRollupsResponse>> {
    let server = args.access.to(&args.message_state);
    let failed = |status: &tonic::Status| refused("verify", &server, status);
    let channel = server.as_operator().await?;
    let request = VerifyRollupsRequest {
        workspace: args.workspace.clone(),
        max_differences: args.max_differences,
    };
    let mut answers = MaintenanceServiceClient::new(channel)
        .verify_rollups(Call::plain().endless().request(request))
        .await
        .map_err(|status| failed(&status))?
        .into_inner();
    let mut found = Vec::new();
    while let Some(answer) = answers.message().await.map_err(|status| failed(&status))? {
        found.push(answer);
    }
    Ok(found)
}

fn show(found: &[VerifyRollupsResponse]) -> Result<()> {
    if found.is_empty() {
        return say("there is no workspace yet");
    }
    let columns = [
        "workspace",
        "messages",
        "figures' rows",
        "as of change",
        "differences",
    ];
    let mut summary = table(&columns, &[1, 2, 3, 4]);
    let mut details = table(
        &["workspace", "rollup", "key", "count", "stored", "recounted"],
        &[4, 5],
    );
    for answer in found {
        summary.add_row([
            answer.workspace.clone(),
            number(answer.messages_recounted),
            number(answer.rollup_rows_compared),
            number(answer.verified_at_sequence),
            number(answer.difference_count),
        ]);
        for difference in &answer.differences {
            details.add_row([
                answer.workspace.clone(),
                difference.rollup.clone(),
                difference.key.clone(),
                difference.count.clone(),
                difference.stored.to_string(),
                difference.recounted.to_string(),
            ]);
        }
    }
    say(&summary.to_string())?;
    if details.is_empty() {
        return say("every figure is what the messages say");
    }
    say(&details.to_string())
}
