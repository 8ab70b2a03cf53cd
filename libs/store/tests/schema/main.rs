//! Facts of the schema, read from the database's own catalogue.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod distribution;
mod roles;

use acuse_domain::counts::Counts;
use acuse_store::migrations;
use acuse_testkit::Database;
use tokio_postgres::{Client, NoTls};

async fn connect(database: &Database) -> Client {
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

/// The first column of a query, as text.
async fn column(client: &Client, query: &str) -> Vec<String> {
    let rows = client.query(query, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

const TABLES: &str = "SELECT c.oid, c.relname, c.relkind, c.relrowsecurity, c.relispartition FROM pg_class c \
     JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname IN ('ingestion', 'message_state', 'reporting', 'export') AND c.relkind IN ('r', 'p')";

#[tokio::test]
async fn every_primary_key_begins_with_the_workspace() {
    let database = Database::new().await;
    let client = connect(&database).await;
    let tables = column(&client, &format!("SELECT relname::text FROM ({TABLES}) t")).await;
    assert!(tables.len() > 10, "{tables:?}");
    let odd = column(
        &client,
        &format!(
            "SELECT t.relname::text FROM ({TABLES}) t LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary \
             LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0] \
             WHERE a.attname IS DISTINCT FROM 'workspace_id'"
        ),
    )
    .await;
    assert_eq!(odd, Vec::<String>::new());
}

#[tokio::test]
async fn there_are_no_foreign_keys() {
    let database = Database::new().await;
    let client = connect(&database).await;
    let keys = column(
        &client,
        "SELECT conname::text FROM pg_constraint WHERE contype = 'f'",
    )
    .await;
    assert_eq!(keys, Vec::<String>::new());
}

#[tokio::test]
async fn every_table_says_what_it_is_for() {
    let database = Database::new().await;
    let client = connect(&database).await;
    let silent = column(
        &client,
        &format!(
            "SELECT relname::text FROM ({TABLES}) t WHERE NOT relispartition AND obj_description(oid, 'pg_class') IS NULL"
        ),
    )
    .await;
    assert_eq!(silent, Vec::<String>::new());
}

#[tokio::test]
async fn every_table_has_row_level_security_and_one_writing_role() {
    let database = Database::new().await;
    let client = connect(&database).await;
    let open = column(
        &client,
        &format!("SELECT relname::text FROM ({TABLES}) t WHERE NOT relrowsecurity"),
    )
    .await;
    assert_eq!(open, Vec::<String>::new());
    let writers = column(
        &client,
        "SELECT DISTINCT table_schema || ' by ' || grantee FROM information_schema.role_table_grants \
         WHERE grantee LIKE 'acuse\\_%' AND privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') ORDER BY 1",
    )
    .await;
    assert_eq!(
        writers,
        [
            "export by acuse_export",
            "ingestion by acuse_ingestion",
            "message_state by acuse_message_state",
            "reporting by acuse_reporting"
        ]
    );
}

#[tokio::test]
async fn rollups_have_the_counts_of_the_domain_in_their_order() {
    let database = Database::new().await;
    let client = connect(&database).await;
    for table in ["totals", "facets"] {
        let counts = column(
            &client,
            &format!(
                "SELECT attname::text FROM pg_attribute WHERE attrelid = 'message_state.{table}'::regclass AND attnum > 0 \
                 AND attnum <> ALL((SELECT indkey::int2[] FROM pg_index WHERE indrelid = attrelid AND indisprimary)::int2[]) \
                 ORDER BY attnum"
            ),
        )
        .await;
        assert_eq!(counts, Counts::NAMES, "{table}");
    }
}

#[tokio::test]
async fn partitions_are_made_once_and_hold_their_month() {
    let database = Database::new().await;
    let client = connect(&database).await;
    for _ in 0..2 {
        client
            .batch_execute("SELECT message_state.ensure_partitions('2026-02-17')")
            .await
            .unwrap();
    }
    let partitions = column(
        &client,
        "SELECT relname || ' ' || pg_get_expr(relpartbound, oid) FROM pg_class \
         WHERE relispartition AND relkind = 'r' AND relname LIKE 'messages%'",
    )
    .await;
    assert_eq!(partitions.len(), 1);
    assert!(
        partitions[0].starts_with("messages_2026_02 "),
        "{partitions:?}"
    );
    // The first milliseconds of February and of March 2026.
    let bounds = "FOR VALUES FROM ('019c167f-cc00-0000-0000-000000000000') TO ('019ca6b1-dc00-0000-0000-000000000000')";
    assert!(partitions[0].ends_with(bounds), "{partitions:?}");
}

/// Everything that the schemas are, as text.
async fn picture(client: &Client) -> Vec<String> {
    column(
        client,
        "SELECT table_schema || '.' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable \
           FROM information_schema.columns WHERE table_schema IN ('export', 'ingestion', 'message_state', 'reporting') \
         UNION SELECT schemaname || '.' || indexname || ' ' || indexdef FROM pg_indexes \
           WHERE schemaname IN ('export', 'ingestion', 'message_state', 'reporting') \
         UNION SELECT schemaname || '.' || tablename || ' ' || policyname || ' ' || coalesce(qual, '') FROM pg_policies \
           WHERE schemaname IN ('export', 'ingestion', 'message_state', 'reporting') \
         UNION SELECT nspname || ' ' || coalesce(nspacl::text, '') FROM pg_namespace \
           WHERE nspname IN ('export', 'ingestion', 'message_state', 'reporting') \
         UNION SELECT grantee || ' ' || privilege_type || ' ' || table_schema || '.' || table_name || '.' || column_name \
           FROM information_schema.column_privileges WHERE grantee LIKE 'acuse\\_%' \
         UNION SELECT grantee || ' ' || privilege_type || ' ' || table_name FROM information_schema.role_table_grants \
           WHERE grantee LIKE 'acuse\\_%' ORDER BY 1",
    )
    .await
}

#[tokio::test]
async fn everything_is_pending_in_an_empty_database_and_asking_makes_nothing() {
    let database = Database::with_schema("empty".to_owned(), |_| async { Ok(()) }).await;
    let pending = migrations::pending(&database.address()).await.unwrap();
    let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap();
    let mut all: Vec<String> = folders
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect();
    all.sort();
    assert_eq!(pending, all);
    let client = connect(&database).await;
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(column(&client, tables).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_up_down_and_up_again() {
    let database = Database::new().await;
    let client = connect(&database).await;
    let before = picture(&client).await;
    assert!(before.len() > 100);
    assert_eq!(
        migrations::pending(&database.address()).await.unwrap(),
        Vec::<String>::new()
    );
    assert!(
        !migrations::revert(&database.address())
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(picture(&client).await, Vec::<String>::new());
    assert!(
        !migrations::run(&database.address())
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(picture(&client).await, before);
}

#[tokio::test]
async fn what_accounts_report_is_not_taken_away_while_messages_count_by_it() {
    let database = Database::new().await;
    let client = connect(&database).await;
    let down = include_str!("../../migrations/2026-11-30-000010_reported_stages/down.sql");
    let refused = async || {
        let error = client.batch_execute(down).await.unwrap_err();
        let error = error.as_db_error().unwrap();
        assert_eq!(error.code().code(), "55000", "{error}");
        assert!(error.hint().unwrap().contains("acuse workspace stages"));
    };
    let said = "INSERT INTO message_state.workspaces (slug, display_name, time_zone, language, report_max_days, export_max_concurrent, \
           retention_months, not_understood_retention_days, created_at, updated_at, attribution_windows, rollup_set, reported_stages) \
         VALUES ('acme', 'Acme', 'UTC', 'en', 90, 1, 12, 30, now(), now(), '[]', 0, '[[7, 1]]')";
    client.batch_execute(said).await.unwrap();
    refused().await;
    let taken_back = "UPDATE message_state.workspaces SET reported_stages = '[]'; \
         INSERT INTO message_state.restagings SELECT workspace_id, gen_random_uuid(), 0, 0, now(), now() FROM message_state.workspaces";
    client.batch_execute(taken_back).await.unwrap();
    refused().await;
    client
        .batch_execute("DELETE FROM message_state.restagings")
        .await
        .unwrap();
    client.batch_execute(down).await.unwrap();
}

#[tokio::test]
async fn what_readers_see_of_the_inbox_is_taken_back_without_a_trace() {
    let database = Database::new().await;
    let client = connect(&database).await;
    let before = picture(&client).await;
    let down = include_str!("../../migrations/2026-11-30-000001_provider_lag/down.sql");
    client.batch_execute(down).await.unwrap();
    let left = picture(&client).await;
    let of_inbox = |fact: &&String| fact.contains("inbox") && fact.contains("reader");
    assert_eq!(
        left.iter().filter(of_inbox).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
    assert!(before.iter().any(|fact| of_inbox(&fact)));
    assert!(left.iter().all(|fact| !fact.contains("provider_lags")));
    let up = include_str!("../../migrations/2026-11-30-000001_provider_lag/up.sql");
    client.batch_execute(up).await.unwrap();
    assert_eq!(picture(&client).await, before);
}

#[tokio::test]
async fn what_is_of_export_is_taken_back_without_a_trace() {
    /// How each migration of export is done and taken back, in their order.
    macro_rules! steps {
        ($($name:literal),+) => {
            [$((
                include_str!(concat!("../../migrations/", $name, "/up.sql")),
                include_str!(concat!("../../migrations/", $name, "/down.sql")),
            )),+]
        };
    }
    let steps = steps![
        "2026-11-21-000003_export",
        "2026-11-30-000004_export_cancelled",
        "2026-11-30-000006_schedules",
        "2026-11-30-000007_notifications",
        "2026-11-30-000009_columns_and_heads",
        "2026-11-30-000011_request_digests"
    ];
    let database = Database::new().await;
    let client = connect(&database).await;
    let before = picture(&client).await;
    for (_, down) in steps.iter().rev() {
        client.batch_execute(down).await.unwrap();
    }
    let left = picture(&client).await;
    assert!(left.iter().all(|fact| !fact.contains("export.")));
    assert!(left.iter().all(|fact| !fact.contains("acuse_export")));
    assert!(left.len() > 100);
    for (up, _) in steps {
        client.batch_execute(up).await.unwrap();
    }
    assert_eq!(picture(&client).await, before);
}

#[tokio::test]
async fn what_was_cancelled_was_given_up_where_there_is_no_such_state() {
    let database = Database::new().await;
    let client = connect(&database).await;
    let before = picture(&client).await;
    let cancelled = "INSERT INTO export.jobs (workspace_id, job_id, request, requested_by, role, state, created_at) \
                     VALUES (1, gen_random_uuid(), '', 'ana', 'analyst', 6, now())";
    client.batch_execute(cancelled).await.unwrap();
    let down = include_str!("../../migrations/2026-11-30-000004_export_cancelled/down.sql");
    client.batch_execute(down).await.unwrap();
    let left = picture(&client).await;
    assert!(
        left.iter()
            .all(|fact| !fact.contains("export.jobs.report "))
    );
    let told = "SELECT state, failure_reason FROM export.jobs";
    let row = client.query_one(told, &[]).await.unwrap();
    assert_eq!(
        (row.get::<_, i16>(0), row.get::<_, &str>(1)),
        (4, "CANCELLED")
    );
    let up = include_str!("../../migrations/2026-11-30-000004_export_cancelled/up.sql");
    client.batch_execute(up).await.unwrap();
    assert_eq!(picture(&client).await, before);
}
