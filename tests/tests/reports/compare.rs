//! Figures of an answer, one by one with those of the reference.

use acuse_proto::reporting::{Availability, Basis, Component, Metric, Metrics, Quantiles, Rate};
use acuse_tests::history;
use acuse_tests::reference::report::{Request, Sums};

use crate::random::Ground;
use crate::wire::{interval, micros};

/// What is wrong with an answer, a line each.
#[derive(Debug, Default)]
pub(crate) struct Faults(pub(crate) Vec<String>);

impl Faults {
    /// Notes where two things differ.
    pub(crate) fn same<T: PartialEq + std::fmt::Debug>(
        &mut self,
        what: &str,
        expected: &T,
        is: &T,
    ) {
        if expected != is {
            self.0
                .push(format!("{what}: expected {expected:?}, is {is:?}"));
        }
    }
}

/// The word of a metric in the reference.
pub(crate) fn word(metric: Metric) -> String {
    metric
        .as_str_name()
        .trim_start_matches("METRIC_")
        .to_lowercase()
}

/// Every metric.
pub(crate) fn metrics() -> impl Iterator<Item = Metric> {
    (1..).map_while(|number| Metric::try_from(number).ok())
}

/// A count of an answer by the reference's name of it.
fn count(of: &Metrics, name: &str) -> i64 {
    let failed = of.failed_by_stage.unwrap();
    let states = of.states.unwrap();
    match name {
        "messages" => of.messages,
        "tickets" => of.tickets,
        "dispatched" => of.dispatched,
        "sent" => of.sent,
        "delivered" => of.delivered,
        "read" => of.read,
        "failed" => of.failed,
        "failed_at_dispatch" => failed.dispatch,
        "failed_at_send" => failed.send,
        "failed_at_delivery" => failed.delivery,
        "pending" => of.pending,
        "unconfirmed" => of.unconfirmed,
        "unattached" => of.unattached,
        "replied" => of.replied,
        "received" => of.received.unwrap_or_default(),
        "billable" => of.billable,
        "state_queued" => states.queued,
        "state_dispatched" => states.dispatched,
        "state_sent" => states.sent,
        "state_delivered" => states.delivered,
        "state_read" => states.read,
        "state_dispatch_failed" => states.dispatch_failed,
        "state_failed" => states.failed,
        other => panic!("{other} is no count"),
    }
}

/// Compares all figures of some messages.
pub(crate) fn figures(
    faults: &mut Faults,
    what: &str,
    expected: &Sums,
    is: Option<&Metrics>,
    with_times: bool,
) {
    let Some(is) = is else {
        faults.0.push(format!("{what}: no figures"));
        return;
    };
    for metric in metrics() {
        let name = word(metric);
        if name.ends_with("_rate") {
            compare_rate(faults, what, &name, expected, is);
        } else if !name.starts_with("time_to_") {
            faults.same(
                &format!("{what}: {name}"),
                &expected.count(&name),
                &count(is, &name),
            );
        }
    }
    faults.same(
        &format!("{what}: has times"),
        &with_times,
        &is.times.is_some(),
    );
    let Some(times) = is.times else { return };
    for (span, name, times) in [
        (1, "deliver", times.to_deliver),
        (2, "read", times.to_read),
        (3, "reply", times.to_reply),
    ] {
        compare_times(
            faults,
            &format!("{what}: time to {name}"),
            expected,
            span,
            times,
        );
    }
}

fn compare_rate(faults: &mut Faults, what: &str, name: &str, expected: &Sums, is: &Metrics) {
    let rate = match name {
        "sent_rate" => is.sent_rate,
        "bounce_rate" => is.bounce_rate,
        "delivery_rate" => is.delivery_rate,
        "read_rate" => is.read_rate,
        _ => is.reply_rate,
    };
    let expected = self::rate(expected, name);
    faults.same(
        &format!("{what}: {name}"),
        &expected,
        &rate.unwrap_or_default(),
    );
}

/// A rate as it should be told.
pub(crate) fn rate(expected: &Sums, name: &str) -> Rate {
    let (hits, base) = expected.rate(name);
    let left_out = expected.left_out(name);
    // Where nobody of those there are could report it.
    let availability = match base {
        0 if left_out > 0 && left_out == expected.count("messages") => Availability::NotApplicable,
        0 => Availability::NoData,
        _ => Availability::Available,
    };
    Rate {
        numerator: hits,
        denominator: base,
        quotient: expected.share(name),
        left_out,
        availability: availability.into(),
    }
}

fn compare_times(
    faults: &mut Faults,
    what: &str,
    expected: &Sums,
    span: i32,
    is: Option<Quantiles>,
) {
    let quantile = |percent| {
        expected
            .quantile(span, percent)
            .map(|seconds| seconds as f64)
    };
    let count = expected.took.get(&span).map_or(0, Vec::len);
    let expected = Quantiles {
        count: i64::try_from(count).unwrap(),
        p50_seconds: quantile(50),
        p90_seconds: quantile(90),
        p99_seconds: quantile(99),
    };
    faults.same(what, &Some(expected), &is);
}

/// Compares what an answer rests on. `total` is of everything in it, `of_inbound` whether inbound messages can be told at
/// all.
pub(crate) fn basis(
    faults: &mut Faults,
    ground: &Ground<'_>,
    total: &Sums,
    of_inbound: bool,
    is: Option<&Basis>,
) {
    let Some(is) = is else {
        faults.0.push("no basis".to_owned());
        return;
    };
    let wire = |request: &Request| interval(request.start, request.end);
    let request = &ground.asked.request;
    faults.same("requested", &Some(wire(request)), &is.requested);
    faults.same("covered", &ground.covered.as_ref().map(wire), &is.covered);
    faults.same("zone", &request.zone, &is.time_zone);
    // All of it was taken in at the end.
    faults.same("as of", &Some(history::NOW), &micros(is.as_of.as_ref()));
    faults.same("pending", &total.count("pending"), &is.pending);
    let outbound = total.count("messages") + total.count("unattached");
    let received = total.count("received");
    let some = |count| {
        if count > 0 {
            Availability::Available
        } else {
            Availability::NoData
        }
    };
    let of_received = match of_inbound {
        true => some(received),
        false => Availability::NotApplicable,
    };
    let found: Vec<(Component, Availability)> = is
        .components
        .iter()
        .map(|component| (component.component(), component.availability()))
        .collect();
    let expected = vec![
        (Component::Outbound, some(outbound)),
        (Component::Received, of_received),
    ];
    faults.same("components", &expected, &found);
    for component in &is.components {
        let has_reason = !component.not_applicable_by.is_empty();
        let needs_one = component.availability() == Availability::NotApplicable;
        faults.same("reasons", &needs_one, &has_reason);
    }
}

/// What every report of figures has: its basis and its total.
pub(crate) struct Whole<'a> {
    pub(crate) basis: Option<&'a Basis>,
    pub(crate) total: Option<&'a Metrics>,
    pub(crate) with_times: bool,
}

impl Whole<'_> {
    /// Compares basis and total. Inbound messages are counted, also with 0, exactly where they can be.
    pub(crate) fn compare(
        &self,
        faults: &mut Faults,
        ground: &Ground<'_>,
        total: &Sums,
        of_inbound: bool,
    ) {
        basis(faults, ground, total, of_inbound, self.basis);
        figures(faults, "total", total, self.total, self.with_times);
        let told = self.total.is_some_and(|metrics| metrics.received.is_some());
        faults.same("tells what was received", &of_inbound, &told);
    }
}
