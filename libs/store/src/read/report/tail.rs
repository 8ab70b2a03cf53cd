//! The tail: changes that the rollups do not hold yet.

use std::time::Duration;

use acuse_domain::calendar::{Interval, Zone};
use acuse_domain::contribution::Contribution;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::report::{Query, Tally};
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bytea, Integer, Nullable, SmallInt, Text, Timestamptz};
use diesel_async::AsyncPgConnection;

use super::rollups::InUse;
use crate::error::StoreError;
use crate::message_state::changes;
use crate::message_state::rollup_set::RollupSet;
use crate::pool::NAMED;
use crate::retention::DROPPED_AT;
use crate::sql::Sql;
use crate::types::At;

/// Changes read for a report at most. To read more of them takes longer than to count rows.
pub(in crate::read) const LONGEST: i64 = 50_000;

/// Changes read at once.
const PAGE: i64 = 5_000;

const QUARTER: Duration = Duration::from_secs(15 * 60);

/// How long after an instant a day of another zone may end that holds it: two zones are 26 hours apart at most.
const DAYS_APART: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// How far a workspace and its rollups have come.
#[derive(Debug, Clone, QueryableByName)]
pub(super) struct Head {
    /// The sequence of the newest change.
    #[diesel(sql_type = BigInt)]
    pub(super) last_sequence: i64,
    /// Up to which the rollups hold everything.
    #[diesel(sql_type = BigInt)]
    pub(super) folded_sequence: i64,
    /// How many rows retention has dropped.
    #[diesel(sql_type = BigInt)]
    pub(super) rows_dropped: i64,
    /// The quarter hour of the latest message whose row it has dropped.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    dropped_at: Option<At>,
    /// The zone whose days cut what those count in facets; empty where several do.
    #[diesel(sql_type = Nullable<Text>)]
    dropped_zone: Option<String>,
    /// When the newest change was taken in.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    committed_at: Option<At>,
    /// Which set of rollups is in use.
    #[diesel(sql_type = SmallInt)]
    rollup_set: i16,
    /// The zone whose days its facets are cut by.
    #[diesel(sql_type = Text)]
    facet_zone: String,
}

impl Head {
    /// The head of the workspace that the transaction names; `None` where it names none.
    ///
    /// # Errors
    /// Fails with the database.
    pub(super) async fn find(connection: &AsyncPgConnection) -> Result<Option<Self>, StoreError> {
        Sql::new(format!(
            "SELECT heads.last_sequence, positions.folded_sequence, positions.rows_dropped, newest.committed_at, \
               {DROPPED_AT} AS dropped_at, positions.dropped_zone, \
               settings.rollup_set, coalesce(settings.facet_zone, settings.time_zone) AS facet_zone \
             FROM message_state.workspace_heads AS heads \
             JOIN message_state.fold_positions AS positions USING (workspace_id) \
             JOIN message_state.workspaces AS settings USING (workspace_id) \
             LEFT JOIN message_state.changes AS newest \
               ON newest.workspace_id = heads.workspace_id AND newest.sequence = heads.last_sequence \
             WHERE heads.workspace_id = {NAMED}",
        ))
        .fetch_optional(connection)
        .await
    }

    /// The same of a workspace that the transaction names.
    ///
    /// # Errors
    /// Fails with the database.
    pub(super) async fn read(
        connection: &AsyncPgConnection,
        workspace: WorkspaceId,
    ) -> Result<Self, StoreError> {
        let head = Self::find(connection).await?;
        head.ok_or_else(|| StoreError::Corrupt(format!("workspace {} has no head", workspace.0)))
    }

    /// The rollups in use at that moment.
    pub(super) fn in_use(&self) -> InUse {
        InUse {
            set: RollupSet::in_use(self.rollup_set),
            zone: self.facet_zone.parse().unwrap_or(Zone::UTC),
        }
    }

    /// From when on no row was dropped; `None` where none ever was.
    pub(super) fn kept_from(&self) -> Option<Timestamp> {
        self.dropped_at.map(kept_from)
    }

    /// What is whole although rows were dropped, where days are those of `zone`.
    pub(super) fn kept(&self, zone: &Zone) -> Kept {
        Kept::of(self.dropped_at, self.dropped_zone.as_deref(), zone)
    }

    /// How many changes the rollups do not hold yet.
    pub(super) fn behind(&self) -> i64 {
        self.last_sequence - self.folded_sequence
    }

    /// When the newest event was taken in; `None` where there never was one.
    pub(super) fn as_of(&self) -> Option<Timestamp> {
        self.committed_at.map(|At(at)| at)
    }
}

/// When the next quarter hour begins.
fn kept_from(At(dropped): At) -> Timestamp {
    dropped + QUARTER
}

/// What is whole of a workspace of which retention dropped rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// From when on all rows are there: some of messages of before were dropped. `None` where none ever was.
    pub rows_from: Option<Timestamp>,
    /// From when on days of the zone in use tell all: facets of dropped messages are cut by the days of another one, since the
    /// workspace's was changed. `None` where they tell all whenever it was.
    pub days_from: Option<Timestamp>,
}

impl Kept {
    fn of(dropped_at: Option<At>, dropped_zone: Option<&str>, zone: &Zone) -> Self {
        let rows_from = dropped_at.map(kept_from);
        let as_ever = dropped_zone == Some(zone.name());
        Self {
            rows_from,
            days_from: rows_from.filter(|_| !as_ever).map(|from| from + DAYS_APART),
        }
    }

    /// That of the workspace that the transaction names, whose facets have days of `zone`.
    ///
    /// # Errors
    /// Fails with the database.
    pub(super) async fn find(
        connection: &AsyncPgConnection,
        zone: &Zone,
    ) -> Result<Self, StoreError> {
        #[derive(QueryableByName)]
        struct Dropped {
            #[diesel(sql_type = Nullable<Timestamptz>)]
            at: Option<At>,
            #[diesel(sql_type = Nullable<Text>)]
            zone: Option<String>,
        }
        let found: Option<Dropped> = Sql::new(format!(
            "SELECT {DROPPED_AT} AS at, positions.dropped_zone AS zone \
             FROM message_state.workspace_heads AS heads \
             JOIN message_state.fold_positions AS positions USING (workspace_id) WHERE heads.workspace_id = {NAMED}"
        ))
        .fetch_optional(connection)
        .await?;
        let kept = found.map(|found| Self::of(found.at, found.zone.as_deref(), zone));
        Ok(kept.unwrap_or_default())
    }
}

/// Checks that no row of an interval was dropped: what is told of the rows that are left would be too little.
///
/// # Errors
/// [`StoreError::Dropped`] where some were, [`StoreError::Unavailable`] while the database is away.
pub(super) async fn check_kept(
    connection: &AsyncPgConnection,
    interval: Interval,
) -> Result<(), StoreError> {
    // Of whichever zone: only rows are asked for.
    match Kept::find(connection, &Zone::UTC).await?.rows_from {
        Some(from) if interval.start < from => Err(StoreError::Dropped(from)),
        _ => Ok(()),
    }
}

#[derive(QueryableByName)]
struct Change {
    #[diesel(sql_type = Nullable<Bytea>)]
    before: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Bytea>)]
    after: Option<Vec<u8>>,
}

/// The changes of a workspace after one sequence up to and including another.
pub(super) struct Tail {
    workspace: WorkspaceId,
    after: i64,
    last: i64,
    /// The first of them, where they are read already.
    first: Option<Vec<Change>>,
}

impl Tail {
    /// Changes that are read when they are needed.
    pub(super) fn new(workspace: WorkspaceId, (after, last): (i64, i64)) -> Self {
        Self {
            workspace,
            after,
            last,
            first: None,
        }
    }

    /// Reads the first of them, so that it goes with what else is sent: hardly ever are there more.
    ///
    /// # Errors
    /// Fails with the database.
    pub(super) async fn begin(&mut self, connection: &AsyncPgConnection) -> Result<(), StoreError> {
        if self.after < self.last {
            let to = self.page_end();
            self.first = Some(page(connection, self.workspace, self.after, to).await?);
        }
        Ok(())
    }

    fn page_end(&self) -> i64 {
        self.last.min(self.after + PAGE)
    }

    /// Adds them to the tallies of queries.
    ///
    /// # Errors
    /// Fails with the database, and where a change is missing.
    pub(super) async fn add(
        self,
        connection: &AsyncPgConnection,
        tallies: &mut [(&Query, &mut Tally)],
    ) -> Result<(), StoreError> {
        if tallies.is_empty() {
            return Ok(());
        }
        self.read(connection, |change| {
            for (contribution, times) in change.iter().zip([-1, 1]) {
                let Some(contribution) = contribution else {
                    continue;
                };
                for (query, tally) in tallies.iter_mut() {
                    tally.add(query, contribution, times);
                }
            }
        })
        .await
    }

    /// Reads them, page by page: for each what its message added before, and adds after.
    ///
    /// # Errors
    /// Fails with the database, and with [`StoreError::Corrupt`] where a change is missing.
    pub(super) async fn read(
        mut self,
        connection: &AsyncPgConnection,
        mut take: impl FnMut([Option<Contribution>; 2]),
    ) -> Result<(), StoreError> {
        while self.after < self.last {
            let (after, to) = (self.after, self.page_end());
            let run = match self.first.take() {
                Some(first) => first,
                None => page(connection, self.workspace, after, to).await?,
            };
            // Sequences have no gaps: fewer rows would be figures that are wrong without a word.
            if i64::try_from(run.len()) != Ok(to - after) {
                return Err(StoreError::Corrupt(format!(
                    "changes of workspace {} are missing between {after} and {to}",
                    self.workspace.0
                )));
            }
            for change in &run {
                let decoded = |stored: &Option<Vec<u8>>| changes::decode(stored.as_deref());
                take([decoded(&change.before)?, decoded(&change.after)?]);
            }
            self.after = to;
        }
        Ok(())
    }
}

/// The changes after one sequence up to and including another.
async fn page(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    after: i64,
    to: i64,
) -> Result<Vec<Change>, StoreError> {
    Sql::new(
        "SELECT stored.before, stored.after FROM message_state.changes AS stored \
         WHERE stored.workspace_id = ? AND stored.sequence > ? AND stored.sequence <= ?",
    )
    .bind::<Integer, _>(workspace.0)
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(to)
    .fetch(connection)
    .await
}
