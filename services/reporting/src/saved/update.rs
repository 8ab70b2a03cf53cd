//! Changes a saved report.

use acuse_domain::error::{Error, Result};
use acuse_proto::convert::reporting::{SavedChange, decoded, encoded, fitting_columns, kind_of};
use acuse_store::reporting::{self, SavedReport, Update};
use uuid::Uuid;

use super::{
    Asking, MOST_ATTEMPTS, changed, check_may_change, check_may_share, check_period, name_taken,
    not_found, seen, workspace,
};
use crate::parts::Parts;

/// Changes a saved report that exists for a caller; gives it as it is now.
///
/// # Errors
///
/// INVALID_ARGUMENT for a period that is too long and for columns that what it asks has not, NOT_FOUND where it does not exist
/// for the caller, PERMISSION_DENIED where they may not change or share it, ALREADY_EXISTS where its name is taken,
/// FAILED_PRECONDITION where it is of another revision, UNAVAILABLE while the database is away.
pub(crate) async fn update_saved_report(
    parts: &Parts,
    (caller, scope): Asking<'_>,
    id: Uuid,
    etag: Option<&str>,
    change: &SavedChange,
) -> Result<SavedReport> {
    let workspace = workspace(parts, scope).await?;
    if let Some(report) = &change.report {
        check_period(parts, &workspace, report)?;
    }
    for _ in 0..MOST_ATTEMPTS {
        let present = reporting::saved_report(&parts.primary, seen(&workspace, caller), id).await?;
        let present = present.ok_or_else(not_found)?;
        check_may_change(caller, &present, etag)?;
        let wanted = changed_to(&present, change);
        if wanted == present {
            return Ok(present);
        }
        let asked = decoded(&wanted.kind, &wanted.request);
        fitting_columns(asked.as_ref(), &wanted.columns).map_err(Error::invalid)?;
        if wanted.is_shared && !present.is_shared {
            check_may_share(caller)?;
        }
        let (shared, now) = (wanted.is_shared, parts.clock.now());
        let update = reporting::update_saved_report(&parts.primary, workspace.id, wanted, now);
        match update.await? {
            Update::Updated(report) => return Ok(report),
            Update::NameTaken => return Err(name_taken(shared)),
            // Whether it is still there, and still the caller's to change, is looked at again.
            Update::Outdated => {}
        }
    }
    Err(changed())
}

/// The report as it is to be.
fn changed_to(present: &SavedReport, change: &SavedChange) -> SavedReport {
    let mut wanted = present.clone();
    if let Some(name) = &change.name {
        wanted.name.clone_from(name);
    }
    if let Some(shared) = change.shared {
        wanted.is_shared = shared;
    }
    if let Some(report) = &change.report {
        wanted.kind = kind_of(&report.report).to_owned();
        wanted.request = encoded(&report.report);
    }
    if let Some(columns) = &change.columns {
        wanted.columns.clone_from(columns);
    }
    wanted
}
