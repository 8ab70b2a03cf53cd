//! Verify: every rollup equals what the messages say, also while they are written to.
//!
//! A recount takes longer than a transaction may, so it goes by pages and is brought to one sequence afterwards: the
//! one that the workspace had reached when the recount began. A row that changed since counts as it was before its first
//! change after that sequence, which the log of changes tells; the page on which it was, or was not, seen tells whether
//! it was counted already.

mod findings;

use std::collections::HashSet;

use acuse_domain::contribution::Contribution;
use acuse_domain::ids::{MessageId, WorkspaceId};
use acuse_domain::rollup::{Clock, Deltas};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

pub use findings::Difference;
use findings::{Findings, compare_counts, compare_histograms};

use crate::error::StoreError;
use crate::fold;
use crate::message_state::changes::{self, ChangeRow};
use crate::message_state::inbound_messages::InboundRow;
use crate::message_state::messages::MessageRow;
use crate::message_state::rollups;
use crate::pool::{Database, Role};
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
}

async fn head(connection: &AsyncPgConnection, workspace: WorkspaceId) -> Result<Head, StoreError> {
    let head: Option<Head> = Sql::new(
        "SELECT last_sequence, folded_sequence FROM message_state.workspace_heads \
         JOIN message_state.fold_positions USING (workspace_id) WHERE workspace_id = ?",
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
    let id = workspace.id;
    let start = database
        .transaction(Role::Snapshot, None, move |connection| {
            head(connection, id).boxed()
        })
        .await?;
    let mut recount = Recount {
        workspace: id,
        sequence: start.last_sequence,
        clock: Clock::new(id, workspace.zone()),
        counted: Deltas::default(),
        messages: 0,
        findings: Findings::new(max_differences),
    };
    let outbound = recount.pages::<MessageRow>(database).await?;
    let inbound = recount.pages::<InboundRow>(database).await?;
    recount.take_back(database, &outbound, &inbound).await?;
    recount.compare(database).await
}

/// A row of messages that can be recounted.
trait Counted: Rows + QueryableByName<diesel::pg::Pg> + Send + 'static {
    fn id(&self) -> Uuid;
    fn changed_sequence(&self) -> i64;
    /// What its columns say that it adds.
    fn stored(&self) -> Option<Contribution>;
    /// What its evidence says that it adds.
    fn derived(&self) -> Result<Option<Contribution>, StoreError>;
}

impl Counted for MessageRow {
    fn id(&self) -> Uuid {
        self.message_id
    }

    fn changed_sequence(&self) -> i64 {
        self.changed_sequence
    }

    fn stored(&self) -> Option<Contribution> {
        Some(self.contribution())
    }

    fn derived(&self) -> Result<Option<Contribution>, StoreError> {
        let message = self.clone().into_outbound()?;
        Ok(Some(Contribution::of_outbound(&message)))
    }
}

impl Counted for InboundRow {
    fn id(&self) -> Uuid {
        self.message_id
    }

    fn changed_sequence(&self) -> i64 {
        self.changed_sequence
    }

    fn stored(&self) -> Option<Contribution> {
        self.contribution()
    }

    fn derived(&self) -> Result<Option<Contribution>, StoreError> {
        Ok(self.contribution())
    }
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
    async fn pages<R: Counted>(&mut self, database: &Database) -> Result<Pages, StoreError> {
        let mut pages = Pages::new();
        let mut after = Uuid::nil();
        loop {
            let workspace = self.workspace;
            let (head, rows) = database
                .transaction(Role::Snapshot, None, move |connection| {
                    async move {
                        let head = head(connection, workspace).await?;
                        let text = R::select()
                            + " WHERE stored.workspace_id = ? AND stored.message_id > ? ORDER BY stored.message_id LIMIT ?";
                        let rows: Vec<R> = Sql::new(text)
                            .bind::<Integer, _>(workspace.0)
                            .bind::<SqlUuid, _>(after)
                            .bind::<BigInt, _>(PAGE)
                            .fetch(connection)
                            .await?;
                        Ok((head, rows))
                    }
                    .boxed()
                })
                .await?;
            let Some(last) = rows.last().map(Counted::id) else {
                // Whatever comes after the last row was absent as of now.
                pages.push((Uuid::max(), head.last_sequence));
                return Ok(pages);
            };
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

    async fn compare(mut self, database: &Database) -> Result<Verification, StoreError> {
        let workspace = self.workspace;
        let (head, mut held) = database
            .transaction(Role::Snapshot, None, move |connection| {
                async move {
                    let head = head(connection, workspace).await?;
                    Ok((head, rollups::load(connection, workspace).await?))
                }
                .boxed()
            })
            .await?;
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
        Ok(Verification {
            sequence: self.sequence,
            messages: self.messages,
            rollup_rows: rows as u64,
            difference_count: self.findings.count,
            differences: self.findings.listed,
        })
    }
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
