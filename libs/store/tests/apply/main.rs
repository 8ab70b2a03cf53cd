//! The apply transaction against a real Postgres: one test for each thing that it promises.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod batches;
mod contacts;
mod derived;
mod erased_members;
mod erased_threads;
mod erasure;
mod fixture;
mod folds;
mod keys;
mod lateness;
mod numbers;
mod registrations;
mod replies;
mod taxonomies;
mod watermarks;
mod windows;
