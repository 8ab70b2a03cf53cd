//! Write: what differs from what was loaded, one statement a table.

use std::collections::{BTreeMap, HashMap, HashSet};

use acuse_domain::contribution::Contribution;
use acuse_domain::ids::{ContactId, MessageId, WorkspaceId};
use acuse_domain::ledger::{KeyTarget, Receipt, Refusal};
use diesel::QueryableByName;
use diesel::sql_types::{Integer, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::future::try_join_all;
use uuid::Uuid;

use super::contacts::ContactRows;
use super::lateness::Lateness;
use super::partitions::{month_of, partition};
use super::resolve::Prepared;
use super::{News, Piece, Work, marks, quotes, taken_in, wide};
use crate::erase;
use crate::error::StoreError;
use crate::message_state::changes::{self, ChangeRow};
use crate::message_state::contacts::{AddressRow, ContactRow};
use crate::message_state::heads::HeadRow;
use crate::message_state::inbound_messages::InboundRow;
use crate::message_state::message_keys::KeyRow;
use crate::message_state::messages::{self, MessageRow};
use crate::message_state::timeline::TimelineRow;
use crate::message_state::told_ids::ToldChanges;
use crate::message_state::united_messages::UnitedRow;
use crate::message_state::watermarks::WatermarkRow;
use crate::pool::Plans;
use crate::sql::{Rows, Sql};
use crate::types::{self, At};

/// Statements that do not depend on each other's results; they are sent without waiting in between.
type Statements = Vec<Sql>;

/// Writes everything that the batch changed; gives what was not kept before.
pub(super) async fn everything(
    connection: &AsyncPgConnection,
    work: &Work,
    items: &[Prepared],
    receipts: &[Result<Receipt, Refusal>],
    contacts: ContactRows,
) -> Result<News, StoreError> {
    let moved: Vec<(WorkspaceId, MessageId, MessageId)> = work
        .ledger
        .united()
        .filter_map(|(gone, stays)| Some((work.ledger.outbound(stays)?.workspace, gone, stays)))
        .collect();
    if !moved.is_empty() {
        Plans::Fresh.begin(connection).await?;
        unite_rows(connection, work, &moved).await?;
    }
    let mut statements = Statements::new();
    let mut sequences = Sequences::new(work);
    outbound(work, &mut sequences, &mut statements)?;
    inbound(work, &mut sequences, &mut statements)?;
    keys(work, &mut statements);
    quotes::keep(work, &mut statements);
    people(work, contacts, &mut statements);
    wide::contents(work, items, receipts, &mut statements);
    sequences.finish(work, &mut statements);
    let timeline = timeline(connection, work, items, receipts);
    let watermarks = marks::keep(connection, work, items, receipts);
    // Sent together: the server works through them while the rest is still under way.
    let writes = try_join_all(
        statements
            .into_iter()
            .map(|statement| statement.run(connection)),
    );
    let ((), _, evidence, watermarks) =
        futures::try_join!(Plans::Kept.begin(connection), writes, timeline, watermarks)?;
    let mut lateness = Lateness::new(work.now);
    evidence.iter().for_each(|row| lateness.note_piece(row));
    watermarks
        .iter()
        .for_each(|row| lateness.note_watermark(row));
    let watermarks = watermarks.iter().map(WatermarkRow::watermark);
    Ok(News {
        evidence: evidence.iter().map(piece_of).collect(),
        watermarks: watermarks.collect::<Result<_, _>>()?,
        lateness,
    })
}

/// Gives the sequences of a batch's changes.
struct Sequences {
    last: HashMap<WorkspaceId, i64>,
    rows: Vec<ChangeRow>,
    now: At,
}

impl Sequences {
    fn new(work: &Work) -> Self {
        let last = work
            .heads
            .iter()
            .map(|(workspace, head)| (*workspace, head.last_sequence));
        Self {
            last: last.collect(),
            rows: Vec::new(),
            now: At(work.now),
        }
    }

    /// Notes that a message adds `after` to reports where it added `before`; gives the sequence of that change, or
    /// `None` where it adds the same.
    fn note(
        &mut self,
        workspace: WorkspaceId,
        id: MessageId,
        before: Option<&Contribution>,
        after: Option<&Contribution>,
    ) -> Result<Option<i64>, StoreError> {
        if before == after {
            return Ok(None);
        }
        let last = self.last.entry(workspace).or_insert(0);
        *last += 1;
        self.rows.push(ChangeRow {
            workspace_id: workspace.0,
            sequence: *last,
            message_id: id.0,
            committed_at: self.now,
            before: changes::encode(before)?,
            after: changes::encode(after)?,
        });
        Ok(Some(*last))
    }

    fn finish(self, work: &Work, statements: &mut Statements) {
        let heads: Vec<HeadRow> = work
            .heads
            .values()
            .map(|stored| {
                let workspace = WorkspaceId(stored.workspace_id);
                HeadRow {
                    workspace_id: stored.workspace_id,
                    last_sequence: self
                        .last
                        .get(&workspace)
                        .copied()
                        .unwrap_or(stored.last_sequence),
                    last_contact: work.contacts.last(workspace),
                }
            })
            .filter(|head| work.heads.get(&WorkspaceId(head.workspace_id)) != Some(head))
            .collect();
        if !heads.is_empty() {
            statements.push(HeadRow::update(heads, &["workspace_id"]));
        }
        if !self.rows.is_empty() {
            statements.push(ChangeRow::insert(self.rows, ""));
        }
    }
}

fn outbound(
    work: &Work,
    sequences: &mut Sequences,
    statements: &mut Statements,
) -> Result<(), StoreError> {
    let (mut new, mut changed) = (Vec::new(), BTreeMap::<_, Vec<MessageRow>>::new());
    let mut told = ToldChanges::default();
    for change in work.ledger.changed_outbound() {
        told.note(change.before, change.now);
        let after = change.now.map(Contribution::of_outbound);
        let Some(message) = change.before.or(change.now) else {
            continue;
        };
        // As the row and the rollups hold it: this build may derive something else from the same evidence.
        let before = work.counted.get(&message.id);
        let noted = sequences.note(message.workspace, message.id, before, after.as_ref())?;
        let Some((now, after)) = change.now.zip(after) else {
            continue;
        };
        let sequence = noted.unwrap_or_else(|| work.last_change(now.id));
        let row = MessageRow::new(now, &after, sequence)?;
        match change.before {
            None => new.push(row),
            Some(before) => changed
                .entry((month_of(now.id.time()), messages::is_same(before, now)))
                .or_default()
                .push(row),
        }
    }
    if !new.is_empty() {
        statements.push(MessageRow::insert(new, ""));
    }
    statements.extend(told.finish());
    for ((month, is_same), rows) in changed {
        let left = if is_same { messages::IDENTITY } else { &[] };
        let keys = ["workspace_id", "message_id"];
        let partition = partition(MessageRow::TABLE, month);
        statements.push(MessageRow::update_in(&partition, rows, &keys, left));
    }
    Ok(())
}

fn inbound(
    work: &Work,
    sequences: &mut Sequences,
    statements: &mut Statements,
) -> Result<(), StoreError> {
    let (mut new, mut changed) = (Vec::new(), BTreeMap::<_, Vec<InboundRow>>::new());
    for change in work.ledger.changed_inbound() {
        let Some(now) = change.now else {
            continue;
        };
        let before = change.before.and_then(Contribution::of_inbound);
        let after = Contribution::of_inbound(now);
        let noted = sequences.note(now.workspace, now.id, before.as_ref(), after.as_ref())?;
        let row = InboundRow::new(now, noted.unwrap_or_else(|| work.last_change(now.id)));
        match change.before {
            None => new.push(row),
            Some(_) => changed
                .entry(month_of(now.id.time()))
                .or_default()
                .push(row),
        }
    }
    if !new.is_empty() {
        statements.push(InboundRow::insert(new, ""));
    }
    for (month, rows) in changed {
        let keys = ["workspace_id", "message_id"];
        let partition = partition(InboundRow::TABLE, month);
        statements.push(InboundRow::update_in(&partition, rows, &keys, &[]));
    }
    Ok(())
}

fn keys(work: &Work, statements: &mut Statements) {
    let mut rows: Vec<KeyRow> = work
        .ledger
        .new_keys()
        .iter()
        .filter_map(|key| {
            let (id, inbound) = match work.ledger.key(*key)? {
                KeyTarget::Outbound(id) => (id, false),
                KeyTarget::Inbound(id) => (id, true),
                KeyTarget::Dropped(_) => return None,
            };
            Some(KeyRow {
                workspace_id: key.0.0,
                digest: types::uuid_of(key.1),
                message_id: id.0,
                inbound,
            })
        })
        .collect();
    // In the order of the index, neighbours find their page at hand.
    rows.sort_unstable_by_key(|row| (row.workspace_id, row.digest));
    if !rows.is_empty() {
        statements.push(KeyRow::insert(rows, ""));
    }
}

fn people(work: &Work, contacts: ContactRows, statements: &mut Statements) {
    let (new, changed) = contacts.changed();
    if !new.is_empty() {
        statements.push(ContactRow::insert(new, ""));
    }
    if !changed.is_empty() {
        statements.push(ContactRow::update(changed, &["workspace_id", "contact_id"]));
    }
    let addresses: Vec<AddressRow> = work
        .contacts
        .new_addresses()
        .map(|(workspace, address, ContactId(contact))| AddressRow {
            workspace_id: workspace.0,
            digest: types::uuid_of(address.digest()),
            contact_id: contact,
            kind: address.kind.code(),
            scope: address.scope.clone(),
            value: address.value.clone(),
        })
        .collect();
    if !addresses.is_empty() {
        statements.push(AddressRow::insert(addresses, ""));
    }
}

#[derive(QueryableByName)]
struct NewPiece {
    #[diesel(sql_type = SqlUuid)]
    message_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    digest: Uuid,
}

/// The piece of evidence that a row holds.
fn piece_of(row: &TimelineRow) -> Piece {
    (MessageId(row.message_id), types::digest_of(row.digest))
}

/// Appends evidence; gives the rows of what the timeline did not hold yet, without their details.
async fn timeline(
    connection: &AsyncPgConnection,
    work: &Work,
    items: &[Prepared],
    receipts: &[Result<Receipt, Refusal>],
) -> Result<Vec<TimelineRow>, StoreError> {
    let mut seen: HashSet<Piece> = HashSet::new();
    let mut rows: Vec<TimelineRow> = Vec::new();
    for (item, receipt) in taken_in(items, receipts) {
        let Some(message) = receipt.message.map(|id| work.ledger.surviving(id)) else {
            continue;
        };
        let pieces = wide::timeline(item, message);
        rows.extend(pieces.into_iter().filter(|row| seen.insert(piece_of(row))));
    }
    if rows.is_empty() {
        return Ok(rows);
    }
    rows.sort_unstable_by_key(|row| (row.workspace_id, row.message_id, row.digest));
    // All that is asked of them afterwards.
    let mut kept: Vec<TimelineRow> = rows
        .iter()
        .map(|row| TimelineRow {
            detail: None,
            ..*row
        })
        .collect();
    let insert = TimelineRow::insert(
        rows,
        "ON CONFLICT (workspace_id, message_id, digest) DO NOTHING RETURNING message_id, digest",
    );
    let new: Vec<NewPiece> = insert.fetch(connection).await?;
    let new: HashSet<Piece> = new
        .into_iter()
        .map(|piece| (MessageId(piece.message_id), types::digest_of(piece.digest)))
        .collect();
    kept.retain(|row| new.contains(&piece_of(row)));
    Ok(kept)
}

/// Moves what is stored of messages that became part of another.
async fn unite_rows(
    connection: &AsyncPgConnection,
    work: &Work,
    moved: &[(WorkspaceId, MessageId, MessageId)],
) -> Result<(), StoreError> {
    let bind = |sql: Sql| {
        sql.bind_all::<Integer, _>(moved.iter().map(|(workspace, ..)| workspace.0))
            .bind_all::<SqlUuid, _>(moved.iter().map(|(_, gone, _)| gone.0))
            .bind_all::<SqlUuid, _>(moved.iter().map(|(_, _, stays)| stays.0))
    };
    for statement in [
        "WITH moved AS (SELECT * FROM unnest(?, ?, ?) AS moved(workspace_id, gone, stays)), \
         taken AS (DELETE FROM message_state.timeline AS stored USING moved \
           WHERE stored.workspace_id = moved.workspace_id AND stored.message_id = moved.gone \
           RETURNING stored.*, moved.stays) \
         INSERT INTO message_state.timeline \
           (workspace_id, message_id, digest, at, received_at, kind, provider, at_is_receipt, detail) \
         SELECT workspace_id, stays, digest, at, received_at, kind, provider, at_is_receipt, detail FROM taken \
         ON CONFLICT DO NOTHING",
        "DELETE FROM message_state.messages AS stored USING unnest(?, ?, ?) AS moved(workspace_id, gone, stays) \
         WHERE stored.workspace_id = moved.workspace_id AND stored.message_id = moved.gone AND moved.stays IS NOT NULL",
        "UPDATE message_state.united_messages AS stored SET message_id = moved.stays \
         FROM unnest(?, ?, ?) AS moved(workspace_id, gone, stays) \
         WHERE stored.workspace_id = moved.workspace_id AND stored.message_id = moved.gone",
    ] {
        bind(Sql::new(statement)).run(connection).await?;
    }
    wide::unite(connection, work, moved).await?;
    erase::come_by_again(connection, moved).await?;
    let rows: Vec<UnitedRow> = moved
        .iter()
        .map(|(workspace, gone, stays)| UnitedRow {
            workspace_id: workspace.0,
            gone_id: gone.0,
            message_id: stays.0,
        })
        .collect();
    UnitedRow::insert(rows, "").run(connection).await?;
    Ok(())
}

impl Work {
    /// The sequence at which a loaded message changed last; 0 for one that never added anything.
    fn last_change(&self, id: MessageId) -> i64 {
        self.changed_at.get(&id).copied().unwrap_or(0)
    }
}
