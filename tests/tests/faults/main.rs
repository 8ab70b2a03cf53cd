//! Faults: services are processes here, which are killed, cut off and started again under way. What was acknowledged is
//! there, once, whatever happens meanwhile.
//!
//! Chance decides when, by a seed that every test prints: `ACUSE_TEST_SEED` replays it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what chance decided is shown with a failure"
)]

mod crowded;
mod exports;
mod histories;
mod ingestion;
mod links;
mod losses;
mod maintenance;
mod malformed;
mod message_state;
mod postgres;
mod pressure;
mod private;
mod replicas;
mod rig;
mod rolling;
mod streams;
mod together;
