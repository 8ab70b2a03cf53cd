//! Opening: a workspace to a scope, for a while or for one moment.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acuse_domain::names::Dimension;
use acuse_domain::scope::{Limit, Scope};
use acuse_domain::time::Timestamp;
use diesel_async::AsyncPgConnection;

use super::report::{LONGEST_TAIL, Outset, numbers_of};
use super::{Limits, Scoped};
use crate::error::StoreError;
use crate::message_state::workspaces as table;
use crate::pool::Database;
use crate::pool::moment::{Moment, Opened, begin, end};
use crate::workspaces::Workspace;

/// A moment that is held, of the workspace that it was opened to.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) moment: Moment,
    /// What every report begins with, until the moment is another one.
    outset: Mutex<Option<Outset>>,
}

impl Held {
    fn outset(&self) -> MutexGuard<'_, Option<Outset>> {
        self.outset.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scoped {
    /// Opens a workspace to a scope; `None` where there is no such workspace.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn open(database: &Database, scope: &Scope) -> Result<Option<Self>, StoreError> {
        let moment = database.moment().await?;
        let found = moment.run(|connection| opened(connection, scope)).await?;
        Ok(found.map(|found| Self::new(database, found)))
    }

    /// The same for one moment: all that is asked of it, and of its clones, is read as it was when it was opened, on a
    /// connection that they hold as long as there are any. They are asked one thing after the other. Reports also tell how far
    /// behind providers are, within the hour before `now`.
    ///
    /// # Errors
    /// Fails with the database.
    pub async fn hold(
        database: &Database,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let moment = database.moment().await?;
        let (found, outset) = moment
            .run(|connection| async move {
                // Sent together, and worked through in this order.
                let outset = Outset::find(connection, Some(now));
                futures::try_join!(opened(connection, scope), outset)
            })
            .await?;
        let Some(found) = found else {
            return Ok(None);
        };
        let held = Held {
            moment,
            outset: Mutex::new(outset),
        };
        Ok(Some(Self {
            lag_until: Some(now),
            held: Some(Arc::new(held)),
            ..Self::new(database, found)
        }))
    }

    fn new(database: &Database, (workspace, limits): (Workspace, Limits)) -> Self {
        Self {
            database: database.clone(),
            workspace,
            limits,
            longest_tail: LONGEST_TAIL,
            copies: None,
            lag_until: None,
            held: None,
        }
    }

    /// What reports of the moment that is held begin with; `None` where none is held, or another one than at first.
    pub(super) fn outset(&self) -> Option<Outset> {
        self.held.as_ref()?.outset().clone()
    }

    /// Takes another moment where one is held: the present one.
    ///
    /// # Errors
    /// Fails with the database.
    pub(super) async fn renew(&self) -> Result<(), StoreError> {
        let Some(held) = &self.held else {
            return Ok(());
        };
        *held.outset() = None;
        let opened = Opened::Named(self.workspace.id);
        held.moment
            .run(|connection| async move {
                let both = futures::try_join!(end(connection), begin(connection, opened));
                both.map(|_| ())
            })
            .await
    }
}

/// Begins a reader's transaction that sees the workspace of a scope, on its way there in one round trip.
async fn opened(
    connection: &AsyncPgConnection,
    scope: &Scope,
) -> Result<Option<(Workspace, Limits)>, StoreError> {
    // Sent together, and worked through in this order: what the second finds is named for those that follow.
    let ((), found, limits) = futures::try_join!(
        begin(connection, Opened::BySlug(&scope.workspace)),
        table::find_and_name(connection, &scope.workspace),
        Limits::of_scope(connection, scope),
    )?;
    Ok(found.map(|workspace| (workspace, limits)))
}

impl Limits {
    /// The limits of a scope, in a transaction that names its workspace.
    async fn of_scope(connection: &AsyncPgConnection, scope: &Scope) -> Result<Self, StoreError> {
        let numbers = async |dimension: Dimension, limit: &Limit| match limit {
            Limit::All => Ok(None),
            Limit::Only(ids) => {
                let found = numbers_of(connection, dimension, ids.iter().cloned());
                Ok::<_, StoreError>(Some(found.await?.into_values().collect()))
            }
        };
        let (departments, accounts, agents) = futures::try_join!(
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
}
