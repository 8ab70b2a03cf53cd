//! An empty database on the server at `DATABASE_URL`, for as long as whoever started this keeps its standard input open.
//!
//! Prints the database's address, and drops it at the end together with the roles that came while it was there and that
//! nothing else needs. Of others it touches only what a run of its own left behind that was killed.

#![allow(clippy::print_stdout, reason = "the address is its answer")]

use std::{collections::HashSet, env, io, process, thread};

use acuse_testkit::server::{address_of, connect};
use anyhow::Context as _;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};
use tokio_postgres::Client;

const PREFIX: &str = "acuse_scratch_";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let server = env::var("DATABASE_URL").context("DATABASE_URL says which server")?;
    let name = format!(
        "{PREFIX}{}_{:08x}",
        process::id(),
        uuid::Uuid::now_v7().as_u128() as u32
    );
    // The session bears the name, so that other runs see that somebody needs the database.
    let client = connect(&server, &name).await?;
    remove_forgotten(&client).await?;
    let before = roles(&client).await?;
    client
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .await?;
    println!("{}", address_of(&server, &name)?);
    until_told().await?;
    client
        .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .await?;
    for role in roles(&client).await?.difference(&before) {
        // Refused where another database has come to need it.
        client
            .batch_execute(&format!("DROP ROLE \"{role}\""))
            .await
            .ok();
    }
    Ok(())
}

/// Returns when standard input is closed, or the process is told to end.
async fn until_told() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (close, closed) = oneshot::channel::<()>();
    // A thread that nobody waits for: it would have the process stay until the other end is closed.
    thread::spawn(move || {
        io::copy(&mut io::stdin(), &mut io::sink()).ok();
        drop(close);
    });
    tokio::select! {
        _ = closed => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Drops scratch databases whose run is gone.
async fn remove_forgotten(client: &Client) -> anyhow::Result<()> {
    let forgotten = "SELECT datname FROM pg_database WHERE starts_with(datname, $1) AND NOT EXISTS \
                     (SELECT FROM pg_stat_activity WHERE application_name = datname)";
    for row in client.query(forgotten, &[&PREFIX]).await? {
        let name: &str = row.get(0);
        client
            .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await
            .ok();
    }
    Ok(())
}

async fn roles(client: &Client) -> anyhow::Result<HashSet<String>> {
    let rows = client
        .query(
            "SELECT rolname FROM pg_roles WHERE starts_with(rolname, 'acuse_')",
            &[],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
