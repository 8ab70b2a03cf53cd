//! Connections: a pool, and transactions in a role.

pub(crate) mod moment;

use std::time::Duration;

use acuse_domain::ids::WorkspaceId;
use acuse_telemetry::metrics::catalog::{CONNECTIONS, CONNECTIONS_MOST, CONNECTIONS_WAITING};
use deadpool::managed::QueueMode;
use diesel::sql_types::Text;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
};
use futures::FutureExt;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::address::Address;
use crate::error::StoreError;
use crate::sql::Sql;

/// How a service reaches the database.
#[derive(Debug, Clone)]
pub struct PoolConfig {
    /// Where the database is.
    pub address: Address,
    /// Connections at most.
    pub size: usize,
    /// How long a caller waits for a free connection before the database counts as away.
    pub wait: Duration,
}

impl PoolConfig {
    /// Up to `size` connections to the database at `address`.
    pub fn new(address: Address, size: usize) -> Self {
        Self {
            address,
            size,
            wait: Duration::from_secs(5),
        }
    }
}

/// The database, as one service sees it.
#[derive(Clone)]
pub struct Database {
    pool: Pool<AsyncPgConnection>,
    tls: MakeRustlsConnect,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

/// The roles that transactions take. They belong to the cluster, own nothing and cannot bypass row-level security.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Writes the schema `message_state`, of all workspaces.
    Writer,
    /// The same role, reading only, with one snapshot for the whole transaction.
    Snapshot,
    /// Reads the schema `message_state`, of the workspace that the transaction names.
    Reader,
    /// Writes the schema `ingestion`, of all workspaces, and reads which workspaces there are.
    Ingestion,
    /// Writes the schema `export`, of the workspace that the transaction names, and reads which workspaces there are.
    Export,
    /// The same role, writing the schema of all workspaces: for work that nobody waits for.
    ExportUpkeep,
    /// Writes the schema `reporting`, of the workspace that the transaction names.
    Reporting,
}

impl Role {
    fn as_str(self) -> &'static str {
        match self {
            Self::Writer | Self::Snapshot => "acuse_message_state",
            Self::Reader => "acuse_message_state_reader",
            Self::Ingestion => "acuse_ingestion",
            Self::Export | Self::ExportUpkeep => "acuse_export",
            Self::Reporting => "acuse_reporting",
        }
    }
}

/// What every session sets; the joins of a batch go by key, whatever the planner believes of a table that was empty a minute
/// ago; nothing waits long for a lock.
const SESSION: &str = "SET enable_hashjoin = off; SET enable_mergejoin = off; \
     SET jit = off; SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '30s'; \
     SET statement_timeout = '60s'; SET timezone = 'UTC'; SET application_name = 'acuse'";

/// Messages are matched by their English text, which a role without privileges gets only where the server speaks English
/// anyway.
pub(crate) const ENGLISH: &str = "DO $$ BEGIN PERFORM set_config('lc_messages', 'C', false); \
     EXCEPTION WHEN insufficient_privilege THEN NULL; END $$";

/// The writer finds its rows by key, however few a table holds: it goes through none, and plans each statement for what there
/// is, except those of which it says otherwise, see [`Plans`].
const BY_KEY: &str = ", set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), \
     set_config('enable_material', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)";

impl Database {
    /// A pool that connects when first used.
    ///
    /// # Errors
    /// Fails where the pool's own settings are impossible.
    pub fn new(config: &PoolConfig) -> Result<Self, StoreError> {
        let mut manager = ManagerConfig::default();
        let address = config.address.clone();
        if address.is_remote() && !address.checks_certificates() {
            tracing::warn!(
                "the database is on another machine, and whose it is is not checked: use sslmode=verify-full"
            );
        }
        manager.custom_setup = Box::new(move |_| {
            let address = address.clone();
            async move {
                let mut connection = address.connect().await?;
                connection
                    .batch_execute(&format!("{SESSION}; {ENGLISH}"))
                    .await
                    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(connection)
            }
            .boxed()
        });
        manager.recycling_method = diesel_async::pooled_connection::RecyclingMethod::Fast;
        // The setup knows the address; the manager need not.
        let manager = AsyncDieselConnectionManager::new_with_config("", manager);
        let pool = Pool::builder(manager)
            .max_size(config.size)
            // The one that was used last: a connection keeps the memory of its largest statement, and few are busy most of the time.
            .queue_mode(QueueMode::Lifo)
            .wait_timeout(Some(config.wait))
            .create_timeout(Some(config.wait))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| StoreError::Unavailable(error.into()))?;
        Ok(Self {
            pool,
            tls: config.address.tls(),
        })
    }

    /// The same, with its connections among the metrics under a name.
    #[must_use]
    pub fn measured(self, name: &'static str) -> Self {
        fn number(count: usize) -> f64 {
            u32::try_from(count).unwrap_or(u32::MAX).into()
        }
        let pool = self.pool.clone();
        CONNECTIONS.watch(move |tell| {
            let status = pool.status();
            let used = status.size.saturating_sub(status.available);
            tell(number(used), [name.into(), "used".into()]);
            tell(number(status.available), [name.into(), "idle".into()]);
        });
        let pool = self.pool.clone();
        CONNECTIONS_MOST.watch(move |tell| tell(number(pool.status().max_size), [name.into()]));
        let pool = self.pool.clone();
        CONNECTIONS_WAITING.watch(move |tell| tell(number(pool.status().waiting), [name.into()]));
        self
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] while it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let connection = self.connection().await?;
        Sql::new("SELECT 1").run(&connection).await?;
        Ok(())
    }

    pub(crate) async fn connection(&self) -> Result<Object<AsyncPgConnection>, StoreError> {
        Ok(self.pool.get().await?)
    }

    /// Runs `work` in one transaction in `role`, which sees the workspace given or, as the writer, all.
    pub(crate) async fn transaction<T, F>(
        &self,
        role: Role,
        workspace: Option<WorkspaceId>,
        work: F,
    ) -> Result<T, StoreError>
    where
        T: Send,
        F: for<'c> FnOnce(
                &'c AsyncPgConnection,
            ) -> futures::future::BoxFuture<'c, Result<T, StoreError>>
            + Send,
    {
        let mut connection = self.connection().await?;
        let cancel = CancelOnDrop::watch(&connection, &self.tls);
        let result = match begin(&mut connection, role, workspace).await {
            Ok(()) => match work(&connection).await {
                Ok(done) => AnsiTransactionManager::commit_transaction(&mut *connection)
                    .await
                    .map(|()| done)
                    .map_err(StoreError::from),
                Err(error) => {
                    let undone = AnsiTransactionManager::rollback_transaction(&mut *connection);
                    undone.await.map_err(StoreError::from).and(Err(error))
                }
            },
            Err(error) => Err(error),
        };
        cancel.disarm();
        result
    }
}

/// The number of the workspace that the transaction names, in SQL, as policies read it; null where it names none.
pub(crate) const NAMED: &str =
    "(SELECT nullif(current_setting('acuse.workspace_id', true), '')::int4)";

/// How a transaction's statements are planned from here on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plans {
    /// For the values at hand, and for what the tables hold now. A plan that was made for a month of a dozen messages and
    /// kept would find them by their workspace alone, in a month of thousands as well.
    Fresh,
    /// Once for all: to plan a small batch costs as much as to apply it. For statements that find rows by primary keys. Of
    /// indexes that seem alike, as all do while a table is nearly empty, the planner takes the one that was made last; where
    /// there are several, that is the primary key.
    Kept,
}

impl Plans {
    /// Has what is sent on the connection after this planned so, until the transaction ends.
    pub(crate) async fn begin(self, connection: &AsyncPgConnection) -> Result<(), StoreError> {
        let mode = match self {
            Self::Fresh => "force_custom_plan",
            Self::Kept => "force_generic_plan",
        };
        Sql::new("SELECT set_config('plan_cache_mode', ?, true)")
            .bind::<Text, _>(mode)
            .run(connection)
            .await?;
        Ok(())
    }
}

/// Begins a transaction in a role, in one round trip.
async fn begin(
    connection: &mut AsyncPgConnection,
    role: Role,
    workspace: Option<WorkspaceId>,
) -> Result<(), StoreError> {
    // A reader's queries all see one moment: figures of one answer must agree.
    let level = match role {
        Role::Writer | Role::Ingestion | Role::Export | Role::ExportUpkeep | Role::Reporting => {
            "READ COMMITTED"
        }
        Role::Reader | Role::Snapshot => "REPEATABLE READ READ ONLY",
    };
    let workspace = match (role, workspace) {
        (Role::ExportUpkeep, _) => "*".to_owned(),
        (_, Some(WorkspaceId(id))) => id.to_string(),
        (_, None) => String::new(),
    };
    let (role, tuned) = (
        role.as_str(),
        if role == Role::Writer { BY_KEY } else { "" },
    );
    let text = format!(
        "BEGIN TRANSACTION ISOLATION LEVEL {level}; SELECT set_config('role', '{role}', true), \
           set_config('acuse.workspace_id', '{workspace}', true){tuned}"
    );
    let begun = AnsiTransactionManager::begin_transaction_sql(connection, &text).await;
    if begun.is_err() {
        // Nobody counts it as begun, though it may have been.
        let _ = connection.batch_execute("ROLLBACK").await;
    }
    Ok(begun?)
}

/// Stops the query under way when its caller goes away in the middle: dropping a future alone stops nothing in the
/// database. The connection itself is still inside its transaction then, and the pool throws it away.
struct CancelOnDrop {
    token: Option<(tokio_postgres::CancelToken, MakeRustlsConnect)>,
}

impl CancelOnDrop {
    fn watch(connection: &AsyncPgConnection, tls: &MakeRustlsConnect) -> Self {
        Self {
            token: Some((connection.cancel_token(), tls.clone())),
        }
    }

    /// The work is over; there is nothing to stop.
    fn disarm(mut self) {
        self.token = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let (Some((token, tls)), Ok(runtime)) =
            (self.token.take(), tokio::runtime::Handle::try_current())
        {
            runtime.spawn(async move {
                if let Err(error) = token.cancel_query(tls).await {
                    tracing::debug!(%error, "could not stop a query whose caller is gone");
                }
            });
        }
    }
}
