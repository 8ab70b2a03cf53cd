//! `acuse export create`: a file of a report.

use std::path::Path;

use acuse_proto::export::{
    ExportFormat, ExportReport, ExportRequest, SavedReportReference, saved_report_reference::Which,
};
use uuid::Uuid;

use super::{
    client::Exports,
    deliver::{Output, deliver, later},
    vocabulary::{hyphened, typed},
    written::Written,
};
use crate::{
    commands::report::{ask::Ask, vocabulary::Words as _},
    connection::Export,
    failure::Result,
    output::{note, say},
};

/// Makes a file of a report, and downloads it. The texts of messages are in those that list them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What it holds
    #[arg(value_name = "REPORT", value_parser = typed::<ExportReport>(), required_unless_present = "saved")]
    report: Option<ExportReport>,
    /// A report that was saved with `acuse report saved save`, by its name or its id, instead of REPORT
    #[arg(long, value_name = "NAME", conflicts_with_all = ["report", "period", "zone", "filter", "counted_in"])]
    saved: Option<String>,
    /// How it is written; if left out what --output ends with, and else CSV, of a pack PDF
    #[arg(long, value_name = "FORMAT", value_parser = typed::<ExportFormat>())]
    format: Option<ExportFormat>,
    #[command(flatten)]
    written: Written,
    #[command(flatten)]
    ask: Ask,
    /// Print the export's id and leave: it is made all the same
    #[arg(long, conflicts_with_all = ["output", "force"])]
    no_wait: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    export: Export,
}

/// Asks for the export, waits for its file and fetches it.
pub(super) async fn run(args: Args) -> Result<()> {
    args.output.check()?;
    let ending = args.output.path().and_then(of_ending);
    let report = args.report.unwrap_or_default();
    let usual = match report {
        ExportReport::Pack => ExportFormat::Pdf,
        _ => ExportFormat::Csv,
    };
    let format = args.format.or(ending).unwrap_or(usual);
    let compressed = args.output.path().is_some_and(is_compressed);
    let request = args
        .written
        .compressed(compressed)
        .request(report, format)?;
    let asking = args.ask.begin().await?;
    let server = asking.access.to(&args.export);
    let exports = Exports::open(server, asking.workspace.as_deref()).await?;
    let request = ExportRequest {
        question: args.saved.is_none().then(|| asking.question.clone()),
        saved_report: args.saved.map(saved),
        ..request
    };
    let export = exports.create(request).await?;
    if args.no_wait {
        note(&later(&export.id, None));
        return say(&export.id);
    }
    deliver(&exports, &export.id, &args.output).await
}

/// A saved report by what people call it: an id is one, anything else a name.
pub(crate) fn saved(name: String) -> SavedReportReference {
    SavedReportReference {
        which: Some(match Uuid::try_parse(&name) {
            Ok(_) => Which::Id(name),
            Err(_) => Which::Name(name),
        }),
    }
}

fn is_compressed(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("gz"))
}

/// The format that a file's name ends with, if it does with one.
fn of_ending(path: &Path) -> Option<ExportFormat> {
    if is_compressed(path) {
        return of_ending(Path::new(path.file_stem()?));
    }
    let ending = path.extension()?.to_str()?.to_lowercase();
    ExportFormat::all().find(|format| match hyphened(format).as_str() {
        "json-lines" => ["jsonl", "ndjson"].contains(&ending.as_str()),
        word => word == ending,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_ends_with_a_format_asks_for_it() {
        for (name, format) in [
            ("ventas.csv", Some(ExportFormat::Csv)),
            ("VENTAS.CSV", Some(ExportFormat::Csv)),
            ("ventas.csv.gz", Some(ExportFormat::Csv)),
            ("ventas.jsonl", Some(ExportFormat::JsonLines)),
            ("ventas.xlsx", Some(ExportFormat::Xlsx)),
            ("ventas.pdf", Some(ExportFormat::Pdf)),
            ("ventas", None),
            ("ventas.txt", None),
            ("-", None),
        ] {
            assert_eq!(of_ending(Path::new(name)), format, "{name}");
        }
    }
}
