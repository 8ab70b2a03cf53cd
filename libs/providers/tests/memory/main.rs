//! However nasty a body is, reading it takes no more memory than a multiple of its size.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests"
)]

mod bodies;
mod seeds;

use std::sync::{Mutex, PoisonError};

use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Format, explain, read};
use peak_alloc::PeakAlloc;

/// Counts what is allocated.
#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// The heap is that of the whole process: tests that share one take turns.
static TURN: Mutex<()> = Mutex::new(());

/// The longest body that ingestion takes.
const LONGEST: usize = 3 << 20;

/// So many times its own size may be taken while a body is read and explained.
const MOST: usize = 30;

/// When everything arrives: 2026-05-04T12:00:00Z.
const RECEIVED_AT: Timestamp = Timestamp::from_seconds(1_777_896_000);

/// How many bytes were held at once, at most, beyond the body.
fn peak(format: Format, body: &[u8]) -> usize {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let reading = read(format, &Delivery::of(body, RECEIVED_AT));
    drop(explain(&reading));
    HEAP.peak_usage() - before
}

/// Reads every body, and says which takes the most.
fn check(bodies: impl Iterator<Item = (String, Format, Vec<u8>)>) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut worst = (0, String::new());
    for (name, format, body) in bodies {
        assert!(body.len() <= LONGEST, "{name} has {} bytes", body.len());
        let peak = peak(format, &body);
        println!("{name}: {} MiB", peak >> 20);
        worst = worst.max((peak, name));
    }
    let (peak, name) = worst;
    println!("{name} takes {} times the longest body", peak / LONGEST);
    assert!(peak > 0, "there was nothing to read");
    assert!(peak < MOST * LONGEST, "{name} takes {peak} bytes");
}

#[test]
fn bodies_of_no_format_are_bounded() {
    // Formats begin to differ only where a body has something for them: a fifth of them each is enough.
    let bodies = bodies::all();
    let each = bodies.iter().enumerate().flat_map(|(index, (name, body))| {
        let formats = Format::ALL.iter().enumerate();
        let some = formats.filter(move |(its, _)| (index + its).is_multiple_of(5));
        some.map(move |(_, format)| (format!("{} {name}", format.as_str()), *format, body.clone()))
    });
    check(each);
}

#[test]
fn bodies_full_of_what_a_format_knows_are_bounded() {
    for format in Format::ALL {
        check(seeds::blown_up(*format, LONGEST).map(|(name, body)| {
            let name = format!("{} {name}", format.as_str());
            (name, *format, body)
        }));
    }
}
