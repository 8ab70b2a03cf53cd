//! The service over real sockets and a real database.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod batches;
mod changes;
mod conversations;
mod directory;
mod grouping;
mod maintenance;
mod messages;
mod outage;
mod parts;
mod probes;
mod process;
mod rejections;
mod rig;
mod samples;
mod stages;
mod tenants;
mod timelines;
mod verification;
mod watching;
mod workspaces;
