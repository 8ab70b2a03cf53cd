//! `acuse export create`: a file of a report.

use std::path::Path;

use acuse_proto::export::{
    CsvOptions, ExportCompression, ExportFormat, ExportLanguage, ExportReport, ExportRequest,
    SavedReportReference, saved_report_reference::Which,
};
use uuid::Uuid;

use super::{
    client::Exports,
    deliver::{Output, deliver, later},
    figures::Figures,
    vocabulary::{hyphened, typed},
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
    /// Language of its labels; the workspace's if left out
    #[arg(long, value_name = "LANGUAGE", value_parser = typed::<ExportLanguage>())]
    language: Option<ExportLanguage>,
    /// Which columns, by their ids and in this order; all of them if left out. A wrong one is answered with those there are
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    columns: Vec<String>,
    /// Compress the file with gzip: CSV and JSON Lines; also if --output ends with .gz
    #[arg(long)]
    gzip: bool,
    #[command(flatten)]
    figures: Figures,
    #[command(flatten)]
    ask: Ask,
    /// Name that the export and its file go by; the report's if left out
    #[arg(long)]
    name: Option<String>,
    /// Of CSV, what separates the values: , ; | or tab; a comma if left out
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<String>,
    /// Of CSV, begin with a byte-order mark, by which some spreadsheets know UTF-8
    #[arg(long)]
    bom: bool,
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
    let gzip = args.gzip || args.output.path().is_some_and(is_compressed);
    let report = args.report.unwrap_or_default();
    let figures = args.figures.of(report)?;
    let usual = match report {
        ExportReport::Pack => ExportFormat::Pdf,
        _ => ExportFormat::Csv,
    };
    let format = args.format.or(ending).unwrap_or(usual);
    let asked_of_csv = args.delimiter.is_some() || args.bom;
    let asking = args.ask.begin().await?;
    let server = asking.access.to(&args.export);
    let exports = Exports::open(server, asking.workspace.as_deref()).await?;
    let mut request = ExportRequest {
        report: report.into(),
        format: format.into(),
        name: args.name,
        question: args.saved.is_none().then(|| asking.question.clone()),
        // Where it goes with another format the service says so.
        csv: (format == ExportFormat::Csv || asked_of_csv).then_some(CsvOptions {
            delimiter: args.delimiter,
            byte_order_mark: args.bom,
        }),
        columns: args.columns,
        compression: if gzip {
            ExportCompression::Gzip.into()
        } else {
            ExportCompression::Unspecified.into()
        },
        figures,
        saved_report: args.saved.map(|name| SavedReportReference {
            which: Some(match Uuid::try_parse(&name) {
                Ok(_) => Which::Id(name),
                Err(_) => Which::Name(name),
            }),
        }),
        ..ExportRequest::default()
    };
    request.set_language(args.language.unwrap_or_default());
    let export = exports.create(request).await?;
    if args.no_wait {
        note(&later(&export.id, None));
        return say(&export.id);
    }
    deliver(&exports, &export.id, &args.output).await
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

fn delimiter(text: &str) -> std::result::Result<String, &'static str> {
    match text {
        "tab" => Ok("\t".to_owned()),
        "," | ";" | "|" | "\t" => Ok(text.to_owned()),
        _ => Err("there are , ; | and tab"),
    }
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
