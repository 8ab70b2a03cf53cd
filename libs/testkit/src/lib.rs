//! What tests share: a real Postgres database of its own for every test, and builders for items. With the
//! feature `services`, also what tests of services share.

mod address;
pub mod build;
pub mod certificates;
mod database;
mod dump;
mod postgres;
pub mod server;
#[cfg(feature = "services")]
pub mod service;
mod template;

pub use address::{NOBODY, own_address};
pub use database::Database;
pub use dump::canonical_dump;
pub use postgres::Postgres;
