//! A database for one test.

use std::env;
use std::thread::{self, JoinHandle};

use acuse_store::{Address, migrations};
use anyhow::Context;
use tokio::runtime;
use tokio::sync::oneshot;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use crate::server::{address_of, connect};
use crate::template::{self, end_sessions};

#[cfg(test)]
mod tests;

const PREFIX: &str = "acuse_test_";

/// Copying fails while someone looks at the template, or where another run has just removed it.
const ATTEMPTS: usize = 5;

/// A database that one test has to itself, dropped with this value.
///
/// It is a copy of a template that was migrated once, which takes some tens of milliseconds. A
/// test that is killed leaves its database behind; the next test on that server removes it.
#[derive(Debug)]
pub struct Database {
    url: String,
    keeper: Option<Keeper>,
}

/// The thread that made the database and drops it. It has a runtime of its own, so that neither
/// the test's kind of runtime nor its paused clock matters, and dropping can be waited for.
#[derive(Debug)]
struct Keeper {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Database {
    /// A database with Acuse's schema and no rows.
    ///
    /// # Panics
    ///
    /// As [`with_schema`](Self::with_schema).
    pub async fn new() -> Self {
        Self::with_schema(migrations::fingerprint(), |url| async move {
            migrations::run(&url.parse()?).await?;
            Ok(())
        })
        .await
    }

    /// A database whose schema is what `migrate` makes of an empty one, given its address.
    ///
    /// `fingerprint` stands for the schema: the same for every test with the same `migrate`, and
    /// another one as soon as `migrate` would do something else.
    ///
    /// # Panics
    ///
    /// Where `DATABASE_URL` is not set, and where the server cannot be reached or refuses.
    pub async fn with_schema<M, F>(fingerprint: String, migrate: M) -> Self
    where
        M: Fn(String) -> F + Send + 'static,
        F: Future<Output = anyhow::Result<()>>,
    {
        let (made, making) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || keep(&fingerprint, &migrate, made, stopped));
        match making.await {
            Ok(Ok(url)) => Self {
                url,
                keeper: Some(Keeper { stop, thread }),
            },
            Ok(Err(error)) => panic!("no database for this test: {error:#}"),
            Err(_) => panic!("no database for this test: the thread that makes it panicked"),
        }
    }

    /// The address of the database, of the form `postgres://user@host:port/name`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same, for storage.
    ///
    /// # Panics
    ///
    /// Where `DATABASE_URL` is no address of a database.
    #[must_use]
    pub fn address(&self) -> Address {
        match self.url.parse() {
            Ok(address) => address,
            Err(error) => panic!("the address of this test's database {error}"),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(Keeper { stop, thread }) = self.keeper.take() {
            drop(stop);
            // A database that could not be dropped is removed by a later test.
            thread.join().ok();
        }
    }
}

/// Makes a database, tells its address, and drops it when told to.
fn keep<M, F>(
    fingerprint: &str,
    migrate: &M,
    made: oneshot::Sender<anyhow::Result<String>>,
    stopped: oneshot::Receiver<()>,
) where
    M: Fn(String) -> F,
    F: Future<Output = anyhow::Result<()>>,
{
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return drop(made.send(Err(error.into()))),
    };
    runtime.block_on(async {
        match create(fingerprint, migrate).await {
            Ok((admin, server, name)) => {
                made.send(address_of(&server, &name)).ok();
                stopped.await.ok();
                remove(&admin, &server, &name).await;
            }
            Err(error) => drop(made.send(Err(error))),
        }
    });
}

/// Returns the session that owns the database, the server's address and the database's name.
async fn create<M, F>(fingerprint: &str, migrate: &M) -> anyhow::Result<(Client, String, String)>
where
    M: Fn(String) -> F,
    F: Future<Output = anyhow::Result<()>>,
{
    let server = env::var("DATABASE_URL").context(
        "DATABASE_URL is not set; run the tests with ./dev test, \
         or some of them with ./dev env cargo nextest run",
    )?;
    let name = format!("{PREFIX}{}", Uuid::now_v7().simple());
    let admin = connect(&server, &name).await?;
    remove_orphans(&admin).await?;
    for attempt in 1.. {
        let template = template::ensure(&admin, &server, fingerprint, migrate).await?;
        let copy = format!("CREATE DATABASE {name} TEMPLATE {template}");
        match admin.batch_execute(&copy).await {
            Ok(()) => break,
            Err(error) if attempt < ATTEMPTS && is_passing(&error) => {}
            Err(error) => return Err(error).context("the template could not be copied"),
        }
    }
    Ok((admin, server, name))
}

fn is_passing(error: &tokio_postgres::Error) -> bool {
    let passing = [SqlState::OBJECT_IN_USE, SqlState::INVALID_CATALOG_NAME];
    error.code().is_some_and(|code| passing.contains(code))
}

/// Removes the databases of tests that were killed. A test's session bears its database's name and
/// is there before it and after it: a database without such a session is nobody's.
async fn remove_orphans(admin: &Client) -> anyhow::Result<()> {
    let orphans = "SELECT d.datname FROM pg_database d \
                   WHERE starts_with(d.datname, $1) AND NOT EXISTS \
                   (SELECT FROM pg_stat_activity s WHERE s.application_name = d.datname)";
    for row in admin.query(orphans, &[&PREFIX]).await? {
        let name: &str = row.get(0);
        // Another test may be removing it as well.
        admin.batch_execute(&drop_statement(name)).await.ok();
    }
    Ok(())
}

/// Drops a database, over a new connection where the test has cut the present one.
async fn remove(admin: &Client, server: &str, name: &str) {
    if end_sessions(admin, name).await.is_ok() {
        admin.batch_execute(&drop_statement(name)).await.ok();
    } else if let Ok(admin) = connect(server, name).await {
        admin.batch_execute(&drop_statement(name)).await.ok();
    }
}

fn drop_statement(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
}
