//! Saves a report.

use acuse_domain::error::{Error, ErrorKind, FieldViolation, Result};
use acuse_domain::ids::MessageId;
use acuse_proto::convert::reporting::{SavedDraft, encoded, kind_of};
use acuse_store::reporting::{self, Creation, NewSavedReport, SavedReport};
use acuse_store::{RequestId, Requested};

use super::{Asking, check_may_share, check_period, name_taken, workspace};
use crate::parts::Parts;

/// Shared reports of a workspace at most, and reports of one owner that are not shared.
const MOST_SHARED: i64 = 1_000;
const MOST_OWN: i64 = 100;

/// Saves a report for a caller; the same request of the same caller gives what it gave before, whatever would be said of it
/// today.
///
/// # Errors
///
/// ALREADY_EXISTS where another request had its id, or its name is taken, INVALID_ARGUMENT naming every faulty field,
/// PERMISSION_DENIED where it is to be shared by somebody who may not, RESOURCE_EXHAUSTED where there are too many, NOT_FOUND
/// for an unknown workspace, UNAVAILABLE while the database is away.
pub(crate) async fn create_saved_report(
    parts: &Parts,
    (caller, scope): Asking<'_>,
    draft: std::result::Result<SavedDraft, Vec<FieldViolation>>,
    request_id: Option<RequestId>,
) -> Result<SavedReport> {
    let workspace = workspace(parts, scope).await?;
    if let Some(id) = request_id {
        let request = (caller.subject.as_str(), id);
        let before = reporting::requested_saved_report(&parts.primary, workspace.id, request);
        match before.await? {
            Some(Requested::Same(report)) => return Ok(report),
            Some(Requested::Other) => return Err(Error::request_id_reused()),
            None => {}
        }
    }
    let draft = draft.map_err(Error::invalid)?;
    check_period(parts, &workspace, &draft.report)?;
    if draft.shared {
        check_may_share(caller)?;
    }
    let now = parts.clock.now();
    let new = NewSavedReport {
        // Any UUIDv7 of that time would do.
        id: MessageId::new(now).0,
        request_id,
        owner: caller.subject.clone(),
        name: draft.name,
        is_shared: draft.shared,
        kind: kind_of(&draft.report.report).to_owned(),
        request: encoded(&draft.report.report),
        columns: draft.columns,
    };
    let (most, whose) = match draft.shared {
        true => (MOST_SHARED, "the workspace has"),
        false => (MOST_OWN, "you have"),
    };
    let what = if draft.shared { "shared" } else { "own" };
    let created = reporting::create_saved_report(&parts.primary, workspace.id, new, most, now);
    match created.await? {
        Creation::Created(report) | Creation::Repeated(report) => Ok(report),
        Creation::Contradicted => Err(Error::request_id_reused()),
        Creation::NameTaken => Err(name_taken(draft.shared)),
        Creation::TooMany => Err(Error::new(
            ErrorKind::ResourceExhausted { retry_after: None },
            "TOO_MANY_SAVED_REPORTS",
            format!("{whose} {most} {what} reports; delete some of them first"),
        )),
    }
}
