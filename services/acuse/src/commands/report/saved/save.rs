//! `acuse report saved save`: a report put together as its own command does, and kept instead of shown.

use acuse_proto::reporting::{CreateSavedReportRequest, SavedReport, saved_report::Report};
use acuse_rpc::client::Call;
use clap::Subcommand;
use uuid::Uuid;

use super::super::{
    ask::{Asking, Keeper},
    breakdown, consolidated, funnel, list, overview, ranking, replies, rows,
};
use crate::{failure::Result, output::say};

/// Saves a report to run again.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to call it
    #[arg(value_name = "NAME")]
    name: String,
    /// Let everybody of the workspace see and run it
    #[arg(long)]
    shared: bool,
    /// Which columns its exports have, by their ids and in this order; all of them if left out. Given before what it asks
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    columns: Vec<String>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Totals and rates, and their course over time
    Consolidated(consolidated::Args),
    /// What messages there are, and how far they came
    Overview(overview::Args),
    /// The figures by the values of a dimension
    Breakdown(breakdown::Args),
    /// The values of a dimension, ranked by one figure
    Ranking(ranking::Args),
    /// How far proactive sends came, step by step
    Funnel(funnel::Args),
    /// At which hours contacts reply
    Replies(replies::Args),
    /// The messages themselves, the newest first
    List(list::Args),
    /// The rows of a table, to be streamed or exported
    Rows(rows::Args),
}

impl What {
    async fn asked(self) -> Result<(Asking, Report)> {
        macro_rules! asked {
            ($args:ident, $kind:ident) => {{
                let (asking, _, request) = $args.asked().await?;
                (asking, Report::$kind(request))
            }};
        }
        Ok(match self {
            Self::Consolidated(args) => asked!(args, Consolidated),
            Self::Overview(args) => asked!(args, MessagesOverview),
            Self::Breakdown(args) => asked!(args, Breakdown),
            Self::Ranking(args) => asked!(args, Ranking),
            Self::Funnel(args) => asked!(args, Funnel),
            Self::Replies(args) => asked!(args, ReplyActivity),
            Self::List(args) => args.asked().await?,
            Self::Rows(args) => {
                let (asking, request) = args.asked().await?;
                (asking, Report::Rows(request))
            }
        })
    }
}

/// Saves it.
pub(super) async fn run(args: Args) -> Result<()> {
    let (asking, report) = args.what.asked().await?;
    let request = CreateSavedReportRequest {
        saved_report: Some(SavedReport {
            name: args.name,
            shared: args.shared,
            report: Some(report),
            columns: args.columns,
            ..SavedReport::default()
        }),
        request_id: Some(Uuid::now_v7().to_string()),
    };
    let call = Call::plain().idempotent().request(request);
    let saved = asking.ask_saved("save the report", call, Keeper::create_saved_report);
    let saved = saved.await?.saved_report.unwrap_or_default();
    say(&format!("saved {} as {}", saved.name, saved.id))
}
