//! Figures: the metrics of one set of messages, made of its counts.

use std::collections::BTreeMap;

use acuse_domain::counts::Counts;
use acuse_domain::metrics::{self, Rate};
use acuse_domain::report::Cell;
use acuse_domain::rollup::Span;
use acuse_proto::reporting::Metric;

/// Messages by bin of a time.
pub(crate) type Bins = BTreeMap<u16, u64>;

/// What was counted of one set of messages. It adds up, over time and over values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Figures {
    /// Of the outbound ones.
    pub(crate) outbound: Cell,
    /// The inbound ones.
    pub(crate) received: i64,
    /// How long the outbound ones took; empty unless asked for.
    pub(crate) times: BTreeMap<Span, Bins>,
}

/// A rate, and how many messages it leaves out because their channel does not report its stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CoveredRate {
    pub(crate) rate: Rate,
    pub(crate) left_out: i64,
}

/// The quantiles that are told.
pub(crate) const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

impl Figures {
    /// Adds another set's.
    pub(crate) fn add(&mut self, other: &Self) {
        self.outbound.add(&other.outbound, 1);
        self.received += other.received;
        for (span, bins) in &other.times {
            let mine = self.times.entry(*span).or_default();
            for (bin, messages) in bins {
                *mine.entry(*bin).or_default() += messages;
            }
        }
    }

    /// All of several sets together.
    pub(crate) fn sum<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        all.into_iter().fold(Self::default(), |mut sum, one| {
            sum.add(one);
            sum
        })
    }

    /// The counts of the outbound ones.
    pub(crate) fn counts(&self) -> &Counts {
        &self.outbound.counts
    }

    /// Pending ones, without those that count as unconfirmed.
    pub(crate) fn pending(&self) -> i64 {
        self.counts().pending - self.outbound.unconfirmed
    }

    /// Whether there is any outbound message.
    pub(crate) fn has_outbound(&self) -> bool {
        let counts = self.counts();
        counts.messages + counts.unattached > 0
    }

    /// How many messages a metric's figure rests on.
    pub(crate) fn volume(&self, metric: Metric) -> i64 {
        match metric {
            Metric::Received => self.received,
            Metric::Unattached => self.counts().unattached,
            _ => self.counts().messages,
        }
    }

    /// A rate; `None` for a metric that is none.
    pub(crate) fn rate(&self, metric: Metric) -> Option<CoveredRate> {
        let of = self.counts();
        let (numerator, denominator, left_out) = match metric {
            Metric::SentRate => (of.sent_hits, of.sent_base, of.messages - of.sent_base),
            Metric::BounceRate => (of.failed(), of.messages, 0),
            Metric::DeliveryRate => (of.delivery_hits, of.delivery_base, of.delivery_unreported),
            Metric::ReadRate => (of.read_hits, of.read_base, of.read_unreported),
            Metric::ReplyRate => (of.replied, of.reply_base, 0),
            _ => return None,
        };
        // Counts are never negative.
        let count = |count: i64| u64::try_from(count).unwrap_or(0);
        Some(CoveredRate {
            rate: Rate::new(count(numerator), count(denominator)),
            left_out,
        })
    }

    /// A quantile of a time, in seconds; `None` where no message has it.
    pub(crate) fn quantile(&self, span: Span, q: f64) -> Option<f64> {
        let bins = self.times.get(&span)?;
        metrics::quantile(bins.iter().map(|(bin, messages)| (*bin, *messages)), q)
    }

    /// The figure of a metric: a count, a quotient or seconds; `None` where there is none.
    pub(crate) fn value(&self, metric: Metric) -> Option<f64> {
        if let Some((span, q)) = time_of(metric) {
            return self.quantile(span, q);
        }
        if let Some(covered) = self.rate(metric) {
            return covered.rate.value();
        }
        // Exact: nobody has 2^53 messages.
        self.count(metric).map(|count| count as f64)
    }

    /// A metric that is a count; `None` for any other.
    pub(crate) fn count(&self, metric: Metric) -> Option<i64> {
        let of = self.counts();
        Some(match metric {
            Metric::Messages => of.messages,
            Metric::Tickets => of.tickets,
            Metric::Dispatched => of.dispatched,
            Metric::Sent => of.sent,
            Metric::Delivered => of.delivered,
            Metric::Read => of.read,
            Metric::Failed => of.failed(),
            Metric::FailedAtDispatch | Metric::StateDispatchFailed => of.failed_dispatch,
            Metric::FailedAtSend => of.failed_send,
            Metric::FailedAtDelivery => of.failed_delivery,
            Metric::Pending => self.pending(),
            Metric::Unconfirmed => self.outbound.unconfirmed,
            Metric::Unattached => of.unattached,
            Metric::Replied => of.replied,
            Metric::Received => self.received,
            Metric::Billable => of.billable,
            Metric::StateQueued => of.in_queued,
            Metric::StateDispatched => of.in_dispatched,
            Metric::StateSent => of.in_sent,
            Metric::StateDelivered => of.in_delivered,
            Metric::StateRead => of.in_read,
            Metric::StateFailed => of.failed_send + of.failed_delivery,
            _ => return None,
        })
    }
}

/// The time and the quantile of it that a metric tells; `None` for one that tells none.
pub(crate) fn time_of(metric: Metric) -> Option<(Span, f64)> {
    let [p50, p90, p99] = QUANTILES;
    Some(match metric {
        Metric::TimeToDeliverP50 => (Span::ToDeliver, p50),
        Metric::TimeToDeliverP90 => (Span::ToDeliver, p90),
        Metric::TimeToDeliverP99 => (Span::ToDeliver, p99),
        Metric::TimeToReadP50 => (Span::ToRead, p50),
        Metric::TimeToReadP90 => (Span::ToRead, p90),
        Metric::TimeToReadP99 => (Span::ToRead, p99),
        Metric::TimeToReplyP50 => (Span::ToReply, p50),
        Metric::TimeToReplyP90 => (Span::ToReply, p90),
        Metric::TimeToReplyP99 => (Span::ToReply, p99),
        _ => return None,
    })
}

/// Whether less of a metric is better.
pub(crate) fn less_is_better(metric: Metric) -> bool {
    time_of(metric).is_some()
        || matches!(
            metric,
            Metric::Failed
                | Metric::FailedAtDispatch
                | Metric::FailedAtSend
                | Metric::FailedAtDelivery
                | Metric::Pending
                | Metric::Unconfirmed
                | Metric::Unattached
                | Metric::BounceRate
                | Metric::StateQueued
                | Metric::StateDispatchFailed
                | Metric::StateFailed
        )
}

/// Every metric, in the order of the contract.
pub(crate) fn all_metrics() -> impl Iterator<Item = Metric> {
    (1..).map_while(|number| Metric::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(counts: Counts) -> Figures {
        let outbound = Cell {
            counts,
            unconfirmed: 0,
        };
        Figures {
            outbound,
            ..Figures::default()
        }
    }

    #[test]
    fn every_metric_has_a_figure_where_there_are_messages() {
        let mut all = figures(Counts::from_values([1; Counts::NAMES.len()]));
        all.times = [Span::ToDeliver, Span::ToRead, Span::ToReply]
            .into_iter()
            .map(|span| (span, Bins::from([(7, 1)])))
            .collect();
        assert_eq!(all_metrics().count(), 37);
        for metric in all_metrics() {
            assert!(all.value(metric).is_some(), "{metric:?}");
        }
    }

    #[test]
    fn rates_and_times_of_nothing_are_absent() {
        let nothing = Figures::default();
        for metric in all_metrics() {
            let absent = nothing.rate(metric).is_some() || time_of(metric).is_some();
            let expected = if absent { None } else { Some(0.0) };
            assert_eq!(nothing.value(metric), expected, "{metric:?}");
        }
    }

    #[test]
    fn figures_add_up_and_quotients_do_not() {
        let one = figures(Counts {
            messages: 10,
            delivery_hits: 1,
            delivery_base: 2,
            delivery_unreported: 3,
            ..Counts::default()
        });
        let other = figures(Counts {
            messages: 5,
            delivery_hits: 3,
            delivery_base: 3,
            ..Counts::default()
        });
        let sum = Figures::sum([&one, &other]);
        let rate = sum.rate(Metric::DeliveryRate).unwrap();
        assert_eq!((rate.rate, rate.left_out), (Rate::new(4, 5), 3));
        assert_eq!(sum.value(Metric::DeliveryRate), Some(0.8));
        assert_eq!(sum.value(Metric::Messages), Some(15.0));
    }

    #[test]
    fn a_volume_is_of_what_is_counted() {
        let mut of = figures(Counts {
            messages: 5,
            unattached: 3,
            ..Counts::default()
        });
        of.received = 2;
        let volumes = [Metric::Unattached, Metric::Received, Metric::DeliveryRate];
        assert_eq!(volumes.map(|metric| of.volume(metric)), [3, 2, 5]);
    }

    #[test]
    fn pending_and_unconfirmed_exclude_each_other() {
        let mut old = figures(Counts {
            messages: 5,
            pending: 5,
            ..Counts::default()
        });
        old.outbound.unconfirmed = 2;
        assert_eq!(old.value(Metric::Pending), Some(3.0));
        assert_eq!(old.value(Metric::Unconfirmed), Some(2.0));
    }
}
