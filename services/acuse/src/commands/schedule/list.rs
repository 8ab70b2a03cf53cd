//! `acuse schedule list`, `show` and `runs`.

use acuse_proto::export::{
    ExportState, GetScheduleRequest, ListScheduleRunsRequest, ListSchedulesRequest, Schedule,
    ScheduleRun, ScheduleRunState, saved_report_reference::Which,
    schedule_service_client::ScheduleServiceClient,
};
use acuse_rpc::client::Call;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::timing::{covering, described};
use crate::commands::export::vocabulary::hyphened;
use crate::commands::exporter::Within;
use crate::{
    failure::Result,
    output::{json, note, plain, say, table, time, word},
};

/// Lists the schedules that there are for the caller.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Print JSON, one schedule after the other
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    within: Within,
}

/// Shows a schedule.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// The schedule's id
    id: Uuid,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    within: Within,
}

/// Lists the runs of a schedule.
#[derive(Debug, clap::Args)]
pub(super) struct Runs {
    /// The schedule's id
    id: Uuid,
    /// So many of them at most
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    limit: u16,
    /// Print JSON, one run after the other
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    within: Within,
}

/// Lists them.
pub(super) async fn list(args: List) -> Result<()> {
    let mut client = args.within.client(ScheduleServiceClient::new).await?;
    let mut request = ListSchedulesRequest::default();
    let mut found = Vec::new();
    loop {
        let call = Call::plain().idempotent().request(request.clone());
        let page = client.list_schedules(call).await;
        let page = page.map_err(|status| args.within.failed("list the schedules", &status))?;
        let page = page.into_inner();
        found.extend(page.schedules);
        request.page_token = page.next_page_token;
        // There are 200 at most.
        if request.page_token.is_empty() {
            break;
        }
    }
    if args.json {
        for schedule in &found {
            say(&json(schedule, "acuse.export.v1.Schedule")?)?;
        }
        return Ok(());
    }
    if found.is_empty() {
        return say("there is no schedule yet: `acuse schedule create` makes one");
    }
    let mut shown = table(&["name", "runs", "covering", "next (UTC)", "by", "id"], &[]);
    for schedule in &found {
        shown.add_row([
            plain(&schedule.name),
            described(schedule),
            covering(schedule),
            next(schedule),
            plain(&schedule.owner),
            schedule.id.clone(),
        ]);
    }
    say(&shown.to_string())
}

/// Shows it.
pub(super) async fn show(args: Show) -> Result<()> {
    let mut client = args.within.client(ScheduleServiceClient::new).await?;
    let request = GetScheduleRequest {
        id: args.id.to_string(),
    };
    let found = client.get_schedule(Call::plain().idempotent().request(request));
    let found = found
        .await
        .map_err(|status| args.within.failed("show the schedule", &status))?;
    let found = found.into_inner().schedule.unwrap_or_default();
    match args.json {
        true => say(&json(&found, "acuse.export.v1.Schedule")?),
        false => show_one(&found),
    }
}

/// Lists its runs.
pub(super) async fn runs(args: Runs) -> Result<()> {
    let mut client = args.within.client(ScheduleServiceClient::new).await?;
    let request = ListScheduleRunsRequest {
        schedule_id: args.id.to_string(),
        page_size: args.limit.into(),
        page_token: String::new(),
    };
    let found = client.list_schedule_runs(Call::plain().idempotent().request(request));
    let found = found
        .await
        .map_err(|status| args.within.failed("list the runs", &status))?;
    let found = found.into_inner();
    if args.json {
        for run in &found.runs {
            say(&json(run, "acuse.export.v1.ScheduleRun")?)?;
        }
    } else if found.runs.is_empty() {
        say("it has not run yet")?;
    } else {
        let mut shown = table(&["due (UTC)", "covers (UTC)", "came to", "export"], &[]);
        for run in &found.runs {
            shown.add_row(told(run));
        }
        say(&shown.to_string())?;
    }
    if !found.next_page_token.is_empty() {
        note("there are more: --limit says how many to show");
    }
    Ok(())
}

/// A schedule, in full.
pub(super) fn show_one(schedule: &Schedule) -> Result<()> {
    say(&format!("{}  {}", plain(&schedule.name), schedule.id))?;
    say(&format!("  exports  {}", exported(schedule)))?;
    say(&format!("  runs     {}", described(schedule)))?;
    say(&format!("  covering {}", covering(schedule)))?;
    say(&format!("  next     {}", next(schedule)))?;
    say(&format!("  by       {}", plain(&schedule.owner)))
}

/// A run, as a line.
pub(super) fn told(run: &ScheduleRun) -> [String; 4] {
    let due = match &run.due_time {
        Some(due) => time(Some(due), &TimeZone::UTC),
        None => format!("{} by hand", time(run.create_time.as_ref(), &TimeZone::UTC)),
    };
    let covers = run.period.map(|period| {
        let end = |at: Option<_>| time(at.as_ref(), &TimeZone::UTC);
        format!("{} to {}", end(period.start_at), end(period.end_at))
    });
    let state = match run.state() {
        ScheduleRunState::Made => match run.export_state.map(ExportState::try_from) {
            Some(Ok(state)) => word(state.as_str_name(), "EXPORT_STATE_"),
            _ => "made".to_owned(),
        },
        state => word(state.as_str_name(), "SCHEDULE_RUN_STATE_"),
    };
    let came_to = match &run.failure {
        Some(failure) => format!("{state}: {}", plain(&failure.message)),
        None => state,
    };
    [
        due,
        covers.unwrap_or_else(|| "-".to_owned()),
        came_to,
        run.export_id.clone().unwrap_or_else(|| "-".to_owned()),
    ]
}

/// What its runs export.
fn exported(schedule: &Schedule) -> String {
    let export = schedule.export.clone().unwrap_or_default();
    let report = match export.saved_report.as_ref().map(|it| &it.which) {
        Some(Some(Which::Id(id))) => format!("the saved report {id}"),
        Some(Some(Which::Name(name))) => format!("the saved report \"{}\"", plain(name)),
        Some(None) | None => hyphened(&export.report()),
    };
    format!("{report} as {}", hyphened(&export.format()))
}

fn next(schedule: &Schedule) -> String {
    match schedule.paused {
        true => "paused".to_owned(),
        false => time(schedule.next_run_time.as_ref(), &TimeZone::UTC),
    }
}
