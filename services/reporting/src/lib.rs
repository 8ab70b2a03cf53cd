//! The reporting service: counts, rates, rankings and rows of one workspace's messages, as far as a caller may see them.
//!
//! [`start`] builds all of it and gives a [`Serving`] server; `main.rs` does no more than call it. A call comes in through
//! `grpc` and is answered by a use case, one file each. All of them go the same way: [`inquiry`] settles what is asked of
//! which messages, [`plan`] says where each part is read, and [`figures`] makes metrics of what was counted.

mod basis;
mod config;
mod copies;
mod cut;
mod figures;
mod get_breakdown;
mod get_consolidated;
mod get_funnel;
mod get_messages_overview;
mod get_ranking;
mod get_reply_activity;
mod grpc;
mod inquiry;
mod list_dimension_values;
mod list_messages;
mod naming;
mod parts;
mod plan;
mod running;
mod saved;
mod search;
mod stream_rows;
mod table;
mod table_of;

pub use acuse_rpc::Clock;
pub use acuse_rpc::server::Serving;
pub use config::{Config, DEFAULT_LISTEN, Sources};
pub use running::{StartError, start};
