//! The conversation around a message.

use acuse_domain::inbound::Inbound;
use acuse_domain::kinds::InboundKind;
use acuse_domain::shown::ReceivedDetails;
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Integer, SmallInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use super::received::received;
use super::report::plan_for_values;
use super::view::{MessageView, views};
use super::{CONDITION, Lookup, Scoped};
use crate::error::StoreError;
use crate::message_state::inbound_messages::InboundRow;
use crate::message_state::messages::MessageRow;
use crate::sql::{Rows, Sql};
use crate::types::At;

/// What was said around a message between its contact and its channel account.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// The oldest first.
    pub messages: Vec<Said>,
    /// Whether there are more before the first.
    pub has_earlier: bool,
    /// Whether there are more after the last.
    pub has_later: bool,
}

/// A message of a conversation.
#[derive(Debug, Clone)]
pub enum Said {
    /// Sent by the business.
    Sent(Box<MessageView>),
    /// Sent by the contact.
    Received(Box<(Inbound, ReceivedDetails)>),
}

/// A row of either table.
enum Row {
    Sent(Box<MessageRow>),
    Received(InboundRow),
}

impl Row {
    fn place(&self) -> (Timestamp, Uuid) {
        match self {
            Self::Sent(row) => (row.origin.0, row.message_id),
            Self::Received(row) => (row.received_at.0, row.message_id),
        }
    }
}

/// On which side of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

impl Scoped {
    /// The message with as many `before` and `after` it as asked for, if it exists for this scope; all as of one moment.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn conversation(
        &self,
        lookup: Lookup,
        (before, after): (usize, usize),
    ) -> Result<Option<Conversation>, StoreError> {
        let this = self.clone();
        self.read(move |connection| {
            async move {
                let Some(row) = this.row(connection, lookup).await? else {
                    return Ok(None);
                };
                plan_for_values(connection).await?;
                let (mut rows, has_earlier) =
                    this.beside(connection, &row, Side::Before, before).await?;
                let (later, has_later) = this.beside(connection, &row, Side::After, after).await?;
                rows.reverse();
                rows.push(Row::Sent(Box::new(row)));
                rows.extend(later);
                Ok(Some(Conversation {
                    messages: shown(connection, rows).await?,
                    has_earlier,
                    has_later,
                }))
            }
            .boxed()
        })
        .await
    }

    /// The nearest messages on one side, the nearest first, and whether there are more.
    async fn beside(
        &self,
        connection: &AsyncPgConnection,
        of: &MessageRow,
        side: Side,
        limit: usize,
    ) -> Result<(Vec<Row>, bool), StoreError> {
        let (sent, received) = futures::try_join!(
            self.near::<MessageRow>(connection, of, ("origin", side), limit),
            self.near::<InboundRow>(connection, of, ("received_at", side), limit),
        )?;
        let sent = sent.into_iter().map(|row| Row::Sent(Box::new(row)));
        let received = received.into_iter().map(Row::Received);
        let mut rows: Vec<Row> = sent.chain(received).collect();
        rows.sort_by_key(Row::place);
        if side == Side::Before {
            rows.reverse();
        }
        let more = rows.len() > limit;
        rows.truncate(limit);
        Ok((rows, more))
    }

    /// The nearest rows of one table on one side of a message, and one more than may be shown.
    async fn near<R: Rows + QueryableByName<Pg> + Send + 'static>(
        &self,
        connection: &AsyncPgConnection,
        of: &MessageRow,
        (at, side): (&str, Side),
        limit: usize,
    ) -> Result<Vec<R>, StoreError> {
        let (Some(contact), Some(account)) = (of.contact_id, of.channel_account_id) else {
            return Ok(Vec::new());
        };
        let (order, way) = match side {
            Side::Before => ("<", "DESC"),
            Side::After => (">", "ASC"),
        };
        // Of inbound messages those that count.
        let counted = if R::TABLE == InboundRow::TABLE {
            " AND stored.kind = ? AND NOT stored.deleted"
        } else {
            ""
        };
        let sql = Sql::new(format!(
            "{} WHERE stored.workspace_id = ? AND stored.contact_id = ? AND stored.channel_account_id = ? \
             AND (stored.{at}, stored.message_id) {order} (?, ?){counted}{CONDITION} \
             ORDER BY stored.{at} {way}, stored.message_id {way} LIMIT ?",
            R::select(),
        ))
        .bind::<Integer, _>(self.workspace.id.0)
        .bind::<BigInt, _>(contact)
        .bind::<Integer, _>(account)
        .bind::<Timestamptz, _>(At(of.origin.0))
        .bind::<SqlUuid, _>(of.message_id);
        let sql = if counted.is_empty() {
            sql
        } else {
            sql.bind::<SmallInt, _>(InboundKind::Regular.code())
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let sql = self.limits.bind(sql).bind::<BigInt, _>(limit);
        sql.fetch(connection).await
    }
}

/// What is shown of rows, in their order.
async fn shown(connection: &AsyncPgConnection, rows: Vec<Row>) -> Result<Vec<Said>, StoreError> {
    let (mut sent, mut inbound, mut order) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        order.push(matches!(row, Row::Sent(_)));
        match row {
            Row::Sent(row) => sent.push(*row),
            Row::Received(row) => inbound.push(row),
        }
    }
    let (sent, inbound) =
        futures::try_join!(views(connection, sent), received(connection, inbound))?;
    let mut sent = sent.into_iter().map(|view| Said::Sent(Box::new(view)));
    let mut inbound = inbound.into_iter().map(|one| Said::Received(Box::new(one)));
    Ok(order
        .into_iter()
        .filter_map(|is_sent| if is_sent { sent.next() } else { inbound.next() })
        .collect())
}
