//! `acuse report rows`: the rows of a table, for other programs.

use acuse_proto::reporting::{
    HsmManagementRow, RowPreset, StreamRowsRequest, stream_rows_response::Part,
};
use acuse_rpc::client::Call;

use super::{
    ask::{Ask, Asking},
    vocabulary::Words as _,
};
use crate::{
    failure::Result,
    output::{json, note, number, say},
};

/// Prints the rows of a table as JSON, one a line, oldest first. The texts of the messages are shown.
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
    let mut parts = asking
        .ask("get the rows", |mut client| async move {
            client.stream_rows(call).await
        })
        .await?;
    let mut printed = 0_u64;
    while let Some(answer) = parts
        .message()
        .await
        .map_err(|status| asking.failed("get the rows", &status))?
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
