//! Messages by their ids.

use std::collections::{BTreeSet, HashMap};

use acuse_domain::ids::{Digest, MessageId};
use acuse_domain::outbound::Outbound;
use diesel::QueryableByName;
use diesel::sql_types::{Integer, Nullable, Uuid as SqlUuid};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use uuid::Uuid;

use super::view::{self, MessageView, Piece};
use super::{CONDITION, Scoped};
use crate::error::StoreError;
use crate::message_state::messages::MessageRow;
use crate::message_state::timeline::TimelineRow;
use crate::sql::Sql;
use crate::types;

/// By what a message is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// Acuse's id, also one whose message became part of another.
    Id(MessageId),
    /// The key of the sender's or a provider's id.
    Key(Digest),
}

#[derive(QueryableByName)]
struct Meant {
    #[diesel(sql_type = Integer)]
    place: i32,
    #[diesel(sql_type = SqlUuid)]
    message_id: Uuid,
}

impl Scoped {
    /// The message, if it exists for this scope.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn message(&self, lookup: Lookup) -> Result<Option<MessageView>, StoreError> {
        let mut found = self.messages(vec![lookup]).await?;
        Ok(found.pop().flatten())
    }

    /// The messages, in the order in which they are asked for; `None` for one that does not exist for this scope. However
    /// many they are, each table is asked once.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn messages(
        &self,
        lookups: Vec<Lookup>,
    ) -> Result<Vec<Option<MessageView>>, StoreError> {
        let this = self.clone();
        self.read(move |connection| {
            async move {
                let meant = this.meant(connection, &lookups).await?;
                let ids: BTreeSet<Uuid> = meant.values().copied().collect();
                let views = this.views_of(connection, ids).await?;
                let place = |place| views.get(meant.get(&place)?).cloned();
                Ok((0..lookups.len()).map(place).collect())
            }
            .boxed()
        })
        .await
    }

    /// The message with all evidence on it, watermarks that cover it included, if it exists for this scope.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn timeline(
        &self,
        lookup: Lookup,
    ) -> Result<Option<(Outbound, Vec<Piece>)>, StoreError> {
        let this = self.clone();
        self.read(move |connection| {
            async move {
                let Some(row) = this.row(connection, lookup).await? else {
                    return Ok(None);
                };
                let pieces = view::of_message::<TimelineRow>(&row)
                    .fetch::<TimelineRow>(connection)
                    .await?;
                let pieces: Result<Vec<Piece>, StoreError> =
                    pieces.into_iter().map(view::piece).collect();
                let mut pieces = pieces?;
                let message = row.into_outbound()?;
                pieces.extend(view::watermarks(connection, &message).await?);
                Ok(Some((message, pieces)))
            }
            .boxed()
        })
        .await
    }

    /// The row of a message, if it exists for this scope.
    pub(super) async fn row(
        &self,
        connection: &AsyncPgConnection,
        lookup: Lookup,
    ) -> Result<Option<MessageRow>, StoreError> {
        let meant = self.meant(connection, &[lookup]).await?;
        let mut rows = self.rows_of(connection, meant.into_values()).await?;
        Ok(rows.pop())
    }

    /// Everything shown of the messages that exist for this scope, by id.
    pub(super) async fn views_of(
        &self,
        connection: &AsyncPgConnection,
        ids: impl IntoIterator<Item = Uuid>,
    ) -> Result<HashMap<Uuid, MessageView>, StoreError> {
        let rows = self.rows_of(connection, ids).await?;
        let views = view::views(connection, rows).await?;
        let by_id = views.into_iter().map(|view| (view.message.id.0, view));
        Ok(by_id.collect())
    }

    /// The rows of the messages that exist for this scope, in no order.
    async fn rows_of(
        &self,
        connection: &AsyncPgConnection,
        ids: impl IntoIterator<Item = Uuid>,
    ) -> Result<Vec<MessageRow>, StoreError> {
        let sql = view::by_ids::<MessageRow>(self.workspace.id.0, ids)
            // What a condition is added to needs one before it.
            .push(" WHERE true")
            .push(CONDITION);
        self.limits.bind(sql).fetch(connection).await
    }

    /// The ids of the messages that are meant, by the place in `lookups`. Ids that became part of another lead on, keys
    /// that nothing is known by are left out.
    async fn meant(
        &self,
        connection: &AsyncPgConnection,
        lookups: &[Lookup],
    ) -> Result<HashMap<usize, Uuid>, StoreError> {
        let ids = lookups.iter().map(|lookup| match lookup {
            Lookup::Id(id) => Some(id.0),
            Lookup::Key(_) => None,
        });
        let keys = lookups.iter().map(|lookup| match lookup {
            Lookup::Id(_) => None,
            Lookup::Key(key) => Some(types::uuid_of(*key)),
        });
        let found: Vec<Meant> = Sql::new(
            "SELECT wanted.place, coalesce(united.message_id, wanted.message_id) AS message_id \
             FROM (SELECT given.place, coalesce(given.message_id, keys.message_id) AS message_id \
               FROM unnest(?, ?, ?) AS given(place, message_id, digest) \
               LEFT JOIN message_state.message_keys AS keys \
                 ON keys.workspace_id = ? AND keys.digest = given.digest AND NOT keys.inbound) AS wanted \
             LEFT JOIN message_state.united_messages AS united \
               ON united.workspace_id = ? AND united.gone_id = wanted.message_id \
             WHERE wanted.message_id IS NOT NULL",
        )
        .bind_all::<Integer, _>((0_i32..).take(lookups.len()))
        .bind_all::<Nullable<SqlUuid>, _>(ids)
        .bind_all::<Nullable<SqlUuid>, _>(keys)
        .bind::<Integer, _>(self.workspace.id.0)
        .bind::<Integer, _>(self.workspace.id.0)
        .fetch(connection)
        .await?;
        Ok(found
            .into_iter()
            .filter_map(|meant| Some((usize::try_from(meant.place).ok()?, meant.message_id)))
            .collect())
    }
}
