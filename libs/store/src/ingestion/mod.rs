//! The schema `ingestion`, one file a table: integrations, the inbox of webhooks that could not be applied at once, and
//! what was not understood.
//!
//! Everything here runs in a role that writes this schema alone and reads nothing of messages.

mod inbox;
mod integration;
mod integrations;
mod not_understood;

use std::fmt;

use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::Provider;
use acuse_domain::time::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::{Integer, Text};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::error::StoreError;
use crate::pool::{Database, Role};
use crate::sql::Sql;

pub use inbox::{Backlog, Lease, Waiting, backlog, claim, finish, keep_in_inbox, postpone};
pub(crate) use inbox::{WaitingRow, waiting_by_provider};
pub use integration::{
    Change, ChannelAccount, Creation, Integration, NewIntegration, Requested, Sealed, SealedRequest,
};
pub use integrations::{
    create_integration, delete_integration, integration, integration_of, integrations,
    requested_integration, update_integration,
};
pub use not_understood::{
    Counted, Counts, Filter, Finding, NotUnderstood, Page, Place, Wanted, count_not_understood,
    delete_not_understood, keep_not_understood, not_understood, settle_not_understood,
    sweep_not_understood,
};

/// Which integration a webhook came in by. It may be gone when its webhooks are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IntegrationRef {
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its id.
    pub id: Uuid,
    /// Whose webhooks it takes.
    pub provider: Provider,
}

/// A webhook's payload as it came in.
#[derive(Clone, PartialEq, Eq)]
pub struct Parcel {
    /// What it came in by.
    pub integration: IntegrationRef,
    /// When it was received; if it came several times, first.
    pub received_at: Timestamp,
    /// The header `Content-Type`; `None` where there was none.
    pub content_type: Option<String>,
    /// The parameters of the URL that its reading hangs on, as a query; `None` where there were none. Never a secret.
    pub query: Option<String>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl fmt::Debug for Parcel {
    /// Leaves the body out, which holds what people wrote.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel")
            .field("integration", &self.integration)
            .field("received_at", &self.received_at)
            .field("content_type", &self.content_type)
            .field("query", &self.query)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

impl IntegrationRef {
    fn stored(workspace: i32, id: Uuid, provider: i16) -> Result<Self, StoreError> {
        let unknown = || StoreError::Corrupt(format!("integration {id}: provider {provider}"));
        Ok(Self {
            workspace: WorkspaceId(workspace),
            id,
            provider: Provider::from_code(provider).ok_or_else(unknown)?,
        })
    }
}

/// Runs `work` in one transaction in the role of ingestion.
async fn transaction<T, F>(database: &Database, work: F) -> Result<T, StoreError>
where
    T: Send,
    F: for<'c> FnOnce(&'c AsyncPgConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send,
{
    database.transaction(Role::Ingestion, None, work).await
}

/// Runs one statement in the role of ingestion; gives how many rows it touched.
async fn run(database: &Database, statement: Sql) -> Result<usize, StoreError> {
    transaction(database, move |connection| {
        statement.run(connection).boxed()
    })
    .await
}

/// Runs one statement in the role of ingestion for the rows it gives.
async fn fetch<T>(database: &Database, statement: Sql) -> Result<Vec<T>, StoreError>
where
    T: QueryableByName<diesel::pg::Pg> + Send + 'static,
{
    transaction(database, move |connection| {
        statement.fetch(connection).boxed()
    })
    .await
}

#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = Integer)]
    workspace_id: i32,
}

/// The number of the workspace of that slug.
async fn workspace_of(
    connection: &AsyncPgConnection,
    slug: String,
) -> Result<Option<i32>, StoreError> {
    let row: Option<NumberRow> =
        Sql::new("SELECT workspace_id FROM message_state.workspaces WHERE slug = ?")
            .bind::<Text, _>(slug)
            .fetch_optional(connection)
            .await?;
    Ok(row.map(|row| row.workspace_id))
}

/// A count as a bind of `LIMIT`.
fn rows_at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The text without NUL, which Postgres keeps neither in `text` nor in `jsonb`: what is told about a payload must not
/// fail for what stands in it.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// The value of a `jsonb` column.
fn json<T: Serialize>(value: &T) -> Result<Value, StoreError> {
    serde_json::to_value(value).map_err(|error| StoreError::Refused(error.into()))
}
