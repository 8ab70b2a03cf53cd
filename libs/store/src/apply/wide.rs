//! Wide: contents and timeline, the parts of a message that are shown and not counted.

use std::collections::BTreeMap;

use acuse_domain::event::StatusItem;
use acuse_domain::evidence::{
    Conversation, FailureReport, Pricing, Recipient, SenderIdentity, StatusEvidence,
};
use acuse_domain::identity::{MessageNames, ProviderMessageId};
use acuse_domain::ids::{MessageId, WorkspaceId};
use acuse_domain::inbound::InboundEvidence;
use acuse_domain::ledger::{Receipt, Refusal};
use acuse_domain::outbound::Outbound;
use acuse_domain::registration::Registration;
use diesel::sql_types::{Integer, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use serde::Serialize;
use uuid::Uuid;

use super::resolve::{Kind, Prepared};
use super::{Work, taken_in};
use crate::error::StoreError;
use crate::message_state::contents::ContentRow;
use crate::message_state::timeline::{INBOUND, INBOUND_DELETED, TimelineRow};
use crate::sql::{Rows, Sql};
use crate::types::{self, At, Json};

/// Writes the contents of new messages, and ids that became known.
pub(super) fn contents(
    work: &Work,
    items: &[Prepared],
    receipts: &[Result<Receipt, Refusal>],
    statements: &mut Vec<Sql>,
) {
    let mut rows: BTreeMap<(WorkspaceId, MessageId), ContentRow> = BTreeMap::new();
    for (item, receipt) in taken_in(items, receipts) {
        if !receipt.has_content && !receipt.is_news {
            continue;
        }
        let Some(message) = receipt.message.map(|id| work.ledger.surviving(id)) else {
            continue;
        };
        let row = rows
            .entry((item.workspace, message))
            .or_insert_with(|| ContentRow {
                workspace_id: item.workspace.0,
                message_id: message.0,
                ..ContentRow::default()
            });
        add_ids(row, item);
        if receipt.has_content {
            match &item.kind {
                Kind::Registration(_, registration) => add_registration(row, registration),
                Kind::Inbound(_, inbound) => add_inbound(row, inbound),
                Kind::Status(_, status) => add_echo(row, status, work.ledger.outbound(message)),
                Kind::Watermark(..) => {}
            }
        }
    }
    let rows: Vec<ContentRow> = rows.into_values().collect();
    if !rows.is_empty() {
        statements.push(ContentRow::insert(rows, MERGE));
    }
}

/// Of several ids the least stands, so that it does not matter which came first; a content is written by the one item
/// whose content stands, and replaces what was there, with whom it names.
const MERGE: &str = "ON CONFLICT (workspace_id, message_id) DO UPDATE SET \
    sender_message_id = least(contents.sender_message_id COLLATE \"C\", excluded.sender_message_id COLLATE \"C\"), \
    (provider, provider_scope, provider_message_id) = (SELECT provider, scope, id FROM (VALUES \
      (contents.provider, contents.provider_scope, contents.provider_message_id), \
      (excluded.provider, excluded.provider_scope, excluded.provider_message_id)) AS ids(provider, scope, id) \
      ORDER BY provider NULLS LAST, scope COLLATE \"C\", id COLLATE \"C\" LIMIT 1), \
    destination = CASE WHEN excluded.content IS NULL THEN contents.destination ELSE excluded.destination END, \
    content = coalesce(excluded.content, contents.content), \
    button = coalesce(excluded.button, contents.button), \
    ticket_id = coalesce(excluded.ticket_id, contents.ticket_id), \
    conversation_id = coalesce(excluded.conversation_id, contents.conversation_id), \
    correlation_id = coalesce(excluded.correlation_id, contents.correlation_id)";

fn add_ids(row: &mut ContentRow, item: &Prepared) {
    let (sender, provider) = match &item.kind {
        Kind::Registration(_, registration) => names(&registration.names),
        Kind::Status(_, status) => names(&status.names),
        Kind::Watermark(..) => (None, None),
        Kind::Inbound(_, inbound) => (None, Some(&inbound.id)),
    };
    if let Some(sender) = sender
        && row
            .sender_message_id
            .as_ref()
            .is_none_or(|kept| sender < kept)
    {
        row.sender_message_id = Some(sender.clone());
    }
    if let Some(id) = provider {
        let stated = (id.provider.code(), &id.scope, &id.id);
        let kept = (&row.provider, &row.provider_scope, &row.provider_message_id);
        if let (Some(provider), Some(scope), Some(text)) = kept
            && (*provider, scope, text) <= stated
        {
            return;
        }
        row.provider = Some(stated.0);
        row.provider_scope = Some(id.scope.clone());
        row.provider_message_id = Some(id.id.clone());
    }
}

fn names(names: &MessageNames) -> (Option<&String>, Option<&ProviderMessageId>) {
    (names.sender.as_ref(), names.provider.as_ref())
}

fn add_registration(row: &mut ContentRow, registration: &Registration) {
    row.destination = registration.contact.destination().map(str::to_owned);
    // Said also where there is nothing: what an echo said must not stay beside it.
    let content = Some(&registration.content).filter(|content| !content.is_empty());
    row.content = Some(content.map_or_else(Json::null, Json::of));
    row.ticket_id = registration.ticket_id.clone();
    row.conversation_id = registration.conversation_id.clone();
    row.correlation_id = registration.correlation_id.clone();
}

/// Adds what an echo says, if it is the one that stands now that the whole batch is folded in.
fn add_echo(row: &mut ContentRow, status: &StatusItem, message: Option<&Outbound>) {
    let stands = message.and_then(|message| message.facts.stated.echo.as_ref());
    if let Some(echo) = &status.echo
        && Some(&echo.told_by(&status.evidence)) == stands
    {
        row.content = Some(Json::of(&echo.content));
    }
}

fn add_inbound(row: &mut ContentRow, inbound: &InboundEvidence) {
    row.destination = inbound.contact.destination().map(str::to_owned);
    // Said also where there is nothing: what an earlier, lesser piece said must not stay beside it.
    row.content = Some(Json::of(&inbound.content));
    row.button = Some(inbound.button.as_ref().map_or_else(Json::null, Json::of));
}

/// The pieces of evidence that an item adds to the timeline of its message.
pub(super) fn timeline(item: &Prepared, message: MessageId) -> Vec<TimelineRow> {
    let row = |digest, at, kind, provider, at_is_receipt, detail| TimelineRow {
        workspace_id: item.workspace.0,
        message_id: message.0,
        digest: types::uuid_of(digest),
        at: At(at),
        received_at: At(item.received_at),
        kind,
        provider,
        at_is_receipt,
        detail,
    };
    if let Kind::Inbound(_, inbound) = &item.kind {
        let kind = if inbound.deleted {
            INBOUND_DELETED
        } else {
            INBOUND
        };
        let provider = inbound.id.provider.code();
        let digest = item.digests.first().copied();
        return digest
            .map(|digest| {
                row(
                    digest,
                    inbound.at,
                    kind,
                    provider,
                    inbound.at_is_receipt,
                    None,
                )
            })
            .into_iter()
            .collect();
    }
    item.evidence()
        .iter()
        .zip(&item.digests)
        .map(|(piece, digest)| {
            row(
                *digest,
                piece.at,
                piece.kind.code(),
                piece.provider.code(),
                piece.at_is_receipt,
                detail(piece),
            )
        })
        .collect()
}

/// What a piece says beyond its own columns.
#[derive(Serialize, PartialEq, Default)]
struct Detail<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    participant: Option<&'a String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a FailureReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pricing: Option<&'a Pricing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<&'a Conversation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<&'a SenderIdentity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<&'a Recipient>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<&'a String>,
}

/// The detail of a piece; `None` where it says no more than its columns.
fn detail(piece: &StatusEvidence) -> Option<Json> {
    // Each member is named, so that none that comes to be is forgotten here.
    let StatusEvidence {
        kind: _,
        at: _,
        at_is_receipt: _,
        provider: _,
        participant,
        failure,
        error_code: _,
        pricing,
        conversation,
        sender,
        recipient,
        correlation_id,
    } = piece;
    let detail = Detail {
        participant: participant.as_ref(),
        failure: failure.as_ref(),
        pricing: pricing.as_ref(),
        conversation: conversation.as_ref(),
        sender: sender.as_ref(),
        recipient: recipient.as_ref(),
        correlation_id: correlation_id.as_ref(),
    };
    (detail != Detail::default()).then(|| Json::of(&detail))
}

/// Moves the contents of messages that became part of another.
pub(super) async fn unite(
    connection: &AsyncPgConnection,
    work: &Work,
    moved: &[(WorkspaceId, MessageId, MessageId)],
) -> Result<(), StoreError> {
    let taken: Vec<ContentRow> = Sql::new(
        "DELETE FROM message_state.contents AS stored USING unnest(?, ?) AS moved(workspace_id, gone) \
         WHERE stored.workspace_id = moved.workspace_id AND stored.message_id = moved.gone RETURNING stored.*",
    )
    .bind_all::<Integer, _>(moved.iter().map(|(workspace, ..)| workspace.0))
    .bind_all::<SqlUuid, _>(moved.iter().map(|(_, gone, _)| gone.0))
    .fetch(connection)
    .await?;
    let stays: BTreeMap<Uuid, Uuid> = moved
        .iter()
        .map(|(_, gone, stays)| (gone.0, stays.0))
        .collect();
    for mut row in taken {
        // One at a time: two that are gone may have become part of the same.
        if let Some(id) = stays.get(&row.message_id) {
            if !work.ledger.content_moves(MessageId(row.message_id)) {
                row.content = None;
            }
            row.message_id = *id;
            ContentRow::insert([row], MERGE).run(connection).await?;
        }
    }
    Ok(())
}
