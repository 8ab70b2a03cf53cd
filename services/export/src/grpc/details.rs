//! Exports as callers see them.

use acuse_domain::scope::Limit;
use acuse_domain::time::Timestamp;
use acuse_proto::convert::timestamp;
use acuse_proto::export::{
    Export, ExportAccounts, ExportDepartments, ExportFailure, ExportFile, ExportProgress,
    ExportRequest, ExportState,
};
use acuse_proto::reporting::filter::Condition;
use acuse_proto::reporting::{Dimension, Question};
use acuse_store::export::{Failure, File, Job, JobState, Run};

use crate::asked;
use crate::hexadecimal::hexadecimal;
use crate::standing;

/// An export as it stands at `now`.
///
/// # Errors
///
/// INTERNAL for one that cannot be read.
pub(super) fn to_wire(job: Job, now: Timestamp) -> acuse_domain::error::Result<Export> {
    let request: ExportRequest = asked::stored(&job)?;
    let state = standing::state(&job, now);
    Ok(Export {
        id: job.id.to_string(),
        requested_by: job.asker.subject,
        state: state_to_wire(state).into(),
        accounts: accounts(request.question.as_ref(), &job.asker.scope.accounts),
        departments: match job.asker.scope.departments {
            Limit::All => None,
            Limit::Only(ids) => Some(ExportDepartments {
                ids: ids.into_iter().collect(),
            }),
        },
        request: Some(request),
        progress: (state != JobState::Queued && job.started_at.is_some())
            .then(|| progress(job.rows, job.rows_expected)),
        file: job.file.filter(|_| state == JobState::Succeeded).map(file),
        failure: job.failure.map(failure),
        attempts: i32::try_from(job.attempts).unwrap_or(i32::MAX),
        create_time: Some(timestamp(job.created_at)),
        start_time: job.started_at.map(timestamp),
        end_time: job.ended_at.map(timestamp),
        schedule_id: job.schedule.map(|id| id.to_string()),
    })
}

/// The accounts that filters and the asker's scope leave.
fn accounts(question: Option<&Question>, scope: &Limit) -> Option<ExportAccounts> {
    let filters = question.into_iter().flat_map(|question| &question.filters);
    let of_accounts = filters.filter(|filter| filter.dimension() == Dimension::Account);
    let mut left = scope.clone();
    for filter in of_accounts {
        let Some(Condition::AnyOf(named)) = &filter.condition else {
            continue;
        };
        let named = named.values.iter();
        left = Limit::Only(named.filter(|id| left.covers(Some(id))).cloned().collect());
    }
    match left {
        Limit::All => None,
        Limit::Only(ids) => Some(ExportAccounts {
            ids: ids.into_iter().collect(),
        }),
    }
}

fn state_to_wire(state: JobState) -> ExportState {
    match state {
        JobState::Queued => ExportState::Queued,
        JobState::Running => ExportState::Running,
        JobState::Succeeded => ExportState::Succeeded,
        JobState::Failed => ExportState::Failed,
        JobState::Expired => ExportState::Expired,
        JobState::Cancelled => ExportState::Cancelled,
    }
}

/// Where the export of a run stands at `now`; `None` where there is none.
pub(super) fn state_of_run(run: &Run, now: Timestamp) -> Option<ExportState> {
    let expired = run.export_expires_at.is_some_and(|at| at <= now);
    let state = match run.export_state? {
        JobState::Succeeded if expired => JobState::Expired,
        state => state,
    };
    Some(state_to_wire(state))
}

/// Why there is no file.
pub(super) fn failure(failure: Failure) -> ExportFailure {
    ExportFailure {
        reason: failure.reason,
        message: failure.message,
    }
}

fn progress(done: u64, expected: Option<u64>) -> ExportProgress {
    // Exact up to 2^53 rows.
    #[allow(clippy::cast_precision_loss)]
    let share = expected
        .filter(|expected| *expected > 0)
        .map(|expected| (done as f64 / expected as f64).min(1.0));
    ExportProgress {
        rows_done: signed(done),
        rows_expected: expected.map(signed),
        share,
    }
}

pub(super) fn file(file: File) -> ExportFile {
    ExportFile {
        name: file.name,
        media_type: file.media_type,
        size_bytes: signed(file.size),
        rows: signed(file.rows),
        sha256: hexadecimal(&file.sha256),
        expire_time: Some(timestamp(file.expires_at)),
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use acuse_proto::reporting::{Filter, ValueSet};

    use super::*;

    #[test]
    fn an_export_is_limited_to_the_accounts_that_are_named_and_seen() {
        let only = |ids: &[&str]| Limit::Only(ids.iter().map(|id| (*id).to_owned()).collect());
        let named = |dimension: Dimension, ids: &[&str]| Filter {
            dimension: dimension.into(),
            condition: Some(Condition::AnyOf(ValueSet {
                values: ids.iter().map(|id| (*id).to_owned()).collect(),
                none: false,
            })),
        };
        let left = |filters: &[Filter], scope: &Limit| {
            let question = Question {
                filters: filters.to_vec(),
                ..Question::default()
            };
            accounts(Some(&question), scope).map(|accounts| accounts.ids.join(" "))
        };
        let two = named(Dimension::Account, &["sur", "norte"]);
        let other = named(Dimension::Agent, &["ana"]);
        assert_eq!(left(&[], &Limit::All), None);
        assert_eq!(left(std::slice::from_ref(&other), &Limit::All), None);
        let both = Some("norte sur".to_owned());
        assert_eq!(left(&[two.clone(), other], &Limit::All), both);
        assert_eq!(left(&[], &only(&["sur"])), Some("sur".to_owned()));
        let seen = left(std::slice::from_ref(&two), &only(&["sur", "este"]));
        assert_eq!(seen, Some("sur".to_owned()));
        assert_eq!(left(&[two], &only(&[])), Some(String::new()));
    }

    #[test]
    fn a_share_is_told_where_there_is_something_to_share() {
        assert_eq!(progress(1, Some(4)).share, Some(0.25));
        assert_eq!(progress(5, Some(4)).share, Some(1.0), "more came meanwhile");
        assert_eq!(progress(0, Some(0)).share, None);
        assert_eq!(progress(7, None).share, None);
    }
}
