//! When contacts reply: the condition that turns an hour of replies into its messages.

use std::collections::BTreeSet;

use super::value::Value;
use crate::calendar::Zone;
use crate::contribution::Contribution;
use crate::rollup::reply_hour;

/// A condition on what a clock showed at a message's first reply. No inbound message meets it, nor does one without a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepliedAt {
    /// By whose clock.
    pub zone: Zone,
    /// Hours of the week: 1 + 24 x weekday + hour, Monday's being 0.
    pub hours: BTreeSet<Value>,
}

impl RepliedAt {
    /// Whether a message with this contribution meets it.
    pub(super) fn met_by(&self, contribution: &Contribution) -> bool {
        match reply_hour(contribution, &self.zone) {
            0 => false,
            hour => self.hours.contains(&hour),
        }
    }
}
