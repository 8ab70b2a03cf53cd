//! Asks for an export.

use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::ids::MessageId;
use acuse_domain::scope::{Caller, Scope};
use acuse_domain::time::Timestamp;
use acuse_proto::export::ExportRequest;
use acuse_store::export::{self, Asker, Creation, Job, NewJob};
use prost::Message as _;
use tokio::time::timeout;
use uuid::Uuid;

use crate::asked;
use crate::files::Report;
use crate::parts::Parts;
use crate::requested::{identified, same};
use crate::saved;
use crate::standing::workspace;

/// Exports of a workspace that are not over, at most.
const MOST_OPEN: usize = 100;

/// How long reporting may take to say how many rows there are. Where it does not, the worker asks it again.
const COUNTING: Duration = Duration::from_secs(10);

/// Queues an export for a caller, who is held to what `scope` shows; the same request of the same caller gives what it gave
/// before.
///
/// # Errors
///
/// ALREADY_EXISTS where another request had its id, INVALID_ARGUMENT naming every faulty field, FAILED_PRECONDITION for more rows
/// than the format holds and for a saved report of which there is no table, RESOURCE_EXHAUSTED where too many wait, NOT_FOUND for
/// an unknown workspace or saved report, UNAVAILABLE while the database is away, or reporting where a saved report is asked for.
pub(crate) async fn create_export(
    parts: &Parts,
    (caller, scope): (&Caller, Scope),
    request: Option<ExportRequest>,
    request_id: Option<Uuid>,
) -> Result<Job> {
    let workspace = workspace(parts, &scope).await?;
    let now = parts.clock.now();
    let asker = Asker {
        subject: caller.subject.clone(),
        role: caller.role,
        scope,
    };
    // What it made then stands, whatever became of the saved report that it named.
    let request_id = identified(request_id, request.as_ref());
    if let Some(id) = request_id
        && let Some(before) =
            export::requested_job(&parts.database, &workspace, (&asker.subject, id)).await?
    {
        return same(before);
    }
    // As it was sent: what is filled in, of a saved report too, is within bounds of its own.
    if let Some(fault) = request.as_ref().and_then(asked::too_long) {
        return Err(Error::invalid_field("export", fault));
    }
    let request = match request {
        Some(request) if request.saved_report.is_some() => {
            Box::pin(saved::checked(parts, &asker, request, (&workspace, now))).await?
        }
        request => asked::checked(request, &workspace, now)?,
    };
    Box::pin(measure(parts, &asker, &request, now)).await?;
    let new = NewJob {
        // Any UUIDv7 of that time would do.
        id: MessageId::new(now).0,
        workspace: workspace.id,
        request_id,
        report: i16::try_from(request.report).unwrap_or_default(),
        schedule: None,
        request: request.encode_to_vec(),
        asker,
    };
    match export::create_job(&parts.database, new, MOST_OPEN, now).await? {
        Creation::Created(job) => {
            // Before anybody hears of it, or a worker may look too early.
            parts.live.keep_trace(job.id).await;
            parts.queued.notify_one();
            parts.live.tell_queued().await;
            tracing::info!(export = %job.id, workspace = %workspace.slug, "queued");
            Ok(job)
        }
        Creation::Repeated(job) => Ok(job),
        Creation::Contradicted => Err(Error::request_id_reused()),
        Creation::TooMany => Err(Error::new(
            ErrorKind::ResourceExhausted {
                retry_after: Some(Duration::from_secs(60)),
            },
            "TOO_MANY_EXPORTS",
            format!("{MOST_OPEN} exports of the workspace are not over; wait for some of them"),
        )),
    }
}

/// Asks reporting how many rows there are, where the format holds only so many. While reporting is away exports wait for it, and
/// this one is measured by its worker.
///
/// # Errors
///
/// FAILED_PRECONDITION where the format does not hold them.
async fn measure(
    parts: &Parts,
    asker: &Asker,
    request: &ExportRequest,
    now: Timestamp,
) -> Result<()> {
    let format = asked::layout(request)?.format;
    let report = Report::from_wire(request.report);
    let (Some(_), Some(preset)) = (format.most_rows(), report.and_then(Report::preset)) else {
        return Ok(());
    };
    let question = asked::settled(request, now)?;
    let counting = parts.reporting.count(asker, preset, question);
    match timeout(COUNTING, counting).await {
        Ok(Ok(rows)) => asked::fits(format, rows),
        Ok(Err(_)) | Err(_) => Ok(()),
    }
}
