//! What an answer rests on, and values, for the wire.

use acuse_domain::calendar::Interval;
use acuse_proto::convert::reporting::{any_of, none_of};
use acuse_proto::convert::timestamp;
use acuse_proto::{reporting as wire, types};
use acuse_store::read::ProviderLag;

use crate::basis::{Basis, Received};
use crate::naming::Shown;

pub(super) fn interval(interval: Interval) -> wire::Interval {
    wire::Interval {
        start_at: Some(timestamp(interval.start)),
        end_at: Some(timestamp(interval.end)),
    }
}

pub(super) fn basis(basis: Basis) -> wire::Basis {
    let outbound = match basis.outbound {
        true => wire::Availability::Available,
        false => wire::Availability::NoData,
    };
    let (received, by) = match basis.received {
        Received::Available => (wire::Availability::Available, Vec::new()),
        Received::NoData => (wire::Availability::NoData, Vec::new()),
        Received::NotApplicable(names) => (wire::Availability::NotApplicable, names),
    };
    wire::Basis {
        requested: Some(interval(basis.requested)),
        covered: basis.covered.map(interval),
        time_zone: basis.zone.name().to_owned(),
        as_of: basis.as_of.newest.map(timestamp),
        pending: basis.pending,
        components: vec![
            status(wire::Component::Outbound, outbound, Vec::new()),
            status(wire::Component::Received, received, by),
        ],
        provider_lags: basis
            .as_of
            .provider_lags
            .into_iter()
            .map(provider_lag)
            .collect(),
        question: basis.question,
    }
}

fn provider_lag(of: ProviderLag) -> wire::ProviderLag {
    let count = |events| i64::try_from(events).unwrap_or(i64::MAX);
    wire::ProviderLag {
        provider: types::Provider::from(of.provider).into(),
        events: count(of.lag.events),
        mean_seconds: of.lag.mean(),
        p90_seconds: of.lag.quantile(0.9),
        max_seconds: of.lag.longest(),
        waiting: count(of.waiting),
        oldest_waiting_at: of.oldest_waiting.map(timestamp),
    }
}

fn status(
    component: wire::Component,
    availability: wire::Availability,
    by: Vec<&'static str>,
) -> wire::ComponentStatus {
    wire::ComponentStatus {
        component: component.into(),
        availability: availability.into(),
        not_applicable_by: by.into_iter().map(str::to_owned).collect(),
    }
}

pub(super) fn value(shown: Shown) -> wire::DimensionValue {
    let dimension = shown.axis.to_wire().into();
    wire::DimensionValue {
        dimension,
        filter: Some(any_of(dimension, shown.id.clone())),
        id: shown.id,
        name: shown.name,
        interval: shown.interval.map(interval),
    }
}

/// The condition for the messages beyond the values shown, which are of one dimension; where `only_valued`, for those that have
/// one. `None` where more are shown than a question takes.
pub(super) fn beyond<'a>(
    shown: impl IntoIterator<Item = &'a Shown>,
    only_valued: bool,
) -> Option<wire::Filter> {
    let mut shown = shown.into_iter().peekable();
    let dimension = shown.peek()?.axis.to_wire().into();
    let ids = shown.map(|shown| shown.id.clone());
    none_of(dimension, ids.chain(only_valued.then_some(None)))
}
