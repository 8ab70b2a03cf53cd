//! What tests share: a real Postgres database of its own for every test, and builders for items.

pub mod build;
mod database;
mod dump;
pub mod server;
mod template;

pub use database::Database;
pub use dump::canonical_dump;
