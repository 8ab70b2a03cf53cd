//! A moment: a reader's transaction that is held open while an answer is made, so that all of it is read in one snapshot.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};

use acuse_domain::ids::WorkspaceId;
use diesel::sql_types::Text;
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, TransactionManager};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{CancelOnDrop, Database, Role};
use crate::error::StoreError;
use crate::sql::Sql;

/// Which workspace a moment is opened to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Opened<'a> {
    /// The one of this slug: its row alone, until the transaction names its number.
    BySlug(&'a str),
    /// The one of this number.
    Named(WorkspaceId),
}

/// What is read by key is planned once for all, and along indexes, however little the tables held then: every report asks the
/// same, and to plan it takes longer than to answer it.
const PLANNED_BY_KEY: &str = "set_config('plan_cache_mode', 'force_generic_plan', true), \
     set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true)";

/// A connection that a reader's transaction is open on. It is ended once this is dropped, which nobody waits for.
pub(crate) struct Moment {
    /// There until it is dropped.
    connection: Option<Object<AsyncPgConnection>>,
    tls: MakeRustlsConnect,
    /// How much of what was begun did not come to an end, be it that its caller went away.
    under_way: AtomicUsize,
}

impl std::fmt::Debug for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Moment").finish_non_exhaustive()
    }
}

impl Database {
    /// A connection to hold a moment on; [`begin`] begins it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where there is none.
    pub(crate) async fn moment(&self) -> Result<Moment, StoreError> {
        let mut connection = self.connection().await?;
        // Whoever does not come to its end leaves a connection that the pool throws away.
        AnsiTransactionManager::transaction_manager_status_mut(&mut *connection).set_in_error();
        Ok(Moment {
            connection: Some(connection),
            tls: self.tls.clone(),
            under_way: AtomicUsize::new(0),
        })
    }
}

impl Moment {
    /// Does some work in it.
    ///
    /// # Errors
    /// As the work does; nothing can be read in it from then on.
    pub(crate) async fn run<'a, T, F>(
        &'a self,
        work: impl FnOnce(&'a AsyncPgConnection) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let Some(connection) = &self.connection else {
            return Err(StoreError::Corrupt("a moment is over".to_owned()));
        };
        self.under_way.fetch_add(1, Ordering::Relaxed);
        let done = work(connection).await;
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        done
    }
}

/// Begins a reader's transaction on a connection, whose statements are planned once for all. What is sent together with it comes
/// after it.
pub(crate) async fn begin(
    connection: &AsyncPgConnection,
    opened: Opened<'_>,
) -> Result<(), StoreError> {
    let (slug, workspace) = match opened {
        Opened::BySlug(slug) => (slug.to_owned(), String::new()),
        Opened::Named(WorkspaceId(id)) => (String::new(), id.to_string()),
    };
    // Kept prepared: to read such a text takes the server longer than to do what it says.
    let begun = Sql::new("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
    let text = format!(
        "SELECT set_config('role', '{}', true), set_config('acuse.workspace_slug', ?, true), \
           set_config('acuse.workspace_id', ?, true), {PLANNED_BY_KEY}",
        Role::Reader.as_str()
    );
    let set = Sql::new(text)
        .bind::<Text, _>(slug)
        .bind::<Text, _>(workspace);
    futures::try_join!(begun.run(connection), set.run(connection))?;
    Ok(())
}

/// Has what follows planned as in a [`Moment`].
pub(crate) async fn plan_by_key(connection: &AsyncPgConnection) -> Result<(), StoreError> {
    let text = format!("SELECT {PLANNED_BY_KEY}");
    Sql::new(text).run(connection).await?;
    Ok(())
}

/// Ends the transaction under way, in which nothing was written.
pub(crate) async fn end(connection: &AsyncPgConnection) -> Result<(), StoreError> {
    Sql::new("ROLLBACK").run(connection).await?;
    Ok(())
}

impl Drop for Moment {
    fn drop(&mut self) {
        let (Some(connection), Ok(runtime)) = (
            self.connection.take(),
            tokio::runtime::Handle::try_current(),
        ) else {
            return;
        };
        if self.under_way.load(Ordering::Relaxed) > 0 {
            drop(CancelOnDrop::watch(&connection, &self.tls));
            return;
        }
        runtime.spawn(give_back(connection));
    }
}

/// Ends the transaction of a connection, and gives it back to its pool.
async fn give_back(mut connection: Object<AsyncPgConnection>) {
    match end(&connection).await {
        // It is as good as before.
        Ok(()) => {
            let status = AnsiTransactionManager::transaction_manager_status_mut(&mut *connection);
            *status = Default::default();
        }
        Err(error) => tracing::debug!(%error, "a connection is thrown away"),
    }
}
