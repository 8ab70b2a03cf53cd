//! What statuses of messages to groups tell of one member: an id, and what a provider wrote of why it failed for that one.
//!
//! Nothing leads from a member to a contact while evidence comes in, and many a member is no contact at all. Who is erased is
//! therefore looked for by addresses, the contacts' or the one given, in all that names a member; an index holds nothing
//! else. The digests of those addresses stand in `member_erasures` until that is done.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use acuse_domain::contact::member_addresses;
use acuse_domain::evidence::FailureReport;
use acuse_domain::ids::{Digest, WorkspaceId};
use acuse_domain::kinds::Channel;
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use super::pages::{Page, pages, pending};
use super::{detail_without, lock, restate, take_words};
use crate::error::StoreError;
use crate::message_state::heads::HeadRow;
use crate::message_state::messages::MessageRow;
use crate::message_state::stated;
use crate::pool::{Database, Plans};
use crate::read::by_ids;
use crate::sql::Sql;
use crate::types::{self, At, Json};

/// Pieces of evidence looked at in one transaction.
const PAGE: usize = 1_000;

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = SqlUuid)]
    digest: Uuid,
}

/// Notes that `contacts` are erased as members of groups, while their addresses are still there, or where there are none whoever
/// is known by `address`. Each time for itself: what came in since the last time is behind it.
pub(super) async fn begin(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    (address, contacts): (&str, &BTreeSet<i64>),
    now: Timestamp,
) -> Result<(), StoreError> {
    let sought: Vec<Uuid> = if contacts.is_empty() {
        digests(address, None).collect()
    } else {
        let known: Vec<Known> = Sql::new(
            "SELECT digest FROM message_state.contact_addresses WHERE workspace_id = ? AND contact_id = ANY(?)",
        )
        .bind::<Integer, _>(workspace.0)
        .bind_all::<BigInt, i64>(contacts.iter().copied())
        .fetch(connection)
        .await?;
        known.into_iter().map(|known| known.digest).collect()
    };
    let member = Digest::of(&[b"member", address.as_bytes(), &now.micros().to_le_bytes()]);
    Sql::new(
        "INSERT INTO message_state.member_erasures \
           (workspace_id, member, digests, after_id, after_digest, begun_at) \
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (workspace_id, member) DO NOTHING",
    )
    .bind::<Integer, _>(workspace.0)
    .bind::<SqlUuid, _>(types::uuid_of(member))
    .bind_all::<SqlUuid, Uuid>(sought)
    .bind::<SqlUuid, _>(Uuid::nil())
    .bind::<SqlUuid, _>(Uuid::nil())
    .bind::<Timestamptz, _>(At(now))
    .run(connection)
    .await?;
    Ok(())
}

/// What a member may be known by, of whom evidence tells this id, on a channel where that is known.
fn digests(id: &str, channel: Option<Channel>) -> impl Iterator<Item = Uuid> {
    let addresses = member_addresses(id, channel).into_iter();
    addresses.map(|address| types::uuid_of(address.digest()))
}

#[derive(QueryableByName)]
struct Pending {
    #[diesel(sql_type = Integer)]
    workspace_id: i32,
    #[diesel(sql_type = SqlUuid)]
    member: Uuid,
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Array<SqlUuid>)]
    digests: Vec<Uuid>,
    #[diesel(sql_type = SqlUuid)]
    after_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    after_digest: Uuid,
}

/// A piece of evidence that names a member.
#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = SqlUuid)]
    message_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    digest: Uuid,
    #[diesel(sql_type = Text)]
    participant: String,
    #[diesel(sql_type = Nullable<SmallInt>)]
    channel: Option<i16>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    failure: Option<Json>,
}

/// Erases the members that are being erased, of one workspace or of all, out of what names them; gives how many pieces of
/// evidence that were.
///
/// # Errors
/// Fails with the database; pages erased before stay erased.
pub async fn go_on_with_members(
    database: &Database,
    only: Option<WorkspaceId>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut erased = 0;
    for Pending {
        workspace_id,
        member,
    } in pending(database, ("member_erasures", "member"), only).await?
    {
        let workspace = WorkspaceId(workspace_id);
        erased += pages(database, move |connection| {
            page(connection, workspace, member, now).boxed()
        })
        .await?;
    }
    Ok(erased)
}

/// Goes through the next page; the last is also one of nothing, where others are done with it.
async fn page(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    member: Uuid,
    now: Timestamp,
) -> Result<Page, StoreError> {
    let Some(head) = lock(connection, workspace).await? else {
        return Ok(Page::Break(0));
    };
    Plans::Fresh.begin(connection).await?;
    let of_member = |sql: Sql| {
        sql.bind::<Integer, _>(workspace.0)
            .bind::<SqlUuid, _>(member)
    };
    let place = "SELECT digests, after_id, after_digest FROM message_state.member_erasures \
         WHERE workspace_id = ? AND member = ?";
    let place: Option<Place> = of_member(Sql::new(place))
        .fetch_optional(connection)
        .await?;
    let Some(place) = place else {
        return Ok(Page::Break(0));
    };
    // The condition is the index's own.
    let named: Vec<Named> = Sql::new(
        "SELECT told.message_id, told.digest, told.detail ->> 'participant' AS participant, \
           told.detail -> 'failure' AS failure, \
           (SELECT messages.channel FROM message_state.messages AS messages \
            WHERE messages.workspace_id = ? AND messages.message_id = told.message_id) AS channel \
         FROM message_state.timeline AS told \
         WHERE told.workspace_id = ? AND told.message_id >= ? AND (told.message_id, told.digest) > (?, ?) \
           AND told.detail -> 'participant' IS NOT NULL ORDER BY told.message_id, told.digest LIMIT ?",
    )
    .bind::<Integer, _>(workspace.0)
    .bind::<Integer, _>(workspace.0)
    .bind::<SqlUuid, _>(place.after_id)
    .bind::<SqlUuid, _>(place.after_id)
    .bind::<SqlUuid, _>(place.after_digest)
    .bind::<BigInt, _>(PAGE as i64)
    .fetch(connection)
    .await?;
    let last = named.last().filter(|_| named.len() == PAGE);
    let last = last.map(|piece| (piece.message_id, piece.digest));
    let sought: HashSet<Uuid> = place.digests.into_iter().collect();
    // The same few are named again and again.
    let mut known: HashMap<(String, Option<i16>), bool> = HashMap::new();
    let mut theirs = named;
    theirs.retain(|piece| {
        let key = (piece.participant.clone(), piece.channel);
        *known.entry(key).or_insert_with(|| {
            let channel = piece.channel.and_then(Channel::from_code);
            digests(&piece.participant, channel).any(|of| sought.contains(&of))
        })
    });
    erase(connection, head, &theirs, now).await?;
    let erased = theirs.len() as u64;
    let Some((message, digest)) = last else {
        // Nothing can have come in since under the lock.
        let done =
            "DELETE FROM message_state.member_erasures WHERE workspace_id = ? AND member = ?";
        of_member(Sql::new(done)).run(connection).await?;
        return Ok(Page::Break(erased));
    };
    let place = "UPDATE message_state.member_erasures SET after_id = ?, after_digest = ? \
         WHERE workspace_id = ? AND member = ?";
    let place = Sql::new(place)
        .bind::<SqlUuid, _>(message)
        .bind::<SqlUuid, _>(digest);
    of_member(place).run(connection).await?;
    Ok(Page::Continue(erased))
}

/// Takes the member out of pieces of evidence, and what was written of their failure out of those and of the messages that
/// fail by it. Each of the messages is told as changed: its timeline is.
async fn erase(
    connection: &AsyncPgConnection,
    head: HeadRow,
    theirs: &[Named],
    now: Timestamp,
) -> Result<(), StoreError> {
    if theirs.is_empty() {
        return Ok(());
    }
    Sql::new(format!(
        "UPDATE message_state.timeline AS stored SET detail = {} \
         FROM unnest(?, ?) AS theirs(message_id, digest) WHERE stored.workspace_id = ? \
           AND stored.message_id = theirs.message_id AND stored.digest = theirs.digest",
        detail_without("participant")
    ))
    .bind_all::<SqlUuid, _>(theirs.iter().map(|piece| piece.message_id))
    .bind_all::<SqlUuid, _>(theirs.iter().map(|piece| piece.digest))
    .bind::<Integer, _>(head.workspace_id)
    .run(connection)
    .await?;
    let mut failures: BTreeMap<Uuid, Vec<FailureReport>> = BTreeMap::new();
    for piece in theirs {
        let of_message = failures.entry(piece.message_id).or_default();
        if let Some(failure) = &piece.failure {
            let report = failure.parse().ok_or_else(|| {
                StoreError::Corrupt(format!("a failure of message {}", piece.message_id))
            })?;
            of_message.push(report);
        }
    }
    let rows: Vec<MessageRow> = by_ids::<MessageRow>(head.workspace_id, failures.keys().copied())
        .fetch(connection)
        .await?;
    let mut erased = Vec::with_capacity(rows.len());
    for row in rows {
        let mut said = stated::decode(row.stated.as_deref())?;
        let theirs = failures.remove(&row.message_id).unwrap_or_default();
        for failure in [&mut said.failure, &mut said.dispatch_failure]
            .into_iter()
            .flatten()
        {
            // Whose words they are is told by the words: of a status without a time either receipt may be the one that is kept.
            if theirs.contains(&failure.report) {
                take_words(failure);
            }
        }
        erased.push((row, said));
    }
    restate(connection, head, erased, now).await
}
