//! What outbound messages hold that follows from other rows: what watermarks say of them, sessions, first replies.

use std::collections::HashMap;

use acuse_domain::ids::MessageId;
use acuse_domain::kinds::{Channel, InboundKind, ReplyAttribution, StatusKind};
use acuse_domain::outbound::{FirstReply, Outbound};
use acuse_domain::thread::SESSION_LENGTH;
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::Marks;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Nullable, SmallInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::future::BoxFuture;
use futures::{FutureExt, try_join};
use uuid::Uuid;

use super::derived::{Derived, Fault, Faults, Page, is_of_earlier_month};
use crate::error::StoreError;
use crate::message_state::messages::MessageRow;
use crate::sql::Sql;
use crate::types::At;

impl Derived for MessageRow {
    fn faults<'a>(
        connection: &'a AsyncPgConnection,
        page: &'a Page<Self>,
    ) -> BoxFuture<'a, Result<Vec<Fault>, StoreError>> {
        async move {
            let messages: Vec<Outbound> = page
                .rows
                .iter()
                .map(|row| row.clone().into_outbound())
                .collect::<Result<_, _>>()?;
            let (marks, open, first, told, misnamed, misreported) = try_join!(
                marks(connection, &messages),
                sessions(connection, page.workspace.0, &messages),
                first_replies(connection, page.workspace.0, &messages),
                super::told::missing(connection, &messages),
                super::prices::misnamed(connection, page.workspace, &page.rows, &messages),
                super::reported::misreported(connection, page.workspace, &page.rows),
            )?;
            let mut faults = Faults(told);
            faults.0.extend(misnamed);
            faults.0.extend(misreported.0);
            for (position, message) in (0..).zip(&messages) {
                let id = message.id;
                let derived = marks.get(&position).copied().unwrap_or_default();
                faults.times(
                    id,
                    "delivery_mark_at",
                    message.marks.delivered,
                    derived.delivered,
                );
                faults.times(id, "read_mark_at", message.marks.read, derived.read);
                let is_open = is_whatsapp(message).then(|| open.binary_search(&position).is_ok());
                // What was dropped can only have opened it.
                let was_open = (message.session_derived, is_open) == (Some(true), Some(false));
                let may_be_lost = page.rows_were_dropped && may_have_lost_session(message);
                if !(was_open && may_be_lost) {
                    let stored = message.session_derived.map(i64::from);
                    faults.note(id, "session_derived", stored, is_open.map(i64::from));
                }
                let stored = message.first_reply;
                let derived = first.get(&id.0).copied();
                // What is left came later than what was dropped, if that was the first.
                let may_be_lost = stored.is_some_and(|reply| {
                    is_of_earlier_month(reply.id.time(), message)
                        && derived.is_none_or(|derived| reply.at <= derived.at)
                });
                if stored != derived && !(page.rows_were_dropped && may_be_lost) {
                    let at = |reply: Option<FirstReply>| reply.map(|reply| reply.at.micros());
                    faults.add(id, "replied_at", at(stored), at(derived));
                }
            }
            Ok(faults.0)
        }
        .boxed()
    }
}

fn is_whatsapp(message: &Outbound) -> bool {
    message.attribution().channel == Some(Channel::WhatsApp)
}

/// Whether the rows may be gone by which a session was open at a message.
fn may_have_lost_session(message: &Outbound) -> bool {
    is_of_earlier_month(message.origin() - SESSION_LENGTH, message)
}

#[derive(QueryableByName)]
struct Mark {
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = SmallInt)]
    kind: i16,
    #[diesel(sql_type = Timestamptz)]
    at: At,
}

/// What the watermarks say that cover messages, by their position; the least of each kind alone is fetched.
async fn marks(
    connection: &AsyncPgConnection,
    messages: &[Outbound],
) -> Result<HashMap<i32, Marks>, StoreError> {
    let places: Vec<_> = (0..)
        .zip(messages)
        .filter_map(|(position, message)| Some((position, message.coverable()?)))
        .collect();
    if places.is_empty() {
        return Ok(HashMap::new());
    }
    let threads = || places.iter().map(|(_, place)| place.thread);
    let found: Vec<Mark> = Sql::new(
        "SELECT message.position, stored.kind, stored.at \
         FROM unnest(?, ?, ?, ?, ?, ?) \
           AS message(position, workspace_id, contact_id, channel_account_id, left_at, until) \
         CROSS JOIN LATERAL (SELECT kind, min(at) AS at FROM message_state.watermarks AS stored \
           WHERE stored.workspace_id = message.workspace_id AND stored.contact_id = message.contact_id \
             AND stored.channel_account_id = message.channel_account_id \
             AND stored.up_to BETWEEN message.left_at AND message.until GROUP BY kind OFFSET 0) AS stored",
    )
    .bind_all::<Integer, i32>(places.iter().map(|(position, _)| *position))
    .bind_all::<Integer, _>(threads().map(|thread| thread.workspace.0))
    .bind_all::<BigInt, _>(threads().map(|thread| thread.contact.0))
    .bind_all::<Integer, _>(threads().map(|thread| thread.channel_account.0))
    .bind_all::<Timestamptz, _>(places.iter().map(|(_, place)| At(place.left)))
    .bind_all::<Timestamptz, _>(places.iter().map(|(_, place)| At(place.until)))
    .fetch(connection)
    .await?;
    let mut marks: HashMap<i32, Marks> = HashMap::new();
    for mark in found {
        let said = marks.entry(mark.position).or_default();
        if mark.kind == StatusKind::Read.code() {
            said.read = Some(mark.at.0);
        } else {
            said.delivered = Some(mark.at.0);
        }
    }
    Ok(marks)
}

#[derive(QueryableByName)]
struct Open {
    #[diesel(sql_type = Integer)]
    position: i32,
}

/// The positions of WhatsApp messages at whose origin a session was open.
async fn sessions(
    connection: &AsyncPgConnection,
    workspace: i32,
    messages: &[Outbound],
) -> Result<Vec<i32>, StoreError> {
    let sends: Vec<_> = (0..)
        .zip(messages)
        .filter(|(_, message)| is_whatsapp(message))
        .filter_map(|(position, message)| Some((position, message.thread()?, message.origin())))
        .collect();
    if sends.is_empty() {
        return Ok(Vec::new());
    }
    let origins = || {
        sends
            .iter()
            .map(|(.., origin): &(i32, _, Timestamp)| *origin)
    };
    let open: Vec<Open> = Sql::new(
        "SELECT sent.position FROM unnest(?, ?, ?, ?, ?) \
           AS sent(position, contact_id, channel_account_id, after, until) \
         CROSS JOIN LATERAL (SELECT FROM message_state.inbound_messages AS stored \
           WHERE stored.workspace_id = ? AND stored.contact_id = sent.contact_id \
             AND stored.received_at > sent.after AND stored.received_at <= sent.until \
             AND stored.channel_account_id = sent.channel_account_id AND stored.channel = ? AND stored.kind <> ? \
           LIMIT 1) AS stored ORDER BY 1",
    )
    .bind_all::<Integer, i32>(sends.iter().map(|(position, ..)| *position))
    .bind_all::<BigInt, _>(sends.iter().map(|(_, thread, _)| thread.contact.0))
    .bind_all::<Integer, _>(sends.iter().map(|(_, thread, _)| thread.channel_account.0))
    .bind_all::<Timestamptz, _>(origins().map(|origin| At(origin - SESSION_LENGTH)))
    .bind_all::<Timestamptz, _>(origins().map(At))
    .bind::<Integer, _>(workspace)
    .bind::<SmallInt, _>(Channel::WhatsApp.code())
    .bind::<SmallInt, _>(InboundKind::System.code())
    .fetch(connection)
    .await?;
    Ok(open.into_iter().map(|found| found.position).collect())
}

#[derive(QueryableByName)]
struct First {
    #[diesel(sql_type = SqlUuid)]
    answered: Uuid,
    #[diesel(sql_type = SqlUuid)]
    message_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    received_at: At,
    #[diesel(sql_type = Nullable<SmallInt>)]
    reply_how: Option<i16>,
}

/// The first of the inbound messages that are replies to each message.
async fn first_replies(
    connection: &AsyncPgConnection,
    workspace: i32,
    messages: &[Outbound],
) -> Result<HashMap<Uuid, FirstReply>, StoreError> {
    let found: Vec<First> = Sql::new(
        "SELECT sent.message_id AS answered, stored.message_id, stored.received_at, stored.reply_how \
         FROM unnest(?) AS sent(message_id) \
         CROSS JOIN LATERAL (SELECT message_id, received_at, reply_how FROM message_state.inbound_messages AS stored \
           WHERE stored.workspace_id = ? AND stored.reply_to = sent.message_id \
           ORDER BY stored.received_at, stored.rank LIMIT 1) AS stored",
    )
    .bind_all::<SqlUuid, _>(messages.iter().map(|message| message.id.0))
    .bind::<Integer, _>(workspace)
    .fetch(connection)
    .await?;
    let reply = |first: First| {
        let reply = FirstReply {
            at: first.received_at.0,
            id: MessageId(first.message_id),
            how: ReplyAttribution::from_code(first.reply_how?)?,
        };
        Some((first.answered, reply))
    };
    Ok(found.into_iter().filter_map(reply).collect())
}
