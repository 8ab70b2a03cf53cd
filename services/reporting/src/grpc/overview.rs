//! What messages there are and when contacts reply, for the wire.

use acuse_domain::report::Dimension;
use acuse_proto::convert::reporting::{Axis, Label};
use acuse_proto::reporting as wire;

use super::basis::{basis, beyond, interval, value};
use super::count;
use crate::figures::Figures;
use crate::get_messages_overview::{Distribution, Overview};
use crate::get_reply_activity::ReplyActivity;

pub(super) fn overview(found: Overview, cumulative: bool) -> wire::GetMessagesOverviewResponse {
    let received = found.basis.counts_received();
    let received = received.then(|| distribution(found.received));
    let [channel, source, kind, subtype] = found.outbound.map(|of| Some(distribution(of)));
    let buckets = found.delivery.iter();
    wire::GetMessagesOverviewResponse {
        basis: Some(basis(found.basis)),
        received_by_channel: received,
        by_channel: channel,
        by_source: source,
        by_type: kind,
        by_subtype: subtype,
        delivery: buckets
            .map(|(covered, figures)| wire::DeliveryBucket {
                interval: Some(interval(*covered)),
                delivery: Some(delivery(figures, cumulative)),
            })
            .collect(),
        total: Some(delivery(&found.total, cumulative)),
    }
}

fn distribution(found: Distribution) -> wire::Distribution {
    let total = found.total;
    let (others, other_values) = found.others;
    // Of subtypes the messages are told apart that have one.
    let only_valued = found.dimension == Dimension::Subtype;
    let shown = found.values.iter().map(|(shown, _)| shown);
    let others_filter = (other_values > 0).then(|| beyond(shown, only_valued));
    let values = found.values.into_iter();
    wire::Distribution {
        dimension: Axis::Values(found.dimension).to_wire().into(),
        values: values
            .map(|(shown, count)| wire::DistributionValue {
                value: Some(value(shown)),
                count,
                // A value has messages, and so has the whole.
                share: share(count, total).unwrap_or_default(),
            })
            .collect(),
        others,
        other_values: count(other_values),
        total,
        others_filter: others_filter.flatten(),
    }
}

fn delivery(figures: &Figures, cumulative: bool) -> wire::Delivery {
    let of = figures.counts();
    let part = |count| {
        Some(wire::DeliveryPart {
            count,
            share: share(count, of.messages),
        })
    };
    let (sent, delivered, read) = match cumulative {
        true => (of.sent, of.delivered, of.read),
        false => (of.in_sent, of.in_delivered, of.in_read),
    };
    wire::Delivery {
        messages: of.messages,
        sent: part(sent),
        delivered: part(delivered),
        read: part(read),
        failed: part(of.failed()),
        waiting: match cumulative {
            true => None,
            false => part(of.in_queued + of.in_dispatched),
        },
    }
}

/// Exact enough: nobody has 2^53 messages.
fn share(count: i64, of: i64) -> Option<f64> {
    (of > 0).then(|| count as f64 / of as f64)
}

pub(super) fn reply_activity(found: ReplyActivity) -> wire::GetReplyActivityResponse {
    let hours = &found.hours;
    let weekdays = (0..).zip(hours);
    wire::GetReplyActivityResponse {
        replied: hours.as_flattened().iter().sum(),
        by_hour: (0..24)
            .map(|hour| hours.iter().map(|day| day[hour]).sum())
            .collect(),
        weekdays: weekdays
            .map(|(day, hours)| wire::WeekdayReplies {
                weekday: Label::Weekday(day).to_string(),
                replied: hours.iter().sum(),
                by_hour: hours.to_vec(),
            })
            .collect(),
        basis: Some(basis(found.basis)),
    }
}
