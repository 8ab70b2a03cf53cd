//! The schema `message_state`, one file a table.

pub(crate) mod changes;
pub(crate) mod contacts;
pub(crate) mod contents;
pub(crate) mod directory;
pub(crate) mod heads;
mod histograms;
pub(crate) mod inbound_messages;
pub(crate) mod message_keys;
pub(crate) mod messages;
pub(crate) mod open_quotes;
pub(crate) mod provider_lags;
pub(crate) mod rebuilds;
pub(crate) mod restagings;
pub(crate) mod rollup_set;
pub(crate) mod rollups;
pub(crate) mod stated;
pub(crate) mod timeline;
pub(crate) mod times;
pub(crate) mod told_ids;
pub(crate) mod united_messages;
pub(crate) mod watermarks;
pub(crate) mod workspaces;
