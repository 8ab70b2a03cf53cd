//! Which statements take the server's time, as `pg_stat_statements` counts it.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use tokio_postgres::Client;

use crate::figure::{align, sheet, short};

/// Statements told of each kind of work.
const SHOWN: usize = 12;
/// Characters of a statement that are shown.
const WIDTH: usize = 110;

#[derive(Debug, Default, Clone)]
struct Spent {
    calls: i64,
    milliseconds: f64,
    rows: i64,
    wal_bytes: f64,
}

/// What each kind of work had the server do.
#[derive(Debug, Default)]
pub(crate) struct Statements(BTreeMap<&'static str, BTreeMap<String, Spent>>);

impl Statements {
    /// Begins to count, from nothing.
    ///
    /// # Errors
    ///
    /// Where the server was started without `pg_stat_statements`.
    pub(crate) async fn prepare(client: &Client) -> Result<()> {
        client
            .batch_execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            .await?;
        Self::reset(client).await
    }

    /// Forgets what was counted.
    pub(crate) async fn reset(client: &Client) -> Result<()> {
        client
            .batch_execute("SELECT pg_stat_statements_reset()")
            .await
            .context("the server counts no statements: shared_preload_libraries lacks pg_stat_statements")
    }

    /// Adds what was counted since the last time to a kind of work.
    pub(crate) async fn add(&mut self, work: &'static str, client: &Client) -> Result<()> {
        let counted = client
            .query(
                "SELECT query, calls, total_exec_time, rows, wal_bytes::float8 FROM pg_stat_statements \
                 WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
                &[],
            )
            .await?;
        let spent = self.0.entry(work).or_default();
        for row in counted {
            let one = spent.entry(row.get(0)).or_default();
            one.calls += row.get::<_, i64>(1);
            one.milliseconds += row.get::<_, f64>(2);
            one.rows += row.get::<_, i64>(3);
            one.wal_bytes += row.get::<_, f64>(4);
        }
        Self::reset(client).await
    }

    /// The costliest of each kind of work, for people.
    pub(crate) fn table(&self) -> String {
        let mut table = sheet(&["work", "seconds", "calls", "rows", "WAL MB", "statement"]);
        for (work, spent) in &self.0 {
            let mut all: Vec<_> = spent.iter().collect();
            all.sort_by(|(_, one), (_, other)| other.milliseconds.total_cmp(&one.milliseconds));
            for (text, one) in all.into_iter().take(SHOWN) {
                table.add_row([
                    (*work).to_owned(),
                    short(one.milliseconds / 1_000.0),
                    one.calls.to_string(),
                    one.rows.to_string(),
                    short(one.wal_bytes / 1e6),
                    gist(text),
                ]);
            }
        }
        align(&mut table, &[1, 2, 3, 4]);
        table.to_string()
    }
}

/// A statement in one short line: what it begins with and, of those that write much, to which table.
fn gist(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_shown_in_one_line() {
        assert_eq!(gist("SELECT 1\n  FROM x"), "SELECT 1 FROM x");
        let long = gist(&"á".repeat(200));
        assert_eq!(long.chars().count(), WIDTH + 1);
    }
}
