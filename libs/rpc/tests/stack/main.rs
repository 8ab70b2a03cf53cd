//! The whole stack over real sockets.

// The helpers of tests are tests too, which the lint does not see.
#![allow(clippy::unwrap_used)]

mod auth;
mod browsers;
mod clients;
mod lifecycle;
mod limits;
mod logs;
mod probe;
mod rig;
mod tls;
