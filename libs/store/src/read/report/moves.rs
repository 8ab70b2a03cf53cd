//! Moves: how messages that are read page by page are each read once although their times change meanwhile.
//!
//! A message stands in an order by the time that it belongs to, and what comes to be known of it between two pages may give it
//! another: from behind the reader's place to before it, where it would be met again, or the other way, where it would be
//! missed. The log of changes tells each such move exactly. So every page is read with the changes since the page before, in one
//! snapshot, and what they say of messages whose place does not tell whether they were read is kept: as much as moved, or came
//! behind the reader, however many rows there are.

use std::collections::{BTreeSet, HashMap};

use acuse_domain::contribution::{Contribution, Measures};
use acuse_domain::ids::{MessageId, WorkspaceId};
use acuse_domain::report::{Group, Query, counts_unattached};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bytea, Integer, Nullable, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::Question;
use super::pages::{Order, Place};
use crate::error::StoreError;
use crate::message_state::changes;
use crate::message_state::united_messages::UnitedRow;
use crate::sql::{Rows as _, Sql};

/// Changes read at once. Where more came since the last page, they are read by themselves first.
const MOST: i64 = 2_000;

/// What became of messages since a reader began.
#[derive(Debug)]
pub(super) struct Moves {
    query: Query,
    order: Order,
    unattached: bool,
    /// Whether what a message adds to reports says all of whether it counts for the question: not where ids are asked for.
    is_told: bool,
    /// Up to which change is known; `None` before the first page.
    sequence: Option<i64>,
    /// Whether messages were read of which their place says the contrary.
    known: HashMap<Uuid, bool>,
    /// Messages that went behind the reader without having been read.
    missed: BTreeSet<Uuid>,
    /// Messages that stay in the place of others, which counted and were not read: wherever these stay, they are to be read.
    owed: BTreeSet<Uuid>,
}

/// The changes since the page before.
#[derive(Debug)]
pub(super) struct News {
    changes: Vec<Change>,
    /// Which messages stay in the place of those that are gone, as far as that is of interest.
    united: HashMap<Uuid, Uuid>,
    /// Up to which change this tells.
    sequence: i64,
    /// Whether that is all of them, as of this snapshot.
    pub(super) is_all: bool,
}

#[derive(Debug)]
struct Change {
    id: Uuid,
    before: Option<Contribution>,
    after: Option<Contribution>,
}

impl Moves {
    pub(super) fn new(question: &Question, order: Order) -> Self {
        Self {
            query: Query {
                group: Group::All,
                ..question.query().clone()
            },
            order,
            unattached: counts_unattached(&question.query().counted),
            is_told: question.ids().is_empty(),
            sequence: None,
            known: HashMap::new(),
            missed: BTreeSet::new(),
            owed: BTreeSet::new(),
        }
    }

    /// From which change on there is to be read, and whether united messages are of interest.
    pub(super) fn outset(&self) -> (Option<i64>, bool) {
        (self.sequence, self.is_told)
    }

    /// Takes in what changed while the reader stood at `place`.
    pub(super) fn take_in(&mut self, news: News, place: Option<Place>) {
        for change in news.changes {
            self.take_in_change(&change, place, &news.united);
        }
        self.sequence = Some(news.sequence);
    }

    fn take_in_change(
        &mut self,
        change: &Change,
        place: Option<Place>,
        united: &HashMap<Uuid, Uuid>,
    ) {
        let id = change.id;
        let of = |contribution: &Option<Contribution>| self.place_of(id, contribution.as_ref());
        let (before, after) = (of(&change.before), of(&change.after));
        let is_behind = |at: Option<Place>| at.is_some_and(|at| self.is_behind(at, place));
        let (was_behind, is_behind) = (is_behind(before), is_behind(after));
        // Where nothing else is known: what is passed was read if it counted then, and each change since is told here.
        let mut is_read = self.known.remove(&id).unwrap_or(was_behind);
        let is_owed = self.owed.remove(&id);
        if !is_read && (before.is_some() || is_owed) && is_behind {
            self.missed.insert(id);
            is_read = true;
        } else if is_owed && after.is_none() {
            self.owed.insert(id);
        }
        if change.after.is_none() {
            if self.missed.remove(&id) {
                is_read = false;
            }
            if let Some(stays) = united.get(&id).copied() {
                if !is_read {
                    if before.is_some() {
                        self.owe(stays);
                    }
                } else if !self.missed.remove(&stays) {
                    self.known.insert(stays, true);
                }
                return;
            }
        }
        if is_read != is_behind {
            self.known.insert(id, is_read);
        }
    }

    /// Notes that a message holds what another was to be read for.
    fn owe(&mut self, id: Uuid) {
        if self.known.get(&id) == Some(&false) {
            // It stands behind the reader already, and was none of those that counted.
            self.known.remove(&id);
            self.missed.insert(id);
        } else {
            // Its own change may be told after this one.
            self.owed.insert(id);
        }
    }

    /// Where a message stands that counts for the question; `None` where it does not.
    fn place_of(&self, id: Uuid, contribution: Option<&Contribution>) -> Option<Place> {
        let counts = |it: &&Contribution| {
            self.query.place(it).is_some()
                && (self.unattached || it.measures != Measures::Unattached)
        };
        contribution.filter(counts).map(|it| Place {
            at: it.at,
            id: MessageId(id),
        })
    }

    fn is_behind(&self, at: Place, place: Option<Place>) -> bool {
        place.is_some_and(|place| match self.order {
            Order::OldestFirst => at <= place,
            Order::NewestFirst => at >= place,
        })
    }

    /// Up to `limit` of the messages that went behind the reader without having been read.
    pub(super) fn missed(&self, limit: usize) -> Vec<Uuid> {
        self.missed.iter().take(limit).copied().collect()
    }

    /// Whether there are any of these.
    pub(super) fn misses_none(&self) -> bool {
        self.missed.is_empty()
    }

    /// Notes that some of them were looked for, and which were `found`: the others count no longer.
    pub(super) fn fetched(&mut self, wanted: &[Uuid], found: &BTreeSet<Uuid>) {
        for id in wanted {
            self.missed.remove(id);
            if !found.contains(id) {
                self.known.insert(*id, false);
            }
        }
    }

    /// Whether a message that comes next was read before.
    pub(super) fn was_read(&self, id: Uuid) -> bool {
        self.known.get(&id) == Some(&true)
    }

    /// Notes that the reader's place is after these: it tells by itself that they were read.
    pub(super) fn passed(&mut self, ids: &[Uuid]) {
        for id in ids {
            self.known.remove(id);
        }
    }
}

impl News {
    /// What changed in a workspace after a change, with `united` also which messages became part of others; where no change
    /// is named, only which the newest is.
    ///
    /// # Errors
    /// [`StoreError::Contended`] where the changes are not kept any more; else fails with the database.
    pub(super) async fn read(
        connection: &AsyncPgConnection,
        workspace: WorkspaceId,
        (after, united): (Option<i64>, bool),
    ) -> Result<Self, StoreError> {
        let rows: Vec<NewsRow> = Sql::new(
            "SELECT heads.last_sequence, told.* FROM message_state.workspace_heads AS heads \
             LEFT JOIN LATERAL (SELECT stored.sequence, stored.message_id, stored.before, stored.after \
               FROM message_state.changes AS stored WHERE stored.workspace_id = heads.workspace_id AND stored.sequence > ? \
               ORDER BY stored.workspace_id, stored.sequence LIMIT ?) AS told ON true \
             WHERE heads.workspace_id = ? ORDER BY told.sequence",
        )
        .bind::<Nullable<BigInt>, _>(after)
        .bind::<BigInt, _>(MOST)
        .bind::<Integer, _>(workspace.0)
        .fetch(connection)
        .await?;
        let mut news = Self::of(workspace, rows, after)?;
        let gone = news.changes.iter().filter(|it| it.after.is_none());
        let gone: Vec<Uuid> = gone.map(|it| it.id).collect();
        if united && !gone.is_empty() {
            let rows: Vec<UnitedRow> = Sql::new(
                UnitedRow::select() + " WHERE stored.workspace_id = ? AND gone_id = ANY(?)",
            )
            .bind::<Integer, _>(workspace.0)
            .bind_all::<SqlUuid, Uuid>(gone)
            .fetch(connection)
            .await?;
            let rows = rows.into_iter();
            news.united = rows.map(|row| (row.gone_id, row.message_id)).collect();
        }
        Ok(news)
    }

    fn of(
        workspace: WorkspaceId,
        rows: Vec<NewsRow>,
        after: Option<i64>,
    ) -> Result<Self, StoreError> {
        let Some(newest) = rows.first().map(|row| row.last_sequence) else {
            let fault = format!("workspace {} has no head", workspace.0);
            return Err(StoreError::Corrupt(fault));
        };
        let mut sequence = after.unwrap_or(newest);
        let mut changes = Vec::new();
        for row in rows {
            let (Some(next), Some(id)) = (row.sequence, row.message_id) else {
                break;
            };
            // Sequences have no gaps: what is missing was trimmed.
            if next != sequence + 1 {
                return Err(too_late());
            }
            sequence = next;
            changes.push(Change {
                id,
                before: changes::decode(row.before.as_deref())?,
                after: changes::decode(row.after.as_deref())?,
            });
        }
        if changes.is_empty() && sequence < newest {
            return Err(too_late());
        }
        Ok(Self {
            changes,
            united: HashMap::new(),
            sequence,
            is_all: sequence >= newest,
        })
    }
}

fn too_late() -> StoreError {
    StoreError::Contended("what changed since the last page is not kept any more".into())
}

#[derive(QueryableByName)]
struct NewsRow {
    #[diesel(sql_type = BigInt)]
    last_sequence: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    sequence: Option<i64>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    message_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Bytea>)]
    before: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Bytea>)]
    after: Option<Vec<u8>>,
}
