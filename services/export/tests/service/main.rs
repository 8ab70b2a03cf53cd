//! The service over real sockets, a real database and a real Redis. Reporting is a server of the test's own that speaks its
//! contract, so that it can break off, refuse and wait when a test wants it to.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod buckets;
mod calls;
mod cancelling;
mod door;
mod exports;
mod failures;
mod full;
mod history;
mod killed;
mod large;
mod moto;
mod notifications;
mod outage;
mod pages;
mod peer;
mod planned;
mod process;
mod proxy;
mod reasons;
mod redis_tls;
mod rejections;
mod rig;
mod runs;
mod schedules;
mod scopes;
mod tenants;
mod urls;
mod watching;
mod workbooks;
mod year;
