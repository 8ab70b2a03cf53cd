//! Ids in filters: what they lead to, and how rows are asked for it.
//!
//! Contacts and messages are found by the digests of their addresses and ids. Tickets, conversations and the sender's own
//! text stand beside a message as registered, or, of the latter two, inside what statuses stated, which no query can look
//! into. So there is a guess in SQL, whether what a message states holds the bytes of an id, and rows of which that is
//! true are decided in Rust (see [`super::told`]); of all others what is registered decides.

use std::collections::{BTreeMap, BTreeSet};

use acuse_domain::contact::ContactRef;
use acuse_domain::identity::{ProviderMessageId, sender_key};
use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::{Channel, Provider};
use acuse_domain::names;
use acuse_domain::outbound::Outbound;
use acuse_domain::report::{IdCondition, IdKind};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bytea, Integer, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::error::StoreError;
use crate::message_state::contents::ContentRow;
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
    /// The messages that are registered with one of them, in that column of the contents; of `told` kinds also those
    /// of which statuses told one.
    Texts { column: &'static str, told: bool },
}

impl Target {
    /// Whether statuses may tell one of the ids.
    fn is_told(&self) -> bool {
        matches!(self, Self::Texts { told: true, .. })
    }
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
            let texts = |column, told| Target::Texts { column, told };
            let target = match condition.kind {
                IdKind::Contact | IdKind::Phone => {
                    Target::Contacts(contacts(connection, workspace, &condition).await?)
                }
                IdKind::MessageId => {
                    Target::Messages(messages(connection, workspace, &condition.ids).await?)
                }
                IdKind::CorrelationId => texts("correlation_id", true),
                IdKind::ConversationId => texts("conversation_id", true),
                IdKind::TicketId => texts("ticket_id", false),
            };
            resolved.push((condition, target));
        }
        Ok(Self(resolved))
    }

    /// Adds the conditions, as far as columns decide them: of messages that state none of the ids.
    pub(super) fn push(&self, sql: Sql, workspace: WorkspaceId) -> Sql {
        let sql = self.push_some(sql, workspace, false);
        self.push_some(sql, workspace, true)
    }

    /// Adds the conditions for a list, whose rows are then looked at one by one: what columns decide, and of messages
    /// that may state one of the ids no more than that.
    pub(super) fn push_likely(&self, sql: Sql, workspace: WorkspaceId) -> Sql {
        let sql = self.push_some(sql, workspace, false);
        if !self.is_told() {
            return self.push_some(sql, workspace, true);
        }
        let sql = self.push_some(sql.push(" AND ((true"), workspace, true);
        self.push_told(sql, ") OR ").push(")")
    }

    /// Adds the conditions on what statuses tell too, or all others.
    fn push_some(&self, mut sql: Sql, workspace: WorkspaceId, told: bool) -> Sql {
        let some = self.0.iter().filter(|(_, target)| target.is_told() == told);
        for (condition, target) in some {
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
                Target::Texts { column, .. } => sql
                    .push(&format!(
                        " AND {not}EXISTS (SELECT FROM message_state.contents AS wide \
                           WHERE wide.workspace_id = ? AND wide.message_id = stored.message_id AND wide.{column} = ANY(?))"
                    ))
                    .bind::<Integer, _>(workspace.0)
                    .bind_all::<Text, String>(condition.ids.iter().cloned()),
            };
        }
        sql
    }

    /// Adds whether what an outbound message states may hold one of the ids, after ` AND ` or ` AND NOT `. Adds nothing
    /// where no condition is on what statuses tell.
    pub(super) fn push_told(&self, sql: Sql, and: &str) -> Sql {
        let told = self.told();
        if told.is_empty() {
            return sql;
        }
        sql.push(and)
            .push("EXISTS (SELECT FROM unnest(?) AS told(bytes) WHERE position(told.bytes IN stored.stated) > 0)")
            .bind_all::<Bytea, Vec<u8>>(told)
    }

    /// Whether any condition is on what statuses tell.
    pub(super) fn is_told(&self) -> bool {
        !self.told().is_empty()
    }

    /// The ids that statuses may tell, as the bytes that they are stored as.
    fn told(&self) -> BTreeSet<Vec<u8>> {
        self.0
            .iter()
            .filter(|(_, target)| target.is_told())
            .flat_map(|(condition, _)| &condition.ids)
            .map(|id| id.clone().into_bytes())
            .collect()
    }

    /// Whether a message with these contents meets all conditions: what is registered goes before what was told, as it
    /// is shown.
    pub(super) fn admit(&self, message: &Outbound, contents: Option<&ContentRow>) -> bool {
        let told = message.facts.within_window().stated;
        let registered = |column: fn(&ContentRow) -> &Option<String>| {
            contents.and_then(|contents| column(contents).as_deref())
        };
        self.0.iter().all(|(condition, target)| {
            let within = |is_within| is_within != condition.negated;
            match (target, condition.kind) {
                (Target::Contacts(contacts), _) => within(
                    message
                        .contact()
                        .is_some_and(|contact| contacts.contains(&contact.0)),
                ),
                (Target::Messages(messages), _) => within(messages.contains(&message.id.0)),
                (Target::Texts { .. }, IdKind::ConversationId) => {
                    let told = told.conversation.as_ref();
                    let told = told.and_then(|said| said.value.id.as_deref());
                    condition.admits(registered(|row| &row.conversation_id).or(told))
                }
                (Target::Texts { .. }, IdKind::CorrelationId) => {
                    let told = told.correlation_id.as_ref();
                    let told = told.map(|said| said.value.as_str());
                    condition.admits(registered(|row| &row.correlation_id).or(told))
                }
                (Target::Texts { .. }, _) => condition.admits(registered(|row| &row.ticket_id)),
            }
        })
    }
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
async fn contacts(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    condition: &IdCondition,
) -> Result<BTreeSet<i64>, StoreError> {
    let digests = match condition.kind {
        IdKind::Phone => addresses(&condition.ids, phone, &[]),
        _ => {
            let accounts: Vec<ExternalId> = Sql::new(
                "SELECT external_id FROM message_state.directory WHERE workspace_id = ? AND dimension = ?",
            )
            .bind::<Integer, _>(workspace.0)
            .bind::<SmallInt, _>(names::Dimension::ChannelAccount.code())
            .fetch(connection)
            .await?;
            addresses(&condition.ids, anything, &accounts)
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

fn phone(text: &str) -> ContactRef {
    ContactRef {
        phone: Some(text.to_owned()),
        ..ContactRef::default()
    }
}

/// Somebody of whom nobody says what kind of address it is.
fn anything(text: &str) -> ContactRef {
    let text = || Some(text.to_owned());
    ContactRef {
        external_id: text(),
        name: None,
        phone: text(),
        channel_user_id: text(),
        business_scoped_user_id: text(),
        page_scoped_id: text(),
    }
}

/// The digests of the addresses that texts may be, on every channel and on these channel accounts.
fn addresses(
    texts: &BTreeSet<String>,
    contact: fn(&str) -> ContactRef,
    accounts: &[ExternalId],
) -> BTreeSet<Uuid> {
    let mut digests = BTreeSet::new();
    for contact in texts.iter().map(|text| contact(text)) {
        let on = |channel, account| {
            let addresses = contact.addresses(channel, account);
            addresses
                .into_iter()
                .map(|address| types::uuid_of(address.digest()))
        };
        digests.extend(Channel::ALL.iter().flat_map(|channel| on(*channel, "")));
        let accounts = accounts
            .iter()
            .filter_map(|account| names::on_channel(&account.external_id));
        digests.extend(accounts.flat_map(|(channel, id)| on(channel, id)));
    }
    digests
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

/// The contents of messages.
pub(super) async fn contents(
    connection: &AsyncPgConnection,
    workspace: WorkspaceId,
    messages: Vec<Uuid>,
) -> Result<BTreeMap<Uuid, ContentRow>, StoreError> {
    use crate::sql::Rows;

    let rows: Vec<ContentRow> = Sql::new(
        ContentRow::select() + " WHERE stored.workspace_id = ? AND stored.message_id = ANY(?)",
    )
    .bind::<Integer, _>(workspace.0)
    .bind_all::<SqlUuid, Uuid>(messages)
    .fetch(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.message_id, row)).collect())
}
