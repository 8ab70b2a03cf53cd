//! Answers, brought into the one form in which they are compared.

use acuse_proto::reporting::Metrics;
use anyhow::{Result, ensure};

/// The sums of an answer's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sums(pub(crate) [i64; 9]);

/// What they are called, in SQL's answers as well.
pub(crate) const NAMES: [&str; 9] = [
    "messages",
    "tickets",
    "dispatched",
    "sent",
    "delivered",
    "read",
    "replied",
    "failed",
    "billable",
];

impl From<&Metrics> for Sums {
    fn from(metrics: &Metrics) -> Self {
        Self([
            metrics.messages,
            metrics.tickets,
            metrics.dispatched,
            metrics.sent,
            metrics.delivered,
            metrics.read,
            metrics.replied,
            metrics.failed,
            metrics.billable,
        ])
    }
}

impl Sums {
    /// The sums of SQL's rows, each given as a look-up of its numbers.
    pub(crate) fn of_rows(rows: impl IntoIterator<Item = [i64; 9]>) -> Self {
        rows.into_iter().fold(Self::default(), |mut sums, row| {
            for (sum, number) in sums.0.iter_mut().zip(row) {
                *sum += number;
            }
            sums
        })
    }

    /// Fails where another answer to the same question says something else: what is not the same is not to be compared.
    pub(crate) fn check(&self, other: &Self, question: &str, by: &str) -> Result<()> {
        let differing = NAMES.iter().zip(self.0.iter().zip(&other.0));
        let differing: Vec<_> = differing
            .filter(|(_, (ours, theirs))| ours != theirs)
            .map(|(name, (ours, theirs))| format!("{name} is {ours}, by {by} {theirs}"))
            .collect();
        ensure!(
            differing.is_empty(),
            "{question}: the answers differ: {}",
            differing.join("; ")
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_compared_by_name() {
        let ours = Sums::from(&Metrics {
            messages: 5,
            failed: 2,
            billable: 1,
            ..Metrics::default()
        });
        let rows = [[2, 0, 0, 0, 0, 0, 0, 2, 0], [3, 0, 0, 0, 0, 0, 0, 0, 1]];
        assert!(ours.check(&Sums::of_rows(rows), "x", "SQL").is_ok());
        let wrong = Sums::of_rows([rows[0]]);
        let told = ours.check(&wrong, "x", "SQL").unwrap_err().to_string();
        assert_eq!(
            told,
            "x: the answers differ: messages is 5, by SQL 2; billable is 1, by SQL 0"
        );
    }
}
