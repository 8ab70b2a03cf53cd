//! The server at `DATABASE_URL`: its databases' addresses, and sessions on it.

use anyhow::Context as _;
use tokio_postgres::{Client, NoTls};

/// The address of another database on the same server.
///
/// # Errors
///
/// Where `server` is no address with a scheme.
pub fn address_of(server: &str, database: &str) -> anyhow::Result<String> {
    let (before, query) = match server.split_once('?') {
        Some((before, query)) => (before, format!("?{query}")),
        None => (server, String::new()),
    };
    let (scheme, rest) = before
        .split_once("://")
        .context("DATABASE_URL is not of the form postgres://user@host:port/database")?;
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    Ok(format!("{scheme}://{host}/{database}{query}"))
}

/// Connects, and gives the session a name that others see in `pg_stat_activity`.
///
/// # Errors
///
/// Where the address is none, or Postgres does not answer there.
pub async fn connect(address: &str, session: &str) -> anyhow::Result<Client> {
    let mut config: tokio_postgres::Config = address.parse()?;
    config.application_name(session);
    let (client, connection) = config
        .connect(NoTls)
        .await
        .context("Postgres at DATABASE_URL does not answer")?;
    // Ends with its client; what goes wrong is told to the client as well.
    tokio::spawn(async { connection.await.ok() });
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::address_of;

    #[test]
    fn only_the_database_of_an_address_changes() {
        for (server, expected) in [
            ("postgres://u@h:1/postgres", "postgres://u@h:1/x"),
            ("postgres://u:p@h", "postgres://u:p@h/x"),
            (
                "postgresql:///postgres?host=%2Ftmp%2Frun&port=5",
                "postgresql:///x?host=%2Ftmp%2Frun&port=5",
            ),
        ] {
            assert_eq!(address_of(server, "x").unwrap(), expected);
        }
        address_of("host=/tmp dbname=postgres", "x").unwrap_err();
    }
}
