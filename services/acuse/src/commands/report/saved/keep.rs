//! `acuse report saved list` and `delete`.

use acuse_proto::reporting::{DeleteSavedReportRequest, ListSavedReportsRequest, SavedReport};
use acuse_rpc::client::Call;
use jiff::tz::TimeZone;

use super::super::ask::{Keeper, Within};
use super::{find, kind};
use crate::{
    failure::Result,
    output::{json, plain, say, table, time},
};

/// Lists the saved reports that there are for the caller, the newest first.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Only those that are shared
    #[arg(long)]
    shared: bool,
    /// Only your own that are not shared
    #[arg(long, conflicts_with = "shared")]
    own: bool,
    /// Print JSON, one report after the other
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    within: Within,
}

/// Lists them.
pub(super) async fn list(args: List) -> Result<()> {
    let asking = args.within.open().await?;
    let mut request = ListSavedReportsRequest {
        shared: (args.shared || args.own).then_some(args.shared),
        ..ListSavedReportsRequest::default()
    };
    let mut found = Vec::new();
    loop {
        let call = Call::plain().idempotent().request(request.clone());
        let page = asking.ask_saved("list the reports", call, Keeper::list_saved_reports);
        let page = page.await?;
        found.extend(page.saved_reports);
        request.page_token = page.next_page_token;
        // They are a thousand and a hundred at most.
        if request.page_token.is_empty() {
            break;
        }
    }
    if args.json {
        for report in &found {
            say(&json(report, "acuse.reporting.v1.SavedReport")?)?;
        }
        return Ok(());
    }
    if found.is_empty() {
        return say("there is no saved report yet: `acuse report saved save` keeps one");
    }
    show(&found)
}

fn show(found: &[SavedReport]) -> Result<()> {
    let mut shown = table(
        &[
            "name",
            "report",
            "columns",
            "shared",
            "by",
            "changed (UTC)",
            "id",
        ],
        &[],
    );
    for report in found {
        let shared = if report.shared { "yes" } else { "no" };
        shown.add_row([
            plain(&report.name),
            kind(report.report.as_ref()).to_owned(),
            columns(report),
            shared.to_owned(),
            plain(&report.owner),
            time(report.update_time.as_ref(), &TimeZone::UTC),
            report.id.clone(),
        ]);
    }
    say(&shown.to_string())
}

/// Which columns its exports have; which report has which ones is no concern of who lists them.
fn columns(report: &SavedReport) -> String {
    match report.columns.as_slice() {
        [] => "all".to_owned(),
        chosen => plain(&chosen.join(", ")),
    }
}

/// Deletes a saved report for good.
#[derive(Debug, clap::Args)]
pub(crate) struct Delete {
    /// Its name, or its id
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    within: Within,
}

/// Deletes it.
pub(super) async fn delete(args: Delete) -> Result<()> {
    let asking = args.within.open().await?;
    let found = find(&asking, &args.name).await?;
    let request = DeleteSavedReportRequest {
        id: found.id,
        etag: found.etag,
    };
    let call = Call::plain().request(request);
    let deleted = asking.ask_saved("delete the report", call, Keeper::delete_saved_report);
    deleted.await?;
    say(&format!("deleted {}", plain(&found.name)))
}
