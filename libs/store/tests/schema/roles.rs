//! What the roles of services may do.

use acuse_testkit::Database;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::{column, connect};

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
        "SELECT workspace_id, slug, not_understood_retention_days FROM message_state.workspaces",
    ] {
        let done = attempt(&mut client, "acuse_ingestion", statement).await;
        assert_eq!(done, Ok(()), "{statement}");
    }
    let done = attempt(
        &mut client,
        "acuse_export",
        "SELECT workspace_id, slug, display_name, language, time_zone, export_max_concurrent FROM message_state.workspaces",
    )
    .await;
    assert_eq!(done, Ok(()));
    let agents = "SELECT workspace_id, dimension, external_id, label FROM message_state.directory";
    assert_eq!(attempt(&mut client, "acuse_export", agents).await, Ok(()));
    for (role, statements) in [
        (
            "acuse_export",
            vec![
                "TRUNCATE export.jobs",
                "SELECT retention_months FROM message_state.workspaces",
                "SELECT workspace_id FROM message_state.messages",
                "SELECT name_id FROM message_state.directory",
                "DELETE FROM message_state.directory",
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
                "DELETE FROM export.schedules",
                "SELECT recipient FROM export.notifications",
                "SELECT secrets FROM ingestion.integrations",
            ],
        ),
        (
            "acuse_message_state_reader",
            vec![
                "SELECT body FROM ingestion.not_understood",
                "SELECT body FROM ingestion.inbox",
                "SELECT integration_id FROM ingestion.inbox",
                "SELECT secrets FROM ingestion.integrations",
                "DELETE FROM ingestion.inbox",
                "DELETE FROM message_state.provider_lags",
                "SELECT owner FROM reporting.saved_reports",
            ],
        ),
        (
            "acuse_reporting",
            vec![
                "TRUNCATE reporting.saved_reports",
                "SELECT slug FROM message_state.workspaces",
                "SELECT workspace_id FROM message_state.messages",
                "DELETE FROM export.jobs",
            ],
        ),
    ] {
        for statement in statements {
            let done = attempt(&mut client, role, statement).await;
            let refused = Err(SqlState::INSUFFICIENT_PRIVILEGE);
            assert_eq!(done, refused, "{role}: {statement}");
        }
    }
}

/// What a role may do with a table in its own name is asked of the table alone: a grant on the parent says nothing of it.
#[tokio::test]
async fn roles_reach_months_by_their_parents_alone() {
    let database = Database::new().await;
    let mut client = connect(&database).await;
    client
        .batch_execute("SELECT message_state.ensure_partitions('2026-02-17')")
        .await
        .unwrap();
    let partitions = [
        "contents_2026_02",
        "inbound_messages_2026_02",
        "messages_2026_02",
        "timeline_2026_02",
    ];
    let made =
        "SELECT relname::text FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY 1";
    assert_eq!(column(&client, made).await, partitions);
    for partition in partitions {
        for role in [
            "acuse_message_state_reader",
            "acuse_ingestion",
            "acuse_export",
            "acuse_reporting",
            "acuse_message_state",
        ] {
            let is_writers = role == "acuse_message_state" && partition.contains("messages");
            for (statement, may) in [
                (
                    format!("SELECT workspace_id FROM message_state.{partition}"),
                    is_writers,
                ),
                (
                    format!("UPDATE message_state.{partition} SET workspace_id = 1"),
                    is_writers,
                ),
                (format!("DELETE FROM message_state.{partition}"), false),
                (
                    format!("INSERT INTO message_state.{partition} DEFAULT VALUES"),
                    false,
                ),
                (format!("TRUNCATE message_state.{partition}"), false),
            ] {
                let done = attempt(&mut client, role, &statement).await;
                let expected = match may {
                    true => Ok(()),
                    false => Err(SqlState::INSUFFICIENT_PRIVILEGE),
                };
                assert_eq!(done, expected, "{role}: {statement}");
            }
        }
    }
    // Whatever else there is to be granted, and whoever else there is.
    let granted = column(
        &client,
        "SELECT c.relname || ' ' || coalesce(r.rolname, 'PUBLIC') || ' ' || a.privilege_type FROM pg_class c \
         CROSS JOIN LATERAL aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee \
         WHERE c.relispartition AND c.relkind = 'r' AND a.grantee <> c.relowner ORDER BY 1",
    )
    .await;
    let writers = ["inbound_messages", "messages"]
        .into_iter()
        .flat_map(|table| {
            ["SELECT", "UPDATE"].map(|it| format!("{table}_2026_02 acuse_message_state {it}"))
        });
    assert_eq!(granted, writers.collect::<Vec<_>>());
    let by_column = column(
        &client,
        "SELECT attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
         WHERE c.relispartition AND a.attacl IS NOT NULL",
    )
    .await;
    assert_eq!(by_column, Vec::<String>::new());
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
async fn a_reader_sees_how_much_waits_in_the_workspace_that_is_named_and_no_other() {
    let database = Database::new().await;
    let mut client = connect(&database).await;
    client
        .batch_execute(
            "INSERT INTO ingestion.inbox (workspace_id, entry_id, integration_id, provider, received_at, body, due_at) \
               SELECT workspace, gen_random_uuid(), gen_random_uuid(), 5, now(), '', now() \
               FROM unnest('{1,2,2}'::int4[]) AS workspace; \
             INSERT INTO message_state.provider_lags SELECT workspace, now(), 5, 1, 1, 1, '{0,1}' \
               FROM unnest('{1,2}'::int4[]) AS workspace",
        )
        .await
        .unwrap();
    for (named, waiting, lags) in [("", 0, 0), ("1", 1, 1), ("2", 2, 1), ("3", 0, 0)] {
        let transaction = client.transaction().await.unwrap();
        let role = format!(
            "SET LOCAL ROLE acuse_message_state_reader; SET LOCAL acuse.workspace_id = '{named}'"
        );
        transaction.batch_execute(&role).await.unwrap();
        let inbox = "SELECT provider, received_at FROM ingestion.inbox";
        let found = transaction.query(inbox, &[]).await.unwrap();
        assert_eq!(found.len(), waiting, "{named}");
        let kept = "SELECT FROM message_state.provider_lags";
        let found = transaction.query(kept, &[]).await.unwrap();
        assert_eq!(found.len(), lags, "{named}");
    }
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

#[tokio::test]
async fn schedules_and_notifications_are_seen_in_the_workspace_that_is_named_or_in_all() {
    let database = Database::new().await;
    let mut client = connect(&database).await;
    let rows = "INSERT INTO export.schedules (workspace_id, schedule_id, owner, role, name, definition, is_paused, revision, \
                  created_at, updated_at) SELECT workspace, gen_random_uuid(), 'ana', 'analyst', 'a', '', true, 1, now(), now() \
                  FROM unnest('{1,2}'::int4[]) AS workspace; \
                INSERT INTO export.schedule_runs (workspace_id, schedule_id, run_id, state, created_at) \
                  SELECT workspace_id, schedule_id, gen_random_uuid(), 3, now() FROM export.schedules; \
                INSERT INTO export.notification_heads SELECT workspace_id, owner, 1 FROM export.schedules; \
                INSERT INTO export.notifications (workspace_id, recipient, sequence, notification_id, kind, request, asked_at, \
                  created_at, expires_at) SELECT workspace_id, recipient, 1, gen_random_uuid(), 1, '', now(), now(), now() \
                  FROM export.notification_heads";
    client.batch_execute(rows).await.unwrap();
    for table in [
        "schedules",
        "schedule_runs",
        "notification_heads",
        "notifications",
    ] {
        for (named, seen) in [("", 0), ("1", 1), ("2", 1), ("3", 0), ("*", 2)] {
            let transaction = client.transaction().await.unwrap();
            let role =
                format!("SET LOCAL ROLE acuse_export; SET LOCAL acuse.workspace_id = '{named}'");
            transaction.batch_execute(&role).await.unwrap();
            let statement = format!("DELETE FROM export.{table}");
            let deleted = transaction.execute(&statement, &[]).await;
            let deleted = usize::try_from(deleted.unwrap());
            assert_eq!(deleted, Ok(seen), "{table} of '{named}'");
        }
    }
}

#[tokio::test]
async fn export_sees_the_agents_of_the_workspace_that_is_named_alone() {
    let database = Database::new().await;
    let mut client = connect(&database).await;
    let names = "INSERT INTO message_state.directory (workspace_id, dimension, name_id, external_id) \
                 VALUES (1, 3, 1, 'ana'), (1, 4, 2, 'ventas'), (2, 3, 1, 'bob')";
    client.batch_execute(names).await.unwrap();
    for (named, seen) in [
        ("", vec![]),
        ("1", vec!["ana"]),
        ("2", vec!["bob"]),
        ("*", vec![]),
    ] {
        let transaction = client.transaction().await.unwrap();
        let role = format!("SET LOCAL ROLE acuse_export; SET LOCAL acuse.workspace_id = '{named}'");
        transaction.batch_execute(&role).await.unwrap();
        let found = transaction.query("SELECT external_id FROM message_state.directory", &[]);
        let found: Vec<String> = found.await.unwrap().iter().map(|row| row.get(0)).collect();
        assert_eq!(found, seen, "'{named}'");
    }
}

#[tokio::test]
async fn saved_reports_are_seen_in_the_workspace_that_is_named_alone() {
    let database = Database::new().await;
    let mut client = connect(&database).await;
    let reports = "INSERT INTO reporting.saved_reports (workspace_id, report_id, owner, name, is_shared, kind, request, \
                   revision, created_at, updated_at) SELECT workspace, gen_random_uuid(), 'ana', 'a', true, 'breakdown', '', \
                   1, now(), now() FROM unnest('{1,2}'::int4[]) AS workspace";
    client.batch_execute(reports).await.unwrap();
    for (named, seen) in [("", 0), ("1", 1), ("2", 1), ("3", 0)] {
        let transaction = client.transaction().await.unwrap();
        let role =
            format!("SET LOCAL ROLE acuse_reporting; SET LOCAL acuse.workspace_id = '{named}'");
        transaction.batch_execute(&role).await.unwrap();
        let found = transaction
            .query("SELECT FROM reporting.saved_reports", &[])
            .await;
        assert_eq!(found.unwrap().len(), seen, "{named}");
        let touched = transaction
            .execute("UPDATE reporting.saved_reports SET revision = 2", &[])
            .await;
        assert_eq!(usize::try_from(touched.unwrap()), Ok(seen), "{named}");
        let moved = "INSERT INTO reporting.saved_reports SELECT 4, gen_random_uuid(), NULL, 'eva', 'b', true, 'breakdown', '', \
                     1, now(), now()";
        assert!(transaction.execute(moved, &[]).await.is_err(), "{named}");
    }
}
