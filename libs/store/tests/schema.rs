//! Facts of the schema, read from the database's own catalogue.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use acuse_domain::counts::Counts;
use acuse_store::migrations;
use acuse_testkit::Database;
use tokio_postgres::error::SqlState;
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
            "message_state by acuse_message_state"
        ]
    );
}

/// What a role may do of a statement: nothing of it is kept.
async fn attempt(client: &mut Client, role: &str, statement: &str) -> Result<(), SqlState> {
    let transaction = client.transaction().await.unwrap();
    let role = format!("SET LOCAL ROLE {role}");
    transaction.batch_execute(&role).await.unwrap();
    let result = transaction.batch_execute(statement).await;
    result.map_err(|error| error.code().cloned().unwrap())
}

#[tokio::test]
async fn roles_keep_to_their_schemas() {
    let database = Database::new().await;
    let mut client = connect(&database).await;
    for statement in [
        "DELETE FROM ingestion.inbox",
        "SELECT workspace_id, slug FROM message_state.workspaces",
    ] {
        let done = attempt(&mut client, "acuse_ingestion", statement).await;
        assert_eq!(done, Ok(()), "{statement}");
    }
    let done = attempt(
        &mut client,
        "acuse_export",
        "SELECT workspace_id, slug, language, time_zone, export_max_concurrent FROM message_state.workspaces",
    )
    .await;
    assert_eq!(done, Ok(()));
    for (role, statements) in [
        (
            "acuse_export",
            vec![
                "TRUNCATE export.jobs",
                "SELECT display_name FROM message_state.workspaces",
                "SELECT workspace_id FROM message_state.messages",
                "DELETE FROM ingestion.inbox",
            ],
        ),
        (
            "acuse_ingestion",
            vec![
                "TRUNCATE ingestion.inbox",
                "SELECT display_name FROM message_state.workspaces",
                "UPDATE message_state.workspaces SET slug = ''",
                "SELECT workspace_id FROM message_state.messages",
                "DELETE FROM message_state.messages",
                "SELECT message_state.ensure_partitions('2026-02-17')",
            ],
        ),
        (
            "acuse_message_state",
            vec![
                "DELETE FROM ingestion.inbox",
                "DELETE FROM export.jobs",
                "SELECT secrets FROM ingestion.integrations",
            ],
        ),
        (
            "acuse_message_state_reader",
            vec!["SELECT body FROM ingestion.not_understood"],
        ),
    ] {
        for statement in statements {
            let done = attempt(&mut client, role, statement).await;
            let refused = Err(SqlState::INSUFFICIENT_PRIVILEGE);
            assert_eq!(done, refused, "{role}: {statement}");
        }
    }
}

#[tokio::test]
async fn roles_own_nothing_and_cannot_bypass_row_level_security() {
    let database = Database::new().await;
    let client = connect(&database).await;
    let strong = column(
        &client,
        "SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'acuse\\_%' AND (rolsuper OR rolbypassrls OR rolcanlogin)",
    )
    .await;
    assert_eq!(strong, Vec::<String>::new());
    let owned = column(
        &client,
        "SELECT relname::text FROM pg_class JOIN pg_roles r ON r.oid = relowner WHERE rolname LIKE 'acuse\\_%'",
    )
    .await;
    assert_eq!(owned, Vec::<String>::new());
}

#[tokio::test]
async fn a_reader_sees_the_workspace_that_its_transaction_names_and_no_other() {
    let database = Database::new().await;
    let mut client = connect(&database).await;
    client
        .batch_execute(
            "INSERT INTO message_state.directory (workspace_id, dimension, name_id, external_id) \
             VALUES (1, 3, 1, 'ana'), (2, 3, 1, 'bob')",
        )
        .await
        .unwrap();
    for (workspace, seen) in [
        ("", vec![]),
        ("1", vec!["ana"]),
        ("2", vec!["bob"]),
        ("3", vec![]),
    ] {
        let transaction = client.transaction().await.unwrap();
        transaction
            .batch_execute(&format!(
                "SET LOCAL ROLE acuse_message_state_reader; SET LOCAL acuse.workspace_id = '{workspace}'"
            ))
            .await
            .unwrap();
        let rows = transaction
            .query("SELECT external_id FROM message_state.directory", &[])
            .await
            .unwrap();
        let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(names, seen, "workspace '{workspace}'");
        let written = transaction
            .execute("DELETE FROM message_state.directory", &[])
            .await;
        assert!(written.is_err(), "a reader wrote");
    }
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
           FROM information_schema.columns WHERE table_schema IN ('export', 'ingestion', 'message_state') \
         UNION SELECT schemaname || '.' || indexname || ' ' || indexdef FROM pg_indexes \
           WHERE schemaname IN ('export', 'ingestion', 'message_state') \
         UNION SELECT schemaname || '.' || tablename || ' ' || policyname || ' ' || coalesce(qual, '') FROM pg_policies \
           WHERE schemaname IN ('export', 'ingestion', 'message_state') \
         UNION SELECT nspname || ' ' || coalesce(nspacl::text, '') FROM pg_namespace \
           WHERE nspname IN ('export', 'ingestion', 'message_state') \
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
    let pending = migrations::pending(database.url()).await.unwrap();
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
        migrations::pending(database.url()).await.unwrap(),
        Vec::<String>::new()
    );
    assert!(!migrations::revert(database.url()).await.unwrap().is_empty());
    assert_eq!(picture(&client).await, Vec::<String>::new());
    assert!(!migrations::run(database.url()).await.unwrap().is_empty());
    assert_eq!(picture(&client).await, before);
}

#[tokio::test]
async fn the_newest_migration_is_taken_back_without_a_trace() {
    let database = Database::new().await;
    let client = connect(&database).await;
    let before = picture(&client).await;
    let down = include_str!("../migrations/2026-11-21-000003_export/down.sql");
    client.batch_execute(down).await.unwrap();
    let left = picture(&client).await;
    assert!(left.iter().all(|fact| !fact.contains("export.")));
    assert!(left.iter().all(|fact| !fact.contains("acuse_export")));
    assert!(left.len() > 100);
    let up = include_str!("../migrations/2026-11-21-000003_export/up.sql");
    client.batch_execute(up).await.unwrap();
    assert_eq!(picture(&client).await, before);
}

#[tokio::test]
async fn exports_are_seen_in_the_workspace_that_is_named_or_in_all() {
    let database = Database::new().await;
    let mut client = connect(&database).await;
    let jobs = "INSERT INTO export.jobs (workspace_id, job_id, request, requested_by, role, state, due_at, created_at) \
                SELECT workspace, gen_random_uuid(), '', 'ana', 'analyst', 1, now(), now() FROM unnest('{1,2}'::int4[]) AS workspace";
    client.batch_execute(jobs).await.unwrap();
    for (named, seen) in [("", 0), ("1", 1), ("2", 1), ("3", 0), ("*", 2)] {
        let transaction = client.transaction().await.unwrap();
        let role = format!("SET LOCAL ROLE acuse_export; SET LOCAL acuse.workspace_id = '{named}'");
        transaction.batch_execute(&role).await.unwrap();
        let found = transaction.query("SELECT FROM export.jobs", &[]).await;
        assert_eq!(found.unwrap().len(), seen, "{named}");
        let touched = transaction
            .execute("UPDATE export.jobs SET rows = 1", &[])
            .await;
        assert_eq!(usize::try_from(touched.unwrap()), Ok(seen), "{named}");
    }
}
