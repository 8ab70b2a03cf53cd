//! What every service and every caller of one shares: how a call is served, who may make it, how it fails, and how
//! one service calls another.
//!
//! A service reads a [`config::ServerConfig`], hands its generated servers to [`server::Server`] and answers
//! through [`status::from_error`]; a handler learns what its caller may see from [`auth::caller`] and nowhere else.
//! A caller opens a [`client::Channel`] and describes each call with a [`client::Call`].

pub mod auth;
pub mod background;
pub mod client;
mod clock;
pub mod config;
pub mod context;
mod memory;
pub mod paging;
mod secret;
pub mod server;
pub mod status;

pub use clock::Clock;
pub use memory::small_pages;
pub use secret::Secret;

/// What the macros of this crate expand to; not for direct use.
#[doc(hidden)]
pub mod macros {
    pub use tonic::codec::CompressionEncoding;
}
