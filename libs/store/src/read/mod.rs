//! Read: messages of one workspace, as far as a scope shows them.
//!
//! A query for messages is built by [`Scoped`] alone, and there is no `Scoped` without a scope. Its transactions run as a
//! role that sees one workspace and can only read, so that even a query that forgot its condition would show nothing of
//! another workspace.

mod changes;
mod conversation;
mod details;
mod lookup;
mod received;
mod report;
mod view;

use acuse_domain::ids::WorkspaceId;
use acuse_domain::names::Dimension;
use acuse_domain::scope::{Limit, Scope};
use acuse_domain::time::Timestamp;
pub use changes::{Changed, Changes, Expired, Reach};
pub use conversation::{Conversation, Said};
use diesel::sql_types::{Array, Integer, Nullable, Text};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
pub use lookup::Lookup;
pub(crate) use report::contacts_of;
use report::numbers_of;
pub use report::{
    Answer, Answered, Asked, Copies, CopiesConfig, HsmRow, HsmRows, Order, Pages, Path, Place,
    ProviderLag, Question, Unfit,
};
pub(crate) use view::by_ids;
pub use view::{MessageView, Piece};

use crate::error::StoreError;
use crate::message_state::directory;
pub use crate::message_state::directory::Entry;
use crate::message_state::workspaces as table;
use crate::pool::{Database, Role};
use crate::sql::Sql;
use crate::workspaces::Workspace;

/// One workspace, as far as a scope shows it.
#[derive(Debug, Clone)]
pub struct Scoped {
    database: Database,
    workspace: Workspace,
    limits: Limits,
    /// Changes read at most that the rollups do not hold yet.
    longest_tail: i64,
    /// Copies of messages in memory; `None` where rows are counted.
    copies: Option<Copies>,
    /// As of when reports tell how far behind providers are; `None` where they don't.
    lag_until: Option<Timestamp>,
}

/// Numbers that messages are limited to; `None` for no limit, an empty list for nothing.
#[derive(Debug, Clone, Default)]
struct Limits {
    departments: Option<Vec<i32>>,
    accounts: Option<Vec<i32>>,
    agents: Option<Vec<i32>>,
}

impl Scoped {
    /// Opens a workspace to a scope; `None` where there is no such workspace.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn open(database: &Database, scope: &Scope) -> Result<Option<Self>, StoreError> {
        let scope = scope.clone();
        let found = database
            .transaction(Role::Reader, None, move |connection| {
                async move {
                    let Some(workspace) = by_slug(connection, &scope.workspace).await? else {
                        return Ok(None);
                    };
                    let limits = Limits::of_scope(connection, workspace.id, &scope).await?;
                    Ok(Some((workspace, limits)))
                }
                .boxed()
            })
            .await?;
        let Some((workspace, limits)) = found else {
            return Ok(None);
        };
        Ok(Some(Self {
            database: database.clone(),
            workspace,
            limits,
            longest_tail: report::LONGEST_TAIL,
            copies: None,
            lag_until: None,
        }))
    }

    /// The workspace.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Up to `limit` names of a dimension whose external id comes after `after`, in the order of external ids. Of
    /// departments, accounts and agents those that the scope covers.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn entries(
        &self,
        dimension: Dimension,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let only = self.limits.of(dimension).cloned();
        self.page(dimension, only, after, limit).await
    }

    /// The same of the names with these numbers alone.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn entries_among(
        &self,
        dimension: Dimension,
        numbers: &[i32],
        after: &str,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let limits = self.limits.of(dimension);
        let covered = |number: &&i32| limits.is_none_or(|limit| limit.contains(number));
        let only = numbers.iter().filter(covered).copied().collect();
        self.page(dimension, Some(only), after, limit).await
    }

    /// Whether the scope says which names of a dimension it covers, rather than which messages alone.
    pub fn limits_names(&self, dimension: Dimension) -> bool {
        self.limits.of(dimension).is_some()
    }

    async fn page(
        &self,
        dimension: Dimension,
        only: Option<Vec<i32>>,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let (workspace, after) = (self.workspace.id, after.to_owned());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(move |connection| {
            async move {
                directory::list(connection, workspace, dimension, only, &after, limit).await
            }
            .boxed()
        })
        .await
    }

    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send,
        F: for<'c> FnOnce(
                &'c AsyncPgConnection,
            ) -> futures::future::BoxFuture<'c, Result<T, StoreError>>
            + Send,
    {
        self.database
            .transaction(Role::Reader, Some(self.workspace.id), work)
            .await
    }
}

/// The workspace of that slug, which is the one that the reader sees for it.
async fn by_slug(
    connection: &AsyncPgConnection,
    slug: &str,
) -> Result<Option<Workspace>, StoreError> {
    let named = Sql::new("SELECT set_config('acuse.workspace_slug', ?, true)")
        .bind::<Text, _>(slug.to_owned())
        .run(connection);
    // Sent together, and worked through in this order.
    let (_, found) = futures::try_join!(named, table::find(connection, slug))?;
    Ok(found)
}

/// The condition that every query for messages ends with.
const CONDITION: &str = " AND (? IS NULL OR stored.department_id = ANY(?)) \
     AND (? IS NULL OR stored.account_id = ANY(?)) AND (? IS NULL OR stored.agent_id = ANY(?))";

impl Limits {
    /// The limits of a scope, in a transaction that is to see that workspace from now on.
    async fn of_scope(
        connection: &AsyncPgConnection,
        workspace: WorkspaceId,
        scope: &Scope,
    ) -> Result<Self, StoreError> {
        if scope.is_whole() {
            return Ok(Self::default());
        }
        let seen = Sql::new("SELECT set_config('acuse.workspace_id', ?, true)")
            .bind::<Text, _>(workspace.0.to_string())
            .run(connection);
        let numbers = async |dimension: Dimension, limit: &Limit| match limit {
            Limit::All => Ok(None),
            Limit::Only(ids) => {
                let found = numbers_of(connection, workspace, dimension, ids.iter().cloned());
                Ok::<_, StoreError>(Some(found.await?.into_values().collect()))
            }
        };
        let (_, departments, accounts, agents) = futures::try_join!(
            seen,
            numbers(Dimension::Department, &scope.departments),
            numbers(Dimension::Account, &scope.accounts),
            numbers(Dimension::Agent, &scope.agents),
        )?;
        Ok(Self {
            departments,
            accounts,
            agents,
        })
    }

    /// The names of a dimension that there are, where they are limited.
    fn of(&self, dimension: Dimension) -> Option<&Vec<i32>> {
        match dimension {
            Dimension::Department => self.departments.as_ref(),
            Dimension::Account => self.accounts.as_ref(),
            Dimension::Agent => self.agents.as_ref(),
            _ => None,
        }
    }

    /// Binds [`CONDITION`].
    fn bind(&self, mut sql: Sql) -> Sql {
        for limit in [&self.departments, &self.accounts, &self.agents] {
            sql = sql
                .bind::<Nullable<Array<Integer>>, _>(limit.clone())
                .bind::<Nullable<Array<Integer>>, _>(limit.clone());
        }
        sql
    }
}
