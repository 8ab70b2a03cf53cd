//! Who calls, and what they may do.
//!
//! A bearer token is checked once, by a layer, for every method but health and reflection. What it allows
//! reaches the handler as [`Access`], and a handler that answers without having asked it anything answers
//! nothing: its response is replaced by an internal error.

mod access;
mod claims;
mod issue;
mod keys;
mod recent;
mod remote;
mod source;
mod verify;

use std::{sync::Arc, time::SystemTime};

pub use access::{Access, caller};
pub use claims::{Act, Audience, Claims, Members};
pub use issue::{IssueError, KeyPair, ServiceIdentity, jwks};
pub use keys::{KeyUse, KeysError};
pub use remote::{KeySetUrl, KeySetUrlError};
pub use source::{KeySource, KeyStore};
pub use verify::{Identity, Refusal, Verifier};

/// Tells the time; another one than the system's in tests.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The system's clock.
pub fn system_clock() -> Clock {
    Arc::new(SystemTime::now)
}

/// Seconds since 1970 as tokens count them.
fn unix_seconds(clock: &Clock) -> u64 {
    clock()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;
