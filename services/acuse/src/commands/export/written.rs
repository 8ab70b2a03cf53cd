//! How a file is written: what is asked of an export beside which messages it is about.

use acuse_proto::export::{
    CsvOptions, ExportCompression, ExportFormat, ExportLanguage, ExportReport, ExportRequest,
};

use super::{figures::Figures, vocabulary::typed};
use crate::failure::Result;

/// The ids of all arguments, for what goes instead of them.
pub(crate) const ARGUMENTS: [&str; 17] = [
    "language",
    "name",
    "columns",
    "gzip",
    "delimiter",
    "bom",
    "by",
    "metric",
    "worst",
    "wilson",
    "min_volume",
    "limit",
    "bucket",
    "compare",
    "times",
    "cumulative",
    "individual",
];

/// How a file is written.
#[derive(Debug, clap::Args)]
pub(crate) struct Written {
    /// Language of its labels; the workspace's if left out
    #[arg(long, value_name = "LANGUAGE", value_parser = typed::<ExportLanguage>())]
    language: Option<ExportLanguage>,
    /// Name that the export and its file go by; what it holds, or the schedule's, if left out
    #[arg(long)]
    name: Option<String>,
    /// Which columns, by their ids and in this order; all of them if left out. A wrong one is answered with those there are
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    columns: Vec<String>,
    /// Compress the file with gzip: CSV and JSON Lines
    #[arg(long)]
    gzip: bool,
    /// Of CSV, what separates the values: , ; | or tab; a comma if left out
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<String>,
    /// Of CSV, begin with a byte-order mark, by which some spreadsheets know UTF-8
    #[arg(long)]
    bom: bool,
    #[command(flatten)]
    figures: Figures,
}

impl Written {
    /// The same, compressed where that is so.
    pub(super) fn compressed(self, compressed: bool) -> Self {
        Self {
            gzip: self.gzip || compressed,
            ..self
        }
    }

    /// What is asked for a report in a format; about which messages is left out.
    ///
    /// # Errors
    /// Fails where the report needs what is left out, or does not take what is given.
    pub(crate) fn request(
        self,
        report: ExportReport,
        format: ExportFormat,
    ) -> Result<ExportRequest> {
        // Where it goes with another format the service says so.
        let csv = format == ExportFormat::Csv || self.delimiter.is_some() || self.bom;
        let compression = if self.gzip {
            ExportCompression::Gzip
        } else {
            ExportCompression::Unspecified
        };
        Ok(ExportRequest {
            report: report.into(),
            format: format.into(),
            name: self.name,
            language: self.language.unwrap_or_default().into(),
            csv: csv.then_some(CsvOptions {
                delimiter: self.delimiter,
                byte_order_mark: self.bom,
            }),
            columns: self.columns,
            compression: compression.into(),
            figures: self.figures.of(report)?,
            ..ExportRequest::default()
        })
    }
}

fn delimiter(text: &str) -> std::result::Result<String, &'static str> {
    match text {
        "tab" => Ok("\t".to_owned()),
        "," | ";" | "|" | "\t" => Ok(text.to_owned()),
        _ => Err("there are , ; | and tab"),
    }
}
