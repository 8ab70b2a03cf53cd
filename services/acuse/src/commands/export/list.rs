//! `acuse export list`: what was asked for.

use acuse_proto::export::{Export, ExportState};
use indicatif::HumanBytes;
use jiff::tz::TimeZone;

use super::client::Within;
use crate::{
    failure::Result,
    output::{json, note, number, say, table, time, word},
};

/// Lists the exports of the workspace, as far as the caller may see them, newest first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// So many of them at most
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    limit: u16,
    /// Print JSON, one export after the other
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    within: Within,
}

/// Prints them.
pub(super) async fn run(args: Args) -> Result<()> {
    let found = args.within.open().await?.newest(args.limit).await?;
    if args.json {
        for export in &found.exports {
            say(&json(export, "acuse.export.v1.Export")?)?;
        }
    } else if found.exports.is_empty() {
        say("there is no export yet: `acuse export hsm-management` makes one")?;
    } else {
        show(&found.exports)?;
    }
    if !found.next_page_token.is_empty() {
        note("there are more: --limit says how many to show");
    }
    Ok(())
}

fn show(exports: &[Export]) -> Result<()> {
    let mut shown = table(
        &["asked for (UTC)", "id", "by", "state", "rows", "file"],
        &[4],
    );
    for export in exports {
        let rows = export.progress.map(|progress| number(progress.rows_done));
        shown.add_row([
            time(export.create_time.as_ref(), &TimeZone::UTC),
            export.id.clone(),
            export.requested_by.clone(),
            word(export.state().as_str_name(), "EXPORT_STATE_"),
            rows.unwrap_or_default(),
            file(export),
        ]);
    }
    say(&shown.to_string())
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
