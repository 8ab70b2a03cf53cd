//! The service over real sockets and a real database.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod bad_input;
mod breakdowns;
mod consolidated;
mod dropped;
mod filters;
mod funnels;
mod lags;
mod lists;
mod outage;
mod overviews;
mod paths;
mod periods;
mod rankings;
mod rig;
mod rows;
mod samples;
mod saved;
mod scopes;
mod stages;
mod tenants;
mod values;
