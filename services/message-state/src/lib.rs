//! The message-state service: takes evidence about messages in, and shows what it makes of them.
//!
//! [`start`] builds all of it and gives a [`Running`] service with the address that it listens on; `main.rs` does no more
//! than call it. A call comes in through `grpc`, one file a service of the protos, and is answered by a use case, one
//! file each. `commit` groups what concurrent calls bring into transactions, `background` folds what changed into the
//! rollups.

mod apply_events;
mod background;
mod batch_get_messages;
mod commit;
mod config;
mod create_workspace;
mod erase_contact;
mod get_conversation;
mod get_message;
mod get_reported_stages;
mod get_timeline;
mod get_workspace;
mod grpc;
mod heads;
mod known_workspaces;
mod list_changes;
mod list_entries;
mod list_workspaces;
mod parts;
mod rebuild_rollups;
mod running;
mod set_reported_stages;
mod update_workspace;
mod upkeep;
mod upsert_entries;
mod verify_rollups;
mod watch_messages;

pub use acuse_rpc::Clock;
pub use background::BackgroundConfig;
pub use commit::{CommitConfig, CommitCounts};
pub use config::{Config, DEFAULT_LISTEN};
pub use running::{Running, StartError, start};
