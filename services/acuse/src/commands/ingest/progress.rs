//! How far a file is: a bar at a terminal, a line every few seconds elsewhere.

use std::time::Instant;

use indicatif::{HumanBytes, ProgressBar};

use super::{
    row::Position,
    tally::{Tally, rate},
};
use crate::output::{Lines, bar, note, number};

/// What a file is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// Its length in bytes.
    Bytes(u64),
    /// A folder's number of files.
    Files(u64),
    /// Nobody knows how much comes.
    Unknown,
}

/// The progress of one file. The bar goes with it.
pub(super) struct Progress {
    bar: ProgressBar,
    lines: Lines,
    measure: Measure,
    began: Instant,
    /// Rows that were taken in before.
    before: u64,
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Progress {
    /// Of a file of which so many rows were taken in before.
    pub(super) fn new(measure: Measure, before: u64) -> Self {
        let (length, template) = match measure {
            Measure::Bytes(bytes) => (
                bytes,
                "{wide_bar} {bytes} of {total_bytes}  {msg}  {eta} left",
            ),
            Measure::Files(files) => (
                files,
                "{wide_bar} {human_pos} of {human_len} files  {msg}  {eta} left",
            ),
            Measure::Unknown => (0, "{bytes}  {msg}"),
        };
        Self {
            bar: bar(length, template),
            lines: Lines::new(),
            measure,
            began: Instant::now(),
            before,
        }
    }

    /// So much is taken in.
    pub(super) fn at(&mut self, position: &Position, tally: &Tally) {
        let done = match self.measure {
            Measure::Files(_) => position.rows,
            Measure::Bytes(_) | Measure::Unknown => position.offset,
        };
        let speed = rate(
            tally.rows - self.before.min(tally.rows),
            self.began.elapsed(),
        );
        let told = format!("{} rows, {speed}/s: {tally}", number(tally.rows));
        if self.bar.is_hidden() {
            if self.lines.due() {
                note(&format!("{}{told}", self.share(done)));
            }
            return;
        }
        self.bar.set_position(done);
        self.bar.set_message(told);
    }

    fn share(&self, done: u64) -> String {
        match self.measure {
            Measure::Bytes(all) => format!("{} of {}, ", HumanBytes(done), HumanBytes(all)),
            Measure::Files(all) => format!("{} of {} files, ", number(done), number(all)),
            Measure::Unknown => String::new(),
        }
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Nothing goes on for now, and why.
    pub(super) fn waits(&self, why: &str) {
        self.bar.suspend(|| note(why));
    }
}
