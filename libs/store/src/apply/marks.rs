//! Marks: what watermarks say of messages, those that come now and those that were kept.

use std::collections::HashSet;

use acuse_domain::facts::STATUS_WINDOW;
use acuse_domain::kinds::{MessageState, StatusKind};
use acuse_domain::ledger::{Receipt, Refusal};
use acuse_domain::watermark::Watermark;
use diesel::sql_types::{BigInt, Bool, Integer, SmallInt, Timestamptz};
use diesel_async::AsyncPgConnection;

use super::resolve::{Kind, Prepared};
use super::{Work, load, taken_in};
use crate::error::StoreError;
use crate::message_state::messages::MessageRow;
use crate::message_state::watermarks::{self, WatermarkRow};
use crate::pool::Plans;
use crate::sql::{Rows, Sql};
use crate::types::At;

/// Settles what watermarks say of every message that the batch may have changed it for.
pub(super) async fn settle(
    connection: &AsyncPgConnection,
    work: &mut Work,
) -> Result<(), StoreError> {
    let query = work.ledger.mark_query();
    if !query.watermarks.is_empty() || !query.messages.is_empty() {
        Plans::Fresh.begin(connection).await?;
    }
    if !query.watermarks.is_empty() {
        let found: Vec<MessageRow> = changed_by(&query.watermarks).fetch(connection).await?;
        for row in found {
            load::take_outbound(work, row)?;
        }
    }
    if !query.messages.is_empty() {
        let found: Vec<WatermarkRow> = watermarks::covering(&query.messages)
            .fetch(connection)
            .await?;
        for row in found {
            work.ledger.load_watermark(row.watermark()?);
        }
    }
    work.ledger.settle_marks();
    Ok(())
}

/// The stored messages of which new watermarks may say something earlier than is known. A message is covered by the time at
/// which it was sent, else left: where it has both, whichever is in the window, so that here the earlier one decides.
fn changed_by(new: &[Watermark]) -> Sql {
    let text = MessageRow::select()
        + " JOIN unnest(?, ?, ?, ?, ?, ?, ?) \
             AS new(workspace_id, contact_id, channel_account_id, earliest, up_to, at, is_read) \
           USING (workspace_id, contact_id, channel_account_id) \
           WHERE stored.origin >= new.earliest AND least(stored.sent_at, stored.dispatched_at) <= new.up_to \
             AND coalesce(CASE WHEN new.is_read THEN stored.read_mark_at ELSE stored.delivery_mark_at END > new.at, true) \
             AND stored.state NOT IN (?, ?)";
    Sql::new(text)
        .bind_all::<Integer, _>(new.iter().map(|mark| mark.thread.workspace.0))
        .bind_all::<BigInt, _>(new.iter().map(|mark| mark.thread.contact.0))
        .bind_all::<Integer, _>(new.iter().map(|mark| mark.thread.channel_account.0))
        .bind_all::<Timestamptz, _>(new.iter().map(|mark| At(mark.up_to - STATUS_WINDOW)))
        .bind_all::<Timestamptz, _>(new.iter().map(|mark| At(mark.up_to)))
        .bind_all::<Timestamptz, _>(new.iter().map(|mark| At(mark.at)))
        .bind_all::<Bool, _>(new.iter().map(|mark| mark.kind == StatusKind::Read))
        .bind::<SmallInt, _>(MessageState::Failed.code())
        .bind::<SmallInt, _>(MessageState::DispatchFailed.code())
}

/// The watermark that an item tells, of the contact that its contact is by now.
pub(super) fn told(work: &Work, item: &Prepared) -> Option<Watermark> {
    let Kind::Watermark(told, _) = &item.kind else {
        return None;
    };
    let mut watermark = **told;
    let contact = &mut watermark.thread.contact;
    *contact = work.contacts.surviving(item.workspace, *contact);
    Some(watermark)
}

/// Keeps the watermarks told; gives the rows of those that were not kept before.
pub(super) async fn keep(
    connection: &AsyncPgConnection,
    work: &Work,
    items: &[Prepared],
    receipts: &[Result<Receipt, Refusal>],
) -> Result<Vec<WatermarkRow>, StoreError> {
    let mut seen = HashSet::new();
    let rows: Vec<WatermarkRow> = taken_in(items, receipts)
        .filter_map(|(item, _)| Some((told(work, item)?, item.received_at)))
        .filter(|(watermark, _)| seen.insert(*watermark))
        .map(|(watermark, received_at)| WatermarkRow::new(&watermark, received_at))
        .collect();
    if rows.is_empty() {
        return Ok(rows);
    }
    let columns = WatermarkRow::COLUMNS.join(", ");
    let insert = WatermarkRow::insert(rows, &format!("ON CONFLICT DO NOTHING RETURNING {columns}"));
    insert.fetch(connection).await
}
