//! `acuse schedule create`.

use std::path::PathBuf;

use acuse_proto::export::{
    CreateScheduleRequest, ExportFormat, ExportReport, ExportRequest, Schedule,
    schedule_service_client::ScheduleServiceClient,
};
use acuse_proto::reporting::Preset;
use acuse_rpc::client::Call;
use uuid::Uuid;

use super::list::show_one;
use super::timing::{At, Days, preset};
use crate::commands::export::{
    create::saved,
    vocabulary::typed,
    written::{ARGUMENTS, Written},
};
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
    #[arg(long, value_name = "REPORT", default_value = "hsm-management", value_parser = typed::<ExportReport>())]
    report: ExportReport,
    /// A report that was saved with `acuse report saved save`, by its name or its id, as it stands at each run, instead of --report
    #[arg(long, value_name = "NAME", conflicts_with_all = ["report", "filter", "counted_in"])]
    saved: Option<String>,
    /// How they are written
    #[arg(long, value_name = "FORMAT", default_value = "csv", value_parser = typed::<ExportFormat>())]
    format: ExportFormat,
    #[command(flatten)]
    written: Written,
    #[command(flatten)]
    which: Which,
    /// Read what to export from a file instead: an ExportRequest in JSON, as the API writes it, without a period
    #[arg(long, value_name = "FILE", conflicts_with_all = ["report", "saved", "format", "filter", "counted_in"], conflicts_with_all = ARGUMENTS)]
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
        // What a saved report asks it says itself.
        let report = match self.saved {
            Some(_) => ExportReport::Unspecified,
            None => self.report,
        };
        Ok(ExportRequest {
            question: self.saved.is_none().then(|| self.which.question()),
            saved_report: self.saved.map(saved),
            ..self.written.request(report, self.format)?
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
