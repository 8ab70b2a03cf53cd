//! The ingestion service: takes evidence in by RPC and by providers' webhooks, and hands it to message-state.
//!
//! [`start`] builds all of it and gives a [`Running`] service; `main.rs` does no more than call it. RPCs come in through
//! `grpc`, webhooks through `webhook`, and each is answered by a use case, one file each. What a webhook says is taken in by
//! `take_in`, at once where message-state is there; where it is not, the payload waits in the inbox for `drain`. What is not
//! understood is kept until it is read again, or `sweep` deletes it. A stream of batches is worked through by `ingest`.

mod config;
mod count_not_understood;
mod create_integration;
mod delete_integration;
mod delete_not_understood;
mod drain;
mod forward_events;
mod gather;
mod get_integration;
mod get_not_understood;
mod grpc;
mod handed;
mod ingest;
mod ingest_webhook;
mod known_integrations;
mod list_integrations;
mod list_not_understood;
mod message_state;
mod parts;
mod replay_not_understood;
mod running;
mod seal;
mod sweep;
mod take_in;
mod test_integration;
mod update_integration;
mod webhook;

pub use acuse_rpc::Clock;
pub use acuse_rpc::config::PublicUrl;
pub use config::{Config, DEFAULT_LISTEN};
pub use drain::DrainConfig;
pub use running::{Running, StartError, start};
pub use seal::SecretsKeys;
