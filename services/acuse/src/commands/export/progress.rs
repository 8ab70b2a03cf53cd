//! How far an export is: a bar at a terminal, a line every few seconds elsewhere.

use indicatif::{HumanBytes, ProgressBar};

use crate::output::{Lines, bar, note, number};

/// The progress of one of its parts. The bar goes with it.
pub(super) struct Progress {
    bar: ProgressBar,
    lines: Lines,
    /// A count for people.
    shown: fn(u64) -> String,
    /// What is done with what is counted.
    done: &'static str,
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Progress {
    /// Of making a file, in rows.
    pub(super) fn of_rows() -> Self {
        let template = "{wide_bar} {human_pos} of {human_len} rows  {msg}  {eta} left";
        Self {
            bar: bar(0, template),
            lines: Lines::new(),
            shown: |count| format!("{} rows", number(count)),
            done: "written",
        }
    }

    /// Of fetching a file of so many bytes.
    pub(super) fn of_bytes(size: u64) -> Self {
        let template = "{wide_bar} {bytes} of {total_bytes}  {msg}  {eta} left";
        Self {
            bar: bar(size, template),
            lines: Lines::new(),
            shown: |count| HumanBytes(count).to_string(),
            done: "fetched",
        }
    }

    /// Nothing is done yet, and why.
    pub(super) fn waits(&mut self, why: &'static str) {
        self.bar.set_message(why);
        self.line(|| why.to_owned());
    }

    /// So much is done, of so much where that is known.
    pub(super) fn at(&mut self, count: u64, of: Option<u64>) {
        self.bar.set_message("");
        self.bar.set_length(of.unwrap_or(count).max(count));
        self.bar.set_position(count);
        let (shown, done) = (self.shown, self.done);
        self.line(|| match of {
            Some(all) => format!("{} of {} {done}", shown(count), shown(all)),
            None => format!("{} {done}", shown(count)),
        });
    }

    fn line(&mut self, text: impl FnOnce() -> String) {
        if self.bar.is_hidden() && self.lines.due() {
            note(&text());
        }
    }
}
