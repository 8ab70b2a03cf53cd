//! Figures for the wire.

use acuse_domain::rollup::Span;
use acuse_proto::reporting::{self as wire, Availability, Metric};

use crate::basis::Basis;
use crate::figures::{Figures, QUANTILES};

/// Which figures are told at all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Telling {
    received: bool,
    times: bool,
}

impl Telling {
    /// What an answer on this basis tells; how long messages took only where that was asked for.
    pub(super) fn new(basis: &Basis, times: bool) -> Self {
        Self {
            received: basis.counts_received(),
            times,
        }
    }

    pub(super) fn metrics(self, figures: &Figures) -> wire::Metrics {
        let of = figures.counts();
        let rate = |metric| rate(figures, metric);
        wire::Metrics {
            messages: of.messages,
            tickets: of.tickets,
            dispatched: of.dispatched,
            sent: of.sent,
            delivered: of.delivered,
            read: of.read,
            failed: of.failed(),
            failed_by_stage: Some(wire::FailedByStage {
                dispatch: of.failed_dispatch,
                send: of.failed_send,
                delivery: of.failed_delivery,
            }),
            pending: figures.pending(),
            unconfirmed: figures.outbound.unconfirmed,
            unattached: of.unattached,
            replied: of.replied,
            received: self.received.then_some(figures.received),
            billable: of.billable,
            sent_rate: rate(Metric::SentRate),
            bounce_rate: rate(Metric::BounceRate),
            delivery_rate: rate(Metric::DeliveryRate),
            read_rate: rate(Metric::ReadRate),
            reply_rate: rate(Metric::ReplyRate),
            states: Some(wire::StateCounts {
                queued: of.in_queued,
                dispatched: of.in_dispatched,
                sent: of.in_sent,
                delivered: of.in_delivered,
                read: of.in_read,
                dispatch_failed: of.failed_dispatch,
                failed: of.failed_send + of.failed_delivery,
            }),
            times: self.times.then(|| times(figures)),
        }
    }
}

/// A rate of some figures; `None` for a metric that is none.
pub(super) fn rate(figures: &Figures, metric: Metric) -> Option<wire::Rate> {
    let covered = figures.rate(metric)?;
    let messages = figures.counts().messages;
    let availability = match covered.rate.denominator {
        0 if messages > 0 && covered.left_out == messages => Availability::NotApplicable,
        0 => Availability::NoData,
        _ => Availability::Available,
    };
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    Some(wire::Rate {
        numerator: count(covered.rate.numerator),
        denominator: count(covered.rate.denominator),
        quotient: covered.rate.value(),
        left_out: covered.left_out,
        availability: availability.into(),
    })
}

fn times(figures: &Figures) -> wire::Times {
    let quantiles = |span: Span| {
        let [p50_seconds, p90_seconds, p99_seconds] = QUANTILES.map(|q| figures.quantile(span, q));
        let bins = figures.times.get(&span).into_iter().flatten();
        let count: u64 = bins.map(|(_, messages)| messages).sum();
        Some(wire::Quantiles {
            count: i64::try_from(count).unwrap_or(i64::MAX),
            p50_seconds,
            p90_seconds,
            p99_seconds,
        })
    };
    wire::Times {
        to_deliver: quantiles(Span::ToDeliver),
        to_read: quantiles(Span::ToRead),
        to_reply: quantiles(Span::ToReply),
    }
}
