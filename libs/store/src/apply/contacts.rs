//! Contacts: which contact each item is about, and what is kept of contacts.

use std::collections::{BTreeSet, HashMap};

use acuse_domain::contact::Address;
use acuse_domain::ids::{ContactId, WorkspaceId};
use acuse_domain::ledger::KeyTarget;
use acuse_domain::time::Timestamp;
use diesel::sql_types::{BigInt, Integer, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;

use super::resolve::{Kind, Prepared};
use super::{Work, load};
use crate::error::StoreError;
use crate::message_state::contacts::{AddressRow, ContactRow};
use crate::message_state::watermarks::WatermarkRow;
use crate::pool::Plans;
use crate::sql::{Rows, Sql};
use crate::types::{self, At};

/// Contacts that turned out to be another: (workspace, gone) -> stays.
type Joined = HashMap<(WorkspaceId, ContactId), ContactId>;

/// Loads whose the addresses are that items name; gives which items need their contact.
pub(super) async fn load(
    connection: &AsyncPgConnection,
    work: &mut Work,
    items: &[Prepared],
) -> Result<Vec<bool>, StoreError> {
    let needed: Vec<bool> = items.iter().map(|item| needs_contact(work, item)).collect();
    let wanted: BTreeSet<_> = items
        .iter()
        .zip(&needed)
        .filter(|(_, needed)| **needed)
        .flat_map(|(item, _)| {
            let digests = item.addresses.iter().map(Address::digest);
            digests.map(|digest| (item.workspace, digest))
        })
        .collect();
    let stored: Vec<AddressRow> = Sql::new(
        AddressRow::select()
            + " JOIN unnest(?, ?) AS wanted(workspace_id, digest) USING (workspace_id, digest)",
    )
    .bind_all::<Integer, _>(wanted.iter().map(|(workspace, _)| workspace.0))
    .bind_all::<SqlUuid, _>(wanted.iter().map(|(_, digest)| types::uuid_of(*digest)))
    .fetch(connection)
    .await?;
    for row in stored {
        work.contacts.load(
            WorkspaceId(row.workspace_id),
            types::digest_of(row.digest),
            ContactId(row.contact_id),
        );
    }
    Ok(needed)
}

/// Finds the contact that an item is about, where the item will be taken in: what is refused must not make contacts one.
/// An item to come may still join that contact to another.
pub(super) fn resolve(work: &mut Work, item: &mut Prepared) {
    if item.is_admitted(&work.ledger)
        && let Some(contact) = work.contacts.resolve(item.workspace, &item.addresses)
    {
        item.set_contact(contact);
    }
}

/// Joins contacts that turned out to be one, now that all items are folded in. Stored rows are moved at once, so that
/// whatever is loaded from here on has the contact that stays.
pub(super) async fn join(
    connection: &AsyncPgConnection,
    work: &mut Work,
) -> Result<(), StoreError> {
    let joined: Joined = work
        .contacts
        .joined()
        .map(|(workspace, gone, stays)| ((workspace, gone), stays))
        .collect();
    if joined.is_empty() {
        return Ok(());
    }
    Plans::Fresh.begin(connection).await?;
    load::of_contacts(connection, work, joined.keys().copied()).await?;
    move_rows(connection, &joined).await?;
    let moved = move_watermarks(connection, &joined).await?;
    for ((workspace, gone), stays) in &joined {
        work.ledger.join_contacts(*workspace, *gone, *stays);
    }
    // To the messages of the contact that stays they are new.
    for row in moved {
        work.ledger.mark(row.watermark()?);
    }
    Ok(())
}

/// A status of a registered message that names one address tells nothing of contacts; it is the usual case, and costs
/// no look-up.
fn needs_contact(work: &Work, item: &Prepared) -> bool {
    let Kind::Status(..) = &item.kind else {
        return !item.addresses.is_empty();
    };
    let is_registered = item.keys.iter().any(|key| {
        let target = work.ledger.key((item.workspace, *key));
        matches!(target, Some(KeyTarget::Outbound(id))
            if work.ledger.outbound(id).is_some_and(|message| message.registered.is_some()))
    });
    item.addresses.len() > 1 || (!item.addresses.is_empty() && !is_registered)
}

/// Moves what is stored of contacts that are gone to those that stay.
async fn move_rows(connection: &AsyncPgConnection, joined: &Joined) -> Result<(), StoreError> {
    for table in ["messages", "inbound_messages", "contact_addresses"] {
        let text = format!(
            "UPDATE message_state.{table} AS stored SET contact_id = joined.stays \
             FROM unnest(?, ?, ?) AS joined(workspace_id, gone, stays) \
             WHERE stored.workspace_id = joined.workspace_id AND stored.contact_id = joined.gone"
        );
        bind(Sql::new(text), joined).run(connection).await?;
    }
    // A name goes with its time, the newer one stays; spans grow to cover both.
    let merge = "WITH gone AS (DELETE FROM message_state.contacts AS stored \
           USING unnest(?, ?, ?) AS joined(workspace_id, gone, stays) \
           WHERE stored.workspace_id = joined.workspace_id AND stored.contact_id = joined.gone \
           RETURNING stored.*, joined.stays), \
         merged AS (SELECT workspace_id, stays, \
             (array_agg(name ORDER BY named_at DESC NULLS LAST, name DESC))[1] AS name, \
             max(named_at) AS named_at, min(first_inbound_at) AS first_inbound_at, \
             max(last_inbound_at) AS last_inbound_at \
           FROM gone GROUP BY workspace_id, stays) \
         INSERT INTO message_state.contacts AS stored \
           (workspace_id, contact_id, name, named_at, first_inbound_at, last_inbound_at) \
         SELECT * FROM merged ON CONFLICT (workspace_id, contact_id) DO UPDATE SET \
           name = CASE WHEN (excluded.named_at, excluded.name) > (stored.named_at, stored.name) \
             OR stored.named_at IS NULL THEN excluded.name ELSE stored.name END, \
           named_at = greatest(stored.named_at, excluded.named_at), \
           first_inbound_at = least(stored.first_inbound_at, excluded.first_inbound_at), \
           last_inbound_at = greatest(stored.last_inbound_at, excluded.last_inbound_at)";
    bind(Sql::new(merge), joined).run(connection).await?;
    Ok(())
}

/// Moves watermarks; gives those that the contacts that stay did not have.
async fn move_watermarks(
    connection: &AsyncPgConnection,
    joined: &Joined,
) -> Result<Vec<WatermarkRow>, StoreError> {
    let rest = "channel_account_id, up_to, kind, at, provider, received_at";
    let text = format!(
        "WITH taken AS (DELETE FROM message_state.watermarks AS stored \
           USING unnest(?, ?, ?) AS joined(workspace_id, gone, stays) \
           WHERE stored.workspace_id = joined.workspace_id AND stored.contact_id = joined.gone \
           RETURNING stored.*, joined.stays) \
         INSERT INTO message_state.watermarks (workspace_id, contact_id, {rest}) \
         SELECT workspace_id, stays, {rest} FROM taken ORDER BY received_at \
         ON CONFLICT DO NOTHING RETURNING workspace_id, contact_id, {rest}"
    );
    bind(Sql::new(text), joined).fetch(connection).await
}

fn bind(sql: Sql, joined: &Joined) -> Sql {
    sql.bind_all::<Integer, _>(joined.keys().map(|(workspace, _)| workspace.0))
        .bind_all::<BigInt, _>(joined.keys().map(|(_, gone)| gone.0))
        .bind_all::<BigInt, _>(joined.values().map(|stays| stays.0))
}

/// Rows of contacts: as stored, and as they are to be.
#[derive(Debug, Default)]
pub(super) struct ContactRows {
    stored: HashMap<(WorkspaceId, ContactId), ContactRow>,
    now: HashMap<(WorkspaceId, ContactId), ContactRow>,
}

impl ContactRows {
    /// Loads rows that are not loaded yet.
    pub(super) async fn load(
        &mut self,
        connection: &AsyncPgConnection,
        mut wanted: BTreeSet<(WorkspaceId, ContactId)>,
    ) -> Result<(), StoreError> {
        wanted.retain(|key| !self.stored.contains_key(key));
        if wanted.is_empty() {
            return Ok(());
        }
        let rows: Vec<ContactRow> = Sql::new(
            ContactRow::select() + " JOIN unnest(?, ?) AS wanted(workspace_id, contact_id) USING (workspace_id, contact_id)",
        )
        .bind_all::<Integer, _>(wanted.iter().map(|(workspace, _)| workspace.0))
        .bind_all::<BigInt, _>(wanted.iter().map(|(_, contact)| contact.0))
        .fetch(connection)
        .await?;
        for row in rows {
            let key = (WorkspaceId(row.workspace_id), ContactId(row.contact_id));
            self.stored.insert(key, row);
        }
        Ok(())
    }

    /// Whether the contact may have written within a span.
    pub(super) fn may_have_written(
        &self,
        key: (WorkspaceId, ContactId),
        (first, last): (Timestamp, Timestamp),
    ) -> bool {
        self.stored.get(&key).is_some_and(|row| {
            let wrote = row.first_inbound_at.zip(row.last_inbound_at);
            wrote.is_some_and(|(At(earliest), At(latest))| earliest <= last && first <= latest)
        })
    }

    /// Notes that the contact wrote at `at`.
    pub(super) fn wrote(&mut self, key: (WorkspaceId, ContactId), at: Timestamp) {
        let row = self.row(key);
        let first = row.first_inbound_at.map_or(at, |At(first)| first.min(at));
        let last = row.last_inbound_at.map_or(at, |At(last)| last.max(at));
        (row.first_inbound_at, row.last_inbound_at) = (Some(At(first)), Some(At(last)));
    }

    /// Notes what the contact was called at `at`; the newest name stays.
    pub(super) fn named(&mut self, key: (WorkspaceId, ContactId), at: Timestamp, name: &str) {
        let row = self.row(key);
        let is_newer = match (&row.name, row.named_at) {
            (Some(kept), Some(At(since))) => kept != name && (since, kept.as_str()) < (at, name),
            _ => true,
        };
        if is_newer {
            row.name = Some(name.to_owned());
            row.named_at = Some(At(at));
        }
    }

    /// Makes sure that the contact has a row.
    pub(super) fn row(&mut self, key: (WorkspaceId, ContactId)) -> &mut ContactRow {
        let stored = &self.stored;
        self.now.entry(key).or_insert_with(|| {
            stored.get(&key).cloned().unwrap_or(ContactRow {
                workspace_id: key.0.0,
                contact_id: key.1.0,
                name: None,
                named_at: None,
                first_inbound_at: None,
                last_inbound_at: None,
            })
        })
    }

    /// Rows to insert, and rows to update.
    pub(super) fn changed(&self) -> (Vec<ContactRow>, Vec<ContactRow>) {
        let (mut new, mut changed) = (Vec::new(), Vec::new());
        for (key, row) in &self.now {
            match self.stored.get(key) {
                None => new.push(row.clone()),
                Some(stored) if stored != row => changed.push(row.clone()),
                Some(_) => {}
            }
        }
        new.sort_by_key(|row| (row.workspace_id, row.contact_id));
        changed.sort_by_key(|row| (row.workspace_id, row.contact_id));
        (new, changed)
    }
}
