//! Storage: Postgres through Diesel, one module a schema and in it one file a table.
//!
//! [`apply`] writes a batch of evidence, [`fold`] adds what changed to the rollups, [`verify`] recounts them and [`rebuild`]
//! makes them anew, [`restage`] brings messages to what their channel accounts can report, [`retention`] drops old rows and [`erase`] who a contact was, [`read`] shows messages to one scope and answers
//! its reports, [`ingestion`] keeps what webhooks need, [`export`] which files were asked for, [`reporting`] which reports people keep; [`upkeep`] and
//! [`condition`] tell those who run an installation how it is. All rules are in `acuse-domain`;
//! here is only how they meet the tables.

mod address;
pub mod apply;
pub mod condition;
mod counted;
pub mod directory;
pub mod distribution;
pub mod erase;
mod error;
pub mod export;
pub mod fold;
pub mod ingestion;
mod message_state;
pub mod migrations;
mod pool;
pub mod read;
pub mod rebuild;
pub mod reporting;
mod requested;
pub mod restage;
pub mod retention;
mod sql;
mod types;
pub mod upkeep;
pub mod verify;
pub mod workspaces;

pub use address::{Address, AddressError, Authorities, AuthoritiesError};
pub use error::StoreError;
pub use pool::{Database, PoolConfig};
pub use requested::{RequestId, Requested};
