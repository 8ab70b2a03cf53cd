//! `acuse report saved`: reports to run again.

mod keep;
mod run;
mod save;

use acuse_proto::reporting::{
    GetSavedReportRequest, SavedReport, get_saved_report_request::Which, saved_report::Report,
};
use acuse_rpc::client::Call;
use clap::Subcommand;
use uuid::Uuid;

use super::ask::{Asking, Keeper};
use crate::failure::Result;

const EXAMPLES: &str = "\
Examples:
  acuse report saved save 'Weekly' breakdown --by template --period last_7_days
  acuse report saved save 'Best agents' --shared ranking --by agent --metric reply_rate --wilson
  acuse report saved save 'Failures' --columns timestamp,contact_name,error list failed
  acuse report saved list
  acuse report saved run 'Best agents' --csv
  acuse report saved delete 'Weekly'

A period by name is about the days before each run; days and instants that are given stay as they are. Where one of your own reports
and a shared one have the same name, yours is meant; an id is taken as well.";

/// Saves reports, and runs them again.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List those that there are, the newest first
    List(keep::List),
    /// Save one
    Save(save::Args),
    /// Run one
    Run(run::Args),
    /// Delete one for good
    Delete(keep::Delete),
}

/// Does what was asked for.
pub(super) async fn run(args: Args) -> Result<()> {
    match args.what {
        What::List(args) => keep::list(args).await,
        What::Save(args) => save::run(args).await,
        What::Run(args) => run::run(args).await,
        What::Delete(args) => keep::delete(args).await,
    }
}

/// The report of a name or an id.
async fn find(asking: &Asking, name: &str) -> Result<SavedReport> {
    let which = match is_id(name) {
        true => Which::Id(name.to_owned()),
        false => Which::Name(name.to_owned()),
    };
    let request = GetSavedReportRequest { which: Some(which) };
    let call = Call::plain().idempotent().request(request);
    let found = asking.ask_saved("look for the report", call, Keeper::get_saved_report);
    Ok(found.await?.saved_report.unwrap_or_default())
}

fn is_id(name: &str) -> bool {
    Uuid::try_parse(name).is_ok()
}

/// What a report is called, as in `acuse report …`.
fn kind(report: Option<&Report>) -> &'static str {
    match report {
        Some(Report::Consolidated(_)) => "consolidated",
        Some(Report::MessagesOverview(_)) => "overview",
        Some(Report::Breakdown(_)) => "breakdown",
        Some(Report::Ranking(_)) => "ranking",
        Some(Report::ReplyActivity(_)) => "replies",
        Some(Report::Rows(_)) => "rows",
        Some(Report::Funnel(_)) => "funnel",
        Some(Report::OutboundMessages(_)) => "list outbound",
        Some(Report::InboundMessages(_)) => "list inbound",
        Some(Report::FailedMessages(_)) => "list failed",
        None => "unknown here",
    }
}
