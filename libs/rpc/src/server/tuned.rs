//! Generated servers with limits and compression set.

/// A generated server that takes messages of the configured size, compressed or not. Made by [`crate::tuned!`] alone, so that
/// none is served that was forgotten to be told.
#[derive(Debug, Clone)]
pub struct Tuned<S>(S);

impl<S> Tuned<S> {
    /// For the macro.
    #[doc(hidden)]
    pub fn new(service: S) -> Self {
        Self(service)
    }

    pub(super) fn into_inner(self) -> S {
        self.0
    }
}

/// Sets a generated server's message limit from [`Limits`](crate::config::Limits), and has it take and send gzip and zstd.
///
/// What generated servers have in common is no trait, hence a macro:
/// `tuned!(limits, IngestionServiceServer::new(handlers))`.
#[macro_export]
macro_rules! tuned {
    ($limits:expr, $service:expr) => {{
        let limits: $crate::config::Limits = $limits;
        $crate::server::Tuned::new(
            $service
                .max_decoding_message_size(limits.message_bytes)
                .max_encoding_message_size(limits.message_bytes)
                .accept_compressed($crate::macros::CompressionEncoding::Zstd)
                .accept_compressed($crate::macros::CompressionEncoding::Gzip)
                .send_compressed($crate::macros::CompressionEncoding::Zstd)
                .send_compressed($crate::macros::CompressionEncoding::Gzip),
        )
    }};
}
