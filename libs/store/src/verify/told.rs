//! By which ids messages are found that statuses tell: each that a message has leads to it, and no other does.

use std::collections::HashMap;

use acuse_domain::ids::WorkspaceId;
use acuse_domain::outbound::Outbound;
use acuse_domain::report::IdKind;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Integer, SmallInt, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use super::PAGE;
use super::derived::Fault;
use crate::error::StoreError;
use crate::message_state::messages::MessageRow;
use crate::message_state::told_ids::ToldRow;
use crate::pool::{Database, Role};
use crate::read::by_ids;
use crate::sql::{Rows, Sql};
use crate::types;

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = Bool)]
    known: bool,
}

fn row(message: &Outbound, kind: IdKind) -> Option<ToldRow> {
    Some(ToldRow {
        workspace_id: message.workspace.0,
        kind: kind.code(),
        digest: types::uuid_of(kind.told_digest(message.told_id(kind)?)),
        message_id: message.id.0,
    })
}

fn fault(row: &ToldRow, stored: i64, recounted: i64) -> Fault {
    Fault {
        rollup: "told_ids",
        key: format!("{} of kind {}", row.message_id, row.kind),
        count: "rows",
        stored,
        recounted,
    }
}

/// Ids of messages that do not lead to them.
pub(super) async fn missing(
    connection: &AsyncPgConnection,
    messages: &[Outbound],
) -> Result<Vec<Fault>, StoreError> {
    let told = |message| {
        IdKind::TOLD
            .into_iter()
            .filter_map(move |kind| row(message, kind))
    };
    let wanted: Vec<ToldRow> = messages.iter().flat_map(told).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let text = "SELECT EXISTS (SELECT FROM message_state.told_ids AS stored \
           WHERE stored.workspace_id = wanted.workspace_id AND stored.kind = wanted.kind \
             AND stored.digest = wanted.digest AND stored.message_id = wanted.message_id OFFSET 0) AS known \
         FROM unnest(?, ?, ?, ?) WITH ORDINALITY AS wanted(workspace_id, kind, digest, message_id, position) \
         ORDER BY wanted.position";
    let known: Vec<Known> = ToldRow::bind(wanted.clone(), Sql::new(text))
        .fetch(connection)
        .await?;
    let missing = wanted.iter().zip(known).filter(|(_, found)| !found.known);
    Ok(missing.map(|(row, _)| fault(row, 0, 1)).collect())
}

/// Ids that lead to messages which have none like it. Goes through all that are kept, page by page.
pub(super) async fn stale(
    database: &Database,
    workspace: WorkspaceId,
    mut found: impl FnMut(Fault),
) -> Result<(), StoreError> {
    let mut after = (0, Uuid::nil(), Uuid::nil());
    loop {
        let (rows, messages) = database
            .transaction(Role::Snapshot, None, move |connection| {
                page(connection, workspace, after).boxed()
            })
            .await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = (last.kind, last.digest, last.message_id);
        let messages: HashMap<Uuid, Outbound> = messages
            .into_iter()
            .map(|message| Ok((message.message_id, message.into_outbound()?)))
            .collect::<Result<_, StoreError>>()?;
        for told in &rows {
            let has_it = messages.get(&told.message_id).is_some_and(|message| {
                let mut own = IdKind::TOLD.into_iter();
                own.any(|kind| row(message, kind).as_ref() == Some(told))
            });
            if !has_it {
                found(fault(told, 1, 0));
            }
        }
    }
}

async fn page(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    (kind, digest, message): (i16, Uuid, Uuid),
) -> Result<(Vec<ToldRow>, Vec<MessageRow>), StoreError> {
    let text = ToldRow::select()
        + " WHERE stored.workspace_id = ? AND (stored.kind, stored.digest, stored.message_id) > (?, ?, ?) \
           ORDER BY stored.kind, stored.digest, stored.message_id LIMIT ?";
    let rows: Vec<ToldRow> = Sql::new(text)
        .bind::<Integer, _>(workspace.0)
        .bind::<SmallInt, _>(kind)
        .bind::<SqlUuid, _>(digest)
        .bind::<SqlUuid, _>(message)
        .bind::<BigInt, _>(PAGE)
        .fetch(connection)
        .await?;
    let mut ids: Vec<Uuid> = rows.iter().map(|row| row.message_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let messages = by_ids::<MessageRow>(workspace.0, ids);
    let messages = messages.fetch(connection).await?;
    Ok((rows, messages))
}
