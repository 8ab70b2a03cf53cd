//! Read: messages of one workspace, as far as a scope shows them.
//!
//! A query for messages is built by [`Scoped`] alone, and there is no `Scoped` without a scope. Its transactions run as a
//! role that sees one workspace and can only read, so that even a query that forgot its condition would show nothing of
//! another workspace.

mod changes;
mod conversation;
mod details;
mod lookup;
mod open;
mod received;
mod report;
mod view;

use std::sync::Arc;

use acuse_domain::names::Dimension;
use acuse_domain::time::Timestamp;
pub use changes::{Changed, Changes, Expired, Reach};
pub use conversation::{Conversation, Said};
use diesel::sql_types::{Array, Integer, Nullable};
use diesel_async::AsyncPgConnection;
use futures::FutureExt;
pub use lookup::Lookup;
use open::Held;
pub(crate) use report::contacts_of;
pub use report::{
    Answer, Answered, Asked, Copies, CopiesConfig, HsmRow, HsmRows, Kept, Order, Pages, Path,
    Place, ProviderLag, Question, Unfit,
};
pub(crate) use view::by_ids;
pub use view::{MessageView, Piece};

use crate::error::StoreError;
use crate::message_state::directory;
pub use crate::message_state::directory::Entry;
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
    /// The moment that all is read in, where one is held.
    held: Option<Arc<Held>>,
}

/// Numbers that messages are limited to; `None` for no limit, an empty list for nothing.
#[derive(Debug, Clone, Default)]
struct Limits {
    departments: Option<Vec<i32>>,
    accounts: Option<Vec<i32>>,
    agents: Option<Vec<i32>>,
}

impl Scoped {
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
        match &self.held {
            Some(held) => held.moment.run(work).await,
            None => {
                let (role, workspace) = (Role::Reader, self.workspace.id);
                self.database.transaction(role, Some(workspace), work).await
            }
        }
    }
}

/// The condition that every query for messages ends with.
const CONDITION: &str = " AND (? IS NULL OR stored.department_id = ANY(?)) \
     AND (? IS NULL OR stored.account_id = ANY(?)) AND (? IS NULL OR stored.agent_id = ANY(?))";

impl Limits {
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
