//! What the fuzz targets do with the bytes that libFuzzer makes up: they are taken for what comes from outside, and what
//! must hold of every input is asserted.
//!
//! A target is a file in `fuzz_targets/` and a few lines in Cargo.toml; its inputs begin from `seeds/`. `./dev fuzz` runs
//! them. The tests of the crates that are fuzzed hold the same claims against a few hundred random inputs each.

pub mod access_tokens;
pub mod events;
pub mod forms;
pub mod key_sets;
pub mod mutate;
pub mod page_tokens;
pub mod questions;
pub mod rows;
pub mod signatures;
pub mod webhooks;
pub mod wire;
pub mod words;

#[doc(hidden)]
pub use libfuzzer_sys;

use acuse_domain::time::Timestamp;

/// When everything arrives: 2026-05-04T12:00:00Z.
pub const NOW: Timestamp = Timestamp::from_seconds(1_777_896_000);

/// A target: what is checked of every input, and the folder of sources whose words mean something to it.
#[macro_export]
macro_rules! target {
    ($check:path, words: $folder:literal) => {
        $crate::target!(|bytes| $check(bytes), $folder);
    };
    (|$bytes:ident| $check:expr, $folder:expr) => {
        $crate::libfuzzer_sys::fuzz_target!(|$bytes: &[u8]| {
            $check;
        });

        $crate::libfuzzer_sys::fuzz_mutator!(|data: &mut [u8],
                                              size: usize,
                                              max_size: usize,
                                              seed: u32| {
            static WORDS: std::sync::LazyLock<Vec<String>> =
                std::sync::LazyLock::new(|| $crate::words::of($folder));
            let plain = $crate::libfuzzer_sys::fuzzer_mutate;
            $crate::mutate::input(data, size, max_size, seed, &WORDS, plain)
        });
    };
}

/// The target of a format of webhooks, by its name in URLs.
#[macro_export]
macro_rules! webhook {
    ($format:literal) => {
        $crate::target!(
            |bytes| $crate::webhooks::check($format, bytes),
            $crate::webhooks::folder($format)
        );
    };
}
