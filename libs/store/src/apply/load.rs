//! Load: the rows that a batch touches.

use std::collections::{BTreeMap, BTreeSet};

use acuse_domain::calendar::LocalDay;
use acuse_domain::ids::{ContactId, Digest, MessageId, WorkspaceId};
use acuse_domain::ledger::{KeyTarget, WorkspaceKey};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Integer, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::future::try_join_all;
use uuid::Uuid;

use super::Work;
use super::partitions::month_of;
use super::resolve::Prepared;
use crate::error::StoreError;
use crate::message_state::inbound_messages::InboundRow;
use crate::message_state::messages::MessageRow;
use crate::sql::{Rows, Sql};
use crate::types;

/// Loads the keys that the items name, and their messages.
pub(super) async fn messages(
    connection: &AsyncPgConnection,
    work: &mut Work,
    items: &[Prepared],
) -> Result<(), StoreError> {
    let wanted: BTreeSet<WorkspaceKey> = items
        .iter()
        .flat_map(|item| item.keys.iter().map(|key| (item.workspace, *key)))
        .collect();
    by_key(connection, work, wanted.into_iter().collect()).await
}

#[derive(QueryableByName)]
struct FoundKey {
    #[diesel(sql_type = Integer)]
    workspace_id: i32,
    #[diesel(sql_type = SqlUuid)]
    digest: Uuid,
    #[diesel(sql_type = SqlUuid)]
    message_id: Uuid,
    #[diesel(sql_type = Bool)]
    inbound: bool,
}

/// Loads keys with their messages.
pub(super) async fn by_key(
    connection: &AsyncPgConnection,
    work: &mut Work,
    wanted: Vec<WorkspaceKey>,
) -> Result<(), StoreError> {
    if wanted.is_empty() {
        return Ok(());
    }
    // A message that became part of another left its keys behind; they lead on.
    let found: Vec<FoundKey> = Sql::new(
        "SELECT stored.workspace_id, stored.digest, coalesce(united.message_id, stored.message_id) AS message_id, \
           stored.inbound \
         FROM unnest(?, ?) AS wanted(workspace_id, digest) \
         JOIN message_state.message_keys AS stored USING (workspace_id, digest) \
         LEFT JOIN message_state.united_messages AS united \
           ON united.workspace_id = stored.workspace_id AND united.gone_id = stored.message_id",
    )
    .bind_all::<Integer, _>(wanted.iter().map(|(workspace, _)| workspace.0))
    .bind_all::<SqlUuid, _>(wanted.iter().map(|(_, digest)| types::uuid_of(*digest)))
    .fetch(connection)
    .await?;
    let (mut outbound, mut inbound) = (BTreeSet::new(), BTreeSet::new());
    let mut keys: Vec<((WorkspaceId, Digest), KeyTarget)> = Vec::with_capacity(found.len());
    for key in found {
        let (workspace, id) = (WorkspaceId(key.workspace_id), MessageId(key.message_id));
        let target = if key.inbound {
            inbound.insert((workspace, id));
            KeyTarget::Inbound(id)
        } else {
            outbound.insert((workspace, id));
            KeyTarget::Outbound(id)
        };
        keys.push(((workspace, types::digest_of(key.digest)), target));
    }
    self::outbound(connection, work, outbound).await?;
    self::inbound(connection, work, inbound).await?;
    for (key, target) in keys {
        work.ledger.load_key(key, target);
    }
    work.ledger.settle_keys();
    Ok(())
}

/// Ids of messages with their workspaces.
pub(super) type Ids = BTreeSet<(WorkspaceId, MessageId)>;

/// Loads outbound messages that are not in the ledger yet.
pub(super) async fn outbound(
    connection: &AsyncPgConnection,
    work: &mut Work,
    mut wanted: Ids,
) -> Result<(), StoreError> {
    wanted.retain(|(_, id)| work.ledger.outbound(*id).is_none());
    let queries = by_month(&wanted)
        .into_iter()
        .map(|(month, ids)| async move {
            in_month::<MessageRow>(month, &ids)
                .fetch::<MessageRow>(connection)
                .await
        });
    for row in try_join_all(queries).await?.into_iter().flatten() {
        take_outbound(work, row)?;
    }
    Ok(())
}

/// Loads inbound messages that are not in the ledger yet.
pub(super) async fn inbound(
    connection: &AsyncPgConnection,
    work: &mut Work,
    wanted: Ids,
) -> Result<(), StoreError> {
    let queries = by_month(&wanted)
        .into_iter()
        .map(|(month, ids)| async move {
            in_month::<InboundRow>(month, &ids)
                .fetch::<InboundRow>(connection)
                .await
        });
    for row in try_join_all(queries).await?.into_iter().flatten() {
        take_inbound(work, row);
    }
    Ok(())
}

pub(super) fn take_outbound(work: &mut Work, row: MessageRow) -> Result<(), StoreError> {
    let id = MessageId(row.message_id);
    work.changed_at.entry(id).or_insert(row.changed_sequence);
    work.counted.entry(id).or_insert_with(|| row.contribution());
    work.ledger.load_outbound(row.into_outbound()?);
    Ok(())
}

pub(super) fn take_inbound(work: &mut Work, row: InboundRow) {
    let id = MessageId(row.message_id);
    work.changed_at.entry(id).or_insert(row.changed_sequence);
    work.ledger.load_inbound(row.into_inbound());
}

/// Ids by the month inside them: a query for the ids of one month looks at one partition.
pub(super) fn by_month(ids: &Ids) -> BTreeMap<LocalDay, Vec<(WorkspaceId, MessageId)>> {
    let mut months: BTreeMap<LocalDay, Vec<(WorkspaceId, MessageId)>> = BTreeMap::new();
    for (workspace, id) in ids {
        months
            .entry(month_of(id.time()))
            .or_default()
            .push((*workspace, *id));
    }
    months
}

/// Rows by their ids, all of one month. Its bounds keep the statement to one partition, and are a part of its text, so that the
/// planner knows that; asked for by the parent, which is there where the partition was dropped. Each row is looked up by its key
/// whatever the planner believes: by the bounds alone it expects a handful of rows, and would go through all of them for each
/// id.
fn in_month<R: Rows>(month: LocalDay, ids: &[(WorkspaceId, MessageId)]) -> Sql {
    let text = format!(
        "SELECT stored.* FROM unnest(?, ?) AS wanted(workspace_id, message_id) CROSS JOIN LATERAL ({} \
         WHERE stored.workspace_id = wanted.workspace_id AND stored.message_id = wanted.message_id \
           AND stored.message_id >= message_state.least_id('{}') AND stored.message_id < message_state.least_id('{}') \
         OFFSET 0) AS stored",
        R::select(),
        month,
        month.next_month_start(),
    );
    Sql::new(text)
        .bind_all::<Integer, _>(ids.iter().map(|(workspace, _)| workspace.0))
        .bind_all::<SqlUuid, _>(ids.iter().map(|(_, id)| id.0))
}

/// Loads every message of contacts that are about to become part of others: any reply among them may move.
pub(super) async fn of_contacts(
    connection: &AsyncPgConnection,
    work: &mut Work,
    contacts: impl Iterator<Item = (WorkspaceId, ContactId)> + Clone,
) -> Result<(), StoreError> {
    let of_contacts = |select: String| {
        Sql::new(
            select + " JOIN unnest(?, ?) AS wanted(workspace_id, contact_id) USING (workspace_id, contact_id)",
        )
        .bind_all::<Integer, _>(contacts.clone().map(|(workspace, _)| workspace.0))
        .bind_all::<BigInt, _>(contacts.clone().map(|(_, contact)| contact.0))
    };
    let (outbound, inbound) = futures::try_join!(
        of_contacts(MessageRow::select()).fetch::<MessageRow>(connection),
        of_contacts(InboundRow::select()).fetch::<InboundRow>(connection),
    )?;
    for row in outbound {
        take_outbound(work, row)?;
    }
    inbound.into_iter().for_each(|row| take_inbound(work, row));
    Ok(())
}
