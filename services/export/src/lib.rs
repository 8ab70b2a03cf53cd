//! The export service: makes files of reports in the background.
//!
//! [`start`] builds all of it and gives [`Serving`] with the address that it listens on; `main.rs` does no more
//! than call it. A call comes in through `grpc` and is answered by a use case, one file each. `work` claims jobs and makes
//! their files: rows from reporting, cells by `files`, bytes into `objects`. Postgres keeps what is true of a job; `live`
//! holds in Redis what may be lost. `downloads` gives files over HTTP, by addresses that were signed for a while.

mod asked;
mod bells;
mod cancel_export;
mod config;
mod create_export;
mod delete_export;
mod download_export;
mod downloads;
mod figures;
mod files;
mod get_download_url;
mod get_export;
mod grpc;
mod hexadecimal;
mod list_exports;
mod live;
mod names;
mod notifications;
mod objects;
mod pack;
mod parts;
mod question;
mod reporting;
mod requested;
mod running;
mod saved;
mod schedules;
mod standing;
mod storage;
mod watch_export;
mod work;

pub use acuse_rpc::Clock;
pub use acuse_rpc::server::Serving;
pub use config::{Config, DEFAULT_LISTEN, RedisConfig};
pub use running::{StartError, start};
pub use storage::{S3Config, S3Keys, Storage};
pub use work::WorkConfig;
