//! `acuse report rows`: the rows of a table, for other programs.

use acuse_proto::reporting::{
    HsmManagementRow, RowPreset, StreamRowsRequest, stream_rows_response::Part,
};
use acuse_rpc::client::Call;

use super::{
    ask::{Ask, Client},
    vocabulary::Words as _,
};
use crate::{
    failure::Result,
    output::{json, note, number, say},
};

/// Prints the rows of a table as JSON, one a line, oldest first. The texts of the messages are shown. `acuse export` makes files
/// of the same rows in CSV.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which table
    #[arg(long, value_parser = RowPreset::parser())]
    preset: RowPreset,
    #[command(flatten)]
    ask: Ask,
}

/// Prints the rows as they come.
pub(super) async fn run(args: Args) -> Result<()> {
    let asking = args.ask.begin().await?;
    let request = StreamRowsRequest {
        question: Some(asking.question.clone()),
        preset: args.preset.into(),
        batch_size: None,
    };
    let call = Call::plain().endless().request(request);
    let what = "get the rows";
    let mut parts = asking.ask(what, call, Client::stream_rows).await?;
    let mut printed = 0_u64;
    while let Some(answer) = parts
        .message()
        .await
        .map_err(|status| asking.failed(what, &status))?
    {
        if let Some(Part::HsmManagement(batch)) = answer.part {
            for row in &batch.rows {
                say(&line(row)?)?;
                printed += 1;
            }
        }
    }
    note(&format!("{} rows", number(printed)));
    Ok(())
}

/// A row on one line.
fn line(row: &HsmManagementRow) -> Result<String> {
    let pretty = json(row, "acuse.reporting.v1.HsmManagementRow")?;
    // Line ends within texts are escaped in JSON: those left are of its layout.
    Ok(pretty.lines().map(str::trim_start).collect())
}
