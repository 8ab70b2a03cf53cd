//! What is told of work in metrics and traces.

use std::sync::Arc;

use acuse_rpc::background::Measuring;
use acuse_store::export::{self, Job, NewRun, Outcome};
use acuse_telemetry::metrics::Label;
use acuse_telemetry::metrics::catalog::{
    ATTEMPTS, EXPORT_BYTES, EXPORT_ROWS, EXPORTS, JOBS, JOBS_WAIT, SCHEDULE_RUNS,
};
use acuse_telemetry::origin;
use tokio::time::Instant;
use tracing::Span;
use tracing::field::Empty;

use crate::asked::Asked;
use crate::files::Format;
use crate::parts::Parts;

/// The span of an attempt at a job, in the trace of whoever asked for the job.
pub(super) async fn span(parts: &Parts, job: &Job) -> Span {
    let span = tracing::info_span!(
        parent: None,
        "export",
        otel.kind = "consumer",
        export = %job.id,
        attempt = job.attempts,
        outcome = Empty,
        rows = Empty,
        otel.status_code = Empty,
    );
    if let Some(asked) = parts.live.trace(job.id).await {
        origin::serve(&span, &[asked]);
    }
    span
}

/// Measures how many jobs are not over, and whether Redis answers.
pub(super) fn measure(parts: &Arc<Parts>) -> Measuring {
    for outcome in ["made", "refused", "missed"] {
        SCHEDULE_RUNS.exists([outcome.into()]);
    }
    for outcome in ["succeeded", "failed", "postponed", "handed_back", "lost"] {
        ATTEMPTS.exists([outcome.into()]);
    }
    let parts = Arc::clone(parts);
    Measuring::start(move || {
        let parts = Arc::clone(&parts);
        async move {
            tokio::join!(open_jobs(&parts), parts.live.ping());
        }
    })
}

async fn open_jobs(parts: &Parts) {
    let now = parts.clock.now();
    if let Ok(open) = export::open_jobs(&parts.database, now).await {
        let waits = open.due_since.map_or(0, |since| now.micros_since(since));
        JOBS.set(open.queued as f64, ["queued".into()]);
        JOBS.set(open.running as f64, ["running".into()]);
        JOBS_WAIT.set(waits.max(0) as f64 / 1e6, []);
    }
}

/// Counts runs of a schedule that were written.
pub(super) fn runs(runs: &[NewRun]) -> [u64; 3] {
    let mut counts = [0; 3];
    for run in runs {
        counts[match run.outcome {
            Outcome::Made(..) => 0,
            Outcome::Refused { .. } => 1,
            Outcome::Missed => 2,
        }] += 1;
    }
    counts
}

/// Tells how many runs were made, refused and missed.
pub(super) fn count_runs([made, refused, missed]: [u64; 3]) {
    SCHEDULE_RUNS.add(made, ["made".into()]);
    SCHEDULE_RUNS.add(refused, ["refused".into()]);
    SCHEDULE_RUNS.add(missed, ["missed".into()]);
}

/// One attempt, from its claim on.
pub(super) struct Attempt {
    began: Instant,
    report: Label,
    format: Label,
}

impl Attempt {
    pub(super) fn begin(job: &Job) -> Self {
        let (report, format) =
            Asked::of(job).map_or(("unreadable".to_owned(), "unreadable"), |asked| {
                let report = asked.report.to_wire().as_str_name();
                let report = report.trim_start_matches("EXPORT_REPORT_").to_lowercase();
                (report, word(asked.layout.format))
            });
        Self {
            began: Instant::now(),
            report: report.into(),
            format: format.into(),
        }
    }

    /// How it ended.
    pub(super) fn end(self, outcome: &'static str) {
        let span = Span::current();
        span.record("outcome", outcome);
        let told = match outcome {
            "failed" | "postponed" => "ERROR",
            _ => "OK",
        };
        span.record("otel.status_code", told);
        let seconds = self.began.elapsed().as_secs_f64();
        ATTEMPTS.one([outcome.into()]);
        EXPORTS.record(seconds, [self.report, self.format, outcome.into()]);
    }

    /// That its file was published.
    pub(super) fn published(&self, rows: u64, bytes: u64) {
        Span::current().record("rows", i64::try_from(rows).unwrap_or(i64::MAX));
        EXPORT_ROWS.add(rows, [self.format.clone()]);
        EXPORT_BYTES.add(bytes, [self.format.clone()]);
    }
}

fn word(format: Format) -> &'static str {
    match format {
        Format::Csv(_) => "csv",
        Format::JsonLines => "json_lines",
        Format::Xlsx => "xlsx",
        Format::Pdf => "pdf",
    }
}
