//! Calling a peer: where it is, how long it is waited for, for whom it is called, and when it is tried again.
//!
//! Generated clients take a [`Channel`] as they take tonic's own, and every call says through [`Call`] for
//! whom it is made and whether it may be made twice:
//!
//! ```ignore
//! let rows = reporting
//!     .get_breakdown(Call::of(access.caller()).idempotent().request(message))
//!     .await
//!     .map_err(status::to_error)?;
//! ```

mod call;
mod channel;
mod failure;
mod headers;
mod health;
mod measured;
mod names;
mod preferred;
mod retry;
mod timed;
mod unsent;

pub use call::Call;
pub use channel::{Channel, ChannelError, Credentials};
pub use health::is_serving;
pub use names::Resolver;

/// Sets a generated client's message limits, in bytes: answers of peers may be as long as their services allow.
///
/// What generated clients have in common is no trait, hence a macro:
/// `sized_client!(limits, ReportingServiceClient::new(channel))`.
#[macro_export]
macro_rules! sized_client {
    ($limits:expr, $client:expr) => {{
        let limits: $crate::config::Limits = $limits;
        $client
            .max_decoding_message_size(limits.message_bytes)
            .max_encoding_message_size(limits.message_bytes)
    }};
}
