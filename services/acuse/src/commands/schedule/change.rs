//! `acuse schedule change`, `pause`, `resume`, `run` and `delete`.

use acuse_proto::export::{
    DeleteScheduleRequest, PauseScheduleRequest, ResumeScheduleRequest, RunScheduleRequest,
    Schedule, UpdateScheduleRequest, schedule_service_client::ScheduleServiceClient,
};
use acuse_proto::reporting::Preset;
use acuse_rpc::client::Call;
use prost_types::FieldMask;
use uuid::Uuid;

use super::list::{show_one, told};
use super::timing::{At, Days, preset};
use crate::commands::exporter::Within;
use crate::{
    failure::{Failure, Result},
    output::say,
};

/// Changes a schedule; what is left out stays as it is.
#[derive(Debug, clap::Args)]
pub(super) struct Change {
    /// The schedule's id
    id: Uuid,
    /// Another name
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    #[command(flatten)]
    days: Days,
    /// At what local time
    #[arg(long, value_name = "HH:MM")]
    at: Option<At>,
    /// Zone of days and time, for example America/Santiago
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Period that each run covers: today, yesterday, last_7_days, last_14_days, last_30_days, last_90_days, this_month, last_month
    #[arg(long, value_name = "PERIOD", value_parser = preset)]
    covering: Option<Preset>,
    /// Cover what lies behind the day of each run again
    #[arg(long, conflicts_with = "covering")]
    covering_before: bool,
    #[command(flatten)]
    within: Within,
}

/// A schedule that is there.
#[derive(Debug, clap::Args)]
pub(super) struct One {
    /// The schedule's id
    id: Uuid,
    #[command(flatten)]
    within: Within,
}

/// Changes it, and shows it.
pub(super) async fn change(args: Change) -> Result<()> {
    let cadence = args.days.cadence();
    let days = cadence.as_ref().map(|cadence| {
        use acuse_proto::export::schedule::Cadence;
        match cadence {
            Cadence::Daily(_) => "daily",
            Cadence::Weekly(_) => "weekly",
            Cadence::Monthly(_) => "monthly",
        }
    });
    let named = [
        args.name.as_ref().map(|_| "name"),
        days,
        args.at.map(|_| "time_of_day"),
        args.zone.as_ref().map(|_| "time_zone"),
        (args.covering.is_some() || args.covering_before).then_some("preset"),
    ];
    let paths: Vec<String> = named.into_iter().flatten().map(str::to_owned).collect();
    if paths.is_empty() {
        return Err(Failure::usage("nothing says what is to be different")
            .advise("give --name, --daily, --weekly, --monthly, --at, --zone or --covering"));
    }
    let schedule = Schedule {
        id: args.id.to_string(),
        name: args.name.unwrap_or_default(),
        cadence,
        time_of_day: args.at.map(|At(time)| time),
        time_zone: args.zone,
        preset: args.covering.map(Into::into),
        ..Schedule::default()
    };
    let mut client = args.within.client(ScheduleServiceClient::new).await?;
    let request = UpdateScheduleRequest {
        schedule: Some(schedule),
        update_mask: Some(FieldMask { paths }),
    };
    let changed = client.update_schedule(Call::plain().request(request)).await;
    let changed = changed.map_err(|status| args.within.failed("change the schedule", &status))?;
    show_one(&changed.into_inner().schedule.unwrap_or_default())
}

/// Has it rest.
pub(super) async fn pause(args: One) -> Result<()> {
    let mut client = args.within.client(ScheduleServiceClient::new).await?;
    let request = PauseScheduleRequest {
        id: args.id.to_string(),
        etag: None,
    };
    let paused = client.pause_schedule(Call::plain().idempotent().request(request));
    let paused = paused
        .await
        .map_err(|status| args.within.failed("pause the schedule", &status))?;
    show_one(&paused.into_inner().schedule.unwrap_or_default())
}

/// Has it go on.
pub(super) async fn resume(args: One) -> Result<()> {
    let mut client = args.within.client(ScheduleServiceClient::new).await?;
    let request = ResumeScheduleRequest {
        id: args.id.to_string(),
        etag: None,
    };
    let resumed = client.resume_schedule(Call::plain().idempotent().request(request));
    let resumed = resumed
        .await
        .map_err(|status| args.within.failed("resume the schedule", &status))?;
    show_one(&resumed.into_inner().schedule.unwrap_or_default())
}

/// Runs it.
pub(super) async fn run_now(args: One) -> Result<()> {
    let mut client = args.within.client(ScheduleServiceClient::new).await?;
    let request = RunScheduleRequest {
        id: args.id.to_string(),
        request_id: Some(Uuid::now_v7().to_string()),
    };
    let run = client.run_schedule(Call::plain().idempotent().request(request));
    let run = run
        .await
        .map_err(|status| args.within.failed("run the schedule", &status))?;
    let [_, covers, _, export] = told(&run.into_inner().run.unwrap_or_default());
    say(&format!("asked for the export {export}, covering {covers}"))?;
    say(&format!(
        "  `acuse export download {export}` fetches its file"
    ))
}

/// Deletes it.
pub(super) async fn delete(args: One) -> Result<()> {
    let mut client = args.within.client(ScheduleServiceClient::new).await?;
    let id = args.id.to_string();
    let request = DeleteScheduleRequest {
        id: id.clone(),
        etag: None,
    };
    let deleted = client.delete_schedule(Call::plain().request(request)).await;
    deleted.map_err(|status| args.within.failed("delete the schedule", &status))?;
    say(&format!("deleted {id}"))
}
