//! `acuse report saved run`: a saved report shown as its own command shows it.

use acuse_proto::reporting::{
    RunSavedReportRequest, RunSavedReportResponse, run_saved_report_request::Which,
    run_saved_report_response::Answer, saved_report::Report,
};
use acuse_rpc::client::Call;

use super::super::{
    ask::{Form, Keeper, Within},
    breakdown, consolidated, funnel, list, overview, ranking, replies,
};
use super::is_id;
use crate::failure::{Failure, Result};

/// Runs a saved report.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Its name, or its id
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    form: Form,
    #[command(flatten)]
    within: Within,
}

/// Runs it.
pub(super) async fn run(args: Args) -> Result<()> {
    let asking = args.within.open().await?;
    let which = match is_id(&args.name) {
        true => Which::Id(args.name),
        false => Which::Name(args.name),
    };
    let request = RunSavedReportRequest { which: Some(which) };
    let call = Call::plain().idempotent().request(request);
    let ran = asking.ask_saved("run the report", call, Keeper::run_saved_report);
    print(ran.await?, &args.form)
}

fn print(ran: RunSavedReportResponse, form: &Form) -> Result<()> {
    let asked = ran.saved_report.and_then(|saved| saved.report);
    match (asked, ran.answer) {
        (Some(Report::Consolidated(asked)), Some(Answer::Consolidated(answer))) => {
            consolidated::print(&answer, &asked, form)
        }
        (Some(Report::MessagesOverview(asked)), Some(Answer::MessagesOverview(answer))) => {
            overview::print(&answer, &asked, form)
        }
        (Some(Report::Breakdown(asked)), Some(Answer::Breakdown(answer))) => {
            breakdown::print(&answer, &asked, form)
        }
        (Some(Report::Ranking(asked)), Some(Answer::Ranking(answer))) => {
            ranking::print(&answer, &asked, form)
        }
        (Some(Report::ReplyActivity(_)), Some(Answer::ReplyActivity(answer))) => {
            replies::print(&answer, form)
        }
        (_, Some(Answer::OutboundMessages(answer))) => list::print_outbound(&answer, form),
        (_, Some(Answer::InboundMessages(answer))) => list::print_inbound(&answer, form),
        (_, Some(Answer::FailedMessages(answer))) => list::print_failed(&answer, form),
        (Some(Report::Funnel(_)), Some(Answer::Funnel(answer))) => funnel::print(&answer, form),
        _ => Err(Failure::new("the report cannot be shown")
            .advise("this command is older than the service")),
    }
}
