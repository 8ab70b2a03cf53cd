//! `acuse report rows`: the rows of a table, for other programs.

use acuse_proto::EncodedRows;
use acuse_proto::reporting::{RowPreset, StreamRowsRequest, stream_rows_response::Part};
use acuse_rpc::client::Call;

use super::{
    ask::{Ask, Asking, Client},
    vocabulary::Words as _,
};
use crate::{
    failure::Result,
    output::{encoded_json, note, number, say},
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

impl Args {
    /// Connects, and puts together what is asked for.
    pub(super) async fn asked(self) -> Result<(Asking, StreamRowsRequest)> {
        let asking = self.ask.begin().await?;
        let request = StreamRowsRequest {
            question: Some(asking.question.clone()),
            preset: self.preset.into(),
            batch_size: None,
        };
        Ok((asking, request))
    }
}

/// Prints the rows as they come.
pub(super) async fn run(args: Args) -> Result<()> {
    let (asking, request) = args.asked().await?;
    let call = Call::plain().endless().request(request);
    let what = "get the rows";
    let mut parts = asking.ask(what, call, Client::stream_rows).await?;
    let mut printed = 0;
    while let Some(answer) = parts
        .message()
        .await
        .map_err(|status| asking.failed(what, &status))?
    {
        printed += match answer.part {
            Some(Part::HsmManagement(batch)) => {
                lines(&batch, "acuse.reporting.v1.HsmManagementRow")?
            }
            Some(Part::Messages(batch)) => lines(&batch, "acuse.type.v1.Message")?,
            Some(Part::ReceivedMessages(batch)) => lines(&batch, "acuse.type.v1.ReceivedMessage")?,
            Some(Part::Header(_)) | None => 0,
        };
    }
    note(&format!("{} rows", number(printed)));
    Ok(())
}

/// Prints rows, one a line; tells how many.
fn lines(batch: &EncodedRows, name: &str) -> Result<u64> {
    for row in &batch.rows {
        say(&line(row, name)?)?;
    }
    Ok(u64::try_from(batch.rows.len()).unwrap_or(u64::MAX))
}

/// A row on one line.
fn line(row: &[u8], name: &str) -> Result<String> {
    let pretty = encoded_json(row, name)?;
    // Line ends within texts are escaped in JSON: those left are of its layout.
    Ok(pretty.lines().map(str::trim_start).collect())
}
