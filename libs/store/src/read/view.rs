//! What is shown of one message.

use std::collections::{BTreeSet, HashMap};

use acuse_domain::contact::{AddressKind, ContactRef};
use acuse_domain::evidence::StatusEvidence;
use acuse_domain::identity::ProviderMessageId;
use acuse_domain::ids::{NameId, WorkspaceId};
use acuse_domain::inbound::ButtonClick;
use acuse_domain::kinds::{Provider, StatusKind};
use acuse_domain::names::{self, Dimension};
use acuse_domain::outbound::Outbound;
use acuse_domain::phone;
use acuse_domain::registration::Content;
use acuse_domain::time::Timestamp;
use acuse_domain::watermark::Watermark;
use diesel::sql_types::{BigInt, Integer, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use serde_json::Value;
use uuid::Uuid;

use crate::error::StoreError;
use crate::message_state::contacts::{AddressRow, ContactRow};
use crate::message_state::contents::ContentRow;
use crate::message_state::directory::{self, Entry};
use crate::message_state::messages::MessageRow;
use crate::message_state::timeline::TimelineRow;
use crate::message_state::watermarks::{WatermarkRow, covering};
use crate::sql::{Rows, Sql};
use crate::types::Json;

/// An outbound message with everything shown of it.
#[derive(Debug, Clone)]
pub struct MessageView {
    /// The message.
    pub message: Outbound,
    /// The names behind its numbers.
    pub names: HashMap<(Dimension, NameId), Entry>,
    /// The sender's own id.
    pub sender_message_id: Option<String>,
    /// The least of the ids that providers gave it.
    pub provider_message_id: Option<ProviderMessageId>,
    /// To whom; the phone as it was given, in a message that nobody registered as its statuses give it.
    pub contact: ContactRef,
    /// What it says.
    pub content: Content,
    /// The ticket that it is part of.
    pub ticket_id: Option<String>,
    /// The conversation, as registered.
    pub conversation_id: Option<String>,
    /// The sender's own text, as registered.
    pub correlation_id: Option<String>,
    /// What the first reply says.
    pub reply_content: Option<Content>,
    /// The button that the first reply is a click on.
    pub reply_button: Option<ButtonClick>,
}

/// A piece of evidence with when it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What was said; by a watermark, of all that it covers. Who sent it to whom is in it as text; the numbers behind are
    /// left out.
    pub evidence: StatusEvidence,
    /// The watermark that said it, where none said it of this message alone.
    pub watermark: Option<Watermark>,
    /// When it was received.
    pub received_at: Timestamp,
}

/// All rows of a table that belong to a message.
pub(super) fn of_message<R: Rows>(message: &MessageRow) -> Sql {
    Sql::new(R::select() + " WHERE stored.workspace_id = ? AND stored.message_id = ?")
        .bind::<Integer, _>(message.workspace_id)
        .bind::<SqlUuid, _>(message.message_id)
}

/// What is shown of each message, in the order of the rows. However many they are, each table is asked once.
pub(super) async fn views(
    connection: &AsyncPgConnection,
    rows: Vec<MessageRow>,
) -> Result<Vec<MessageView>, StoreError> {
    let Some(workspace) = rows.first().map(|row| row.workspace_id) else {
        return Ok(Vec::new());
    };
    let contacts = rows.iter().filter_map(|row| row.contact_id).collect();
    let with_replies = rows
        .iter()
        .flat_map(|row| [Some(row.message_id), row.reply_id]);
    let (contents, people) = futures::try_join!(
        contents(connection, workspace, with_replies.flatten().collect()),
        People::load(connection, workspace, contacts),
    )?;
    let mut read = Vec::with_capacity(rows.len());
    let mut numbers = BTreeSet::new();
    for row in rows {
        let (contact, reply) = (row.contact_id, row.reply_id);
        let message = row.into_outbound()?;
        numbers.extend(numbers_of(&message));
        read.push((message, contact, reply));
    }
    let names = directory::names(connection, WorkspaceId(workspace), &numbers).await?;
    let shown = read.into_iter().map(|(message, contact, reply)| {
        let content = contents.get(&message.id.0).cloned().unwrap_or_default();
        let reply = reply.and_then(|id| contents.get(&id));
        let of_message = numbers_of(&message).into_iter();
        let of_message: HashMap<_, _> = of_message
            .filter_map(|key| Some((key, names.get(&key)?.clone())))
            .collect();
        let channel_account = message.attribution().channel_account;
        let channel_account =
            channel_account.and_then(|number| of_message.get(&(Dimension::ChannelAccount, number)));
        let destination = content.destination.as_deref();
        let destination = destination.or(message.told_destination());
        let destination = destination.map(str::to_owned);
        let contact = people.contact(contact, channel_account, destination);
        view(message, of_message, contact, content, reply)
    });
    Ok(shown.collect())
}

/// A message with all that is shown of it.
fn view(
    message: Outbound,
    names: HashMap<(Dimension, NameId), Entry>,
    contact: ContactRef,
    content: ContentRow,
    reply: Option<&ContentRow>,
) -> MessageView {
    MessageView {
        names,
        contact,
        content: parse(content.content.as_ref()).unwrap_or_default(),
        ticket_id: content.ticket_id.clone(),
        conversation_id: content.conversation_id.clone(),
        correlation_id: content.correlation_id.clone(),
        sender_message_id: content.sender_message_id.clone(),
        provider_message_id: provider_message_id(content),
        reply_content: reply.and_then(|reply| parse(reply.content.as_ref())),
        reply_button: reply.and_then(|reply| parse(reply.button.as_ref())),
        message,
    }
}

pub(super) fn provider_message_id(content: ContentRow) -> Option<ProviderMessageId> {
    let provider = content.provider.and_then(Provider::from_code)?;
    Some(ProviderMessageId {
        provider,
        scope: content.provider_scope.unwrap_or_default(),
        id: content.provider_message_id?,
    })
}

/// The texts of messages.
pub(super) async fn contents(
    connection: &AsyncPgConnection,
    workspace: i32,
    ids: BTreeSet<Uuid>,
) -> Result<HashMap<Uuid, ContentRow>, StoreError> {
    let found: Vec<ContentRow> = by_ids::<ContentRow>(workspace, ids)
        .fetch(connection)
        .await?;
    Ok(found.into_iter().map(|row| (row.message_id, row)).collect())
}

/// Rows of a partitioned table by their messages. Each is looked up by its key in its month, whatever the planner believes.
pub(crate) fn by_ids<R: Rows>(workspace: i32, ids: impl IntoIterator<Item = Uuid>) -> Sql {
    let text = format!(
        "SELECT stored.* FROM unnest(?) AS wanted(message_id) CROSS JOIN LATERAL ({} \
         WHERE stored.workspace_id = ? AND stored.message_id = wanted.message_id OFFSET 0) AS stored",
        R::select(),
    );
    Sql::new(text)
        .bind_all::<SqlUuid, _>(ids)
        .bind::<Integer, _>(workspace)
}

pub(super) fn parse<T: serde::de::DeserializeOwned>(stored: Option<&Json>) -> Option<T> {
    stored?.parse()
}

fn numbers_of(message: &Outbound) -> BTreeSet<(Dimension, NameId)> {
    let from = message.attribution();
    [
        (Dimension::ChannelAccount, from.channel_account),
        (Dimension::Account, from.account),
        (Dimension::Template, from.template),
        (Dimension::Subtype, from.subtype),
        (Dimension::Campaign, from.campaign),
        (Dimension::Broadcast, from.broadcast),
        (Dimension::Agent, from.agent),
        (Dimension::Team, from.team),
        (Dimension::Department, from.department),
    ]
    .into_iter()
    .filter_map(|(dimension, number)| Some((dimension, number?)))
    .collect()
}

/// Contacts by their numbers.
pub(super) struct People {
    names: HashMap<i64, Option<String>>,
    /// Ascending by value.
    addresses: HashMap<i64, Vec<AddressRow>>,
}

impl People {
    pub(super) async fn load(
        connection: &AsyncPgConnection,
        workspace: i32,
        wanted: BTreeSet<i64>,
    ) -> Result<Self, StoreError> {
        let of_contacts = |select: String| {
            Sql::new(select + " WHERE stored.workspace_id = ? AND stored.contact_id = ANY(?)")
                .bind::<Integer, _>(workspace)
                .bind_all::<BigInt, _>(wanted.clone())
        };
        let (contacts, mut found) = futures::try_join!(
            of_contacts(ContactRow::select()).fetch::<ContactRow>(connection),
            of_contacts(AddressRow::select()).fetch::<AddressRow>(connection),
        )?;
        found.sort_by(|a, b| a.value.cmp(&b.value));
        let mut addresses: HashMap<i64, Vec<AddressRow>> = HashMap::new();
        for address in found {
            addresses
                .entry(address.contact_id)
                .or_default()
                .push(address);
        }
        let names = contacts.into_iter().map(|row| (row.contact_id, row.name));
        Ok(Self {
            names: names.collect(),
            addresses,
        })
    }

    /// A contact as a message names them that was sent to, or came from, `destination` over a channel account: by the ids that
    /// they have there. Of several addresses of a kind it is the destination, where that is among them, else the least.
    pub(super) fn contact(
        &self,
        id: Option<i64>,
        channel_account: Option<&Entry>,
        destination: Option<String>,
    ) -> ContactRef {
        let Some(id) = id else {
            return ContactRef::default();
        };
        let account = channel_account.map(|entry| entry.external_id.as_str());
        let channel = account.and_then(names::on_channel);
        let channel = channel.map(|(channel, _)| channel.as_str());
        let compared = destination.as_deref().map(phone::compared);
        let is_it = |address: &&AddressRow| {
            let compared = compared.as_ref();
            compared.is_some_and(|it| *it == phone::compared(&address.value))
        };
        let address = |kind: AddressKind| {
            let scope = match kind {
                AddressKind::ChannelUser => channel?,
                AddressKind::PageScoped => account?,
                AddressKind::External | AddressKind::Phone | AddressKind::BusinessScoped => "",
            };
            let known = self.addresses.get(&id)?.iter();
            let fitting = known.filter(|it| it.kind == kind.code() && it.scope == scope);
            let found = fitting.clone().find(is_it);
            found.or(fitting.clone().next()).map(|it| it.value.clone())
        };
        ContactRef {
            external_id: address(AddressKind::External),
            name: self.names.get(&id).cloned().flatten(),
            phone: address(AddressKind::Phone).map(|phone| shown_phone(phone, destination)),
            channel_user_id: address(AddressKind::ChannelUser),
            business_scoped_user_id: address(AddressKind::BusinessScoped),
            page_scoped_id: address(AddressKind::PageScoped),
        }
    }
}

/// A number as the message gave it, where it was sent to that number; else as it is stored, in the form that all its variants
/// have in common.
fn shown_phone(stored: String, destination: Option<String>) -> String {
    let is_it = |given: &String| phone::compared(given) == stored;
    destination.filter(is_it).unwrap_or_else(|| {
        if phone::canonical(&stored).is_some() {
            format!("+{stored}")
        } else {
            stored
        }
    })
}

pub(super) fn piece(row: TimelineRow) -> Result<Piece, StoreError> {
    let kind = StatusKind::from_code(row.kind);
    let provider = Provider::from_code(row.provider);
    let (Some(kind), Some(provider)) = (kind, provider) else {
        return Err(StoreError::Corrupt(format!(
            "evidence of the unknown kind {} by {}",
            row.kind, row.provider
        )));
    };
    let mut evidence = serde_json::json!({ "kind": kind, "at": row.at.0, "provider": provider });
    let detail = row.detail.and_then(|detail| detail.parse());
    if let (Value::Object(members), Some(Value::Object(detail))) = (&mut evidence, detail) {
        members.extend(detail);
    }
    let mut evidence: StatusEvidence = serde_json::from_value(evidence)
        .map_err(|error| StoreError::Corrupt(format!("evidence in the timeline: {error}")))?;
    evidence.at_is_receipt = row.at_is_receipt;
    Ok(Piece {
        evidence,
        watermark: None,
        received_at: row.received_at.0,
    })
}

/// The watermarks that cover a message.
pub(super) async fn watermarks(
    connection: &AsyncPgConnection,
    message: &Outbound,
) -> Result<Vec<Piece>, StoreError> {
    let Some(place) = message.coverable() else {
        return Ok(Vec::new());
    };
    let rows: Vec<WatermarkRow> = covering(&[place]).fetch(connection).await?;
    rows.iter()
        .map(|row| {
            let said = row.watermark()?;
            Ok(Piece {
                evidence: StatusEvidence::new(said.kind, said.at, said.provider),
                watermark: Some(said),
                received_at: row.received_at.0,
            })
        })
        .collect()
}
