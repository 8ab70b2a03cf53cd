//! What figures count: from a metric to the condition for its messages.

use acuse_domain::counts::Count;
use acuse_domain::report::Counted;
use acuse_domain::rollup::Span;

use crate::convert::faults::Faults;
use crate::reporting::{self as wire, Metric, RatePart};

/// Figures of one question at most: 10, and what an answer adds to them.
const MAX_FIGURES: usize = 12;

/// The messages that a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountedIn {
    /// Outbound ones.
    Sent(Counted),
    /// All inbound ones.
    Received,
}

impl Faults {
    pub(super) fn counted_in(&mut self, wire: &[wire::CountedIn]) -> Option<Vec<CountedIn>> {
        let count = wire.len();
        if count > MAX_FIGURES {
            let fault = format!("has {count} figures; at most {MAX_FIGURES} are allowed");
            self.add("counted_in", fault);
            return None;
        }
        let conditions: Vec<Option<CountedIn>> = wire
            .iter()
            .enumerate()
            .map(|(index, figure)| {
                self.within(&format!("counted_in[{index}]"), |faults| {
                    counted(faults, *figure)
                })
            })
            .collect();
        conditions.into_iter().collect()
    }
}

fn counted(faults: &mut Faults, wire: wire::CountedIn) -> Option<CountedIn> {
    let metric = faults.choice("metric", Some(wire.metric), "METRIC_");
    let part = faults.choice("part", wire.part, "RATE_PART_");
    let metric = metric?;
    if wire.part.is_some() && !is_rate(metric) {
        faults.add("part", "must be left out where the metric is no rate");
    }
    in_figure(metric, part.unwrap_or(RatePart::Numerator))
}

/// Whether a metric is a quotient.
pub(super) fn is_rate(metric: Metric) -> bool {
    matches!(
        metric,
        Metric::SentRate
            | Metric::BounceRate
            | Metric::DeliveryRate
            | Metric::ReadRate
            | Metric::ReplyRate
    )
}

/// The condition for the messages of a figure, and for a rate of a part of it.
fn in_figure(metric: Metric, part: RatePart) -> Option<CountedIn> {
    // Of these rates nothing is left out.
    const NONE: Counted = Counted::In(&[]);
    let of_rate = |numerator, denominator, left_out| match part {
        RatePart::Denominator => denominator,
        RatePart::LeftOut => left_out,
        RatePart::Numerator | RatePart::Unspecified => numerator,
    };
    Some(CountedIn::Sent(match metric {
        Metric::Unspecified => return None,
        Metric::Received => return Some(CountedIn::Received),
        Metric::Messages => Counted::In(&[Count::Messages]),
        Metric::Tickets => Counted::In(&[Count::Tickets]),
        Metric::Dispatched => Counted::In(&[Count::Dispatched]),
        Metric::Sent => Counted::In(&[Count::Sent]),
        Metric::Delivered => Counted::In(&[Count::Delivered]),
        Metric::Read => Counted::In(&[Count::Read]),
        Metric::Failed => Counted::FAILED,
        Metric::FailedAtDispatch | Metric::StateDispatchFailed => {
            Counted::In(&[Count::FailedDispatch])
        }
        Metric::FailedAtSend => Counted::In(&[Count::FailedSend]),
        Metric::FailedAtDelivery => Counted::In(&[Count::FailedDelivery]),
        Metric::Pending => Counted::Pending { unconfirmed: false },
        Metric::Unconfirmed => Counted::Pending { unconfirmed: true },
        Metric::Unattached => Counted::In(&[Count::Unattached]),
        Metric::Replied => Counted::In(&[Count::Replied]),
        Metric::Billable => Counted::In(&[Count::Billable]),
        Metric::StateQueued => Counted::In(&[Count::InQueued]),
        Metric::StateDispatched => Counted::In(&[Count::InDispatched]),
        Metric::StateSent => Counted::In(&[Count::InSent]),
        Metric::StateDelivered => Counted::In(&[Count::InDelivered]),
        Metric::StateRead => Counted::In(&[Count::InRead]),
        Metric::StateFailed => Counted::In(&[Count::FailedSend, Count::FailedDelivery]),
        Metric::SentRate => of_rate(
            Counted::In(&[Count::SentHits]),
            Counted::In(&[Count::SentBase]),
            Counted::NotIn(Count::SentBase),
        ),
        Metric::BounceRate => of_rate(Counted::FAILED, Counted::In(&[Count::Messages]), NONE),
        Metric::DeliveryRate => of_rate(
            Counted::In(&[Count::DeliveryHits]),
            Counted::In(&[Count::DeliveryBase]),
            Counted::In(&[Count::DeliveryUnreported]),
        ),
        Metric::ReadRate => of_rate(
            Counted::In(&[Count::ReadHits]),
            Counted::In(&[Count::ReadBase]),
            Counted::In(&[Count::ReadUnreported]),
        ),
        Metric::ReplyRate => of_rate(
            Counted::In(&[Count::Replied]),
            Counted::In(&[Count::ReplyBase]),
            NONE,
        ),
        Metric::TimeToDeliverP50 | Metric::TimeToDeliverP90 | Metric::TimeToDeliverP99 => {
            Counted::Timed(Span::ToDeliver)
        }
        Metric::TimeToReadP50 | Metric::TimeToReadP90 | Metric::TimeToReadP99 => {
            Counted::Timed(Span::ToRead)
        }
        Metric::TimeToReplyP50 | Metric::TimeToReplyP90 | Metric::TimeToReplyP99 => {
            Counted::Timed(Span::ToReply)
        }
    }))
}
