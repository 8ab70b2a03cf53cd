//! What one would do without Acuse: tables of one's own in the same Postgres, and DuckDB.

pub(crate) mod duckdb;
pub(crate) mod pgbench;
pub(crate) mod plain;
pub(crate) mod wide;
