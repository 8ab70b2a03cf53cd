//! What statuses told: messages of which only what they state decides whether they meet a condition on ids.
//!
//! They are the few whose statement holds the bytes of an id that is asked for; all others are counted by columns.

use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::Direction;
use acuse_domain::report::{Query, Tally};
use acuse_domain::time::Timestamp;
use diesel::sql_types::{BigInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::Question;
use super::ids::{self, Resolved};
use super::rows::Sent;
use super::table::Table;
use crate::error::StoreError;
use crate::message_state::messages::MessageRow;
use crate::sql::{Rows, Sql};
use crate::types::At;

/// Messages looked at at once.
const PAGE: usize = 2_000;

/// Adds the messages to a tally of which only what they state decides whether they count.
///
/// # Errors
/// Fails with the database.
pub(super) async fn add(
    connection: &AsyncPgConnection,
    question: &Question,
    ids: &Resolved,
    tally: &mut Tally,
) -> Result<(), StoreError> {
    let (workspace, query) = (question.workspace, question.query());
    if query.direction == Direction::Inbound || !ids.is_told() {
        return Ok(());
    }
    let mut after = None;
    loop {
        let rows = page(connection, workspace, query, ids, after).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = Some((last.origin.0, last.message_id));
        let is_last = rows.len() < PAGE;
        let of_page = rows.iter().map(|row| row.message_id).collect();
        let contents = ids::contents(connection, workspace, of_page).await?;
        for row in rows {
            let contribution = row.contribution();
            let contents = contents.get(&row.message_id);
            if ids.admit(&row.into_outbound()?, contents) {
                tally.add(query, &contribution, 1);
            }
        }
        if is_last {
            return Ok(());
        }
    }
}

/// The next of them, by origin and id.
async fn page(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    query: &Query,
    ids: &Resolved,
    after: Option<(Timestamp, Uuid)>,
) -> Result<Vec<MessageRow>, StoreError> {
    let sql = Sent.conditions(Sql::new(MessageRow::select()).once(), workspace, query)?;
    let sql = after_position(ids.push_told(sql, " AND "), after);
    sql.push(" ORDER BY stored.origin, stored.message_id LIMIT ?")
        .bind::<BigInt, _>(i64::try_from(PAGE).unwrap_or(i64::MAX))
        .fetch(connection)
        .await
}

/// Adds that outbound messages come after a position in the order of origins and ids, if there is one.
pub(super) fn after_position(sql: Sql, after: Option<(Timestamp, Uuid)>) -> Sql {
    let Some((origin, id)) = after else {
        return sql;
    };
    sql.push(" AND stored.origin >= ? AND (stored.origin, stored.message_id) > (?, ?)")
        .bind::<Timestamptz, _>(At(origin))
        .bind::<Timestamptz, _>(At(origin))
        .bind::<SqlUuid, _>(id)
}
