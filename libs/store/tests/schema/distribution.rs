//! The plan by which tables are shared out, against the catalogue, and against what Citus says that it takes.
//!
//! Citus is no part of Debian. In its place stand functions of the same names that refuse what its documentation and messages
//! say that it refuses: a key without the column, an identity that is not int8, a policy with a subquery, a table twice, and one beside another that is
//! not shared out.

use acuse_store::distribution::{self, DistributionError, Placement, TABLES};
use acuse_testkit::Database;

use super::{column, connect};

const CITUS: &str = "
    CREATE TABLE public.pg_dist_partition (logicalrelid regclass PRIMARY KEY, kind text NOT NULL, beside text);
    CREATE FUNCTION public.refuse_what_citus_does(t regclass) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = t AND attidentity <> '' AND atttypid <> 'int8'::regtype) THEN
            RAISE '% has an identity that is not int8', t;
        END IF;
        IF EXISTS (SELECT FROM pg_policy WHERE polrelid = t
                   AND concat(pg_get_expr(polqual, t), pg_get_expr(polwithcheck, t)) LIKE '%SELECT%') THEN
            RAISE 'subqueries are not supported in policies: %', t;
        END IF;
        IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = t AND NOT tgisinternal) THEN
            RAISE '% has a trigger', t;
        END IF;
        IF EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND t IN (conrelid, confrelid)) THEN
            RAISE '% has a foreign key', t;
        END IF;
    END $$;
    CREATE FUNCTION public.create_reference_table(t regclass) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM public.refuse_what_citus_does(t);
        INSERT INTO public.pg_dist_partition VALUES (t, 'reference');
    END $$;
    CREATE FUNCTION public.create_distributed_table(t regclass, by text, colocate_with text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM public.refuse_what_citus_does(t);
        IF EXISTS (SELECT FROM pg_index JOIN pg_attribute a ON a.attrelid = indrelid AND a.attname = by
                   WHERE indrelid = t AND indisunique AND a.attnum <> ALL(indkey)) THEN
            RAISE '% has a unique key without %', t, by;
        END IF;
        IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = t AND attname = by AND attnotnull AND atttypid = 'int4'::regtype) THEN
            RAISE '% has no %', t, by;
        END IF;
        IF colocate_with <> 'none' AND NOT EXISTS (SELECT FROM public.pg_dist_partition WHERE logicalrelid = colocate_with::regclass) THEN
            RAISE '% lies beside %, which is not shared out', t, colocate_with;
        END IF;
        INSERT INTO public.pg_dist_partition VALUES (t, 'distributed', colocate_with);
    END $$;";

const THERE: &str = "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname IN ('ingestion', 'message_state', 'reporting', 'export') AND c.relkind IN ('r', 'p') \
       AND NOT c.relispartition ORDER BY 1";

#[tokio::test]
async fn every_table_is_placed_once() {
    let database = Database::new().await;
    let client = connect(&database).await;
    let mut placed: Vec<String> = TABLES.iter().map(|(name, _)| (*name).to_owned()).collect();
    placed.sort();
    assert_eq!(column(&client, THERE).await, placed);
    client
        .batch_execute("CREATE TABLE export.unheard_of (workspace_id int4 PRIMARY KEY)")
        .await
        .unwrap();
    let refused = distribution::plan(&database.address()).await.unwrap_err();
    let DistributionError::OtherTables(odd) = refused else {
        panic!("{refused}");
    };
    assert_eq!(odd, ["export.unheard_of"]);
}

#[tokio::test]
async fn a_database_without_citus_is_left_as_it_is() {
    let database = Database::new().await;
    let plan = distribution::plan(&database.address()).await.unwrap();
    let moved = TABLES
        .iter()
        .filter(|(_, its)| *its != Placement::Coordinator);
    let calls = plan
        .iter()
        .filter(|line| line.starts_with("SELECT create_"));
    assert_eq!(calls.count(), moved.count());
    let refused = distribution::distribute(&database.address(), |_| panic!("ran something")).await;
    assert!(matches!(refused, Err(DistributionError::NoCitus)));
    assert_eq!(distribution::plan(&database.address()).await.unwrap(), plan);
}

#[tokio::test]
async fn tables_are_shared_out_in_an_order_that_citus_takes_and_once() {
    let database = Database::new().await;
    let client = connect(&database).await;
    client.batch_execute(CITUS).await.unwrap();
    client
        .batch_execute("SELECT message_state.ensure_partitions('2026-02-17')")
        .await
        .unwrap();
    let plan = distribution::plan(&database.address()).await.unwrap();
    let mut run = Vec::new();
    distribution::distribute(&database.address(), |statement| {
        run.push(statement.to_owned())
    })
    .await
    .unwrap();
    assert_eq!(run, plan);
    let shared_out = column(
        &client,
        "SELECT logicalrelid::text || ' ' || kind FROM pg_dist_partition ORDER BY 1",
    )
    .await;
    let mut wanted: Vec<String> = TABLES
        .iter()
        .filter_map(|(name, placement)| match placement {
            Placement::ByWorkspace => Some(format!("{name} distributed")),
            Placement::Everywhere => Some(format!("{name} reference")),
            Placement::Coordinator => None,
        })
        .collect();
    wanted.sort();
    assert_eq!(shared_out, wanted);
    let nothing_left = distribution::plan(&database.address()).await.unwrap();
    assert_eq!(nothing_left, Vec::<String>::new());
    distribution::distribute(&database.address(), |_| panic!("ran something"))
        .await
        .unwrap();
}

/// What is broken off goes on where it was.
#[tokio::test]
async fn what_was_shared_out_already_is_passed_over() {
    let database = Database::new().await;
    let client = connect(&database).await;
    client.batch_execute(CITUS).await.unwrap();
    let plan = distribution::plan(&database.address()).await.unwrap();
    let half = plan.len() - 10;
    for statement in &plan[..half] {
        client.batch_execute(statement).await.unwrap();
    }
    assert_eq!(
        distribution::plan(&database.address()).await.unwrap(),
        plan[half..]
    );
}

/// Readers see their workspace and no other, and workspaces go on being numbered, when nothing else of Citus is there.
#[tokio::test]
async fn policies_and_numbers_mean_what_they_meant() {
    let database = Database::new().await;
    let client = connect(&database).await;
    client.batch_execute(CITUS).await.unwrap();
    let make = |slug: &str| {
        format!(
            "INSERT INTO message_state.workspaces (slug, display_name, time_zone, language, report_max_days, \
               export_max_concurrent, retention_months, created_at, updated_at) \
             VALUES ('{slug}', '', 'UTC', 'es', 1, 1, 1, now(), now()) RETURNING workspace_id::text"
        )
    };
    let first: i32 = column(&client, &make("first")).await[0].parse().unwrap();
    client
        .batch_execute(
            "INSERT INTO message_state.workspace_heads (workspace_id) SELECT generate_series(1, 9)",
        )
        .await
        .unwrap();
    distribution::distribute(&database.address(), |_| {})
        .await
        .unwrap();
    let second: i32 = column(&client, &make("second")).await[0].parse().unwrap();
    assert!(second > first);
    let seen = "SELECT workspace_id::text FROM message_state.workspace_heads";
    for (workspace, expected) in [("4", vec!["4".to_owned()]), ("", Vec::new())] {
        client
            .batch_execute(&format!(
                "BEGIN; SET LOCAL ROLE acuse_message_state_reader; SET LOCAL acuse.workspace_id = '{workspace}'"
            ))
            .await
            .unwrap();
        assert_eq!(column(&client, seen).await, expected);
        client.batch_execute("ROLLBACK").await.unwrap();
    }
    client
        .batch_execute("BEGIN; SET LOCAL ROLE acuse_message_state")
        .await
        .unwrap();
    assert_eq!(column(&client, &make("third")).await.len(), 1);
    client.batch_execute("ROLLBACK").await.unwrap();
}

/// Statements on tables that are shared out, of kinds that Citus does not take, by the file that they stand in: docs/scaling.md names
/// the same. A new one is a step away from shards, and wants another way or a line in both.
#[test]
fn statements_that_shards_do_not_take_are_known() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![source.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&source).unwrap().display().to_string();
            // Their tables stay on the coordinator.
            if name.starts_with("export/") || name.starts_with("ingestion/") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for (place, _) in text.match_indices("FOR UPDATE") {
                // One workspace's rows may be locked, where the statement says which.
                let line = text[..place].rfind("Sql::new").unwrap_or(0);
                let says = ["workspace_id = ?", "stored(connection, workspace, "];
                if !says.iter().any(|part| text[line..place].contains(part)) {
                    found.push(format!("{name}: locks"));
                }
            }
            let writes = ["AS (INSERT", "AS (UPDATE", "AS (DELETE"];
            if writes.iter().any(|part| text.contains(part)) {
                found.push(format!("{name}: writes in WITH"));
            }
            if text.contains("set_config('acuse.workspace_") {
                found.push(format!("{name}: sets by a function"));
            }
        }
    }
    found.sort();
    let expected = [
        "apply/contacts.rs: writes in WITH",
        "apply/write.rs: writes in WITH",
        "message_state/directory.rs: locks",
        "message_state/heads.rs: locks",
        "message_state/workspaces.rs: sets by a function",
        "message_state/workspaces.rs: writes in WITH",
        "pool.rs: sets by a function",
        "pool/moment.rs: sets by a function",
    ];
    assert_eq!(found, expected);
    let documented = include_str!("../../../../docs/scaling.md");
    for line in expected {
        let file = line.split(':').next().unwrap();
        assert!(documented.contains(file), "{file}");
    }
}
