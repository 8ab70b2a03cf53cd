//! What template messages say, found for a page of them at a time.
//!
//! Ids begin with the time of the first known origin, so what lies between a page's first and last origin in the primary key is what
//! the page says, and what messages of other kinds say that came meanwhile. Where that is most of it, it is read as one
//! stretch, and the few whose origin moved are looked up by their ids. To plan a look-up of thousands of ids, which the
//! planner weighs one by one for every month, takes several times as long as to run it.

use std::collections::BTreeSet;

use acuse_domain::ids::WorkspaceId;
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::row::NamedRow;
use diesel::sql_types::{BigInt, Integer, Nullable, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::error::StoreError;
use crate::message_state::contents::ContentRow;
use crate::sql::{Rows as _, Sql, column};

/// The part of a message's content that is shown.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) sender_message_id: Option<String>,
    pub(super) provider: Option<i16>,
    pub(super) provider_message_id: Option<String>,
    pub(super) destination: Option<String>,
    pub(super) body: Option<String>,
}

const COLUMNS: &str = "stored.message_id, stored.provider, stored.sender_message_id, stored.provider_message_id, \
     stored.destination, stored.content ->> 'body' AS body";

/// A message's id with that part.
struct Found(Uuid, Said);

impl QueryableByName<Pg> for Found {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> diesel::deserialize::Result<Self> {
        let mut places = 0..;
        let id = column::<SqlUuid, _>(row, &mut places, "message_id")?;
        let provider = column::<Nullable<SmallInt>, _>(row, &mut places, "provider")?;
        let mut text = |name| column::<Nullable<Text>, _>(row, &mut places, name);
        let said = Said {
            provider,
            sender_message_id: text("sender_message_id")?,
            provider_message_id: text("provider_message_id")?,
            destination: text("destination")?,
            body: text("body")?,
        };
        Ok(Self(id, said))
    }
}

/// What messages say, by their ids.
pub(super) struct All {
    found: Vec<Found>,
    /// Whether most of it lay together.
    pub(super) lay_together: bool,
}

impl All {
    /// What these messages of a workspace say, whose first and last origin are known. `together` is whether to look for it
    /// as one stretch: as it was for the page before.
    ///
    /// # Errors
    /// Fails with the database.
    pub(super) async fn of(
        connection: &AsyncPgConnection,
        workspace: WorkspaceId,
        ids: &[Uuid],
        (first, last): (Timestamp, Timestamp),
        together: bool,
    ) -> Result<Self, StoreError> {
        let mut found = Vec::new();
        if together {
            found = stretch(workspace, ids, (first, last))
                .fetch(connection)
                .await?;
        }
        let lay_together = found.len() * 2 > ids.len();
        if found.len() < ids.len() {
            let known: BTreeSet<Uuid> = found.iter().map(|Found(id, _)| *id).collect();
            let others = ids.iter().filter(|id| !known.contains(id)).copied();
            if let Some(others) = by_keys(workspace, others.collect()) {
                found.extend(others.fetch(connection).await?);
            }
        }
        // They come nearly in this order.
        found.sort_unstable_by_key(|Found(id, _)| *id);
        Ok(Self {
            found,
            lay_together,
        })
    }

    /// What a message says; nothing where nothing is known of it, and the second time.
    pub(super) fn take(&mut self, id: Uuid) -> Said {
        let place = self.found.binary_search_by_key(&id, |Found(id, _)| *id);
        let found = place.ok().and_then(|place| self.found.get_mut(place));
        found
            .map(|Found(_, said)| std::mem::take(said))
            .unwrap_or_default()
    }
}

/// What lies between two origins, but no more than twice as much as is looked for.
fn stretch(workspace: WorkspaceId, ids: &[Uuid], (first, last): (Timestamp, Timestamp)) -> Sql {
    let limit = i64::try_from(ids.len())
        .unwrap_or(i64::MAX)
        .saturating_mul(2);
    Sql::new(format!(
        "SELECT {COLUMNS} FROM (SELECT * FROM {} WHERE workspace_id = ? AND message_id BETWEEN ? AND ? \
           ORDER BY message_id LIMIT ?) AS stored WHERE stored.message_id = ANY(?)",
        ContentRow::TABLE,
    ))
    .once()
    .bind::<Integer, _>(workspace.0)
    .bind::<SqlUuid, _>(earliest(first))
    .bind::<SqlUuid, _>(latest(last))
    .bind::<BigInt, _>(limit)
    .bind_all::<SqlUuid, _>(ids.to_vec())
}

/// What messages say, by key; `None` where there are none. Joined with the rows in one statement each costs several times as much
/// to find. The ids' bounds keep months out of it that have none of them.
fn by_keys(workspace: WorkspaceId, ids: Vec<Uuid>) -> Option<Sql> {
    let (lowest, highest) = (*ids.iter().min()?, *ids.iter().max()?);
    let text = format!(
        "SELECT {COLUMNS} FROM {} AS stored \
         WHERE stored.workspace_id = ? AND stored.message_id BETWEEN ? AND ? AND stored.message_id = ANY(?)",
        ContentRow::TABLE,
    );
    let sql = Sql::new(text)
        .once()
        .bind::<Integer, _>(workspace.0)
        .bind::<SqlUuid, _>(lowest)
        .bind::<SqlUuid, _>(highest)
        .bind_all::<SqlUuid, _>(ids);
    Some(sql)
}

/// The least id of an origin.
fn earliest(origin: Timestamp) -> Uuid {
    Uuid::from_u128(millis(origin) << 80)
}

/// The greatest id of an origin.
fn latest(origin: Timestamp) -> Uuid {
    Uuid::from_u128(((millis(origin) + 1) << 80) - 1)
}

fn millis(origin: Timestamp) -> u128 {
    u128::from(origin.micros().max(0).unsigned_abs() / 1_000)
}
