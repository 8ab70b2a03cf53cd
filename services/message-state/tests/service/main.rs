//! The service over real sockets and a real database.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod directory;
mod grouping;
mod messages;
mod outage;
mod postgres;
mod probes;
mod process;
mod rejections;
mod rig;
mod samples;
mod tenants;
mod timelines;
mod verification;
mod wire;
mod workspaces;
