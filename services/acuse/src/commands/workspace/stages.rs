//! What channel accounts can report.

use acuse_proto::message_state::{
    GetReportedStagesRequest, ReportedStages, Restaging, SetReportedStagesRequest, StageSet,
    workspace_service_client::WorkspaceServiceClient,
};
use acuse_proto::types::{self, Channel};
use acuse_rpc::client::Call;
use clap::ValueEnum;

use crate::{
    connection::{Access, MessageState},
    failure::Result,
    grpc::refused,
    output::{json, number, say, table, word},
    values,
};

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("said").args(["reports", "as_channel"]))]
pub(super) struct Stages {
    /// The workspace's slug
    slug: String,
    /// Channel of the account that is meant; without one the command shows what was said of all
    #[arg(long, value_parser = values::channel, requires_all = ["account", "said"])]
    channel: Option<Channel>,
    /// Its id, as messages name it: a phone number, a page
    #[arg(long, value_name = "ID", requires_all = ["channel", "said"])]
    account: Option<String>,
    /// What it can report, as send,delivery; dispatch alone where it reports nothing
    #[arg(
        long,
        value_name = "STAGE",
        value_delimiter = ',',
        requires = "account"
    )]
    reports: Vec<Stage>,
    /// It reports what its channel does
    #[arg(long, requires = "account")]
    as_channel: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    message_state: MessageState,
    #[command(flatten)]
    access: Access,
}

/// A stage of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    Dispatch,
    Send,
    Delivery,
    Read,
}

impl From<Stage> for types::Stage {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Dispatch => Self::Dispatch,
            Stage::Send => Self::Send,
            Stage::Delivery => Self::Delivery,
            Stage::Read => Self::Read,
        }
    }
}

impl Stages {
    /// What is said of an account; `None` where nothing is.
    fn said(&self) -> Option<ReportedStages> {
        let stages = self.reports.iter();
        let stages = stages.map(|stage| types::Stage::from(*stage).into());
        Some(ReportedStages {
            channel: self.channel?.into(),
            channel_account_id: self.account.clone()?,
            reported: (!self.as_channel).then(|| StageSet {
                stages: stages.collect(),
            }),
        })
    }
}

/// Says what an account can report, or shows what was said of all.
pub(super) async fn stages(args: Stages) -> Result<()> {
    let server = args.access.to(&args.message_state);
    let channel = server.as_operator().await?;
    let mut client = WorkspaceServiceClient::new(channel);
    if let Some(account) = args.said() {
        let request = SetReportedStagesRequest {
            workspace: args.slug,
            account: Some(account),
        };
        let kept = client
            .set_reported_stages(Call::plain().idempotent().request(request))
            .await
            .map_err(|status| refused("say what the account can report", &server, &status))?
            .into_inner();
        if args.json {
            let name = "acuse.message_state.v1.SetReportedStagesResponse";
            return say(&json(&kept, name)?);
        }
        return say(&match kept.restaging {
            None => "kept; all of its messages are as it says".to_owned(),
            Some(under_way) => format!("kept; {}", progress(&under_way)),
        });
    }
    let request = GetReportedStagesRequest {
        workspace: args.slug,
    };
    let found = client
        .get_reported_stages(Call::plain().idempotent().request(request))
        .await
        .map_err(|status| refused("get what channel accounts can report", &server, &status))?
        .into_inner();
    if args.json {
        let name = "acuse.message_state.v1.GetReportedStagesResponse";
        return say(&json(&found, name)?);
    }
    if found.accounts.is_empty() {
        say("every channel account reports what its channel does")?;
    } else {
        let mut shown = table(&["channel", "account", "reports"], &[]);
        for account in found.accounts {
            let channel = word(account.channel().as_str_name(), "CHANNEL_").to_lowercase();
            let reports = reports(&account);
            shown.add_row([channel, account.channel_account_id, reports]);
        }
        say(&shown.to_string())?;
    }
    match found.restaging {
        None => Ok(()),
        Some(under_way) => say(&progress(&under_way)),
    }
}

fn reports(account: &ReportedStages) -> String {
    let stages = account.reported.iter().flat_map(StageSet::stages);
    let words = stages.map(|stage| word(stage.as_str_name(), "STAGE_").to_lowercase());
    words.collect::<Vec<_>>().join(", ")
}

fn progress(under_way: &Restaging) -> String {
    format!(
        "messages are being brought to it: {} looked at so far, {} of them changed",
        number(under_way.messages_seen),
        number(under_way.messages_changed)
    )
}
