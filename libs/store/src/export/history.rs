//! The history: jobs as they are listed for somebody.

use acuse_domain::scope::{Limit, Scope};
use acuse_domain::time::Timestamp;
use diesel::sql_types::{BigInt, Jsonb, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use futures::FutureExt;
use uuid::Uuid;

use super::job::{Job, JobState, Wanted};
use super::jobs::{JobRow, at_most, select, stored};
use super::{Workspace, within};
use crate::error::StoreError;
use crate::pool::Database;
use crate::sql::Sql;
use crate::types::At;

/// Up to `limit` jobs of a workspace that are wanted and were created before the job `before`, newest first: those that `subject`
/// asked for, and those whose asker saw nothing that `scope` does not show. A file whose time is over at `now` has expired.
///
/// # Errors
/// Fails with the database.
pub async fn jobs(
    database: &Database,
    workspace: &Workspace,
    (subject, scope): (&str, &Scope),
    wanted: &Wanted,
    (before, limit): (Option<Uuid>, usize),
    now: Timestamp,
) -> Result<Vec<Job>, StoreError> {
    let statement = listing(workspace, (subject, scope), wanted, before, now);
    let statement = statement.bind::<BigInt, _>(at_most(limit));
    let rows: Vec<JobRow> = within(database, workspace.id, move |connection| {
        statement.fetch(connection).boxed()
    })
    .await?;
    rows.into_iter()
        .map(|row| row.job(&workspace.slug))
        .collect()
}

/// The statement but for how many it gives at most.
fn listing(
    workspace: &Workspace,
    (subject, scope): (&str, &Scope),
    wanted: &Wanted,
    before: Option<Uuid>,
    now: Timestamp,
) -> Sql {
    let limits = [
        ("departments", &scope.departments),
        ("accounts", &scope.accounts),
        ("agents", &scope.agents),
    ];
    // A job without a limit is null here, and null is not contained in anything.
    let contained: String = limits
        .iter()
        .filter(|(_, limit)| **limit != Limit::All)
        .map(|(column, _)| format!(" AND stored.{column} <@ ?"))
        .collect();
    let filters = [
        (
            !wanted.states.is_empty(),
            " AND CASE WHEN stored.state = 3 AND stored.expires_at <= ? THEN 5 ELSE stored.state END = ANY(?)",
        ),
        (
            wanted.requested_by.is_some(),
            " AND stored.requested_by = ?",
        ),
        (!wanted.reports.is_empty(), " AND stored.report = ANY(?)"),
    ];
    let filters = filters.into_iter().filter(|(used, _)| *used);
    let filters: String = filters.map(|(_, condition)| condition).collect();
    let condition = format!(
        "stored.job_id < ? AND (stored.requested_by = ? OR (true{contained})){filters} \
         ORDER BY stored.job_id DESC LIMIT ?"
    );
    let mut statement = select(&condition, workspace.id)
        .bind::<SqlUuid, _>(before.unwrap_or(Uuid::max()))
        .bind::<Text, _>(subject.to_owned());
    for ids in limits.iter().filter_map(|(_, limit)| stored(limit)) {
        statement = statement.bind::<Jsonb, _>(ids);
    }
    if !wanted.states.is_empty() {
        let codes = wanted.states.iter().copied().map(JobState::code);
        statement = statement
            .bind::<Timestamptz, _>(At(now))
            .bind_all::<SmallInt, _>(codes);
    }
    if let Some(requested_by) = &wanted.requested_by {
        statement = statement.bind::<Text, _>(requested_by.clone());
    }
    if !wanted.reports.is_empty() {
        statement = statement.bind_all::<SmallInt, _>(wanted.reports.iter().copied());
    }
    statement
}
