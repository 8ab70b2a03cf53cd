//! Panics in the log.

use std::panic;

/// Replaces the default hook, which prints the panic's text: an index into a string, for one, quotes the string.
pub(crate) fn log_place_only() {
    panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map_or_else(|| "unknown".to_owned(), ToString::to_string);
        tracing::error!(
            place,
            thread = std::thread::current().name().unwrap_or("unnamed"),
            "panicked"
        );
    }));
}
