//! The database that tests' databases are copies of: migrated once for each state of the migrations.

use std::time::Duration;

use anyhow::Context;
use tokio_postgres::{Client, NoTls};

/// Guards the making of templates among all processes that run tests on one server.
const MAKING_TEMPLATES: i64 = 0x0061_6375_7365_7431;

const PREFIX: &str = "acuse_template_";

/// How many templates of other states of the migrations are kept, for other branches: the newest.
const KEPT: i64 = 8;

/// Makes sure that there is a template for a state of the migrations, and returns its name.
///
/// `admin` is connected to a database that stays, `fingerprint` changes with the migrations, and
/// `migrate` brings the empty database it is given the address of to their newest state.
pub(crate) async fn ensure<M, F>(
    admin: &Client,
    server: &str,
    fingerprint: &str,
    migrate: &M,
) -> anyhow::Result<String>
where
    M: Fn(String) -> F,
    F: Future<Output = anyhow::Result<()>>,
{
    let hash = blake3::hash(fingerprint.as_bytes()).to_hex();
    let name = format!("{PREFIX}{}", &hash[..16]);
    if is_complete(admin, &name).await? {
        return Ok(name);
    }
    admin
        .execute("SELECT pg_advisory_lock($1)", &[&MAKING_TEMPLATES])
        .await?;
    let made = match is_complete(admin, &name).await {
        Ok(false) => make(admin, server, &name, migrate).await,
        Ok(true) => Ok(()),
        Err(error) => Err(error),
    };
    admin
        .execute("SELECT pg_advisory_unlock($1)", &[&MAKING_TEMPLATES])
        .await?;
    made.map(|()| name)
}

/// Being marked as a template is the last step of the making, so that one half made is never copied.
async fn is_complete(admin: &Client, name: &str) -> anyhow::Result<bool> {
    let query = "SELECT FROM pg_database WHERE datname = $1 AND datistemplate";
    Ok(admin.query_opt(query, &[&name]).await?.is_some())
}

async fn make<M, F>(admin: &Client, server: &str, name: &str, migrate: &M) -> anyhow::Result<()>
where
    M: Fn(String) -> F,
    F: Future<Output = anyhow::Result<()>>,
{
    remove_old(admin).await?;
    admin
        .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        .await?;
    admin
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .await?;
    migrate(address_of(server, name)?)
        .await
        .context("the migrations failed")?;
    // A database that anyone is connected to cannot be copied.
    admin
        .batch_execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        .await?;
    end_sessions(admin, name).await?;
    admin
        .batch_execute(&format!("ALTER DATABASE {name} IS_TEMPLATE true"))
        .await?;
    Ok(())
}

/// Ends what others do in a database. Postgres would do so itself when it drops the database, but
/// then looks only every 100 ms whether they are gone.
pub(crate) async fn end_sessions(admin: &Client, name: &str) -> anyhow::Result<()> {
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
    for _ in 0..100 {
        if admin.execute(end, &[&name]).await? == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

/// Drops all but the newest templates. One that is being copied stays.
async fn remove_old(admin: &Client) -> anyhow::Result<()> {
    let old = "SELECT datname FROM pg_database WHERE starts_with(datname, $1) \
               ORDER BY oid DESC OFFSET $2";
    for row in admin.query(old, &[&PREFIX, &KEPT]).await? {
        let name: &str = row.get(0);
        let drop = [
            format!("ALTER DATABASE {name} IS_TEMPLATE false"),
            format!("DROP DATABASE IF EXISTS {name}"),
        ];
        for statement in drop {
            if admin.batch_execute(&statement).await.is_err() {
                break;
            }
        }
    }
    Ok(())
}

/// The address of another database on the same server.
pub(crate) fn address_of(server: &str, database: &str) -> anyhow::Result<String> {
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
pub(crate) async fn connect(address: &str, session: &str) -> anyhow::Result<Client> {
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
