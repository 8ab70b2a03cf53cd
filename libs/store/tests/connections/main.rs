//! How the database is reached: over TLS or without, and by those who change its schema.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod between;
mod binding;
mod locks;
mod tls;

use acuse_store::{Address, Database, PoolConfig, condition, migrations};

/// Whether a connection is encrypted; or why there is none.
async fn encrypted(address: &Address) -> Result<bool, String> {
    // By a connection whose failure says why there is none.
    let pending = migrations::pending(address).await;
    pending.map_err(|error| error.to_string())?;
    let database = Database::new(&PoolConfig::new(address.clone(), 1)).unwrap();
    let found = condition::look(&database).await;
    Ok(found.map_err(|error| error.to_string())?.encrypted)
}

/// The same of the database at a URL.
async fn at(url: &str) -> Result<bool, String> {
    encrypted(&url.parse().unwrap()).await
}

/// A session that storage knows nothing of.
async fn session(url: &str) -> tokio_postgres::Client {
    let connecting = tokio_postgres::connect(url, tokio_postgres::NoTls);
    let (client, connection) = connecting.await.unwrap();
    tokio::spawn(connection);
    client
}
