//! Order and repetition do not matter: a history told in any order, with repetitions, in batches, by several writers at
//! once, ends in the same rows, and these are what an independent reference says.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests and what they share"
)]

mod echoes;
mod large;
mod numbers;
mod prices;
mod quotes;
mod recipients;
mod rig;
mod small;
mod stages;
mod templates;
mod traps;
mod watermarks;
