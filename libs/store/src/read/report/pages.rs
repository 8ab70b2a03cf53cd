//! Messages one by one, page by page.

use acuse_domain::ids::MessageId;
use acuse_domain::inbound::Inbound;
use acuse_domain::kinds::Direction;
use acuse_domain::report::counts_unattached;
use acuse_domain::shown::ReceivedDetails;
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::ids::Resolved;
use super::rows::{Received, Sent};
use super::table::Table;
use super::tail::check_kept;
use super::{Question, answer};
use crate::error::StoreError;
use crate::message_state::inbound_messages::InboundRow;
use crate::message_state::messages::MessageRow;
use crate::read::view::{self, MessageView};
use crate::read::{Scoped, received};
use crate::sql::{Rows, Sql};
use crate::types::At;

/// Which messages come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The oldest ones.
    OldestFirst,
    /// The newest ones.
    NewestFirst,
}

/// Where a message stands in an order: messages of one instant stand by their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// What places it in time.
    pub at: Timestamp,
    /// Its id.
    pub id: MessageId,
}

/// Reads the messages that count for a question (whose group plays no part) page by page. Every page is a transaction of its
/// own; a message that comes in, or changes, behind the last page is not seen.
#[derive(Debug)]
pub struct Pages {
    scoped: Scoped,
    question: Question,
    order: Order,
    after: Option<Place>,
    is_over: bool,
}

/// A row of a table that is read in pages.
pub(super) trait Paged: QueryableByName<Pg> + Send + 'static {
    fn place(&self) -> Place;

    /// `SELECT` of its columns from its table, which is called `stored`.
    fn select() -> String;
}

impl Paged for MessageRow {
    fn place(&self) -> Place {
        Place {
            at: self.origin.0,
            id: MessageId(self.message_id),
        }
    }

    fn select() -> String {
        <Self as Rows>::select()
    }
}

impl Paged for InboundRow {
    fn place(&self) -> Place {
        Place {
            at: self.received_at.0,
            id: MessageId(self.message_id),
        }
    }

    fn select() -> String {
        <Self as Rows>::select()
    }
}

impl Scoped {
    /// The messages of a question in an order, beginning after a place; from the first where there is none.
    pub fn pages(&self, question: &Question, order: Order, after: Option<Place>) -> Pages {
        Pages {
            scoped: self.clone(),
            question: question.clone(),
            order,
            after,
            is_over: false,
        }
    }
}

impl Pages {
    /// The next outbound messages, `limit` of them at most; none only after the last. Unattached ones are left out, unless
    /// the question is about them.
    ///
    /// # Errors
    /// Fails with the database; asking again goes on where the last page ended.
    pub async fn messages(&mut self, limit: usize) -> Result<Vec<MessageView>, StoreError> {
        self.next(limit, |connection, rows| {
            view::views(connection, rows).boxed()
        })
        .await
    }

    /// The same of inbound messages.
    ///
    /// # Errors
    /// As [`Self::messages`].
    pub async fn received(
        &mut self,
        limit: usize,
    ) -> Result<Vec<(Inbound, ReceivedDetails)>, StoreError> {
        self.next(limit, |connection, rows| {
            received::received(connection, rows).boxed()
        })
        .await
    }

    /// After which message the next page begins; `None` where there is none.
    pub fn place(&self) -> Option<Place> {
        self.after.filter(|_| !self.is_over)
    }

    /// The next page, with what `read` makes of its rows in the same transaction.
    pub(super) async fn next<R: Paged, T: Default + Send + 'static>(
        &mut self,
        limit: usize,
        read: impl for<'c> FnOnce(&'c AsyncPgConnection, Vec<R>) -> BoxFuture<'c, Result<T, StoreError>>
        + Send
        + 'static,
    ) -> Result<T, StoreError> {
        if self.is_over {
            return Ok(T::default());
        }
        let (question, order, after) = (self.question.clone(), self.order, self.after);
        let (page, last, is_over) = self
            .scoped
            .read(move |connection| {
                async move {
                    let rows: Vec<R> = rows(connection, &question, order, after, limit).await?;
                    let last = rows.last().map(Paged::place);
                    let is_over = rows.len() < limit;
                    Ok((read(connection, rows).await?, last, is_over))
                }
                .boxed()
            })
            .await?;
        self.is_over = is_over;
        self.after = last.or(self.after);
        Ok(page)
    }
}

async fn rows<R: Paged>(
    connection: &AsyncPgConnection,
    question: &Question,
    order: Order,
    after: Option<Place>,
    limit: usize,
) -> Result<Vec<R>, StoreError> {
    let workspace = question.workspace;
    futures::try_join!(
        answer::plan_for_values(connection),
        check_kept(connection, question.query().interval),
    )?;
    let ids = Resolved::look_up(connection, workspace, question.ids()).await?;
    let query = question.query();
    let sql = Sql::new(R::select()).once();
    let (sql, at) = match query.direction {
        Direction::Outbound => {
            let sql = Sent.conditions(sql, workspace, query)?;
            let is_counted = match counts_unattached(&query.counted) {
                true => "",
                false => " AND stored.attached",
            };
            (sql.push(is_counted), Sent.at())
        }
        Direction::Inbound => (Received.conditions(sql, workspace, query)?, Received.at()),
    };
    let sql = ids.push(sql, workspace);
    let direction = match order {
        Order::OldestFirst => "ASC",
        Order::NewestFirst => "DESC",
    };
    after_place(sql, at, order, after)
        .push(&format!(
            " ORDER BY {at} {direction}, stored.message_id {direction} LIMIT ?"
        ))
        .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch(connection)
        .await
}

/// Adds that messages come after a place in an order, if there is one.
fn after_place(sql: Sql, at: &str, order: Order, after: Option<Place>) -> Sql {
    let Some(place) = after else {
        return sql;
    };
    let follows = match order {
        Order::OldestFirst => '>',
        Order::NewestFirst => '<',
    };
    let instant = At(place.at);
    sql.push(&format!(
        " AND {at} {follows}= ? AND ({at}, stored.message_id) {follows} (?, ?)"
    ))
    .bind::<Timestamptz, _>(instant)
    .bind::<Timestamptz, _>(instant)
    .bind::<SqlUuid, _>(place.id.0)
}
