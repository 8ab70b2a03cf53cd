//! Relate: the replies and sessions that follow from what changed.
//!
//! The rounds are those of [`acuse_domain::ledger`]; most batches need none of them, and then no query is made.

use std::collections::BTreeSet;

use acuse_domain::ids::{ContactId, MessageId, WorkspaceId};
use acuse_domain::ledger::{QuoteQuery, Reach, Receipt, Refusal, ThreadQuery};
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Timestamptz, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::contacts::ContactRows;
use super::load::{self, Ids};
use super::resolve::{Kind, Prepared};
use super::{Work, taken_in};
use crate::error::StoreError;
use crate::message_state::inbound_messages::InboundRow;
use crate::message_state::messages::MessageRow;
use crate::pool::Plans;
use crate::retention;
use crate::sql::{Rows, Sql};
use crate::types::{self, At};

/// Settles every reply and session that the batch may have moved; gives the rows of the contacts involved.
pub(super) async fn relate(
    connection: &AsyncPgConnection,
    work: &mut Work,
    items: &[Prepared],
    receipts: &[Result<Receipt, Refusal>],
) -> Result<ContactRows, StoreError> {
    let query = work.ledger.quote_query();
    if !query.is_empty() {
        Plans::Fresh.begin(connection).await?;
        quotes(connection, work, &query).await?;
    }
    // Nobody asks for them after.
    let mut settings = std::mem::take(&mut work.settings);
    let reach = work.ledger.reach(&settings);
    if query.is_empty() && !reach.threads.is_empty() {
        Plans::Fresh.begin(connection).await?;
    }
    let contacts = contact_rows(connection, work, items, receipts, &reach).await?;
    threads(connection, work, &reach, &contacts).await?;
    let quoted = work.ledger.unresolved_quotes();
    load::by_key(connection, work, quoted).await?;
    let targets = work.ledger.reply_targets(&settings, &reach);
    load::outbound(connection, work, targets).await?;
    let on_dropped = work.ledger.may_rest_on_dropped(&settings, &reach);
    for (workspace, before) in retention::dropped_before(connection, on_dropped).await? {
        settings.set_dropped_before(workspace, before);
    }
    let affected = work.ledger.attribute(&settings, &reach);
    load::outbound(connection, work, affected.clone()).await?;
    replies_to(connection, work, &affected).await?;
    work.ledger.settle(&settings, &reach);
    Ok(contacts)
}

#[derive(QueryableByName)]
struct Quoting {
    #[diesel(sql_type = Integer)]
    workspace_id: i32,
    #[diesel(sql_type = SqlUuid)]
    inbound_id: Uuid,
}

async fn quotes(
    connection: &AsyncPgConnection,
    work: &mut Work,
    query: &QuoteQuery,
) -> Result<(), StoreError> {
    let quoting: Vec<Quoting> = Sql::new(
        "SELECT stored.workspace_id, stored.inbound_id FROM unnest(?, ?) AS known(workspace_id, quoted) \
           JOIN message_state.open_quotes AS stored USING (workspace_id, quoted) \
         UNION SELECT stored.workspace_id, stored.inbound_id FROM unnest(?, ?) AS moved(workspace_id, target_id) \
           JOIN message_state.open_quotes AS stored USING (workspace_id, target_id)",
    )
    .bind_all::<Integer, _>(query.keys.iter().map(|(workspace, _)| workspace.0))
    .bind_all::<SqlUuid, _>(query.keys.iter().map(|(_, key)| types::uuid_of(*key)))
    .bind_all::<Integer, _>(query.moved.iter().map(|(workspace, _)| workspace.0))
    .bind_all::<SqlUuid, _>(query.moved.iter().map(|(_, id)| id.0))
    .fetch(connection)
    .await?;
    let quoting: Ids = quoting
        .into_iter()
        .map(|row| (WorkspaceId(row.workspace_id), MessageId(row.inbound_id)))
        .collect();
    work.ledger.review(quoting.iter().map(|(_, id)| *id));
    load::inbound(connection, work, quoting).await?;
    let answered = query.answered.iter().copied().collect();
    let replies = replies_to(connection, work, &answered).await?;
    work.ledger.review(replies);
    Ok(())
}

/// Loads every reply to some messages; gives their ids.
async fn replies_to(
    connection: &AsyncPgConnection,
    work: &mut Work,
    answered: &Ids,
) -> Result<Vec<MessageId>, StoreError> {
    if answered.is_empty() {
        return Ok(Vec::new());
    }
    let replies: Vec<InboundRow> = Sql::new(
        InboundRow::select() + " JOIN unnest(?, ?) AS answered(workspace_id, reply_to) USING (workspace_id, reply_to)",
    )
    .bind_all::<Integer, _>(answered.iter().map(|(workspace, _)| workspace.0))
    .bind_all::<SqlUuid, _>(answered.iter().map(|(_, id)| id.0))
    .fetch(connection)
    .await?;
    let ids = replies.iter().map(|row| MessageId(row.message_id));
    let ids = ids.collect();
    replies
        .into_iter()
        .for_each(|row| load::take_inbound(work, row));
    Ok(ids)
}

/// The rows of contacts that the batch names or whose threads it touches.
async fn contact_rows(
    connection: &AsyncPgConnection,
    work: &Work,
    items: &[Prepared],
    receipts: &[Result<Receipt, Refusal>],
    reach: &Reach,
) -> Result<ContactRows, StoreError> {
    let new: BTreeSet<(WorkspaceId, ContactId)> = work.contacts.new_contacts().collect();
    let mut wanted: BTreeSet<(WorkspaceId, ContactId)> = reach
        .threads
        .iter()
        .map(|query| (query.thread.workspace, query.thread.contact))
        .collect();
    let named: Vec<_> = taken_in(items, receipts)
        .filter_map(|(item, _)| named_contact(work, item))
        .collect();
    wanted.extend(named.iter().map(|(key, ..)| *key));
    // Of several pieces of evidence on one message each counts, whichever stands: so a span depends on no order. It only ever
    // bounds where to look; one whose time is that of its receipt widens it whenever it comes again.
    let wrote: Vec<_> = taken_in(items, receipts)
        .filter_map(|(item, _)| who_wrote(work, item))
        .collect();
    wanted.extend(wrote.iter().map(|(key, _)| *key));
    wanted.retain(|key| !new.contains(key));
    let mut rows = ContactRows::default();
    rows.load(connection, wanted).await?;
    for key in new {
        rows.row(key);
    }
    for (key, at, name) in named {
        rows.named(key, at, name);
    }
    for (key, at) in wrote {
        rows.wrote(key, at);
    }
    Ok(rows)
}

/// The contact who wrote an inbound message, and when, by one piece of evidence.
fn who_wrote(work: &Work, item: &Prepared) -> Option<((WorkspaceId, ContactId), Timestamp)> {
    let Kind::Inbound(inbound, _) = &item.kind else {
        return None;
    };
    let message = &inbound.message;
    // An item after it may have joined that contact to another.
    let contact = work.contacts.surviving(item.workspace, message.contact);
    Some(((item.workspace, contact), message.at))
}

/// What an item calls its contact, as of when.
fn named_contact<'a>(
    work: &Work,
    item: &'a Prepared,
) -> Option<((WorkspaceId, ContactId), Timestamp, &'a str)> {
    let contact = match &item.kind {
        Kind::Registration(registration, _) => registration.registered.contact,
        Kind::Inbound(inbound, _) => inbound.message.contact,
        Kind::Watermark(watermark, _) => watermark.thread.contact,
        Kind::Status(..) => return None,
    };
    let (at, name) = item.contact_name()?;
    // An item after it may have joined that contact to another.
    let contact = work.contacts.surviving(item.workspace, contact);
    Some(((item.workspace, contact), at, name))
}

/// Loads the parts of threads within reach: first what contacts wrote, and then, where they wrote at all, what was sent
/// to them. Most contacts never wrote.
async fn threads(
    connection: &AsyncPgConnection,
    work: &mut Work,
    reach: &Reach,
    contacts: &ContactRows,
) -> Result<(), StoreError> {
    let written: Vec<&ThreadQuery> = reach
        .threads
        .iter()
        .filter(|query| {
            contacts.may_have_written(
                (query.thread.workspace, query.thread.contact),
                query.answers,
            )
        })
        .collect();
    if !written.is_empty() {
        let answers: Vec<InboundRow> =
            of_threads::<InboundRow>("received_at", &written, |query| query.answers)
                .fetch(connection)
                .await?;
        answers
            .into_iter()
            .for_each(|row| load::take_inbound(work, row));
    }
    let with_answers = work.ledger.threads_with_answers();
    let answered: Vec<&ThreadQuery> = reach
        .threads
        .iter()
        .filter(|query| with_answers.contains(&query.thread))
        .collect();
    if !answered.is_empty() {
        let sends: Vec<MessageRow> =
            of_threads::<MessageRow>("origin", &answered, |query| query.sends)
                .fetch(connection)
                .await?;
        for row in sends {
            load::take_outbound(work, row)?;
        }
    }
    Ok(())
}

fn of_threads<R: Rows>(
    time: &str,
    queries: &[&ThreadQuery],
    span: impl Fn(&ThreadQuery) -> (Timestamp, Timestamp),
) -> Sql {
    let text = R::select()
        + " JOIN unnest(?, ?, ?, ?, ?) AS wanted(workspace_id, contact_id, channel_account_id, earliest, latest) \
           USING (workspace_id, contact_id, channel_account_id) WHERE stored."
        + time
        + " BETWEEN wanted.earliest AND wanted.latest";
    Sql::new(text)
        .bind_all::<Integer, _>(queries.iter().map(|query| query.thread.workspace.0))
        .bind_all::<BigInt, _>(queries.iter().map(|query| query.thread.contact.0))
        .bind_all::<Integer, _>(queries.iter().map(|query| query.thread.channel_account.0))
        .bind_all::<Timestamptz, _>(queries.iter().map(|query| At(span(query).0)))
        .bind_all::<Timestamptz, _>(queries.iter().map(|query| At(span(query).1)))
}
