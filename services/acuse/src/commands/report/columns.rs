//! Figures as columns: a few of them at a terminal, all of them in CSV.

use acuse_proto::reporting::{Metrics, Quantiles, Rate};

use super::csv;
use super::look::{self, ABSENT};
use crate::output::number;

/// Columns of a table at a terminal: what people compare.
pub(super) const SHOWN: [&str; 8] = [
    "messages",
    "sent",
    "delivered",
    "read",
    "replied",
    "failed",
    "pending",
    "received",
];

/// The cells of [`SHOWN`]: rates, where there is one.
pub(super) fn shown(metrics: &Metrics) -> [String; SHOWN.len()] {
    let rate = |rate: &Option<Rate>| look::rate(rate.as_ref());
    [
        number(metrics.messages),
        rate(&metrics.sent_rate),
        rate(&metrics.delivery_rate),
        rate(&metrics.read_rate),
        rate(&metrics.reply_rate),
        rate(&metrics.bounce_rate),
        number(metrics.pending),
        metrics.received.map_or_else(|| ABSENT.to_owned(), number),
    ]
}

/// The columns of CSV after those that say what a line is of.
pub(super) fn names() -> Vec<String> {
    let counts = counts(&Metrics::default());
    let mut names: Vec<String> = counts.iter().map(|(name, _)| (*name).to_owned()).collect();
    for (name, _) in rates(&Metrics::default()) {
        names.extend(rate_names(name));
    }
    for (name, _) in times(&Metrics::default()) {
        names.extend(["p50", "p90", "p99"].map(|part| format!("time_to_{name}_{part}_seconds")));
    }
    names
}

/// The cells of [`names`]; empty where there is no figure.
pub(super) fn cells(metrics: &Metrics) -> Vec<String> {
    let mut cells: Vec<String> = counts(metrics)
        .into_iter()
        .map(|(_, count)| csv::figure(count))
        .collect();
    for (_, rate) in rates(metrics) {
        cells.extend(rate_cells(rate));
    }
    for (_, times) in times(metrics) {
        let times = times.unwrap_or_default();
        cells.extend([times.p50_seconds, times.p90_seconds, times.p99_seconds].map(csv::figure));
    }
    cells
}

/// The columns of a rate.
pub(super) fn rate_names(name: &str) -> [String; 4] {
    ["_numerator", "_denominator", "", "_left_out"].map(|part| format!("{name}{part}"))
}

/// The cells of [`rate_names`]; all are empty where there is no rate.
pub(super) fn rate_cells(rate: Option<Rate>) -> [String; 4] {
    [
        csv::figure(rate.map(|rate| rate.numerator)),
        csv::figure(rate.map(|rate| rate.denominator)),
        csv::figure(rate.and_then(|rate| rate.quotient)),
        csv::figure(rate.map(|rate| rate.left_out)),
    ]
}

fn counts(metrics: &Metrics) -> [(&'static str, Option<i64>); 23] {
    let failed = metrics.failed_by_stage.unwrap_or_default();
    let states = metrics.states.unwrap_or_default();
    [
        ("messages", Some(metrics.messages)),
        ("tickets", Some(metrics.tickets)),
        ("dispatched", Some(metrics.dispatched)),
        ("sent", Some(metrics.sent)),
        ("delivered", Some(metrics.delivered)),
        ("read", Some(metrics.read)),
        ("failed", Some(metrics.failed)),
        ("failed_at_dispatch", Some(failed.dispatch)),
        ("failed_at_send", Some(failed.send)),
        ("failed_at_delivery", Some(failed.delivery)),
        ("pending", Some(metrics.pending)),
        ("unconfirmed", Some(metrics.unconfirmed)),
        ("unattached", Some(metrics.unattached)),
        ("replied", Some(metrics.replied)),
        ("received", metrics.received),
        ("billable", Some(metrics.billable)),
        ("state_queued", Some(states.queued)),
        ("state_dispatched", Some(states.dispatched)),
        ("state_sent", Some(states.sent)),
        ("state_delivered", Some(states.delivered)),
        ("state_read", Some(states.read)),
        ("state_dispatch_failed", Some(states.dispatch_failed)),
        ("state_failed", Some(states.failed)),
    ]
}

/// The rates by their names, in the order of a message's way.
pub(super) fn rates(metrics: &Metrics) -> [(&'static str, Option<Rate>); 5] {
    [
        ("sent_rate", metrics.sent_rate),
        ("bounce_rate", metrics.bounce_rate),
        ("delivery_rate", metrics.delivery_rate),
        ("read_rate", metrics.read_rate),
        ("reply_rate", metrics.reply_rate),
    ]
}

/// The times by what they lead to.
pub(super) fn times(metrics: &Metrics) -> [(&'static str, Option<Quantiles>); 3] {
    let times = metrics.times.unwrap_or_default();
    [
        ("deliver", times.to_deliver),
        ("read", times.to_read),
        ("reply", times.to_reply),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_cell() {
        assert_eq!(names().len(), cells(&Metrics::default()).len());
        assert_eq!(SHOWN.len(), shown(&Metrics::default()).len());
    }
}
