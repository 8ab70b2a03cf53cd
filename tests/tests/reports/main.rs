//! Every report is right: random requests about random histories, answered by the reporting service over a socket, are
//! compared figure by figure with an independent reference, whatever of the history is in the rollups.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests and what they share"
)]

mod asked;
mod breakdown;
mod compare;
mod consolidated;
mod drill;
mod funnel;
mod listed;
mod odd_days;
mod overview;
mod random;
mod ranking;
mod replies;
mod rig;
mod rows;
mod wire;
