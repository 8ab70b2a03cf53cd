//! Saved reports: one file for each thing that is done with them. Running one is asking its own call, which `grpc` does.

mod create;
mod delete;
mod find;
mod list;
mod update;

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::scope::{Caller, Role, Scope};
use acuse_proto::convert::reporting::Savable;
use acuse_store::read::Scoped;
use acuse_store::reporting::{SavedReport, Seen};
use acuse_store::workspaces::Workspace;

pub(crate) use create::create_saved_report;
pub(crate) use delete::delete_saved_report;
pub(crate) use find::{Which, find_saved_report};
pub(crate) use list::list_saved_reports;
pub(crate) use update::update_saved_report;

use crate::inquiry::requested;
use crate::parts::Parts;

/// How often a change is tried again that somebody else's got in the way of.
const MOST_ATTEMPTS: usize = 5;

/// Who asks, and what they may see.
pub(crate) type Asking<'a> = (&'a Caller, &'a Scope);

/// The workspace of a scope.
async fn workspace(parts: &Parts, scope: &Scope) -> Result<Workspace> {
    let scoped = Scoped::open(&parts.database, scope).await?;
    let scoped = scoped.ok_or_else(Error::workspace_not_found)?;
    Ok(scoped.workspace().clone())
}

/// What a caller sees of the saved reports of a workspace.
fn seen<'a>(workspace: &Workspace, caller: &'a Caller) -> Seen<'a> {
    Seen {
        workspace: workspace.id,
        subject: &caller.subject,
    }
}

/// That the period is none that the workspace refuses.
fn check_period(parts: &Parts, workspace: &Workspace, report: &Savable) -> Result<()> {
    let period = requested(&report.question, workspace, parts.clock.now());
    match period {
        Ok(_) => Ok(()),
        Err(mut error) => {
            if let ErrorKind::InvalidArgument(violations) = error.kind {
                let path = report.path();
                let violations = violations.into_iter().map(|violation| violation.at(&path));
                error = Error::invalid(violations.collect());
            }
            Err(error)
        }
    }
}

/// That a caller may share reports with everybody.
fn check_may_share(caller: &Caller) -> Result<()> {
    match caller.role {
        Role::Administrator | Role::Analyst => Ok(()),
        _ => Err(Error::new(
            ErrorKind::PermissionDenied,
            "SHARING_NOT_ALLOWED",
            "to share a report needs a token with the role administrator or analyst",
        )),
    }
}

/// That a caller may change or delete a report that they see, and mean the revision that there is.
fn check_may_change(caller: &Caller, report: &SavedReport, etag: Option<&str>) -> Result<()> {
    if report.owner != caller.subject && caller.role != Role::Administrator {
        return Err(Error::new(
            ErrorKind::PermissionDenied,
            "OWNER_REQUIRED",
            "a shared report is changed by its owner, or an administrator",
        ));
    }
    match etag {
        Some(etag) if etag != report.revision.to_string() => Err(changed()),
        _ => Ok(()),
    }
}

fn changed() -> Error {
    Error::new(
        ErrorKind::FailedPrecondition,
        "SAVED_REPORT_CHANGED",
        "the report was changed meanwhile; get it, and decide again",
    )
}

fn not_found() -> Error {
    Error::not_found("saved report")
}

fn name_taken(shared: bool) -> Error {
    let among = match shared {
        true => "a shared report of the workspace",
        false => "another report of its owner's own",
    };
    Error::new(
        ErrorKind::AlreadyExists,
        "SAVED_REPORT_NAME_TAKEN",
        format!("{among} has that name; give another"),
    )
}
