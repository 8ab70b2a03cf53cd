//! The tables shared out over the machines of a Citus cluster, by workspace.
//!
//! What is large and known by its workspace goes to the workspace's machine, all tables alike, so that joins and transactions of
//! a workspace stay on one. What is small and looked through across workspaces stays whole: queues that are claimed from with
//! SKIP LOCKED, and webhooks' integrations, which a URL names without their workspace. Nothing here needs Citus until
//! [`distribute`] is called.

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};

use crate::address::Address;
use crate::error::StoreError;
use crate::migrations;
use crate::sql::Sql;

/// Where the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// Each on the machine of its workspace.
    ByWorkspace,
    /// All of them on every machine.
    Everywhere,
    /// Where they are without Citus: on the machine that clients connect to.
    Coordinator,
}

/// Every table of the schemas, partitions apart, and where its rows go. The first is what all others lie beside.
pub const TABLES: &[(&str, Placement)] = {
    use Placement::{ByWorkspace, Coordinator, Everywhere};
    &[
        ("message_state.workspace_heads", ByWorkspace),
        ("message_state.changes", ByWorkspace),
        ("message_state.contact_addresses", ByWorkspace),
        ("message_state.contacts", ByWorkspace),
        ("message_state.contents", ByWorkspace),
        ("message_state.directory", ByWorkspace),
        ("message_state.directory_heads", ByWorkspace),
        ("message_state.erasures", ByWorkspace),
        ("message_state.facets", ByWorkspace),
        ("message_state.facets_dropped", ByWorkspace),
        ("message_state.facets_spare", ByWorkspace),
        ("message_state.fold_positions", ByWorkspace),
        ("message_state.histograms", ByWorkspace),
        ("message_state.histograms_dropped", ByWorkspace),
        ("message_state.histograms_spare", ByWorkspace),
        ("message_state.inbound_messages", ByWorkspace),
        ("message_state.member_erasures", ByWorkspace),
        ("message_state.message_keys", ByWorkspace),
        ("message_state.messages", ByWorkspace),
        ("message_state.open_quotes", ByWorkspace),
        ("message_state.provider_lags", ByWorkspace),
        ("message_state.restagings", ByWorkspace),
        ("message_state.rollup_rebuild_pages", ByWorkspace),
        ("message_state.rollup_rebuilds", ByWorkspace),
        ("message_state.timeline", ByWorkspace),
        ("message_state.told_ids", ByWorkspace),
        ("message_state.totals", ByWorkspace),
        ("message_state.totals_dropped", ByWorkspace),
        ("message_state.totals_spare", ByWorkspace),
        ("message_state.united_messages", ByWorkspace),
        ("message_state.watermarks", ByWorkspace),
        ("reporting.saved_reports", ByWorkspace),
        // Looked up by slug, and joined with everything.
        ("message_state.workspaces", Everywhere),
        // A URL names an integration without its workspace, and no key but that of the workspace can be unique in shards.
        ("ingestion.integrations", Coordinator),
        // Claimed from, or cleared away, for all workspaces at once and with rows locked, which shards cannot do.
        ("ingestion.inbox", Coordinator),
        ("ingestion.not_understood", Coordinator),
        ("export.jobs", Coordinator),
        ("export.notification_heads", Coordinator),
        ("export.notifications", Coordinator),
        ("export.schedule_runs", Coordinator),
        ("export.schedules", Coordinator),
    ]
};

/// The column that rows are shared out by.
const COLUMN: &str = "workspace_id";

/// Why tables are not shared out.
#[derive(Debug, thiserror::Error)]
pub enum DistributionError {
    /// The database cannot be reached.
    #[error("cannot connect to the database: {0}")]
    Connect(#[from] diesel::ConnectionError),
    /// The database is no coordinator of Citus.
    #[error("the database has no Citus")]
    NoCitus,
    /// The schema is another than this build's.
    #[error("the database has tables that this version does not know, or lacks some: {}", .0.join(", "))]
    OtherTables(Vec<String>),
    /// A statement failed; those before it stay done.
    #[error("{statement}: {cause}")]
    Failed {
        /// What was to be done.
        statement: String,
        /// Why it was not.
        cause: StoreError,
    },
    /// The database cannot be asked.
    #[error("the catalogue cannot be read: {0}")]
    Catalogue(#[from] StoreError),
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// The statements that are still to be run, in their order; none where all is done. Only reads.
///
/// # Errors
/// [`DistributionError`] where the database cannot be asked, or is not what this version migrates to.
pub async fn plan(address: &Address) -> Result<Vec<String>, DistributionError> {
    let connection = address.connect().await?;
    statements(&connection).await
}

/// Shares the tables out, one statement a transaction, none of which waits long for a lock, and calls `done` with each that was run. What is done already is passed over,
/// so that after a failure the same call goes on.
///
/// # Errors
/// [`DistributionError`]; what was done until then stays.
pub async fn distribute(
    address: &Address,
    mut done: impl FnMut(&str),
) -> Result<(), DistributionError> {
    let mut connection = migrations::session(address).await?;
    if !has_citus(&connection).await? {
        return Err(DistributionError::NoCitus);
    }
    for statement in statements(&connection).await? {
        let run = connection.batch_execute(&statement).await;
        run.map_err(|cause| DistributionError::Failed {
            statement: statement.clone(),
            cause: cause.into(),
        })?;
        done(&statement);
    }
    Ok(())
}

async fn has_citus(connection: &AsyncPgConnection) -> Result<bool, StoreError> {
    let found: Vec<Found> =
        Sql::new("SELECT to_regclass('pg_dist_partition') IS NOT NULL AS found")
            .fetch(connection)
            .await?;
    Ok(found.iter().any(|row| row.found))
}

async fn statements(connection: &AsyncPgConnection) -> Result<Vec<String>, DistributionError> {
    check(&lines(connection, TABLES_THERE).await?)?;
    let shared_out = if has_citus(connection).await? {
        lines(connection, SHARED_OUT).await?
    } else {
        Vec::new()
    };
    let left: Vec<(&str, Placement)> = TABLES
        .iter()
        .copied()
        .filter(|(name, _)| !shared_out.iter().any(|one| one == name))
        .collect();
    let left = |placement: Placement| {
        let those = left.iter().filter(move |(_, its)| *its == placement);
        those.map(|(name, _)| *name)
    };
    let moved: Vec<&str> = left(Placement::Everywhere)
        .chain(left(Placement::ByWorkspace))
        .collect();
    let of_moved = |found: Vec<String>| {
        let found = found.into_iter().filter_map(|line| {
            let (table, statement) = line.split_once('\t')?;
            moved.contains(&table).then(|| statement.to_owned())
        });
        found.collect::<Vec<_>>()
    };
    let mut all = of_moved(lines(connection, IDENTITIES).await?);
    all.extend(of_moved(lines(connection, POLICIES).await?));
    all.extend(
        left(Placement::Everywhere)
            .map(|table| format!("SELECT create_reference_table('{table}')")),
    );
    let beside = TABLES[0].0;
    all.extend(left(Placement::ByWorkspace).map(|table| {
        let beside = if table == beside { "none" } else { beside };
        format!(
            "SELECT create_distributed_table('{table}', '{COLUMN}', colocate_with => '{beside}')"
        )
    }));
    Ok(all)
}

/// Fails unless these are the tables that there are to be.
fn check(there: &[String]) -> Result<(), DistributionError> {
    let unknown = there
        .iter()
        .filter(|name| !TABLES.iter().any(|(known, _)| known == name))
        .cloned();
    let missing = TABLES
        .iter()
        .filter(|(known, _)| !there.iter().any(|name| name == known))
        .map(|(known, _)| (*known).to_owned());
    let odd: Vec<String> = unknown.chain(missing).collect();
    match odd.is_empty() {
        true => Ok(()),
        false => Err(DistributionError::OtherTables(odd)),
    }
}

async fn lines(
    connection: &AsyncPgConnection,
    query: &'static str,
) -> Result<Vec<String>, StoreError> {
    let rows: Vec<Line> = Sql::new(query).fetch(connection).await?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

const TABLES_THERE: &str = "SELECT n.nspname || '.' || c.relname AS line \
     FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
     WHERE n.nspname IN ('ingestion', 'message_state', 'reporting', 'export') AND c.relkind IN ('r', 'p') \
       AND NOT c.relispartition ORDER BY 1";

const SHARED_OUT: &str = "SELECT n.nspname || '.' || c.relname AS line FROM pg_dist_partition AS p \
     JOIN pg_class AS c ON c.oid = p.logicalrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace ORDER BY 1";

/// Citus takes an identity of int8 alone. A sequence of the same numbers in its place gives them on the coordinator, where workspaces
/// are made.
const IDENTITIES: &str = "SELECT n.nspname || '.' || c.relname || E'\\t' || format( \
       'DO $$ DECLARE next int8; BEGIN SELECT nextval(pg_get_serial_sequence(%1$L, %2$L)) INTO next; \
          ALTER TABLE %1$s ALTER COLUMN %2$I DROP IDENTITY; \
          CREATE SEQUENCE %1$s_next AS int4 OWNED BY %1$s.%2$I; PERFORM setval(%3$L, next, false); \
          GRANT USAGE ON SEQUENCE %1$s_next TO acuse_message_state; \
          ALTER TABLE %1$s ALTER COLUMN %2$I SET DEFAULT nextval(%3$L); END $$', \
       n.nspname || '.' || c.relname, a.attname, n.nspname || '.' || c.relname || '_next') AS line \
     FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace \
     WHERE a.attidentity <> '' AND a.atttypid <> 'int8'::regtype \
       AND n.nspname IN ('message_state', 'reporting') ORDER BY 1";

/// Citus takes no policy with a subquery. Ours have one so that a setting is read once for a statement; without, it is read again
/// where the planner does not see that it stays the same. (The sign of a shortest match would be a bind.)
const POLICIES: &str = "SELECT schemaname || '.' || tablename || E'\\t' || format('ALTER POLICY %I ON %I.%I', policyname, \
         schemaname, tablename) \
       || coalesce(' USING (' || regexp_replace(qual, subquery, '(\\1)', 'g') || ')', '') \
       || coalesce(' WITH CHECK (' || regexp_replace(with_check, subquery, '(\\1)', 'g') || ')', '') AS line \
     FROM pg_policies, \
       (SELECT '\\( SELECT (.*' || chr(63) || ') AS (\"\\w+\"|\\w+)\\)' AS subquery) AS written WHERE schemaname IN ('message_state', 'reporting') \
       AND concat(qual, with_check) LIKE '%SELECT%' ORDER BY 1";
