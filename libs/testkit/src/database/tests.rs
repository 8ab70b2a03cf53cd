//! Databases for tests: each alone, made from one template, and gone afterwards.

use std::env;

use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use super::Database;

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(async { connection.await.ok() });
    client
}

async fn server() -> Client {
    connect(&env::var("DATABASE_URL").unwrap()).await
}

/// Every migration inserts one row into a table of its own, and takes its time.
async fn migrate(url: String) -> anyhow::Result<()> {
    let client = connect(&url).await;
    client
        .batch_execute(
            "CREATE TABLE migrated (at timestamptz NOT NULL); SELECT pg_sleep(0.2); \
             INSERT INTO migrated VALUES (clock_timestamp())",
        )
        .await?;
    Ok(())
}

async fn database(fingerprint: &str) -> Database {
    Database::with_schema(fingerprint.to_owned(), migrate).await
}

async fn exists(url: &str) -> bool {
    let name = url.rsplit_once('/').unwrap().1;
    server()
        .await
        .query_opt("SELECT FROM pg_database WHERE datname = $1", &[&name])
        .await
        .unwrap()
        .is_some()
}

async fn migrated_at(database: &Database) -> String {
    connect(database.url())
        .await
        .query_one("SELECT at::text FROM migrated", &[])
        .await
        .unwrap()
        .get(0)
}

#[tokio::test]
async fn tests_at_once_share_one_migration_and_no_data() {
    let fingerprint = Uuid::now_v7().to_string();
    let databases: Vec<_> = (0..4)
        .map(|_| {
            let fingerprint = fingerprint.clone();
            tokio::spawn(async move { database(&fingerprint).await })
        })
        .collect();
    let mut times = Vec::new();
    for database in databases {
        let database = database.await.unwrap();
        times.push(migrated_at(&database).await);
        connect(database.url())
            .await
            .batch_execute("DELETE FROM migrated")
            .await
            .unwrap();
    }
    times.dedup();
    assert_eq!(times.len(), 1, "one migration for all");
}

#[tokio::test]
async fn another_fingerprint_means_another_migration() {
    let first = database(&Uuid::now_v7().to_string()).await;
    let second = database(&Uuid::now_v7().to_string()).await;
    assert_ne!(migrated_at(&first).await, migrated_at(&second).await);
}

#[tokio::test]
async fn a_database_is_dropped_even_where_sessions_are_open_or_the_test_fails() {
    let database = database("dropped").await;
    let url = database.url().to_owned();
    let _open = connect(&url).await;
    assert!(exists(&url).await);
    let failed = tokio::spawn(async move {
        let _database = database;
        panic!("a test that fails");
    });
    failed.await.unwrap_err();
    assert!(!exists(&url).await);
}

#[tokio::test]
async fn databases_of_killed_tests_are_removed_and_no_others() {
    let neighbour = database("orphans").await;
    let orphan = format!("acuse_test_{}", Uuid::now_v7().simple());
    server()
        .await
        .batch_execute(&format!("CREATE DATABASE {orphan}"))
        .await
        .unwrap();
    let _present = database("orphans").await;
    assert!(!exists(&format!("/{orphan}")).await);
    assert!(exists(neighbour.url()).await);
}

#[tokio::test]
#[should_panic(expected = "the migrations failed: no such thing")]
async fn a_migration_that_fails_says_why() {
    Database::with_schema("fails".to_owned(), |_| async {
        anyhow::bail!("no such thing")
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_does_not_matter() {
    let database = database("paused").await;
    assert!(exists(database.url()).await);
}
