//! What the tests of the whole share: random histories, an independent reference, and what a database shows of both.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a library of tests"
)]

pub mod collector;
pub mod difference;
pub mod history;
pub mod integration;
pub mod observed;
pub mod reference;
pub mod serving;
