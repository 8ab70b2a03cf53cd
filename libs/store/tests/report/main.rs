//! Reports against a real Postgres: whichever path answers, the figures are those of counting every message.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod copies;
mod fixture;
mod hsm;
mod ids;
mod lags;
mod moments;
mod moves;
mod paths;
mod population;
mod queries;
mod rebuilds;
mod restages;
mod resting;
mod retention;
mod scopes;
