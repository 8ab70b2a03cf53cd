//! Providers' webhooks and evidence by RPC, through ingestion into message-state: what was answered 200 is there, once,
//! whatever is away meanwhile.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod again;
mod applied;
mod calls;
mod commands;
mod corpus;
mod crowd;
mod gateway;
mod outage;
mod payload;
mod providers;
mod replay;
mod replicas;
mod rig;
mod service;
mod streams;
