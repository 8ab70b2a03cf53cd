//! A database of the run's own on the server that is measured, and what is asked of it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::{
    process::Command,
    time::{Instant, sleep},
};
use tokio_postgres::{Client, NoTls};

use crate::{process, suite::Places};

/// How long folding may lag behind what is answered before something is taken to be wrong.
const FOLDS_WITHIN: Duration = Duration::from_secs(600);

/// A database with Acuse's schema and, beside it, the baselines' tables in the schema `baseline`.
pub(crate) struct Database {
    name: String,
    /// Where it is.
    pub(crate) url: String,
    /// A session of its owner.
    pub(crate) client: Client,
    /// The server's first process, where it runs on this machine.
    server: Option<u32>,
    admin: Client,
}

impl Database {
    /// Makes one on the server at `server_url`.
    pub(crate) async fn create(places: &Places, server_url: &str, label: &str) -> Result<Self> {
        let admin = connect(server_url).await?;
        let name = format!("acuse_bench_{label}_{}", std::process::id());
        admin
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .await?;
        let url = other_database(server_url, &name)?;
        let migrated = Command::new(places.programs.join("acuse"))
            .args(["migrate", "--database-url", &url])
            .output()
            .await?;
        ensure!(
            migrated.status.success(),
            "acuse migrate: {}",
            String::from_utf8_lossy(&migrated.stderr)
        );
        let client = connect(&url).await?;
        client.batch_execute("CREATE SCHEMA baseline").await?;
        let backend: i32 = client
            .query_one("SELECT pg_backend_pid()", &[])
            .await?
            .get(0);
        let backend = u32::try_from(backend)?;
        Ok(Self {
            name,
            url,
            client,
            server: process::parent(backend).filter(|server| *server > 1),
            admin,
        })
    }

    /// Drops it.
    pub(crate) async fn drop(self) -> Result<()> {
        drop(self.client);
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        Ok(self.admin.batch_execute(&drop).await?)
    }

    /// Seconds that the server's processes computed so far; `None` where it runs elsewhere.
    pub(crate) fn cpu(&self) -> Option<f64> {
        self.server.map(process::seconds_of_family)
    }

    /// Has dirty pages written, so that no measurement pays for what went before it.
    pub(crate) async fn settle(&self) -> Result<()> {
        Ok(self.client.batch_execute("CHECKPOINT").await?)
    }

    /// Waits until the rollups hold everything that is committed.
    pub(crate) async fn folded(&self) -> Result<()> {
        let behind = self
            .client
            .prepare(
                "SELECT count(*) FROM message_state.workspace_heads AS heads \
                 JOIN message_state.fold_positions AS positions USING (workspace_id) \
                 WHERE positions.folded_sequence < heads.last_sequence",
            )
            .await?;
        let until = Instant::now() + FOLDS_WITHIN;
        loop {
            let count: i64 = self.client.query_one(&behind, &[]).await?.get(0);
            if count == 0 {
                return Ok(());
            }
            ensure!(Instant::now() < until, "folding does not catch up");
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Pieces of evidence that are kept, and payloads that were not understood, or not all of them.
    pub(crate) async fn taken_in(&self) -> Result<(i64, i64)> {
        let asked = "SELECT (SELECT count(*) FROM message_state.timeline), \
             (SELECT count(*) FROM ingestion.not_understood)";
        let row = self.client.query_one(asked, &[]).await?;
        Ok((row.get(0), row.get(1)))
    }

    /// Waits until no webhook waits in the inbox any more; gives whether any did.
    pub(crate) async fn inbox_empty(&self) -> Result<bool> {
        let mut waited = false;
        let until = Instant::now() + FOLDS_WITHIN;
        loop {
            let asked = "SELECT count(*) FROM ingestion.inbox";
            let count: i64 = self.client.query_one(asked, &[]).await?.get(0);
            if count == 0 {
                return Ok(waited);
            }
            waited = true;
            ensure!(Instant::now() < until, "the inbox does not empty");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// A session at `url`.
pub(crate) async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .context("Postgres cannot be reached")?;
    tokio::spawn(async move {
        // Whoever uses the session is told that it broke.
        let _ = connection.await;
    });
    Ok(client)
}

/// The URL of another database on the same server.
fn other_database(url: &str, name: &str) -> Result<String> {
    let (address, options) = url
        .split_once('?')
        .map_or((url, None), |(address, options)| (address, Some(options)));
    let authority = address
        .find("://")
        .map(|at| at + 3)
        .context("DATABASE_URL has no scheme")?;
    let end = address[authority..]
        .find('/')
        .map_or(address.len(), |slash| authority + slash);
    let mut other = format!("{}/{name}", &address[..end]);
    if let Some(options) = options {
        other.push('?');
        other.push_str(options);
    }
    Ok(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_is_on_the_same_server() {
        let other = |url| other_database(url, "x").unwrap();
        assert_eq!(other("postgres://a@h:1/postgres"), "postgres://a@h:1/x");
        assert_eq!(other("postgres://a@h:1"), "postgres://a@h:1/x");
        assert_eq!(
            other("postgresql://a@h/db?sslmode=disable"),
            "postgresql://a@h/x?sslmode=disable"
        );
        assert!(other_database("nothing", "x").is_err());
    }
}
