//! Ids in filters: what they lead to, and how rows are asked for it.
//!
//! Contacts and messages are found by the digests of their addresses and ids. Tickets, conversations and the sender's own
//! text stand beside a message as registered; of the latter two what statuses tell is kept by digest, and counts where
//! nothing was registered.

use std::collections::BTreeSet;

use acuse_domain::contact::ContactRef;
use acuse_domain::identity::{ProviderMessageId, sender_key};
use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::{Channel, Provider};
use acuse_domain::names;
use acuse_domain::report::{IdCondition, IdKind};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::error::StoreError;
use crate::sql::Sql;
use crate::types;

/// Conditions on ids with what the ids lead to.
#[derive(Debug, Clone, Default)]
pub(super) struct Resolved(Vec<(IdCondition, Target)>);

/// What the ids of a condition lead to.
#[derive(Debug, Clone)]
enum Target {
    /// These contacts.
    Contacts(BTreeSet<i64>),
    /// These messages.
    Messages(BTreeSet<Uuid>),
    /// The messages that are registered with one of them, in that column of the contents, or of which statuses told one.
    Texts { column: &'static str },
}

impl Resolved {
    /// Looks up what ids lead to.
    ///
    /// # Errors
    /// Fails with the database.
    pub(super) async fn look_up(
        connection: &AsyncPgConnection,
        workspace: WorkspaceId,
        conditions: &[IdCondition],
    ) -> Result<Self, StoreError> {
        let mut resolved = Vec::with_capacity(conditions.len());
        for condition in conditions {
            let mut condition = condition.clone();
            // No stored text holds one, and Postgres would refuse the question.
            condition.ids.retain(|id| !id.contains('\0'));
            let texts = |column| Target::Texts { column };
            let target = match condition.kind {
                IdKind::Contact | IdKind::Phone => {
                    Target::Contacts(contacts(connection, workspace, &condition).await?)
                }
                IdKind::MessageId => {
                    Target::Messages(messages(connection, workspace, &condition.ids).await?)
                }
                IdKind::CorrelationId => texts("correlation_id"),
                IdKind::ConversationId => texts("conversation_id"),
                IdKind::TicketId => texts("ticket_id"),
            };
            resolved.push((condition, target));
        }
        Ok(Self(resolved))
    }

    /// Adds the conditions.
    pub(super) fn push(&self, mut sql: Sql, workspace: WorkspaceId) -> Sql {
        for (condition, target) in &self.0 {
            let not = if condition.negated { "NOT " } else { "" };
            sql = match target {
                // The index on contacts is there for the plain form alone.
                Target::Contacts(contacts) => sql
                    .push(if condition.negated {
                        " AND (stored.contact_id = ANY(?)) IS NOT TRUE"
                    } else {
                        " AND stored.contact_id = ANY(?)"
                    })
                    .bind_all::<BigInt, i64>(contacts.iter().copied()),
                Target::Messages(messages) => sql
                    .push(&format!(" AND {not}(stored.message_id = ANY(?))"))
                    .bind_all::<SqlUuid, Uuid>(messages.iter().copied()),
                // That the list holds something is what lets the index be used.
                Target::Texts { .. } if condition.ids.is_empty() => {
                    sql.push(&format!(" AND {not}false"))
                }
                Target::Texts { column } => {
                    let sql = sql.push(&format!(" AND {not}(stored.message_id IN ("));
                    with_texts(sql, workspace, condition, column).push("))")
                }
            };
        }
        sql
    }
}

/// Adds the query for the messages that have one of a condition's ids.
fn with_texts(sql: Sql, workspace: WorkspaceId, condition: &IdCondition, column: &str) -> Sql {
    let ids = condition.ids.iter();
    let sql = sql
        .push(&format!(
            "SELECT wide.message_id FROM message_state.contents AS wide \
             WHERE wide.workspace_id = ? AND wide.{column} = ANY(?)"
        ))
        .bind::<Integer, _>(workspace.0)
        .bind_all::<Text, String>(ids.clone().cloned());
    let kind = condition.kind;
    if !IdKind::TOLD.contains(&kind) {
        return sql;
    }
    sql.push(&format!(
        " UNION ALL SELECT told.message_id FROM message_state.told_ids AS told \
           WHERE told.workspace_id = ? AND told.kind = ? AND told.digest = ANY(?) \
             AND NOT EXISTS (SELECT FROM message_state.contents AS wide WHERE wide.workspace_id = ? \
               AND wide.message_id = told.message_id AND wide.{column} IS NOT NULL)"
    ))
    .bind::<Integer, _>(workspace.0)
    .bind::<SmallInt, _>(kind.code())
    .bind_all::<SqlUuid, Uuid>(ids.map(|id| types::uuid_of(kind.told_digest(id))))
    .bind::<Integer, _>(workspace.0)
}

#[derive(QueryableByName)]
struct ContactId {
    #[diesel(sql_type = BigInt)]
    contact_id: i64,
}

#[derive(QueryableByName)]
struct MessageId {
    #[diesel(sql_type = SqlUuid)]
    message_id: Uuid,
}

#[derive(QueryableByName)]
struct ExternalId {
    #[diesel(sql_type = Text)]
    external_id: String,
}

/// The contacts known under an address.
pub(crate) async fn contacts(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    condition: &IdCondition,
) -> Result<BTreeSet<i64>, StoreError> {
    let digests = match condition.kind {
        IdKind::Phone => phones(&condition.ids),
        _ => {
            let accounts: Vec<ExternalId> = Sql::new(
                "SELECT external_id FROM message_state.directory WHERE workspace_id = ? AND dimension = ?",
            )
            .bind::<Integer, _>(workspace.0)
            .bind::<SmallInt, _>(names::Dimension::ChannelAccount.code())
            .fetch(connection)
            .await?;
            addresses(&condition.ids, &accounts)
        }
    };
    let found: Vec<ContactId> = Sql::new(
        "SELECT contact_id FROM message_state.contact_addresses WHERE workspace_id = ? AND digest = ANY(?)",
    )
    .bind::<Integer, _>(workspace.0)
    .bind_all::<SqlUuid, Uuid>(digests)
    .fetch(connection)
    .await?;
    Ok(found.into_iter().map(|found| found.contact_id).collect())
}

/// The digests of the phone numbers that texts may be.
fn phones(texts: &BTreeSet<String>) -> BTreeSet<Uuid> {
    let contacts = texts.iter().map(|text| ContactRef {
        phone: Some(text.clone()),
        ..ContactRef::default()
    });
    contacts
        .flat_map(|contact| digests(&contact, Channel::Custom, ""))
        .collect()
}

/// The digests of the addresses that texts may be: of whatever holds in all of the workspace, on every channel, or, of
/// page-scoped ids alone, on each of these channel accounts.
fn addresses(texts: &BTreeSet<String>, accounts: &[ExternalId]) -> BTreeSet<Uuid> {
    let accounts: Vec<(Channel, &str)> = accounts
        .iter()
        .filter_map(|account| names::on_channel(&account.external_id))
        .collect();
    let mut found = phones(texts);
    for text in texts {
        let text = || Some(text.clone());
        let in_workspace = ContactRef {
            external_id: text(),
            business_scoped_user_id: text(),
            ..ContactRef::default()
        };
        let on_channel = ContactRef {
            channel_user_id: text(),
            ..ContactRef::default()
        };
        let on_account = ContactRef {
            page_scoped_id: text(),
            ..ContactRef::default()
        };
        found.extend(digests(&in_workspace, Channel::Custom, ""));
        for channel in Channel::ALL {
            found.extend(digests(&on_channel, *channel, ""));
        }
        for (channel, account) in &accounts {
            found.extend(digests(&on_account, *channel, account));
        }
    }
    found
}

/// The digests of a contact's addresses on a channel account.
fn digests(
    contact: &ContactRef,
    channel: Channel,
    account: &str,
) -> impl Iterator<Item = Uuid> + use<> {
    let addresses = contact.addresses(channel, account).into_iter();
    addresses.map(|address| types::uuid_of(address.digest()))
}

/// The messages with that id: Acuse's, also of one that became part of another, the sender's, or a provider's.
async fn messages(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    ids: &BTreeSet<String>,
) -> Result<BTreeSet<Uuid>, StoreError> {
    let own: BTreeSet<Uuid> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let keys = ids.iter().flat_map(|id| keys(id));
    // An id that a provider makes unique by a scope has no digest without it.
    let found: Vec<MessageId> = Sql::new(
        "SELECT coalesce(united.message_id, found.message_id) AS message_id FROM ( \
           SELECT unnest(?) AS message_id \
           UNION ALL SELECT message_id FROM message_state.message_keys WHERE workspace_id = ? AND digest = ANY(?) \
           UNION ALL SELECT message_id FROM message_state.contents \
             WHERE workspace_id = ? AND provider_scope <> '' AND provider_message_id = ANY(?)) AS found \
         LEFT JOIN message_state.united_messages AS united \
           ON united.workspace_id = ? AND united.gone_id = found.message_id",
    )
    .bind_all::<SqlUuid, Uuid>(own)
    .bind::<Integer, _>(workspace.0)
    .bind_all::<SqlUuid, Uuid>(keys)
    .bind::<Integer, _>(workspace.0)
    .bind_all::<Text, String>(ids.iter().cloned())
    .bind::<Integer, _>(workspace.0)
    .fetch(connection)
    .await?;
    Ok(found.into_iter().map(|found| found.message_id).collect())
}

/// The keys under which a message with this id is found, outbound or inbound.
fn keys(id: &str) -> Vec<Uuid> {
    let mut keys = vec![types::uuid_of(sender_key(id))];
    for provider in Provider::ALL.iter().copied() {
        let id = ProviderMessageId {
            provider,
            scope: String::new(),
            id: id.to_owned(),
        };
        keys.extend([id.outbound_key(), id.inbound_key()].map(types::uuid_of));
    }
    keys
}
