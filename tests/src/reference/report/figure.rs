//! Figures as filters: the messages that one counts.

use super::{Row, Sums};

/// A figure, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The metric's name.
    pub name: String,
    /// Of a rate which part.
    pub part: Option<Part>,
}

/// A part of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What did.
    Numerator,
    /// What could have.
    Denominator,
    /// What could not tell.
    LeftOut,
}

impl Figure {
    /// Whether a message counts in it; `sums` is of that message alone.
    pub(super) fn counts(&self, row: &Row, sums: &Sums) -> bool {
        if self.name.ends_with("_rate") {
            let (hits, base) = sums.rate(&self.name);
            let count = match self.part {
                None | Some(Part::Numerator) => hits,
                Some(Part::Denominator) => base,
                Some(Part::LeftOut) => sums.left_out(&self.name),
            };
            return count > 0;
        }
        let spans = [
            (1, "time_to_deliver"),
            (2, "time_to_read"),
            (3, "time_to_reply"),
        ];
        match spans.iter().find(|(_, time)| self.name.starts_with(time)) {
            Some((span, _)) => row.took.contains_key(span),
            None => sums.count(&self.name) > 0,
        }
    }
}
