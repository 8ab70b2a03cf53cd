//! `notifications`: what people are told of exports that they asked for, numbered for each of them in the order of commits.

use acuse_domain::ids::{MessageId, WorkspaceId};
use acuse_domain::time::{Timestamp, days};
use diesel::QueryableByName;
use diesel::sql_types::{
    BigInt, Binary, Bool, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use super::claims::Lease;
use super::job::Failure;
use super::jobs::at_most;
use super::notification::{Notification, NotificationKind, Recipient, WhichNotifications};
use super::{upkeep, within};
use crate::error::StoreError;
use crate::pool::Database;
use crate::sql::{Rows, Sql, rows};
use crate::types::At;

rows! {
    /// One notification as stored.
    NotificationRow in "export.notifications" {
        workspace_id: i32 => Integer,
        recipient: String => Text,
        sequence: i64 => BigInt,
        notification_id: Uuid => SqlUuid,
        kind: i16 => SmallInt,
        export_id: Option<Uuid> => Nullable<SqlUuid>,
        schedule_id: Option<Uuid> => Nullable<SqlUuid>,
        request: Vec<u8> => Binary,
        asked_at: At => Timestamptz,
        failure_reason: Option<String> => Nullable<Text>,
        failure_message: Option<String> => Nullable<Text>,
        created_at: At => Timestamptz,
        expires_at: At => Timestamptz,
        read_at: Option<At> => Nullable<Timestamptz>,
    }
}

/// How long notifications are kept, in days.
const KEPT: u64 = 90;

/// Notifications that are kept of one person.
const MOST: i64 = 1_000;

/// Something to tell a person.
pub(super) struct Notice {
    pub(super) id: Uuid,
    pub(super) workspace: WorkspaceId,
    pub(super) recipient: String,
    pub(super) kind: NotificationKind,
    pub(super) export: Option<Uuid>,
    pub(super) schedule: Option<Uuid>,
    pub(super) request: Vec<u8>,
    pub(super) asked_at: Timestamp,
    pub(super) failure: Option<Failure>,
    pub(super) now: Timestamp,
}

impl NotificationRow {
    fn notification(self) -> Result<Notification, StoreError> {
        let kind = NotificationKind::from_code(self.kind);
        let failure = self.failure_reason.map(|reason| Failure {
            reason,
            message: self.failure_message.unwrap_or_default(),
        });
        Ok(Notification {
            sequence: self.sequence,
            id: self.notification_id,
            kind: kind.ok_or_else(|| {
                StoreError::Corrupt(format!("notification {}: kind", self.notification_id))
            })?,
            export: self.export_id,
            schedule: self.schedule_id,
            request: self.request,
            asked_at: self.asked_at.0,
            failure,
            created_at: self.created_at.0,
            expires_at: self.expires_at.0,
            read_at: self.read_at.map(|At(at)| at),
        })
    }
}

#[derive(QueryableByName)]
struct Head {
    #[diesel(sql_type = BigInt)]
    last: i64,
}

#[derive(QueryableByName)]
struct Ended {
    #[diesel(sql_type = Text)]
    requested_by: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    schedule_id: Option<Uuid>,
    #[diesel(sql_type = Binary)]
    request: Vec<u8>,
    #[diesel(sql_type = Timestamptz)]
    created_at: At,
    #[diesel(sql_type = Nullable<Text>)]
    failure_reason: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    failure_message: Option<String>,
}

/// Tells whoever asked for a job that it has ended, in the transaction that ends it.
pub(super) async fn tell_ended(
    connection: &AsyncPgConnection,
    lease: Lease,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ended: Option<Ended> = Sql::new(
        "SELECT requested_by, schedule_id, request, created_at, failure_reason, failure_message FROM export.jobs \
         WHERE workspace_id = ? AND job_id = ?",
    )
    .bind::<Integer, _>(lease.workspace.0)
    .bind::<SqlUuid, _>(lease.job)
    .fetch_optional(connection)
    .await?;
    let Some(ended) = ended else {
        return Ok(());
    };
    let message = ended.failure_message.unwrap_or_default();
    let failure = ended
        .failure_reason
        .map(|reason| Failure { reason, message });
    let notice = Notice {
        id: MessageId::new(now).0,
        workspace: lease.workspace,
        recipient: ended.requested_by,
        kind: match failure {
            None => NotificationKind::ExportSucceeded,
            Some(_) => NotificationKind::ExportFailed,
        },
        export: Some(lease.job),
        schedule: ended.schedule_id,
        request: ended.request,
        asked_at: ended.created_at.0,
        failure,
        now,
    };
    tell(connection, notice).await
}

/// Tells a person something, and forgets what they were told too long ago for so many to be kept.
pub(super) async fn tell(connection: &AsyncPgConnection, notice: Notice) -> Result<(), StoreError> {
    let (workspace, recipient) = (notice.workspace, notice.recipient);
    let head: Option<Head> = Sql::new(
        "INSERT INTO export.notification_heads AS head (workspace_id, recipient, last) VALUES (?, ?, 1) \
         ON CONFLICT (workspace_id, recipient) DO UPDATE SET last = head.last + 1 RETURNING last",
    )
    .bind::<Integer, _>(workspace.0)
    .bind::<Text, _>(recipient.clone())
    .fetch_optional(connection)
    .await?;
    let sequence = head.map_or(1, |head| head.last);
    let row = NotificationRow {
        workspace_id: workspace.0,
        recipient: recipient.clone(),
        sequence,
        notification_id: notice.id,
        kind: notice.kind.code(),
        export_id: notice.export,
        schedule_id: notice.schedule,
        request: notice.request,
        asked_at: At(notice.asked_at),
        failure_reason: notice.failure.as_ref().map(|it| it.reason.clone()),
        failure_message: notice.failure.map(|it| it.message),
        created_at: At(notice.now),
        expires_at: At(notice.now + days(KEPT)),
        read_at: None,
    };
    NotificationRow::insert(std::slice::from_ref(&row), "")
        .run(connection)
        .await?;
    Sql::new(
        "DELETE FROM export.notifications WHERE workspace_id = ? AND recipient = ? AND sequence <= ?",
    )
    .bind::<Integer, _>(workspace.0)
    .bind::<Text, _>(recipient)
    .bind::<BigInt, _>(sequence - MOST)
    .run(connection)
    .await?;
    Ok(())
}

/// A page of what a person was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationPage {
    /// The notifications.
    pub notifications: Vec<Notification>,
    /// How many there are that are not read.
    pub unread: u64,
    /// The number of the last that they were told by then, or a moment before.
    pub last: i64,
}

/// Up to `limit` notifications that were told before that of the number `before`, newest first; where `unread`, those that are
/// not read. What has had its time at `now` is not there.
///
/// # Errors
/// Fails with the database.
pub async fn notifications(
    database: &Database,
    of: Recipient<'_>,
    unread: bool,
    before: Option<i64>,
    limit: usize,
    now: Timestamp,
) -> Result<NotificationPage, StoreError> {
    let counting = Sql::new(
        "SELECT count(*) AS last FROM export.notifications \
         WHERE workspace_id = ? AND recipient = ? AND expires_at > ? AND read_at IS NULL",
    )
    .bind::<Integer, _>(of.workspace.0)
    .bind::<Text, _>(of.subject.to_owned())
    .bind::<Timestamptz, _>(At(now));
    let condition = "stored.sequence < ? AND NOT (? AND stored.read_at IS NOT NULL) \
                     ORDER BY stored.sequence DESC LIMIT ?";
    let listing = select(condition, of, now)
        .bind::<BigInt, _>(before.unwrap_or(i64::MAX))
        .bind::<Bool, _>(unread)
        .bind::<BigInt, _>(at_most(limit));
    let head = head(of);
    within(database, of.workspace, move |connection| {
        async move {
            // Before the others: what comes meanwhile is listed and told again, rather than neither.
            let head: Option<Head> = head.fetch_optional(connection).await?;
            let rows: Vec<NotificationRow> = listing.fetch(connection).await?;
            let counted: Option<Head> = counting.fetch_optional(connection).await?;
            Ok(NotificationPage {
                notifications: rows
                    .into_iter()
                    .map(NotificationRow::notification)
                    .collect::<Result<_, _>>()?,
                unread: counted.map_or(0, |row| row.last.unsigned_abs()),
                last: head.map_or(0, |head| head.last),
            })
        }
        .boxed()
    })
    .await
}

/// Up to `limit` notifications that were told after that of the number `after`, in their order.
///
/// # Errors
/// Fails with the database.
pub async fn notifications_after(
    database: &Database,
    of: Recipient<'_>,
    after: i64,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<Notification>, StoreError> {
    let condition = "stored.sequence > ? ORDER BY stored.sequence LIMIT ?";
    let statement = select(condition, of, now)
        .bind::<BigInt, _>(after)
        .bind::<BigInt, _>(at_most(limit));
    let rows: Vec<NotificationRow> = within(database, of.workspace, move |connection| {
        statement.fetch(connection).boxed()
    })
    .await?;
    rows.into_iter()
        .map(NotificationRow::notification)
        .collect()
}

/// The number of the last that a person was told; 0 where they were told nothing.
///
/// # Errors
/// Fails with the database.
pub async fn last_told(database: &Database, of: Recipient<'_>) -> Result<i64, StoreError> {
    let statement = head(of);
    let head: Option<Head> = within(database, of.workspace, move |connection| {
        statement.fetch_optional(connection).boxed()
    })
    .await?;
    Ok(head.map_or(0, |head| head.last))
}

/// Marks those as read that are not; gives how many.
///
/// # Errors
/// Fails with the database; nothing was marked.
pub async fn mark_read(
    database: &Database,
    of: Recipient<'_>,
    which: &WhichNotifications,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let statement = Sql::new("UPDATE export.notifications SET read_at = ?")
        .bind::<Timestamptz, _>(At(now))
        .push(" WHERE workspace_id = ? AND recipient = ? AND read_at IS NULL AND expires_at > ?")
        .bind::<Integer, _>(of.workspace.0)
        .bind::<Text, _>(of.subject.to_owned())
        .bind::<Timestamptz, _>(At(now));
    let statement = meant(statement, which);
    within(database, of.workspace, move |connection| {
        statement.run(connection).boxed()
    })
    .await
}

/// Removes them for good; gives how many there were.
///
/// # Errors
/// Fails with the database; nothing was removed.
pub async fn clear(
    database: &Database,
    of: Recipient<'_>,
    which: &WhichNotifications,
) -> Result<usize, StoreError> {
    let statement =
        Sql::new("DELETE FROM export.notifications WHERE workspace_id = ? AND recipient = ?")
            .bind::<Integer, _>(of.workspace.0)
            .bind::<Text, _>(of.subject.to_owned());
    let statement = meant(statement, which);
    within(database, of.workspace, move |connection| {
        statement.run(connection).boxed()
    })
    .await
}

/// Removes up to `limit` notifications that have had their time at `now`; gives how many.
///
/// # Errors
/// Fails with the database; nothing was removed.
pub async fn expire_notifications(
    database: &Database,
    now: Timestamp,
    limit: usize,
) -> Result<usize, StoreError> {
    let statement = Sql::new(
        "WITH over AS MATERIALIZED ( \
           SELECT workspace_id, recipient, sequence FROM export.notifications WHERE expires_at <= ? \
           ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED) \
         DELETE FROM export.notifications AS stored USING over WHERE stored.workspace_id = over.workspace_id \
           AND stored.recipient = over.recipient AND stored.sequence = over.sequence",
    )
    .bind::<Timestamptz, _>(At(now))
    .bind::<BigInt, _>(at_most(limit));
    upkeep(database, move |connection| {
        statement.run(connection).boxed()
    })
    .await
}

/// `SELECT` of what a person was told that has its time still at `now`, with a further condition on `stored`.
fn select(condition: &str, of: Recipient<'_>, now: Timestamp) -> Sql {
    let select = NotificationRow::select();
    Sql::new(format!(
        "{select} WHERE stored.workspace_id = ? AND stored.recipient = ? AND stored.expires_at > ? AND {condition}"
    ))
    .bind::<Integer, _>(of.workspace.0)
    .bind::<Text, _>(of.subject.to_owned())
    .bind::<Timestamptz, _>(At(now))
}

fn head(of: Recipient<'_>) -> Sql {
    Sql::new("SELECT last FROM export.notification_heads WHERE workspace_id = ? AND recipient = ?")
        .bind::<Integer, _>(of.workspace.0)
        .bind::<Text, _>(of.subject.to_owned())
}

/// The same of those that are meant.
fn meant(statement: Sql, which: &WhichNotifications) -> Sql {
    match which {
        WhichNotifications::All => statement,
        WhichNotifications::Ids(ids) => statement
            .push(" AND notification_id = ANY(?)")
            .bind_all::<SqlUuid, _>(ids.iter().copied()),
    }
}
