//! `acuse schedule create`.

use std::path::PathBuf;

use acuse_proto::export::{
    CreateScheduleRequest, CsvOptions, ExportFormat, ExportReport, ExportRequest, Schedule,
    schedule_service_client::ScheduleServiceClient,
};
use acuse_proto::reporting::Preset;
use acuse_rpc::client::Call;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use uuid::Uuid;

use super::list::show_one;
use super::timing::{At, Days, preset};
use crate::commands::exporter::Within;
use crate::commands::report::ask::Which;
use crate::{
    failure::{Failure, Result},
    output::from_json,
};

/// Creates a schedule. It is the caller's, and its runs see what the caller sees now, cut to what the directory says of them then.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("days").args(["daily", "weekly", "monthly"]).required(true))]
pub(super) struct Args {
    /// What to call it
    #[arg(value_name = "NAME")]
    title: String,
    #[command(flatten)]
    days: Days,
    /// At what local time
    #[arg(long, value_name = "HH:MM")]
    at: At,
    /// Zone of days and time, for example America/Santiago; the workspace's if left out
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Period that each run covers: today, yesterday, last_7_days, last_14_days, last_30_days, last_90_days, this_month,
    /// last_month; what lies behind the day of the run if left out
    #[arg(long, value_name = "PERIOD", value_parser = preset)]
    covering: Option<Preset>,
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    within: Within,
}

/// What each run exports.
#[derive(Debug, clap::Args)]
struct What {
    /// What the files hold
    #[arg(long, value_name = "REPORT", default_value = "hsm_management", value_parser = reports())]
    report: ExportReport,
    /// How they are written
    #[arg(long, value_name = "FORMAT", default_value = "csv", value_parser = formats())]
    format: ExportFormat,
    /// Name that the exports and their files go by; the schedule's if left out
    #[arg(long)]
    name: Option<String>,
    /// What separates the values of CSV: , ; | or tab; a comma if left out
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<String>,
    /// Begin with a byte-order mark, by which some spreadsheets know UTF-8
    #[arg(long)]
    bom: bool,
    #[command(flatten)]
    which: Which,
    /// Read what to export from a file instead: an ExportRequest in JSON, as the API writes it, without a period
    #[arg(long, value_name = "FILE", conflicts_with_all = ["report", "format", "name", "delimiter", "bom", "filter", "counted_in"])]
    request: Option<PathBuf>,
}

impl What {
    fn asked(self) -> Result<ExportRequest> {
        if let Some(path) = &self.request {
            let shown = path.display();
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::new(format!("{shown} cannot be read: {error}")))?;
            return from_json(&text, "acuse.export.v1.ExportRequest")
                .map_err(|problem| Failure::usage(format!("{shown}: {problem}")));
        }
        let csv = (self.bom || self.delimiter.is_some()).then_some(CsvOptions {
            delimiter: self.delimiter,
            byte_order_mark: self.bom,
        });
        Ok(ExportRequest {
            report: self.report.into(),
            format: self.format.into(),
            name: self.name,
            question: Some(self.which.question()),
            csv,
            ..ExportRequest::default()
        })
    }
}

/// Creates it, and shows it.
pub(super) async fn run(args: Args) -> Result<()> {
    let schedule = Schedule {
        name: args.title,
        export: Some(args.what.asked()?),
        cadence: args.days.cadence(),
        time_of_day: Some(args.at.0),
        time_zone: args.zone,
        preset: args.covering.map(Into::into),
        ..Schedule::default()
    };
    let mut client = args.within.client(ScheduleServiceClient::new).await?;
    let request = CreateScheduleRequest {
        schedule: Some(schedule),
        request_id: Some(Uuid::now_v7().to_string()),
    };
    let call = Call::plain().idempotent().request(request);
    let created = client.create_schedule(call).await;
    let created = created.map_err(|status| args.within.failed("create the schedule", &status))?;
    show_one(&created.into_inner().schedule.unwrap_or_default())
}

fn reports() -> impl TypedValueParser<Value = ExportReport> {
    words(
        ExportReport::try_from,
        ExportReport::as_str_name,
        "EXPORT_REPORT_",
    )
}

fn formats() -> impl TypedValueParser<Value = ExportFormat> {
    words(
        ExportFormat::try_from,
        ExportFormat::as_str_name,
        "EXPORT_FORMAT_",
    )
}

/// What reads the values of a vocabulary of the API by their names without what all of them begin with.
fn words<T: Copy + Send + Sync + 'static, E>(
    of: fn(i32) -> std::result::Result<T, E>,
    name: fn(&T) -> &'static str,
    prefix: &'static str,
) -> impl TypedValueParser<Value = T>
where
    E: 'static,
{
    let all: Vec<(String, T)> = (1..)
        .map_while(|number| of(number).ok())
        .map(|value| {
            let word = name(&value);
            let word = word.strip_prefix(prefix).unwrap_or(word);
            (word.to_lowercase(), value)
        })
        .collect();
    let names: Vec<String> = all.iter().map(|(word, _)| word.clone()).collect();
    PossibleValuesParser::new(names).try_map(move |word| {
        let found = all.iter().find(|(known, _)| *known == word);
        // It lets nothing else pass.
        found.map(|(_, value)| *value).ok_or("not one of them")
    })
}

fn delimiter(text: &str) -> std::result::Result<String, &'static str> {
    match text {
        "tab" => Ok("\t".to_owned()),
        "," | ";" | "|" | "\t" => Ok(text.to_owned()),
        _ => Err("there are , ; | and tab"),
    }
}
