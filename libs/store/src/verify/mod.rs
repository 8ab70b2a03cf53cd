//! Verify: every rollup equals what the messages say, also while they are written to.
//!
//! A recount takes longer than a transaction may, so it goes by pages and is brought to one sequence afterwards: the
//! one that the workspace had reached when the recount began. A row that changed since counts as it was before its first
//! change after that sequence, which the log of changes tells; the page on which it was, or was not, seen tells whether
//! it was counted already.
//!
//! What a row holds that follows from other rows, a reply, a session, what watermarks say of it, is derived anew on its page:
//! what decides it is read by the same snapshot.

mod answered;
mod derived;
mod findings;
mod prices;
mod reported;
mod sent;
mod told;

use std::collections::{BTreeSet, HashSet};

use acuse_domain::calendar::Zone;
use acuse_domain::ids::{MessageId, WorkspaceId};
use acuse_domain::rollup::{Clock, Deltas};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use derived::{Derived, Page};
pub use findings::Difference;
use findings::{Findings, compare_counts, compare_histograms};

use crate::counted::Counted;
use crate::error::StoreError;
use crate::fold;
use crate::message_state::changes::{self, ChangeRow};
use crate::message_state::inbound_messages::InboundRow;
use crate::message_state::messages::MessageRow;
use crate::message_state::rollup_set::RollupSet;
use crate::message_state::rollups;
use crate::pool::{Database, Role};
use crate::retention;
use crate::sql::{Rows, Sql};
use crate::workspaces::Workspace;

/// Rows recounted at once.
const PAGE: i64 = 5_000;

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The sequence of changes at which everything was compared.
    pub sequence: i64,
    /// Messages recounted, outbound and inbound.
    pub messages: u64,
    /// Rows of rollups compared.
    pub rollup_rows: u64,
    /// How many counts differ.
    pub difference_count: u64,
    /// The first of them.
    pub differences: Vec<Difference>,
}

#[derive(QueryableByName)]
struct Head {
    #[diesel(sql_type = BigInt)]
    last_sequence: i64,
    #[diesel(sql_type = BigInt)]
    folded_sequence: i64,
    #[diesel(sql_type = BigInt)]
    rows_dropped: i64,
    #[diesel(sql_type = SmallInt)]
    rollup_set: i16,
    #[diesel(sql_type = Text)]
    facet_zone: String,
}

impl Head {
    fn zone(&self) -> Zone {
        self.facet_zone.parse().unwrap_or(Zone::UTC)
    }

    /// Whether what is compared is still the same.
    fn is_comparable(&self, other: &Self) -> bool {
        let of = |head: &Self| (head.rows_dropped, head.rollup_set, head.facet_zone.clone());
        of(self) == of(other)
    }
}

async fn head(connection: &AsyncPgConnection, workspace: WorkspaceId) -> Result<Head, StoreError> {
    let head: Option<Head> = Sql::new(
        "SELECT heads.last_sequence, positions.folded_sequence, positions.rows_dropped, settings.rollup_set, \
           coalesce(settings.facet_zone, settings.time_zone) AS facet_zone \
         FROM message_state.workspace_heads AS heads JOIN message_state.fold_positions AS positions USING (workspace_id) \
         JOIN message_state.workspaces AS settings USING (workspace_id) WHERE workspace_id = ?",
    )
    .bind::<Integer, _>(workspace.0)
    .fetch_optional(connection)
    .await?;
    head.ok_or_else(|| StoreError::Corrupt(format!("workspace {} has no head", workspace.0)))
}

/// Recounts a workspace and compares its rollups; lists up to `max_differences`.
///
/// # Errors
/// Fails with the database.
pub async fn verify(
    database: &Database,
    workspace: &Workspace,
    max_differences: usize,
) -> Result<Verification, StoreError> {
    loop {
        // Once more where the rollups in use were changed meanwhile, or rows were dropped: both are rare.
        if let Some(found) = attempt(database, workspace.id, max_differences).await? {
            return Ok(found);
        }
    }
}

async fn attempt(
    database: &Database,
    id: WorkspaceId,
    max_differences: usize,
) -> Result<Option<Verification>, StoreError> {
    let start = database
        .transaction(Role::Snapshot, None, move |connection| {
            head(connection, id).boxed()
        })
        .await?;
    let mut recount = Recount {
        workspace: id,
        sequence: start.last_sequence,
        clock: Clock::new(id, start.zone()),
        counted: Deltas::default(),
        messages: 0,
        findings: Findings::new(max_differences),
    };
    let outbound = recount.pages::<MessageRow>(database).await?;
    let inbound = recount.pages::<InboundRow>(database).await?;
    told::stale(database, id, |fault| recount.findings.take(fault)).await?;
    recount.take_back(database, &outbound, &inbound).await?;
    recount.compare(database, &start).await
}

/// Which rows were seen when: the last id of each page, and the sequence that the workspace had reached then.
type Pages = Vec<(Uuid, i64)>;

/// The sequence that the workspace had reached when the page was read on which a message is, or would have been.
fn seen_at(pages: &Pages, id: Uuid) -> i64 {
    let page = pages.partition_point(|(last, _)| *last < id);
    pages
        .get(page)
        .or(pages.last())
        .map_or(0, |(_, sequence)| *sequence)
}

struct Recount {
    workspace: WorkspaceId,
    sequence: i64,
    clock: Clock,
    counted: Deltas,
    messages: u64,
    findings: Findings,
}

impl Recount {
    async fn pages<R: Derived>(&mut self, database: &Database) -> Result<Pages, StoreError> {
        let mut pages = Pages::new();
        let mut after = Uuid::nil();
        loop {
            let workspace = self.workspace;
            let (head, rows, faults) = database
                .transaction(Role::Snapshot, None, move |connection| {
                    page::<R>(connection, workspace, after).boxed()
                })
                .await?;
            let Some(last) = rows.last().map(Counted::id) else {
                // Whatever comes after the last row was absent as of now.
                pages.push((Uuid::max(), head.last_sequence));
                return Ok(pages);
            };
            for fault in faults {
                self.findings.take(fault);
            }
            for row in &rows {
                self.count(row)?;
            }
            after = last;
            pages.push((last, head.last_sequence));
        }
    }

    fn count<R: Counted>(&mut self, row: &R) -> Result<(), StoreError> {
        let stored = row.stored();
        if stored != row.derived()? {
            self.findings
                .add("messages", || row.id().to_string(), "contribution", 1, 0);
        }
        if row.changed_sequence() <= self.sequence {
            self.messages += 1;
            if let Some(contribution) = stored {
                self.counted.add(&mut self.clock, &contribution, 1);
            }
        }
        Ok(())
    }

    /// Brings the recount to its sequence: messages that changed since count as they were then.
    async fn take_back(
        &mut self,
        database: &Database,
        outbound: &Pages,
        inbound: &Pages,
    ) -> Result<(), StoreError> {
        let mut after = self.sequence;
        let mut seen: HashSet<MessageId> = HashSet::new();
        // What changed after the last page was read was counted as it was.
        let pages = outbound.iter().chain(inbound);
        let last_read = pages.map(|(_, sequence)| *sequence).max().unwrap_or(after);
        loop {
            let run = changes_between(database, self.workspace, after, last_read).await?;
            let Some(last) = run.last().map(|change| change.sequence) else {
                return Ok(());
            };
            for change in &run {
                let Some(before) = changes::decode(change.before.as_deref())? else {
                    seen.insert(MessageId(change.message_id));
                    continue;
                };
                let pages = match before.direction {
                    acuse_domain::kinds::Direction::Outbound => outbound,
                    acuse_domain::kinds::Direction::Inbound => inbound,
                };
                let is_first = seen.insert(MessageId(change.message_id));
                if is_first && change.sequence <= seen_at(pages, change.message_id) {
                    self.messages += 1;
                    self.counted.add(&mut self.clock, &before, 1);
                }
            }
            after = last;
        }
    }

    /// `None` where something else is in use now than at the start.
    async fn compare(
        mut self,
        database: &Database,
        start: &Head,
    ) -> Result<Option<Verification>, StoreError> {
        let workspace = self.workspace;
        let (head, mut held, dropped) = database
            .transaction(Role::Snapshot, None, move |connection| {
                async move {
                    let head = head(connection, workspace).await?;
                    let set = RollupSet::in_use(head.rollup_set);
                    let held = rollups::load(connection, set, workspace).await?;
                    let dropped = RollupSet::Dropped;
                    let dropped = rollups::load(connection, dropped, workspace).await?;
                    Ok((head, held, dropped))
                }
                .boxed()
            })
            .await?;
        if !head.is_comparable(start) {
            return Ok(None);
        }
        // What dropped rows counted is in the rollups, and in no row any more.
        self.counted.merge(&dropped);
        let rows = held.totals.len() + held.facets.len() + held.histograms.len();
        // The rollups are folded up to another sequence than the recount's: the changes in between make up for it.
        let (from, to, times) = if head.folded_sequence <= self.sequence {
            (head.folded_sequence, self.sequence, 1)
        } else {
            (self.sequence, head.folded_sequence, -1)
        };
        let mut after = from;
        loop {
            let run = changes_between(database, workspace, after, to).await?;
            let Some(last) = run.last().map(|change| change.sequence) else {
                break;
            };
            for change in &run {
                fold::add(&mut held, &mut self.clock, change, times)?;
            }
            after = last;
        }
        held.retain_nonzero();
        self.counted.retain_nonzero();
        let findings = &mut self.findings;
        compare_counts("totals", &held.totals, &self.counted.totals, findings);
        compare_counts("facets", &held.facets, &self.counted.facets, findings);
        compare_histograms(&held, &self.counted, findings);
        Ok(Some(Verification {
            sequence: self.sequence,
            messages: self.messages,
            rollup_rows: rows as u64,
            difference_count: self.findings.count,
            differences: self.findings.listed,
        }))
    }
}

/// The rows after an id, with what of them is not as other rows decide, and how far the workspace had come.
async fn page<R: Derived>(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    after: Uuid,
) -> Result<(Head, Vec<R>, Vec<Difference>), StoreError> {
    let head = head(connection, workspace).await?;
    let text = R::select()
        + " WHERE stored.workspace_id = ? AND stored.message_id > ? ORDER BY stored.message_id LIMIT ?";
    let rows: Vec<R> = Sql::new(text)
        .bind::<Integer, _>(workspace.0)
        .bind::<SqlUuid, _>(after)
        .bind::<BigInt, _>(PAGE)
        .fetch(connection)
        .await?;
    let dropped = retention::dropped_before(connection, BTreeSet::from([workspace])).await?;
    let page = Page {
        workspace,
        rows,
        rows_were_dropped: head.rows_dropped > 0,
        dropped_before: dropped.first().map(|(_, before)| *before),
    };
    let faults = R::faults(connection, &page).await?;
    Ok((head, page.rows, faults))
}

async fn changes_between(
    database: &Database,
    workspace: WorkspaceId,
    after: i64,
    to: i64,
) -> Result<Vec<ChangeRow>, StoreError> {
    database
        .transaction(Role::Snapshot, None, move |connection| {
            Sql::new(
                ChangeRow::select()
                    + " WHERE stored.workspace_id = ? AND stored.sequence > ? AND stored.sequence <= ? \
                       ORDER BY stored.sequence LIMIT ?",
            )
            .bind::<Integer, _>(workspace.0)
            .bind::<BigInt, _>(after)
            .bind::<BigInt, _>(to)
            .bind::<BigInt, _>(PAGE)
            .fetch(connection)
            .boxed()
        })
        .await
}
