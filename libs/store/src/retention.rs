//! Retention: rows that are older than a workspace keeps them, and months that nobody keeps any more.
//!
//! What rows count stays in the rollups when they go; it is noted apart, so that a recount still comes to the same. Keys of
//! messages outlive them: a late status of a dropped message is late, and makes no new one. Watermarks go once no message that
//! is kept can be covered by them. Rows go page by page under the workspace's lock; a month's partitions go once they are empty.
//! How late evidence came is kept for hours, by all workspaces alike.

mod marks;
mod reached;

use acuse_domain::calendar::{LocalDay, Zone};
use acuse_domain::contribution::Contribution;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::rollup::{Clock, Deltas};
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Date, Integer, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use crate::counted::Counted;
use crate::error::StoreError;
use crate::message_state::inbound_messages::InboundRow;
use crate::message_state::messages::MessageRow;
use crate::message_state::provider_lags;
use crate::message_state::rollup_set::RollupSet;
use crate::message_state::rollups;
use crate::message_state::told_ids::ToldChanges;
use crate::pool::{Database, Role};
use crate::rebuild::{lock_head, settings};
use crate::sql::Sql;
use crate::types::{At, Day};
use crate::workspaces::{self, Workspace};
pub(crate) use reached::{DROPPED_AT, dropped_before};

/// Messages, or watermarks, dropped in one transaction.
const PAGE: i64 = 1_000;

/// Workspaces looked at in one go.
const WORKSPACES: usize = 200;

/// The tables of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    /// Its first day (UTC).
    pub month: LocalDay,
    /// Messages in it, outbound and inbound, as Postgres estimates them; `None` where it never counted.
    pub messages: Option<i64>,
    /// Bytes of all its tables and their indexes.
    pub bytes: i64,
}

#[derive(QueryableByName)]
struct MonthRow {
    #[diesel(sql_type = Text)]
    suffix: String,
    #[diesel(sql_type = BigInt)]
    messages: i64,
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// The months that there are tables of, ascending.
///
/// # Errors
/// Fails with the database.
pub async fn months(database: &Database) -> Result<Vec<Month>, StoreError> {
    let rows: Vec<MonthRow> = database
        .transaction(Role::Snapshot, None, |connection| {
            Sql::new(
                "SELECT right(child.relname, 7) AS suffix, \
                   sum(CASE WHEN parent.relname IN ('messages', 'inbound_messages') \
                     THEN child.reltuples ELSE 0 END)::int8 AS messages, \
                   sum(pg_total_relation_size(child.oid))::int8 AS bytes \
                 FROM pg_inherits AS tree JOIN pg_class AS child ON child.oid = tree.inhrelid \
                 JOIN pg_class AS parent ON parent.oid = tree.inhparent \
                 WHERE parent.relnamespace = 'message_state'::regnamespace AND parent.relkind = 'p' \
                 GROUP BY 1 ORDER BY 1",
            )
            .fetch(connection)
            .boxed()
        })
        .await?;
    let month = |row: MonthRow| {
        Some(Month {
            month: month_of_suffix(&row.suffix)?,
            messages: Some(row.messages).filter(|messages| *messages >= 0),
            bytes: row.bytes,
        })
    };
    Ok(rows.into_iter().filter_map(month).collect())
}

/// The month by which the names of partitions end, as in `2026_02`.
fn month_of_suffix(suffix: &str) -> Option<LocalDay> {
    let (year, month) = suffix.split_once('_')?;
    LocalDay::from_ymd(year.parse().ok()?, month.parse().ok()?, 1)
}

/// Makes the tables of the present month and of so many after it, where they are missing.
///
/// # Errors
/// Fails with the database; months made before stay.
pub async fn make_months(
    database: &Database,
    now: Timestamp,
    ahead: u32,
) -> Result<(), StoreError> {
    let mut month = this_month(now);
    for _ in 0..=ahead {
        // Each in a transaction of its own: the lock that it takes is held for one month only.
        database
            .transaction(Role::Writer, None, move |connection| {
                Sql::new("SELECT message_state.ensure_partitions(?)")
                    .bind::<Date, _>(Day(month))
                    .run(connection)
                    .boxed()
            })
            .await?;
        month = month.next_month_start();
    }
    Ok(())
}

fn this_month(now: Timestamp) -> LocalDay {
    Zone::UTC.day_of(now).month_start()
}

/// The first month (UTC) whose rows a workspace still keeps: the present one and so many before it.
pub fn first_kept(workspace: &Workspace, now: Timestamp) -> LocalDay {
    let mut month = this_month(now);
    for _ in 0..workspace.retention_months.clamp(0, 12_000) {
        month = month.plus(-1).month_start();
    }
    month
}

/// What was dropped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dropped {
    /// Messages whose rows are gone.
    pub messages: u64,
    /// Watermarks that are gone.
    pub watermarks: u64,
    /// Slices of time and providers of which it is no longer known how late evidence came.
    pub lags: u64,
    /// Months whose tables are gone.
    pub months: Vec<LocalDay>,
    /// Workspaces left for later, because their rollups are being rebuilt.
    pub left: Vec<String>,
}

/// Drops the rows that workspaces keep no longer, and the tables of months that hold none any more and are older than what
/// any workspace keeps; also, of whatever workspace, how late evidence came that was received hours ago.
///
/// # Errors
/// Fails with the database; what was dropped before stays dropped.
pub async fn drop_old(database: &Database, now: Timestamp) -> Result<Dropped, StoreError> {
    let mut dropped = Dropped {
        lags: provider_lags::drop_old(database, now).await?,
        ..Dropped::default()
    };
    // Without a workspace nothing is kept, and nothing is known of what is in use.
    let mut oldest: Option<LocalDay> = None;
    let mut after = String::new();
    loop {
        let page = workspaces::list(database, &after, WORKSPACES).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.slug);
        for workspace in page {
            let kept = first_kept(&workspace, now);
            oldest = Some(oldest.map_or(kept, |oldest| oldest.min(kept)));
            match drop_rows(database, workspace.id, kept).await? {
                Some(messages) => {
                    dropped.messages += messages;
                    dropped.watermarks += marks::drop_before(database, workspace.id, kept).await?;
                }
                None => dropped.left.push(workspace.slug),
            }
        }
    }
    for month in months(database).await? {
        if oldest.is_some_and(|oldest| month.month < oldest)
            && drop_month(database, month.month).await?
        {
            dropped.months.push(month.month);
        }
    }
    Ok(dropped)
}

async fn drop_month(database: &Database, month: LocalDay) -> Result<bool, StoreError> {
    #[derive(QueryableByName)]
    struct Gone {
        #[diesel(sql_type = Bool)]
        gone: bool,
    }
    let gone: Result<Option<Gone>, StoreError> = database
        .transaction(Role::Writer, None, move |connection| {
            Sql::new("SELECT message_state.drop_partitions(?) AS gone")
                .bind::<Date, _>(Day(month))
                .fetch_optional(connection)
                .boxed()
        })
        .await;
    match gone {
        Ok(gone) => Ok(gone.is_some_and(|gone| gone.gone)),
        // Somebody reads it just now; there is a next time.
        Err(StoreError::Contended(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Drops a workspace's rows of before a month; gives how many messages, or `None` while its rollups are rebuilt.
async fn drop_rows(
    database: &Database,
    workspace: WorkspaceId,
    before: LocalDay,
) -> Result<Option<u64>, StoreError> {
    let mut messages = 0;
    // Behind what goes stays what is of a later month than its table's: nobody looks through that again for every page.
    let (mut sent, mut received) = (Uuid::nil(), Uuid::nil());
    loop {
        let outbound = database
            .transaction(Role::Writer, None, move |connection| {
                page::<MessageRow>(connection, workspace, before, sent).boxed()
            })
            .await?;
        let inbound = database
            .transaction(Role::Writer, None, move |connection| {
                page::<InboundRow>(connection, workspace, before, received).boxed()
            })
            .await?;
        let (Some(outbound), Some(inbound)) = (outbound, inbound) else {
            return Ok(None);
        };
        messages += (outbound.len() + inbound.len()) as u64;
        if outbound.is_empty() && inbound.is_empty() {
            return Ok(Some(messages));
        }
        sent = outbound.last().copied().unwrap_or(sent);
        received = inbound.last().copied().unwrap_or(received);
    }
}

/// Rows of messages that go.
trait Dropping: Counted {
    /// The column that places a message in time.
    const AT: &'static str;

    /// What else leads to them and is of no use without.
    async fn forget(connection: &AsyncPgConnection, rows: &[Self]) -> Result<(), StoreError>;
}

impl Dropping for MessageRow {
    const AT: &'static str = "origin";

    async fn forget(connection: &AsyncPgConnection, rows: &[Self]) -> Result<(), StoreError> {
        let mut told = ToldChanges::default();
        for row in rows {
            told.note(Some(&row.clone().into_outbound()?), None);
        }
        for statement in told.finish() {
            statement.run(connection).await?;
        }
        Ok(())
    }
}

impl Dropping for InboundRow {
    const AT: &'static str = "received_at";

    async fn forget(connection: &AsyncPgConnection, rows: &[Self]) -> Result<(), StoreError> {
        let quotes = rows.iter().filter_map(|row| Some((row, row.quoted?)));
        Sql::new(
            "DELETE FROM message_state.open_quotes AS stored USING unnest(?, ?, ?) AS gone(workspace_id, quoted, inbound_id) \
             WHERE stored.workspace_id = gone.workspace_id AND stored.quoted = gone.quoted \
               AND stored.inbound_id = gone.inbound_id",
        )
        .bind_all::<Integer, _>(quotes.clone().map(|(row, _)| row.workspace_id))
        .bind_all::<SqlUuid, Uuid>(quotes.clone().map(|(_, quoted)| quoted))
        .bind_all::<SqlUuid, Uuid>(quotes.map(|(row, _)| row.message_id))
        .run(connection)
        .await?;
        Ok(())
    }
}

/// Drops the first rows after an id; gives their ids, ascending, or `None` while the workspace's rollups are rebuilt.
async fn page<R: Dropping>(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    before: LocalDay,
    after: Uuid,
) -> Result<Option<Vec<Uuid>>, StoreError> {
    // In the order in which a rebuild takes them. Folding waits as well: the count of dropped rows stands there.
    Sql::new("SELECT FROM message_state.fold_positions WHERE workspace_id = ? FOR UPDATE")
        .bind::<Integer, _>(workspace.0)
        .run(connection)
        .await?;
    lock_head(connection, workspace).await?;
    if is_rebuilt(connection, workspace).await? {
        return Ok(None);
    }
    let Some(settings) = settings(connection, workspace).await? else {
        return Ok(Some(Vec::new()));
    };
    // What was first told of as of an earlier month than it belongs to stays, in its table, as long as that month's messages.
    let text = format!(
        "{} WHERE stored.workspace_id = ? AND stored.message_id > ? AND stored.message_id < message_state.least_id(?) \
           AND stored.{} < ? ORDER BY stored.message_id LIMIT ?",
        R::select(),
        R::AT,
    );
    let rows: Vec<R> = Sql::new(text)
        .bind::<Integer, _>(workspace.0)
        .bind::<SqlUuid, _>(after)
        .bind::<Date, _>(Day(before))
        .bind::<Timestamptz, _>(At(Zone::UTC.day_start(before)))
        .bind::<BigInt, _>(PAGE)
        .fetch(connection)
        .await?;
    if rows.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let mut clock = Clock::new(workspace, settings.facet_zone());
    let mut deltas = Deltas::default();
    let counted: Vec<Contribution> = rows.iter().filter_map(Counted::stored).collect();
    for contribution in &counted {
        deltas.add(&mut clock, contribution, 1);
    }
    deltas.retain_nonzero();
    rollups::add(connection, RollupSet::Dropped, &deltas).await?;
    R::forget(connection, &rows).await?;
    for table in [R::TABLE, "message_state.contents", "message_state.timeline"] {
        let text = format!("DELETE FROM {table} WHERE workspace_id = ? AND message_id = ANY(?)");
        Sql::new(text)
            .bind::<Integer, _>(workspace.0)
            .bind_all::<SqlUuid, _>(rows.iter().map(Counted::id))
            .run(connection)
            .await?;
    }
    let dropped = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let zone = settings.facet_zone().name().to_owned();
    Sql::new(
        "UPDATE message_state.fold_positions SET rows_dropped = rows_dropped + ?, \
           dropped_zone = CASE WHEN rows_dropped = 0 OR dropped_zone = ? THEN ? ELSE '' END \
         WHERE workspace_id = ?",
    )
    .bind::<BigInt, _>(dropped)
    .bind::<Text, _>(zone.clone())
    .bind::<Text, _>(zone)
    .bind::<Integer, _>(workspace.0)
    .run(connection)
    .await?;
    Ok(Some(rows.iter().map(Counted::id).collect()))
}

async fn is_rebuilt(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
) -> Result<bool, StoreError> {
    let found =
        Sql::new("SELECT workspace_id FROM message_state.rollup_rebuilds WHERE workspace_id = ?")
            .bind::<Integer, _>(workspace.0)
            .run(connection)
            .await?;
    Ok(found > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_of_the_month_that_they_are_named_for() {
        let month = LocalDay::from_ymd(2026, 2, 1);
        assert_eq!(month_of_suffix("2026_02"), month);
        assert_eq!(month_of_suffix("default"), None);
    }
}
