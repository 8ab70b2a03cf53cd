//! Figures, as they are read in tables and charts.

use acuse_domain::time::Timestamp;
use acuse_pages::{Align, Column};
use acuse_proto::convert::any_time;
use acuse_proto::reporting::{Availability, Bucket, Interval, Metric, Metrics, Quantiles, Rate};

use super::say::Say;

/// A figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Figure {
    Count(i64),
    Share(f64),
    Seconds(f64),
    /// There is none.
    Absent,
    /// There can be none.
    NotApplicable,
}

/// What is shown of every row of a table of figures.
pub(super) const SHOWN: [Metric; 11] = [
    Metric::Messages,
    Metric::Sent,
    Metric::Delivered,
    Metric::Read,
    Metric::Replied,
    Metric::Failed,
    Metric::DeliveryRate,
    Metric::ReadRate,
    Metric::ReplyRate,
    Metric::BounceRate,
    Metric::Received,
];

impl Figure {
    pub(super) fn text(self, say: &Say) -> String {
        match self {
            Self::Count(count) => say.count(count),
            Self::Share(share) => say.numbers().share(share),
            Self::Seconds(seconds) => say.seconds(seconds),
            Self::Absent => say.nothing(),
            Self::NotApplicable => say.text("row.not_applicable").to_owned(),
        }
    }

    /// Its value, where there is one.
    pub(super) fn value(self) -> Option<f64> {
        match self {
            Self::Count(count) => Some(count as f64),
            Self::Share(value) | Self::Seconds(value) => Some(value),
            Self::Absent | Self::NotApplicable => None,
        }
    }
}

/// What a metric is called.
pub(super) fn label(say: &Say, metric: Metric) -> &'static str {
    let name = metric.as_str_name().trim_start_matches("METRIC_");
    say.text(&format!("metric.{}", name.to_lowercase()))
}

/// The figure of a metric.
pub(super) fn figure(metrics: &Metrics, metric: Metric) -> Figure {
    let stages = metrics.failed_by_stage.unwrap_or_default();
    let states = metrics.states.unwrap_or_default();
    let times = metrics.times.as_ref();
    let count = match metric {
        Metric::Unspecified => return Figure::Absent,
        Metric::Messages => metrics.messages,
        Metric::Tickets => metrics.tickets,
        Metric::Dispatched => metrics.dispatched,
        Metric::Sent => metrics.sent,
        Metric::Delivered => metrics.delivered,
        Metric::Read => metrics.read,
        Metric::Failed => metrics.failed,
        Metric::FailedAtDispatch => stages.dispatch,
        Metric::FailedAtSend => stages.send,
        Metric::FailedAtDelivery => stages.delivery,
        Metric::Pending => metrics.pending,
        Metric::Unconfirmed => metrics.unconfirmed,
        Metric::Unattached => metrics.unattached,
        Metric::Replied => metrics.replied,
        Metric::Received => match metrics.received {
            Some(count) => count,
            None => return Figure::NotApplicable,
        },
        Metric::Billable => metrics.billable,
        Metric::StateQueued => states.queued,
        Metric::StateDispatched => states.dispatched,
        Metric::StateSent => states.sent,
        Metric::StateDelivered => states.delivered,
        Metric::StateRead => states.read,
        Metric::StateDispatchFailed => states.dispatch_failed,
        Metric::StateFailed => states.failed,
        Metric::SentRate => return rate(metrics.sent_rate.as_ref()),
        Metric::BounceRate => return rate(metrics.bounce_rate.as_ref()),
        Metric::DeliveryRate => return rate(metrics.delivery_rate.as_ref()),
        Metric::ReadRate => return rate(metrics.read_rate.as_ref()),
        Metric::ReplyRate => return rate(metrics.reply_rate.as_ref()),
        Metric::TimeToDeliverP50 | Metric::TimeToDeliverP90 | Metric::TimeToDeliverP99 => {
            return time(times.and_then(|times| times.to_deliver.as_ref()), metric);
        }
        Metric::TimeToReadP50 | Metric::TimeToReadP90 | Metric::TimeToReadP99 => {
            return time(times.and_then(|times| times.to_read.as_ref()), metric);
        }
        Metric::TimeToReplyP50 | Metric::TimeToReplyP90 | Metric::TimeToReplyP99 => {
            return time(times.and_then(|times| times.to_reply.as_ref()), metric);
        }
    };
    Figure::Count(count)
}

/// A rate, which is absent where nothing could have.
pub(super) fn rate(rate: Option<&Rate>) -> Figure {
    match rate {
        None => Figure::Absent,
        Some(rate) => match rate.quotient {
            Some(quotient) => Figure::Share(quotient),
            None if rate.availability() == Availability::NotApplicable => Figure::NotApplicable,
            None => Figure::Absent,
        },
    }
}

fn time(quantiles: Option<&Quantiles>, metric: Metric) -> Figure {
    let seconds = quantiles.and_then(|quantiles| match metric {
        Metric::TimeToDeliverP50 | Metric::TimeToReadP50 | Metric::TimeToReplyP50 => {
            quantiles.p50_seconds
        }
        Metric::TimeToDeliverP90 | Metric::TimeToReadP90 | Metric::TimeToReplyP90 => {
            quantiles.p90_seconds
        }
        _ => quantiles.p99_seconds,
    });
    seconds.map_or(Figure::Absent, Figure::Seconds)
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

/// Whether a metric is a length of time.
pub(super) fn is_time(metric: Metric) -> bool {
    metric.as_str_name().starts_with("METRIC_TIME_")
}

/// The columns of a table of figures: what rows are, and what is shown of them.
pub(super) fn columns(say: &Say, rows: &[&str]) -> Vec<Column> {
    let rows = rows.iter().map(|label| text_column(label));
    let shown = SHOWN
        .iter()
        .map(|metric| number_column(label(say, *metric)));
    rows.chain(shown).collect()
}

pub(super) fn text_column(label: &str) -> Column {
    Column {
        label: label.to_owned(),
        align: Align::Start,
    }
}

pub(super) fn number_column(label: &str) -> Column {
    Column {
        label: label.to_owned(),
        align: Align::End,
    }
}

/// The cells of a row of such a table, behind what it is.
pub(super) fn cells(say: &Say, metrics: &Metrics) -> impl Iterator<Item = String> {
    SHOWN
        .iter()
        .map(|metric| figure(metrics, *metric).text(say))
}

/// What a part of a series is called.
pub(super) fn part(say: &mut Say, bucket: Bucket, interval: Option<&Interval>) -> String {
    let start = interval.and_then(|one| one.start_at);
    let Some(at) = start.and_then(|at| any_time(at).ok()) else {
        return say.nothing();
    };
    named(say, bucket, at)
}

fn named(say: &mut Say, bucket: Bucket, at: Timestamp) -> String {
    match bucket {
        Bucket::Hour => say.hour(at),
        Bucket::Month => say.month(at),
        Bucket::Unspecified | Bucket::Day | Bucket::Week => say.short_day(at),
    }
}
