//! Loading: what a copy lacks, read in one snapshot.

use std::collections::BTreeSet;

use acuse_domain::calendar::Interval;
use acuse_domain::contribution::Contribution;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::InboundKind;
use acuse_domain::report::{Columns, NotHeld, UtcDay};
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Nullable, SmallInt, Timestamptz};
use diesel_async::AsyncPgConnection;

use super::super::answer::plan_for_values;
use super::super::tail::{Head, Tail};
use super::Copy;
use crate::counted::Counted;
use crate::error::StoreError;
use crate::message_state::inbound_messages::InboundRow;
use crate::message_state::messages::MessageRow;
use crate::sql::{Rows, Sql};
use crate::types::At;

/// Changes at most that a copy is brought up to date by; where there are more, it is made anew.
const MOST_CHANGES: i64 = 200_000;

/// Messages of one direction at most that are loaded at once. A day of more is too much to hold.
const MOST_ROWS: usize = 500_000;

/// Before days are made anew of what changed on them, so many contributions may have changed however few the days hold, and one
/// for so many that they hold.
const CHANGED: (usize, usize) = (4_096, 8);

/// Runs of changes at most: each is looked through by itself.
const MOST_RUNS: usize = 64;

/// What a copy lacks.
pub(super) enum Lacking {
    /// So many changes, and days with all that they hold.
    Some(Box<Found>),
    /// A day of more messages than can be held.
    TooMuch,
    /// Rows that it holds are being dropped.
    Dropped,
}

/// What was found for a copy.
pub(super) struct Found {
    /// What it adds to; nothing that is held where there was none, or none that can be brought up to date.
    before: Columns,
    sequence: i64,
    rows_dropped: i64,
    changes: Vec<[Option<Contribution>; 2]>,
    days: BTreeSet<UtcDay>,
    /// What is on the days.
    pub(super) contributions: Vec<Contribution>,
    /// Whether there is more to be loaded of what is wished for.
    pub(super) more: bool,
}

#[derive(QueryableByName)]
struct Newest {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    at: Option<At>,
}

/// Reads what a copy lacks: the changes since, and up to `pace` days of what is wished for.
///
/// # Errors
/// Fails with the database.
pub(super) async fn lacking(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    copy: Option<&Copy>,
    (wished, pace): (&[Interval], usize),
) -> Result<Lacking, StoreError> {
    plan_for_values(connection).await?;
    let (head, newest) = futures::try_join!(
        Head::read(connection, workspace),
        newest(connection, workspace)
    )?;
    if copy.is_some_and(|copy| copy.rows_dropped != head.rows_dropped) {
        return Ok(Lacking::Dropped);
    }
    let changes = match copy {
        Some(copy) => changes(connection, workspace, copy.sequence, &head).await?,
        None => None,
    };
    let (before, changes) = match (copy, changes) {
        (Some(copy), Some(changes)) => (copy.columns.clone(), changes),
        _ => {
            let open = newest.map_or_else(Timestamp::default, |At(at)| at);
            (Columns::new(UtcDay::of(open).next()), Vec::new())
        }
    };
    let missing: BTreeSet<UtcDay> = wished
        .iter()
        .flat_map(|interval| before.missing(*interval))
        .collect();
    let days = newest_stretch(&missing, pace);
    let mut contributions = Vec::new();
    if let (Some(first), Some(last)) = (days.first(), days.last()) {
        let interval = Interval::new(first.interval().start, last.interval().end);
        let (sent, received) = futures::try_join!(
            sent(workspace, interval).fetch::<MessageRow>(connection),
            received(workspace, interval).fetch::<InboundRow>(connection),
        )?;
        if sent.len().max(received.len()) > MOST_ROWS {
            return Ok(Lacking::TooMuch);
        }
        contributions.extend(sent.iter().filter_map(Counted::stored));
        contributions.extend(received.iter().filter_map(Counted::stored));
    }
    Ok(Lacking::Some(Box::new(Found {
        before,
        sequence: head.last_sequence,
        rows_dropped: head.rows_dropped,
        changes,
        more: days.len() < missing.len(),
        days,
        contributions,
    })))
}

impl Found {
    /// How many days were loaded.
    pub(super) fn days(&self) -> usize {
        self.days.len()
    }

    /// The copy with it. It takes a while.
    ///
    /// # Errors
    /// [`NotHeld`] where it does not add up.
    pub(super) fn united(self) -> Result<Copy, NotHeld> {
        let mut columns = self.before;
        columns.load(self.days.iter().copied(), self.contributions);
        columns.change(self.changes, &self.days);
        let (changed, held) = columns.changed_of();
        let (few, times) = CHANGED;
        if changed > few.max(held / times) || columns.runs_of_changes() > MOST_RUNS {
            columns.unite()?;
        }
        Ok(Copy {
            columns,
            sequence: self.sequence,
            rows_dropped: self.rows_dropped,
        })
    }
}

/// Up to so many of the newest days, without a gap between them.
fn newest_stretch(days: &BTreeSet<UtcDay>, most: usize) -> BTreeSet<UtcDay> {
    let mut stretch = BTreeSet::new();
    for day in days.iter().rev().take(most) {
        if stretch.first().is_some_and(|first| day.next() != *first) {
            break;
        }
        stretch.insert(*day);
    }
    stretch
}

/// The changes from a sequence up to a head; `None` where some are trimmed already, or they are too many.
async fn changes(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    after: i64,
    head: &Head,
) -> Result<Option<Vec<[Option<Contribution>; 2]>>, StoreError> {
    let many = head.last_sequence - after;
    if !(0..=MOST_CHANGES).contains(&many) {
        return Ok(None);
    }
    let mut changes = Vec::new();
    let tail = Tail::new(workspace, (after, head.last_sequence));
    match tail.read(connection, |change| changes.push(change)).await {
        Ok(()) => Ok(Some(changes)),
        Err(StoreError::Corrupt(missing)) => {
            tracing::info!(workspace = workspace.0, missing, "a copy is made anew");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// When the newest message is; `None` where there is none.
async fn newest(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
) -> Result<Option<At>, StoreError> {
    let newest: Option<Newest> = Sql::new(
        "SELECT greatest( \
           (SELECT max(origin) FROM message_state.messages WHERE workspace_id = ?), \
           (SELECT max(received_at) FROM message_state.inbound_messages WHERE workspace_id = ?)) AS at",
    )
    .bind::<Integer, _>(workspace.0)
    .bind::<Integer, _>(workspace.0)
    .fetch_optional(connection)
    .await?;
    Ok(newest.and_then(|newest| newest.at))
}

/// The outbound messages of an interval, up to one more than may be.
fn sent(workspace: WorkspaceId, interval: Interval) -> Sql {
    let select = MessageRow::select();
    let text = format!(
        "{select} WHERE stored.workspace_id = ? AND stored.origin >= ? AND stored.origin < ? LIMIT ?"
    );
    within(Sql::new(text), workspace, interval).bind::<BigInt, _>(most_rows())
}

/// The inbound messages of an interval that count, up to one more than may be.
fn received(workspace: WorkspaceId, interval: Interval) -> Sql {
    let select = InboundRow::select();
    let text = format!(
        "{select} WHERE stored.workspace_id = ? AND stored.received_at >= ? AND stored.received_at < ? \
         AND stored.kind = ? LIMIT ?"
    );
    within(Sql::new(text), workspace, interval)
        .bind::<SmallInt, _>(InboundKind::Regular.code())
        .bind::<BigInt, _>(most_rows())
}

fn within(sql: Sql, workspace: WorkspaceId, interval: Interval) -> Sql {
    sql.bind::<Integer, _>(workspace.0)
        .bind::<Timestamptz, _>(At(interval.start))
        .bind::<Timestamptz, _>(At(interval.end))
}

fn most_rows() -> i64 {
    i64::try_from(MOST_ROWS + 1).unwrap_or(i64::MAX)
}
