//! Erase: taking out of the records who a contact was, and leaving everything that is counted.
//!
//! The contact's addresses and name go first, in one transaction: from then on nothing finds the contact, and whoever
//! writes from the same address is somebody new. Texts and what evidence tells of the person follow page by page; how far that
//! is stands in `erasures`, so that whoever comes next goes on with it. Every page holds the workspace's lock: no batch
//! works on rows that are being erased.
//!
//! What stays are numbers, times, flags, hashes of whole registrations and of evidence, and ids that belong to the business's own
//! processes: its own message id, ticket, conversation and correlation ids, by which reports can be filtered. The number of
//! the contact stays, with its messages, the spans in which it wrote and its watermarks: it leads to nobody, and whatever is
//! derived anew later, a reply or what watermarks say, comes to the same.
//!
//! A message to a group is the group's, whose contact it went to; what its statuses tell of a member is erased by [`members`].

mod members;
mod pages;

use std::collections::BTreeMap;

use acuse_domain::evidence::Failure;
use acuse_domain::facts::Stated;
use acuse_domain::ids::{Digest, MessageId, WorkspaceId};
use acuse_domain::report::{IdCondition, IdKind};
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bytea, Integer, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use crate::error::StoreError;
use crate::message_state::changes::{self, ChangeRow};
use crate::message_state::heads::{self, HeadRow};
use crate::message_state::messages::MessageRow;
use crate::message_state::stated;
use crate::pool::{Database, Role};
use crate::read::{by_ids, contacts_of};
use crate::sql::{Rows, Sql};
use crate::types::At;

pub use members::go_on_with_members;
use pages::{Page, pages, pending};

/// Messages erased in one transaction.
const PAGE: usize = 500;

/// What was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Erased {
    /// Contacts whose addresses and name are gone.
    pub contacts: u64,
    /// Their messages, outbound and inbound.
    pub messages: u64,
    /// Statuses of messages to groups that named them as a member.
    pub group_statuses: u64,
}

/// The address belongs to several contacts, so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ambiguous(pub usize);

#[derive(QueryableByName)]
struct Pending {
    #[diesel(sql_type = Integer)]
    workspace_id: i32,
    #[diesel(sql_type = BigInt)]
    contact_id: i64,
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = SqlUuid)]
    after_id: Uuid,
}

#[derive(QueryableByName)]
struct Own {
    #[diesel(sql_type = SqlUuid)]
    message_id: Uuid,
}

/// Begins to erase the contacts that are known by `address`: any address, or the business's own id. Where they are several,
/// `all` has to say so. Gives how many contacts are gone; [`go_on`] and [`go_on_with_members`] do the rest.
///
/// # Errors
/// Fails with the database; the inner result refuses what is ambiguous.
pub async fn begin(
    database: &Database,
    workspace: WorkspaceId,
    address: String,
    all: bool,
    now: Timestamp,
) -> Result<Result<u64, Ambiguous>, StoreError> {
    database
        .transaction(Role::Writer, None, move |connection| {
            async move {
                lock(connection, workspace).await?;
                let condition = IdCondition::any_of(IdKind::Contact, [address.clone()]);
                let contacts = contacts_of(connection, workspace, &condition).await?;
                if contacts.len() > 1 && !all {
                    return Ok(Err(Ambiguous(contacts.len())));
                }
                members::begin(connection, workspace, (&address, &contacts), now).await?;
                for text in FORGET {
                    Sql::new(*text)
                        .bind::<Integer, _>(workspace.0)
                        .bind_all::<BigInt, i64>(contacts.iter().copied())
                        .run(connection)
                        .await?;
                }
                Sql::new(
                    "INSERT INTO message_state.erasures (workspace_id, contact_id, after_id, begun_at) \
                     SELECT ?, contact_id, ?, ? FROM unnest(?) AS erased(contact_id) ON CONFLICT DO NOTHING",
                )
                .bind::<Integer, _>(workspace.0)
                .bind::<SqlUuid, _>(Uuid::nil())
                .bind::<Timestamptz, _>(At(now))
                .bind_all::<BigInt, i64>(contacts.iter().copied())
                .run(connection)
                .await?;
                Ok(Ok(contacts.len() as u64))
            }
            .boxed()
        })
        .await
}

/// Who a contact is. The spans in which they wrote stay: threads are read by them.
const FORGET: &[&str] = &[
    "DELETE FROM message_state.contact_addresses WHERE workspace_id = ? AND contact_id = ANY(?)",
    "UPDATE message_state.contacts SET name = NULL, named_at = NULL WHERE workspace_id = ? AND contact_id = ANY(?)",
];

/// Erases the messages of contacts that are being erased, of one workspace or of all, until none is left; gives how many
/// messages that were.
///
/// # Errors
/// Fails with the database; pages erased before stay erased.
pub async fn go_on(
    database: &Database,
    only: Option<WorkspaceId>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut messages = 0;
    for Pending {
        workspace_id,
        contact_id,
    } in pending(database, ("erasures", "contact_id"), only).await?
    {
        let workspace = WorkspaceId(workspace_id);
        messages += pages(database, move |connection| {
            page(connection, workspace, contact_id, now).boxed()
        })
        .await?;
    }
    Ok(messages)
}

/// Erases the next page of a contact's messages; the last is also one of nothing, where others are done with it.
async fn page(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    contact: i64,
    now: Timestamp,
) -> Result<Page, StoreError> {
    let Some(head) = lock(connection, workspace).await? else {
        return Ok(Page::Break(0));
    };
    let bind = |sql: Sql| {
        sql.bind::<Integer, _>(workspace.0)
            .bind::<BigInt, _>(contact)
    };
    let place =
        "SELECT after_id FROM message_state.erasures WHERE workspace_id = ? AND contact_id = ?";
    let Some(Place { after_id }) = bind(Sql::new(place)).fetch_optional(connection).await? else {
        return Ok(Page::Break(0));
    };
    let of_contact = bind(Sql::new(
        "SELECT message_id FROM (\
           SELECT message_id FROM message_state.messages WHERE workspace_id = ? AND contact_id = ? \
           UNION ALL SELECT message_id FROM message_state.inbound_messages WHERE workspace_id = ? AND contact_id = ?) \
         AS own WHERE message_id > ? ORDER BY message_id LIMIT ?",
    ));
    let own: Vec<Own> = bind(of_contact)
        .bind::<SqlUuid, _>(after_id)
        .bind::<BigInt, _>(PAGE as i64)
        .fetch(connection)
        .await?;
    for text in [CONTENTS.to_owned(), timeline()] {
        Sql::new(text)
            .bind::<Integer, _>(workspace.0)
            .bind_all::<SqlUuid, _>(own.iter().map(|own| own.message_id))
            .run(connection)
            .await?;
    }
    let ids = own.iter().map(|own| own.message_id);
    let sent: Vec<MessageRow> = by_ids::<MessageRow>(workspace.0, ids)
        .fetch(connection)
        .await?;
    facts(connection, head, sent, now).await?;
    let erased = own.len() as u64;
    match own.last() {
        Some(last) if own.len() == PAGE => {
            let place = "UPDATE message_state.erasures SET after_id = ? WHERE workspace_id = ? AND contact_id = ?";
            let place = Sql::new(place).bind::<SqlUuid, _>(last.message_id);
            bind(place).run(connection).await?;
            Ok(Page::Continue(erased))
        }
        // Nothing can have come in since under the lock.
        _ => {
            let done =
                "DELETE FROM message_state.erasures WHERE workspace_id = ? AND contact_id = ?";
            bind(Sql::new(done)).run(connection).await?;
            Ok(Page::Break(erased))
        }
    }
}

/// What messages say, where they went, and ids of providers: those of WhatsApp hold the number, those of others are unique by it.
const CONTENTS: &str = "UPDATE message_state.contents SET destination = NULL, content = NULL, button = NULL, \
     provider = NULL, provider_scope = NULL, provider_message_id = NULL \
     WHERE workspace_id = ? AND message_id = ANY(?)";

/// Members of groups, hashes of addresses, and what a provider writes of a failure beside its code: some name the recipient. The
/// evidence is found by the digest that it came with, so that a repetition is one still.
fn timeline() -> String {
    format!(
        "UPDATE message_state.timeline SET detail = {} \
         WHERE workspace_id = ? AND message_id = ANY(?) AND detail IS NOT NULL",
        detail_without("participant,recipient")
    )
}

/// The detail of a piece of evidence without some of its members and without a provider's words of a failure, in SQL.
fn detail_without(members: &str) -> String {
    format!(
        "CASE WHEN detail -> 'failure' IS NULL THEN detail - '{{{members}}}'::text[] \
         ELSE jsonb_set(detail - '{{{members}}}'::text[], '{{failure}}', \
           (detail -> 'failure') || '{{\"title\":\"\",\"detail\":\"\"}}') END"
    )
}

/// Takes a provider's words out of a failure.
fn take_words(failure: &mut Failure) {
    failure.report.title.clear();
    failure.report.detail.clear();
}

/// In the place of a digest of what was erased.
const ERASED: Digest = Digest([0; 16]);

/// Before all evidence that is taken in: what was stated then stands.
const BEFORE_ALL: Timestamp = Timestamp::from_seconds(0);

/// Erases the same of what messages state.
async fn facts(
    connection: &AsyncPgConnection,
    head: HeadRow,
    sent: Vec<MessageRow>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut erased = Vec::with_capacity(sent.len());
    for row in sent {
        let mut said = stated::decode(row.stated.as_deref())?;
        if let Some(recipient) = &mut said.recipient {
            // The contact's number stays beside it, and the message in its thread, whatever else comes to be known of it: who is
            // told of later is somebody new.
            recipient.value.addresses = ERASED;
            recipient.value.destination = None;
            recipient.at = BEFORE_ALL;
        }
        if let Some(echo) = &mut said.echo {
            // So does what it holds; what it says does not come back with another echo of it.
            echo.digest = ERASED;
            echo.at = BEFORE_ALL;
        }
        let failures = [&mut said.failure, &mut said.dispatch_failure];
        failures.into_iter().flatten().for_each(take_words);
        erased.push((row, said));
    }
    restate(connection, head, erased, now).await
}

/// Stores what messages state now. Each is noted as changed, though it counts as before: who keeps a copy has to hear of it.
async fn restate(
    connection: &AsyncPgConnection,
    mut head: HeadRow,
    erased: Vec<(MessageRow, Stated)>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if erased.is_empty() {
        return Ok(());
    }
    let mut sent = Vec::with_capacity(erased.len());
    let mut noted: Vec<ChangeRow> = Vec::with_capacity(erased.len());
    for (mut row, said) in erased {
        row.stated = stated::encode(&said, row.pricing_names())?;
        head.last_sequence += 1;
        row.changed_sequence = head.last_sequence;
        let counts = changes::encode(Some(&row.contribution()))?;
        noted.push(ChangeRow {
            workspace_id: row.workspace_id,
            sequence: row.changed_sequence,
            message_id: row.message_id,
            committed_at: At(now),
            before: counts.clone(),
            after: counts,
        });
        sent.push(row);
    }
    Sql::new(
        "UPDATE message_state.messages AS stored SET stated = new.stated, changed_sequence = new.changed_sequence \
         FROM unnest(?, ?, ?) AS new(message_id, stated, changed_sequence) \
         WHERE stored.workspace_id = ? AND stored.message_id = new.message_id",
    )
    .bind_all::<SqlUuid, _>(sent.iter().map(|row| row.message_id))
    .bind_all::<Nullable<Bytea>, _>(sent.iter().map(|row| row.stated.clone()))
    .bind_all::<BigInt, _>(sent.iter().map(|row| row.changed_sequence))
    .bind::<Integer, _>(head.workspace_id)
    .run(connection)
    .await?;
    ChangeRow::insert(noted, "").run(connection).await?;
    HeadRow::update([head], &["workspace_id"])
        .run(connection)
        .await?;
    Ok(())
}

/// Sends erasures that are under way back to before messages of which others became part, where they are past them: what those
/// brought was still ahead.
pub(crate) async fn come_by_again(
    connection: &AsyncPgConnection,
    moved: &[(WorkspaceId, MessageId, MessageId)],
) -> Result<(), StoreError> {
    let mut before: BTreeMap<i32, Uuid> = BTreeMap::new();
    for (workspace, _, stays) in moved {
        let place = Uuid::from_u128(stays.0.as_u128().saturating_sub(1));
        let least = before.entry(workspace.0).or_insert(place);
        *least = place.min(*least);
    }
    let send_back = |table: &str| {
        Sql::new(format!(
            "UPDATE message_state.{table} AS stored SET after_id = place.before \
             FROM unnest(?, ?) AS place(workspace_id, before) \
             WHERE stored.workspace_id = place.workspace_id AND stored.after_id > place.before"
        ))
        .bind_all::<Integer, _>(before.keys().copied())
        .bind_all::<SqlUuid, _>(before.values().copied())
    };
    futures::try_join!(
        send_back("erasures").run(connection),
        send_back("member_erasures").run(connection),
    )?;
    Ok(())
}

async fn lock(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
) -> Result<Option<HeadRow>, StoreError> {
    heads::lock(vec![workspace.0])
        .fetch_optional(connection)
        .await
}
