//! `integrations`: accounts at providers that report to a workspace by webhooks.

use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{
    BigInt, Binary, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use serde_json::Value;
use uuid::Uuid;

use super::integration::{Change, Creation, Integration, NewIntegration, Requested, Sealed};
use super::{IntegrationRef, fetch, json, rows_at_most, run, transaction, workspace_of};
use crate::error::StoreError;
use crate::pool::Database;
use crate::sql::{Rows, Sql, rows};
use crate::types::At;

rows! {
    /// One integration as stored.
    IntegrationRow in "ingestion.integrations" {
        workspace_id: i32 => Integer,
        integration_id: Uuid => SqlUuid,
        provider: i16 => SmallInt,
        display_name: String => Text,
        channel_accounts: Value => Jsonb,
        secrets_key: String => Text,
        secrets: Vec<u8> => Binary,
        secrets_set: Value => Jsonb,
        request_id: Option<Uuid> => Nullable<SqlUuid>,
        created_at: At => Timestamptz,
        updated_at: At => Timestamptz,
        request_digest_key: Option<String> => Nullable<Text>,
        request_digest: Option<Vec<u8>> => Nullable<Binary>,
    }
}

/// An integration with the slug of its workspace.
#[derive(QueryableByName)]
struct FoundRow {
    #[diesel(embed)]
    integration: IntegrationRow,
    #[diesel(sql_type = Text)]
    slug: String,
}

impl NewIntegration {
    fn row(self, workspace: i32, now: Timestamp) -> Result<IntegrationRow, StoreError> {
        let request = self.request.map(|request| (request.id, request.digest));
        let (request_id, digest) = request.unzip();
        let (digest_key, digest) = digest.map(|sealed| (sealed.key, sealed.bytes)).unzip();
        Ok(IntegrationRow {
            workspace_id: workspace,
            integration_id: self.id,
            provider: self.provider.code(),
            display_name: self.display_name,
            channel_accounts: json(&self.channel_accounts)?,
            secrets_key: self.secrets.key,
            secrets: self.secrets.bytes,
            secrets_set: json(&self.secrets_set)?,
            request_id,
            created_at: At(now),
            updated_at: At(now),
            request_digest_key: digest_key,
            request_digest: digest,
        })
    }
}

impl TryFrom<FoundRow> for Integration {
    type Error = StoreError;

    fn try_from(found: FoundRow) -> Result<Self, StoreError> {
        let (row, slug) = (found.integration, found.slug);
        let id = row.integration_id;
        let reference = IntegrationRef::stored(row.workspace_id, id, row.provider)?;
        // The cause may hold a phone number; where it stands is enough to find it.
        let corrupt = |column: &str| StoreError::Corrupt(format!("integration {id}: {column}"));
        Ok(Self {
            id,
            workspace: reference.workspace,
            slug,
            provider: reference.provider,
            display_name: row.display_name,
            channel_accounts: serde_json::from_value(row.channel_accounts)
                .map_err(|_| corrupt("channel_accounts"))?,
            secrets: Sealed {
                key: row.secrets_key,
                bytes: row.secrets,
            },
            secrets_set: serde_json::from_value(row.secrets_set)
                .map_err(|_| corrupt("secrets_set"))?,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
    }
}

impl TryFrom<FoundRow> for Requested {
    type Error = StoreError;

    fn try_from(mut found: FoundRow) -> Result<Self, StoreError> {
        let row = &mut found.integration;
        let digest = row.request_digest_key.take().zip(row.request_digest.take());
        Ok(Self {
            digest: digest.map(|(key, bytes)| Sealed { key, bytes }),
            integration: found.try_into()?,
        })
    }
}

/// Creates an integration, unless one was created before by a request of its id or the workspace has `most` already. A request
/// whose integration was deleted meanwhile creates another.
///
/// # Errors
/// Fails with the database; nothing was stored. [`StoreError::Refused`] where the id is taken.
pub async fn create_integration(
    database: &Database,
    new: NewIntegration,
    most: usize,
    now: Timestamp,
) -> Result<Creation, StoreError> {
    transaction(database, move |connection| {
        create(connection, new, most, now).boxed()
    })
    .await
}

async fn create(
    connection: &AsyncPgConnection,
    new: NewIntegration,
    most: usize,
    now: Timestamp,
) -> Result<Creation, StoreError> {
    let Some(workspace) = workspace_of(connection, new.slug.clone()).await? else {
        return Ok(Creation::NoWorkspace);
    };
    // One creation at a time in a workspace: two would each count without the other, or both miss the first request.
    Sql::new("SELECT pg_advisory_xact_lock(hashtext('ingestion.integrations'), ?)")
        .bind::<Integer, _>(workspace)
        .run(connection)
        .await?;
    if let Some(request) = &new.request {
        let before: Option<FoundRow> = select("stored.workspace_id = ? AND stored.request_id = ?")
            .bind::<Integer, _>(workspace)
            .bind::<SqlUuid, _>(request.id)
            .fetch_optional(connection)
            .await?;
        if let Some(before) = before {
            return Ok(Creation::Repeated(before.try_into()?));
        }
    }
    let there: Vec<CountRow> = Sql::new(
        "SELECT count(*) AS integrations FROM ingestion.integrations WHERE workspace_id = ?",
    )
    .bind::<Integer, _>(workspace)
    .fetch(connection)
    .await?;
    if there
        .iter()
        .any(|row| row.integrations >= rows_at_most(most))
    {
        return Ok(Creation::TooMany);
    }
    let slug = new.slug.clone();
    let row = new.row(workspace, now)?;
    IntegrationRow::insert(std::slice::from_ref(&row), "")
        .run(connection)
        .await?;
    Ok(Creation::Created(
        FoundRow {
            integration: row,
            slug,
        }
        .try_into()?,
    ))
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    integrations: i64,
}

/// What a request of that id has created in a workspace; `None` where it has created nothing.
///
/// # Errors
/// Fails with the database.
pub async fn requested_integration(
    database: &Database,
    slug: &str,
    request: Uuid,
) -> Result<Option<Requested>, StoreError> {
    let statement = select("workspaces.slug = ? AND stored.request_id = ?")
        .bind::<Text, _>(slug.to_owned())
        .bind::<SqlUuid, _>(request);
    let row: Option<FoundRow> = fetch(database, statement).await?.pop();
    row.map(Requested::try_from).transpose()
}

/// The integration of that id, whosever it is: what a webhook's URL names. `None` where there is none.
///
/// # Errors
/// Fails with the database.
pub async fn integration(database: &Database, id: Uuid) -> Result<Option<Integration>, StoreError> {
    one(
        database,
        select("stored.integration_id = ?").bind::<SqlUuid, _>(id),
    )
    .await
}

/// The integration of that id, if it is of that workspace.
///
/// # Errors
/// Fails with the database.
pub async fn integration_of(
    database: &Database,
    slug: &str,
    id: Uuid,
) -> Result<Option<Integration>, StoreError> {
    let statement = select("stored.integration_id = ? AND workspaces.slug = ?")
        .bind::<SqlUuid, _>(id)
        .bind::<Text, _>(slug.to_owned());
    one(database, statement).await
}

/// Up to `limit` integrations of a workspace whose id comes after `after`, in the order of ids, which is that of their
/// creation. `None` where there is no such workspace.
///
/// # Errors
/// Fails with the database.
pub async fn integrations(
    database: &Database,
    slug: &str,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Option<Vec<Integration>>, StoreError> {
    let slug = slug.to_owned();
    let found = transaction(database, move |connection| {
        async move {
            let Some(workspace) = workspace_of(connection, slug).await? else {
                return Ok(None);
            };
            let rows: Vec<FoundRow> = select(
                "stored.workspace_id = ? AND stored.integration_id > ? \
                 ORDER BY stored.integration_id LIMIT ?",
            )
            .bind::<Integer, _>(workspace)
            .bind::<SqlUuid, _>(after.unwrap_or_default())
            .bind::<BigInt, _>(rows_at_most(limit))
            .fetch(connection)
            .await?;
            Ok(Some(rows))
        }
        .boxed()
    })
    .await?;
    found
        .map(|rows| rows.into_iter().map(Integration::try_from).collect())
        .transpose()
}

/// Changes an integration of that workspace; gives it as it is now. `None` where there is none.
///
/// # Errors
/// Fails with the database; nothing was changed.
pub async fn update_integration(
    database: &Database,
    slug: &str,
    id: Uuid,
    change: Change,
    now: Timestamp,
) -> Result<Option<Integration>, StoreError> {
    let (secrets, secrets_set) = change.secrets.unzip();
    let (key, bytes) = secrets.map(|sealed| (sealed.key, sealed.bytes)).unzip();
    let text = format!(
        "UPDATE ingestion.integrations AS stored SET display_name = coalesce(?, stored.display_name), \
         channel_accounts = coalesce(?, stored.channel_accounts), secrets_key = coalesce(?, stored.secrets_key), \
         secrets = coalesce(?, stored.secrets), secrets_set = coalesce(?, stored.secrets_set), updated_at = ? \
         FROM message_state.workspaces WHERE workspaces.workspace_id = stored.workspace_id \
         AND workspaces.slug = ? AND stored.integration_id = ? RETURNING {}",
        columns(),
    );
    let statement = Sql::new(text)
        .bind::<Nullable<Text>, _>(change.display_name)
        .bind::<Nullable<Jsonb>, _>(change.channel_accounts.as_ref().map(json).transpose()?)
        .bind::<Nullable<Text>, _>(key)
        .bind::<Nullable<Binary>, _>(bytes)
        .bind::<Nullable<Jsonb>, _>(secrets_set.as_ref().map(json).transpose()?)
        .bind::<Timestamptz, _>(At(now))
        .bind::<Text, _>(slug.to_owned())
        .bind::<SqlUuid, _>(id);
    one(database, statement).await
}

/// Deletes an integration of that workspace; false where there was none. What waits in its inbox stays.
///
/// # Errors
/// Fails with the database; nothing was deleted.
pub async fn delete_integration(
    database: &Database,
    slug: &str,
    id: Uuid,
) -> Result<bool, StoreError> {
    let statement = Sql::new(
        "DELETE FROM ingestion.integrations AS stored USING message_state.workspaces \
         WHERE workspaces.workspace_id = stored.workspace_id AND workspaces.slug = ? AND stored.integration_id = ?",
    )
    .bind::<Text, _>(slug.to_owned())
    .bind::<SqlUuid, _>(id);
    Ok(run(database, statement).await? > 0)
}

/// Runs a statement that gives one integration or none.
async fn one(database: &Database, statement: Sql) -> Result<Option<Integration>, StoreError> {
    let row: Option<FoundRow> = fetch(database, statement).await?.pop();
    row.map(Integration::try_from).transpose()
}

/// `SELECT` of [`FoundRow`] with a condition on `stored` and `workspaces`.
fn select(condition: &str) -> Sql {
    Sql::new(format!(
        "SELECT {} FROM ingestion.integrations AS stored JOIN message_state.workspaces USING (workspace_id) \
         WHERE {condition}",
        columns(),
    ))
}

/// The columns of [`FoundRow`].
fn columns() -> String {
    format!(
        "stored.{}, workspaces.slug",
        IntegrationRow::COLUMNS.join(", stored.")
    )
}
