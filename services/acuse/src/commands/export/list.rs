//! `acuse export list`: what was asked for.

use acuse_proto::export::{Export, ExportReport, ExportState, ListExportsRequest};
use indicatif::HumanBytes;
use jiff::tz::TimeZone;

use super::{
    client::Within,
    vocabulary::{hyphened, typed},
};
use crate::{
    failure::Result,
    output::{json, note, number, plain, say, table, time, word},
};

/// Lists the exports of the workspace, as far as the caller may see them, newest first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// So many of them at most
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    limit: u16,
    /// Only those in this state. May be given again: those in one of them
    #[arg(long, value_name = "STATE", value_parser = typed::<ExportState>())]
    state: Vec<ExportState>,
    /// Only those that this subject asked for
    #[arg(long, value_name = "SUBJECT")]
    by: Option<String>,
    /// Only those of this report. May be given again: those of one of them
    #[arg(long, value_name = "REPORT", value_parser = typed::<ExportReport>())]
    report: Vec<ExportReport>,
    /// Print JSON, one export after the other
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    within: Within,
}

/// Prints them.
pub(super) async fn run(args: Args) -> Result<()> {
    let searched = args.by.is_some() || !args.state.is_empty() || !args.report.is_empty();
    let mut request = ListExportsRequest {
        states: args.state.into_iter().map(Into::into).collect(),
        requested_by: args.by,
        reports: args.report.into_iter().map(Into::into).collect(),
        ..ListExportsRequest::default()
    };
    let client = args.within.open().await?;
    let (mut exports, limit) = (Vec::new(), usize::from(args.limit));
    loop {
        let missing = limit.saturating_sub(exports.len());
        request.page_size = i32::try_from(missing).unwrap_or(i32::MAX);
        let page = client.list(request.clone()).await?;
        exports.extend(page.exports);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() || exports.len() >= limit {
            break;
        }
    }
    if args.json {
        for export in &exports {
            say(&json(export, "acuse.export.v1.Export")?)?;
        }
    } else if exports.is_empty() {
        say(if searched {
            "there is no such export"
        } else {
            "there is no export yet: `acuse export create` makes one"
        })?;
    } else {
        show(&exports)?;
    }
    if !request.page_token.is_empty() {
        note("there are more: --limit says how many to show");
    }
    Ok(())
}

fn show(exports: &[Export]) -> Result<()> {
    let mut shown = table(
        &[
            "asked for (UTC)",
            "id",
            "name",
            "format",
            "by",
            "accounts",
            "departments",
            "state",
            "rows",
            "file",
        ],
        &[8],
    );
    for export in exports {
        let request = export.request.clone().unwrap_or_default();
        let (format, accounts) = (request.format(), export.accounts.as_ref());
        let rows = export.progress.map(|progress| number(progress.rows_done));
        shown.add_row([
            time(export.create_time.as_ref(), &TimeZone::UTC),
            export.id.clone(),
            request.name.unwrap_or_default(),
            hyphened(&format),
            export.requested_by.clone(),
            limit(accounts.map(|accounts| &accounts.ids)),
            limit(
                export
                    .departments
                    .as_ref()
                    .map(|departments| &departments.ids),
            ),
            word(export.state().as_str_name(), "EXPORT_STATE_"),
            rows.unwrap_or_default(),
            file(export),
        ]);
    }
    say(&shown.to_string())
}

/// To what an export is limited; "none" where it holds nothing at all.
fn limit(ids: Option<&Vec<String>>) -> String {
    match ids.map(Vec::as_slice) {
        None => "all".to_owned(),
        Some([]) => "none".to_owned(),
        Some(ids) => plain(&ids.join(", ")),
    }
}

/// The file with its size, or why there is none.
fn file(export: &Export) -> String {
    match (export.state(), &export.file, &export.failure) {
        (ExportState::Succeeded, Some(file), _) => {
            let size = u64::try_from(file.size_bytes).unwrap_or_default();
            format!("{} ({})", file.name, HumanBytes(size))
        }
        (ExportState::Failed, _, Some(failure)) => failure.message.clone(),
        _ => String::new(),
    }
}
