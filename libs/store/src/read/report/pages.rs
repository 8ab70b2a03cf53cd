//! Messages one by one, page by page.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
use uuid::Uuid;

use super::ids::Resolved;
use super::moves::{Moves, News};
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
/// own. A message that counts all the while is read exactly once, also where the time that it belongs to changes meanwhile: one that
/// was read is not read again, and one that went behind the last page unread makes a page with others of its kind, out of the
/// order. Any other is read once at most; what comes in behind the last page is not. Messages that turn out to be one are
/// read as one, unless both were read before, or the question asks for ids: then each is read once under the id that it had.
///
/// That holds for one reader. Another that begins after the place of the first, as the next page of a list does, knows
/// nothing of what moved before: what went on meanwhile comes again, and what went behind is missing.
#[derive(Debug)]
pub struct Pages {
    scoped: Scoped,
    question: Question,
    order: Order,
    after: Option<Place>,
    /// Whether no message comes after that place. Some that went behind it may be left.
    is_over: bool,
    moves: Arc<Mutex<Moves>>,
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
            moves: Arc::new(Mutex::new(Moves::new(question, order))),
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
        let is_over = self.is_over && lock(&self.moves).misses_none();
        self.after.filter(|_| !is_over)
    }

    /// The next page, with what `read` makes of its rows in the same transaction.
    pub(super) async fn next<R: Paged, T: Default + Send + 'static>(
        &mut self,
        limit: usize,
        read: impl for<'c> Fn(&'c AsyncPgConnection, Vec<R>) -> BoxFuture<'c, Result<T, StoreError>>
        + Clone
        + Send
        + 'static,
    ) -> Result<T, StoreError> {
        while !self.is_over || !lock(&self.moves).misses_none() {
            let (asked, read) = (self.asked(limit), read.clone());
            let step = self.scoped.read(move |connection| {
                async move {
                    let Found { rows, step } = found::<R>(connection, asked).await?;
                    let page = match rows.is_empty() {
                        true => None,
                        false => Some(read(connection, rows).await?),
                    };
                    Ok((page, step))
                }
                .boxed()
            });
            let (page, step) = step.await?;
            match step {
                Step::Nowhere => {}
                Step::Back { wanted, found } => lock(&self.moves).fetched(&wanted, &found),
                Step::On { to, passed } => {
                    lock(&self.moves).passed(&passed);
                    self.is_over = passed.len() < limit;
                    self.after = to.or(self.after);
                }
            }
            if let Some(page) = page {
                return Ok(page);
            }
        }
        Ok(T::default())
    }

    fn asked(&self, limit: usize) -> Next {
        Next {
            question: self.question.clone(),
            order: self.order,
            after: self.after,
            is_over: self.is_over,
            limit,
            moves: Arc::clone(&self.moves),
        }
    }
}

fn lock(moves: &Mutex<Moves>) -> MutexGuard<'_, Moves> {
    moves.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is to be read next.
struct Next {
    question: Question,
    order: Order,
    after: Option<Place>,
    is_over: bool,
    limit: usize,
    moves: Arc<Mutex<Moves>>,
}

/// Where a transaction leads a reader.
enum Step {
    /// Nowhere: more changed than is read at once.
    Nowhere,
    /// Back, for these; some may not count any more.
    Back {
        wanted: Vec<Uuid>,
        found: BTreeSet<Uuid>,
    },
    /// On to a place, past these.
    On {
        to: Option<Place>,
        passed: Vec<Uuid>,
    },
}

struct Found<R> {
    rows: Vec<R>,
    step: Step,
}

/// Reads what changed, and then what was missed so far or else what comes next.
async fn found<R: Paged>(
    connection: &AsyncPgConnection,
    next: Next,
) -> Result<Found<R>, StoreError> {
    let question = &next.question;
    let outset = lock(&next.moves).outset();
    // All at once; the last is most often empty.
    let ((), (), news) = futures::try_join!(
        answer::plan_for_values(connection),
        check_kept(connection, question.query().interval),
        News::read(connection, question.workspace, outset),
    )?;
    let is_all = news.is_all;
    // After the end nothing is met any more, wherever it goes.
    if !next.is_over {
        lock(&next.moves).take_in(news, next.after);
        if !is_all {
            let (rows, step) = (Vec::new(), Step::Nowhere);
            return Ok(Found { rows, step });
        }
    }
    let wanted = lock(&next.moves).missed(next.limit);
    if !wanted.is_empty() {
        let rows: Vec<R> = rows(connection, &next, Some(wanted.clone())).await?;
        let found = rows.iter().map(|row| row.place().id.0).collect();
        let step = Step::Back { wanted, found };
        return Ok(Found { rows, step });
    }
    let mut rows: Vec<R> = rows(connection, &next, None).await?;
    let step = Step::On {
        to: rows.last().map(Paged::place),
        passed: rows.iter().map(|row| row.place().id.0).collect(),
    };
    let moves = lock(&next.moves);
    rows.retain(|row| !moves.was_read(row.place().id.0));
    drop(moves);
    Ok(Found { rows, step })
}

/// The rows that count: those of `only`, or those that come next.
async fn rows<R: Paged>(
    connection: &AsyncPgConnection,
    next: &Next,
    only: Option<Vec<Uuid>>,
) -> Result<Vec<R>, StoreError> {
    let (question, order) = (&next.question, next.order);
    let workspace = question.workspace;
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
    let sql = match only {
        Some(only) => sql
            .push(" AND stored.message_id = ANY(?)")
            .bind_all::<SqlUuid, Uuid>(only),
        None => after_place(sql, at, order, next.after),
    };
    sql.push(&format!(
        " ORDER BY {at} {direction}, stored.message_id {direction} LIMIT ?"
    ))
    .bind::<BigInt, _>(i64::try_from(next.limit).unwrap_or(i64::MAX))
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
