//! The subcommands, one a file.

pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod export;
mod exporter;
pub(crate) mod ingest;
pub(crate) mod integration;
pub(crate) mod keys;
pub(crate) mod maintain;
pub(crate) mod message;
pub(crate) mod migrate;
pub(crate) mod not_understood;
pub(crate) mod notification;
pub(crate) mod report;
pub(crate) mod schedule;
pub(crate) mod simulate;
pub(crate) mod token;
pub(crate) mod up;
pub(crate) mod verify;
pub(crate) mod webhook;
mod within;
pub(crate) mod workspace;
