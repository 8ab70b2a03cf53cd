//! The database that tests' databases are copies of: migrated once for each state of the migrations.

use std::time::Duration;

use anyhow::Context;
use tokio_postgres::Client;

use crate::server::address_of;

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
