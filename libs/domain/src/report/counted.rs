//! What messages count in: the condition that turns a figure of a report into its messages.

use crate::contribution::{Contribution, Measures};
use crate::counts::{Count, Counts};
use crate::rollup::{Span, bins_of};
use crate::time::Timestamp;

/// A condition on what a message counts in. No inbound message meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// It counts in one of these.
    In(&'static [Count]),
    /// It is in [`Counts::messages`], and not in this.
    NotIn(Count),
    /// Word of it is still to come, and the time for that is over, or not.
    Pending {
        /// Whether it is over.
        unconfirmed: bool,
    },
    /// It has this time.
    Timed(Span),
}

impl Counted {
    /// It failed, at whatever stage: it counts in [`Counts::failed`].
    pub const FAILED: Self = Self::In(&[
        Count::FailedDispatch,
        Count::FailedSend,
        Count::FailedDelivery,
    ]);

    /// Whether a message with this contribution meets it; pending ones that belong to an instant before
    /// `unconfirmed_before` are unconfirmed.
    pub(super) fn met_by(self, contribution: &Contribution, unconfirmed_before: Timestamp) -> bool {
        let counts = Counts::from(contribution);
        let is_in = |count| counts.get(count) > 0;
        match (self, &contribution.measures) {
            (_, Measures::Received) => false,
            (Self::In(any), _) => any.iter().copied().any(is_in),
            (Self::NotIn(count), _) => is_in(Count::Messages) && !is_in(count),
            (Self::Pending { unconfirmed }, _) => {
                let is_over = contribution.at < unconfirmed_before;
                is_in(Count::Pending) && is_over == unconfirmed
            }
            (Self::Timed(span), Measures::Sent(sent)) => {
                bins_of(contribution.at, sent).any(|(known, _)| known == span)
            }
            (Self::Timed(_), Measures::Unattached) => false,
        }
    }
}

/// Whether some of these conditions are about unattached messages, which are in no count but their own.
pub fn counts_unattached(conditions: &[Counted]) -> bool {
    let mut conditions = conditions.iter();
    conditions
        .any(|counted| matches!(counted, Counted::In(any) if any.contains(&Count::Unattached)))
}
