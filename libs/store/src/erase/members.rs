//! What statuses of messages to groups tell of one member: an id, and what a provider wrote of why it failed for that one.
//!
//! Nothing leads from a member to a contact while evidence comes in, and many a member is no contact at all. Who is erased is
//! therefore looked for by addresses, the contacts' and the one given, in all that names a member; an index holds nothing
//! else. The digests of those addresses stand in `member_erasures` until that is done.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use acuse_domain::contact::member_addresses;
use acuse_domain::evidence::FailureReport;
use acuse_domain::ids::{Digest, WorkspaceId};
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use super::{lock, restate};
use crate::error::StoreError;
use crate::message_state::heads::HeadRow;
use crate::message_state::messages::MessageRow;
use crate::message_state::stated;
use crate::pool::{Database, Plans, Role};
use crate::read::by_ids;
use crate::sql::Sql;
use crate::types::{self, At, Json};

/// Pieces of evidence looked at in one transaction.
const PAGE: i64 = 1_000;

/// Notes that whoever is known by `address`, or is one of `contacts`, is erased as a member of groups; while the contacts'
/// addresses are still there.
pub(super) async fn begin(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    (address, contacts): (&str, &BTreeSet<i64>),
    now: Timestamp,
) -> Result<(), StoreError> {
    Sql::new(
        "INSERT INTO message_state.member_erasures AS stored \
           (workspace_id, member, digests, after_id, after_digest, begun_at) \
         SELECT ?, ?, ? || ARRAY(SELECT digest FROM message_state.contact_addresses \
           WHERE workspace_id = ? AND contact_id = ANY(?)), ?, ?, ? \
         ON CONFLICT (workspace_id, member) DO UPDATE SET digests = stored.digests || excluded.digests, \
           after_id = excluded.after_id, after_digest = excluded.after_digest",
    )
    .bind::<Integer, _>(workspace.0)
    .bind::<SqlUuid, _>(types::uuid_of(Digest::of(&[b"member", address.as_bytes()])))
    .bind_all::<SqlUuid, Uuid>(digests(address))
    .bind::<Integer, _>(workspace.0)
    .bind_all::<BigInt, i64>(contacts.iter().copied())
    .bind::<SqlUuid, _>(Uuid::nil())
    .bind::<SqlUuid, _>(Uuid::nil())
    .bind::<Timestamptz, _>(At(now))
    .run(connection)
    .await?;
    Ok(())
}

/// What a member may be known by, of whom evidence tells this id.
fn digests(id: &str) -> impl Iterator<Item = Uuid> {
    let addresses = member_addresses(id).into_iter();
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
    #[diesel(sql_type = Timestamptz)]
    at: At,
    #[diesel(sql_type = Text)]
    participant: String,
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
    let pending: Vec<Pending> = database
        .transaction(Role::Snapshot, None, move |connection| {
            Sql::new(
                "SELECT workspace_id, member FROM message_state.member_erasures \
                 WHERE ? IS NULL OR workspace_id = ? ORDER BY workspace_id, begun_at, member",
            )
            .bind::<Nullable<Integer>, _>(only.map(|workspace| workspace.0))
            .bind::<Nullable<Integer>, _>(only.map(|workspace| workspace.0))
            .fetch(connection)
            .boxed()
        })
        .await?;
    let mut erased = 0;
    for Pending {
        workspace_id,
        member,
    } in pending
    {
        loop {
            let page = database
                .transaction(Role::Writer, None, move |connection| {
                    page(connection, WorkspaceId(workspace_id), member, now).boxed()
                })
                .await?;
            match page {
                Some(pieces) => erased += pieces,
                None => break,
            }
        }
    }
    Ok(erased)
}

/// Goes through the next page; `None` where there is no more, or others are done with it.
async fn page(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    member: Uuid,
    now: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let Some(head) = lock(connection, workspace).await? else {
        return Ok(None);
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
        return Ok(None);
    };
    // The condition is the index's own.
    let named: Vec<Named> = Sql::new(
        "SELECT message_id, digest, at, detail ->> 'participant' AS participant, detail -> 'failure' AS failure \
         FROM message_state.timeline WHERE workspace_id = ? AND (message_id, digest) > (?, ?) \
           AND detail -> 'participant' IS NOT NULL ORDER BY message_id, digest LIMIT ?",
    )
    .bind::<Integer, _>(workspace.0)
    .bind::<SqlUuid, _>(place.after_id)
    .bind::<SqlUuid, _>(place.after_digest)
    .bind::<BigInt, _>(PAGE)
    .fetch(connection)
    .await?;
    let Some(last) = named.last().map(|piece| (piece.message_id, piece.digest)) else {
        let done =
            "DELETE FROM message_state.member_erasures WHERE workspace_id = ? AND member = ?";
        of_member(Sql::new(done)).run(connection).await?;
        return Ok(None);
    };
    let sought: HashSet<Uuid> = place.digests.into_iter().collect();
    let is_sought = |piece: &Named| digests(&piece.participant).any(|of| sought.contains(&of));
    let theirs: Vec<Named> = named.into_iter().filter(is_sought).collect();
    erase(connection, head, &theirs, now).await?;
    of_member(
        Sql::new(
            "UPDATE message_state.member_erasures SET after_id = ?, after_digest = ? \
             WHERE workspace_id = ? AND member = ?",
        )
        .bind::<SqlUuid, _>(last.0)
        .bind::<SqlUuid, _>(last.1),
    )
    .run(connection)
    .await?;
    Ok(Some(theirs.len() as u64))
}

/// Takes the member out of pieces of evidence, and what was written of their failure out of those and of the messages that
/// fail by it.
async fn erase(
    connection: &AsyncPgConnection,
    head: HeadRow,
    theirs: &[Named],
    now: Timestamp,
) -> Result<(), StoreError> {
    if theirs.is_empty() {
        return Ok(());
    }
    Sql::new(
        "UPDATE message_state.timeline AS stored SET detail = CASE WHEN detail -> 'failure' IS NULL \
           THEN detail - 'participant' \
           ELSE jsonb_set(detail - 'participant', '{failure}', \
             (detail -> 'failure') || '{\"title\":\"\",\"detail\":\"\"}') END \
         FROM unnest(?, ?) AS theirs(message_id, digest) WHERE stored.workspace_id = ? \
           AND stored.message_id = theirs.message_id AND stored.digest = theirs.digest",
    )
    .bind_all::<SqlUuid, _>(theirs.iter().map(|piece| piece.message_id))
    .bind_all::<SqlUuid, _>(theirs.iter().map(|piece| piece.digest))
    .bind::<Integer, _>(head.workspace_id)
    .run(connection)
    .await?;
    let mut failures: BTreeMap<Uuid, Vec<(Timestamp, FailureReport)>> = BTreeMap::new();
    for piece in theirs {
        if let Some(report) = piece.failure.as_ref().and_then(Json::parse) {
            let of_message = failures.entry(piece.message_id).or_default();
            of_message.push((piece.at.0, report));
        }
    }
    let failed: Vec<MessageRow> = by_ids::<MessageRow>(head.workspace_id, failures.keys().copied())
        .fetch(connection)
        .await?;
    let mut erased = Vec::new();
    for row in failed {
        let mut said = stated::decode(row.stated.as_deref())?;
        let theirs = failures.remove(&row.message_id).unwrap_or_default();
        let mut is_erased = false;
        for failure in [&mut said.failure, &mut said.dispatch_failure]
            .into_iter()
            .flatten()
        {
            let is_theirs = |(at, report): &(Timestamp, FailureReport)| {
                *at == failure.at && *report == failure.report
            };
            if theirs.iter().any(is_theirs) {
                failure.report.title.clear();
                failure.report.detail.clear();
                is_erased = true;
            }
        }
        if is_erased {
            erased.push((row, said));
        }
    }
    restate(connection, head, erased, now).await
}
