//! Asks for an export.

use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::ids::MessageId;
use acuse_domain::scope::{Caller, Scope};
use acuse_proto::export::ExportRequest;
use acuse_store::export::{self, Asker, Creation, Job, NewJob};
use prost::Message as _;
use uuid::Uuid;

use crate::asked;
use crate::parts::Parts;
use crate::standing::workspace;

/// Exports of a workspace that are not over, at most.
const MOST_OPEN: usize = 100;

/// Queues an export for a caller, who is held to what `scope` shows; the same request of the same caller gives what it gave
/// before.
///
/// # Errors
///
/// INVALID_ARGUMENT naming every faulty field, RESOURCE_EXHAUSTED where too many wait, NOT_FOUND for an unknown workspace,
/// UNAVAILABLE while the database is away.
pub(crate) async fn create_export(
    parts: &Parts,
    (caller, scope): (&Caller, Scope),
    request: Option<ExportRequest>,
    request_id: Option<Uuid>,
) -> Result<Job> {
    let workspace = workspace(parts, &scope).await?;
    let now = parts.clock.now();
    let request = asked::checked(request, &workspace, now)?;
    let new = NewJob {
        // Any UUIDv7 of that time would do.
        id: MessageId::new(now).0,
        workspace: workspace.id,
        request_id,
        report: i16::try_from(request.report).unwrap_or_default(),
        schedule: None,
        request: request.encode_to_vec(),
        asker: Asker {
            subject: caller.subject.clone(),
            role: caller.role,
            scope,
        },
    };
    match export::create_job(&parts.database, new, MOST_OPEN, now).await? {
        Creation::Created(job) => {
            parts.queued.notify_one();
            parts.live.tell_queued().await;
            tracing::info!(export = %job.id, workspace = %workspace.slug, "queued");
            Ok(job)
        }
        Creation::Repeated(job) => Ok(job),
        Creation::TooMany => Err(Error::new(
            ErrorKind::ResourceExhausted {
                retry_after: Some(Duration::from_secs(60)),
            },
            "TOO_MANY_EXPORTS",
            format!("{MOST_OPEN} exports of the workspace are not over; wait for some of them"),
        )),
    }
}
