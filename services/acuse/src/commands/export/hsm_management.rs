//! `acuse export hsm-management`: a file with a row for each template message.

use acuse_proto::export::{CsvOptions, ExportFormat, ExportReport, ExportRequest};

use super::{
    client::Exports,
    deliver::{Output, deliver},
};
use crate::{commands::report::ask::Ask, connection::Export, failure::Result};

/// Makes a CSV file with a row for each template message, oldest first, and downloads it. The texts of the messages are in it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    ask: Ask,
    /// Name that the export and its file go by; the report's if left out
    #[arg(long)]
    name: Option<String>,
    /// What separates the values: , ; | or tab; a comma if left out
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<String>,
    /// Begin with a byte-order mark, by which some spreadsheets know UTF-8
    #[arg(long)]
    bom: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    export: Export,
}

/// Asks for the export, waits for its file and fetches it.
pub(super) async fn run(args: Args) -> Result<()> {
    args.output.check()?;
    let asking = args.ask.begin().await?;
    let server = asking.access.to(&args.export);
    let exports = Exports::open(server, asking.workspace.as_deref()).await?;
    let request = ExportRequest {
        report: ExportReport::HsmManagement.into(),
        format: ExportFormat::Csv.into(),
        name: args.name,
        question: Some(asking.question.clone()),
        csv: Some(CsvOptions {
            delimiter: args.delimiter,
            byte_order_mark: args.bom,
        }),
        ..ExportRequest::default()
    };
    let export = exports.create(request).await?;
    deliver(&exports, export, &args.output).await
}

fn delimiter(text: &str) -> std::result::Result<String, &'static str> {
    match text {
        "tab" => Ok("\t".to_owned()),
        "," | ";" | "|" | "\t" => Ok(text.to_owned()),
        _ => Err("there are , ; | and tab"),
    }
}
