//! The requests, one function each.

use acuse_domain::calendar::Bucket;
use acuse_domain::error::FieldViolation;
use acuse_domain::report::Dimension;
use acuse_domain::time::Timestamp;

use super::axis::Axis;
use super::counted::is_rate;
use super::question::Question;
use crate::convert::faults::Faults;
use crate::reporting::{
    self as wire, Metric, ProactiveSends, RankingEnd, RateBasis, RowPreset, SortOrder,
};

/// What totals and their course are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Consolidated {
    /// Which messages.
    pub question: Question,
    /// How long the series' buckets are.
    pub bucket: Bucket,
    /// Whether to compare with the period before.
    pub compare: bool,
    /// Whether to tell how long messages took.
    pub with_times: bool,
}

/// What a funnel is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    /// Which messages.
    pub question: Question,
    /// Whether only those that a user sent.
    pub individual: bool,
}

/// What an overview of messages is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// Which messages.
    pub question: Question,
    /// How long the buckets of delivery over time are.
    pub bucket: Bucket,
    /// Whether these tell how far messages came instead of where they stand.
    pub cumulative: bool,
    /// How many values of each dimension at most.
    pub limit: usize,
}

/// What a breakdown is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Breakdown {
    /// Which messages.
    pub question: Question,
    /// By what.
    pub first: Axis,
    /// And by what else.
    pub second: Option<Axis>,
    /// What orders the rows; `None` for the parts of time of the first as they go.
    pub order_by: Option<Metric>,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// How many rows at most.
    pub limit: usize,
    /// Whether to tell how long messages took.
    pub with_times: bool,
}

/// What a ranking is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Which messages.
    pub question: Question,
    /// What is ranked.
    pub dimension: Dimension,
    /// By what.
    pub metric: Metric,
    /// Whether the worst comes first.
    pub worst_first: bool,
    /// Whether rates are compared by the bounds of their intervals.
    pub by_bound: bool,
    /// Volume that a value needs.
    pub minimum_volume: i64,
    /// How many rows at most.
    pub limit: usize,
    /// Whether to tell how long messages took.
    pub with_times: bool,
}

/// What a table of rows is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// Which messages.
    pub question: Question,
    /// Which table.
    pub preset: RowPreset,
    /// How many rows a batch holds at most.
    pub batch_size: usize,
}

/// Totals and their course.
///
/// # Errors
///
/// Every fault, by its path in the request.
pub fn consolidated(
    wire: wire::GetConsolidatedRequest,
    now: Timestamp,
) -> Result<Consolidated, Vec<FieldViolation>> {
    let mut faults = Faults::new(now);
    let question = faults.question(wire.question);
    let bucket = faults.optional_kind("bucket", wire.bucket);
    let asked = question.map(|question| Consolidated {
        question,
        bucket: bucket.unwrap_or(Bucket::Day),
        compare: wire.compare_with_previous,
        with_times: wire.with_times,
    });
    faults.finish(asked)
}

/// An overview of messages.
///
/// # Errors
///
/// Every fault, by its path in the request.
pub fn overview(
    wire: wire::GetMessagesOverviewRequest,
    now: Timestamp,
) -> Result<Overview, Vec<FieldViolation>> {
    let mut faults = Faults::new(now);
    let question = faults.question(wire.question);
    let bucket = faults.optional_kind("bucket", wire.bucket);
    let limit = faults.count("limit", wire.limit, [1, 100, 1_000]);
    let asked = question.map(|question| Overview {
        question,
        bucket: bucket.unwrap_or(Bucket::Day),
        cumulative: wire.cumulative,
        limit,
    });
    faults.finish(asked)
}

/// A funnel.
///
/// # Errors
///
/// Every fault, by its path in the request.
pub fn funnel(wire: wire::GetFunnelRequest, now: Timestamp) -> Result<Funnel, Vec<FieldViolation>> {
    let mut faults = Faults::new(now);
    let question = faults.question(wire.question);
    let sends = faults.choice("sends", wire.sends, "PROACTIVE_SENDS_");
    let asked = question.map(|question| Funnel {
        question,
        individual: sends == Some(ProactiveSends::Individual),
    });
    faults.finish(asked)
}

/// When contacts reply.
///
/// # Errors
///
/// Every fault, by its path in the request.
pub fn reply_activity(
    wire: wire::GetReplyActivityRequest,
    now: Timestamp,
) -> Result<Question, Vec<FieldViolation>> {
    let mut faults = Faults::new(now);
    let question = faults.question(wire.question);
    faults.finish(question)
}

/// A breakdown.
///
/// # Errors
///
/// Every fault, by its path in the request.
pub fn breakdown(
    wire: wire::GetBreakdownRequest,
    now: Timestamp,
) -> Result<Breakdown, Vec<FieldViolation>> {
    let mut faults = Faults::new(now);
    let question = faults.question(wire.question);
    let count = wire.dimensions.len();
    if !(1..=2).contains(&count) {
        let fault = format!("has {count} dimensions; one or two must be given");
        faults.add("dimensions", fault);
    }
    let axis = wire.dimensions.first();
    let axis = axis.and_then(|one| faults.axis("dimensions[0]", *one));
    let second = wire.dimensions.get(1);
    let second = second.and_then(|other| faults.axis("dimensions[1]", *other));
    if second.is_some() && axis == second {
        faults.add("dimensions[1]", "is the first again; give another, or none");
    }
    let ordered = faults.choice("order_by", wire.order_by, "METRIC_");
    let by_time = matches!(axis, Some(Axis::Time(_))) && ordered.is_none();
    let order = faults.choice("order", wire.order, "SORT_ORDER_");
    let order = order.unwrap_or(match by_time {
        true => SortOrder::Ascending,
        false => SortOrder::Descending,
    });
    let limit = faults.count("limit", wire.limit, [1, 100, 10_000]);
    let asked = question.zip(axis).map(|(question, axis)| Breakdown {
        question,
        first: axis,
        second,
        order_by: (!by_time).then(|| ordered.unwrap_or(Metric::Messages)),
        descending: order == SortOrder::Descending,
        limit,
        with_times: wire.with_times,
    });
    faults.finish(asked)
}

/// A ranking.
///
/// # Errors
///
/// Every fault, by its path in the request.
pub fn ranking(
    wire: wire::GetRankingRequest,
    now: Timestamp,
) -> Result<Ranking, Vec<FieldViolation>> {
    let mut faults = Faults::new(now);
    let question = faults.question(wire.question);
    let dimension = match faults.axis("dimension", wire.dimension) {
        Some(Axis::Values(dimension)) if dimension.is_ranked() => Some(dimension),
        None => None,
        Some(_) => {
            faults.add(
                "dimension",
                "cannot be ranked; give AGENT, DEPARTMENT, TEAM, TEMPLATE, CAMPAIGN, BROADCAST, CHANNEL_ACCOUNT, \
                 ACCOUNT or FAILURE_CATEGORY",
            );
            None
        }
    };
    // A metric is required: that it is unspecified and that it is absent are the same.
    let metric = faults.choice("metric", Some(wire.metric), "METRIC_");
    let first = faults.choice("first", wire.first, "RANKING_END_");
    let basis: Option<RateBasis> = faults.choice("rate_basis", wire.rate_basis, "RATE_BASIS_");
    if basis.is_some() && metric.is_some_and(|metric| !is_rate(metric)) {
        faults.add("rate_basis", "must be left out where the metric is no rate");
    }
    let minimum_volume = wire.minimum_volume.unwrap_or(1);
    if minimum_volume < 0 {
        faults.add("minimum_volume", "must not be negative");
    }
    let limit = faults.count("limit", wire.limit, [1, 10, 1_000]);
    let asked = question.zip(dimension).zip(metric);
    let asked = asked.map(|((question, dimension), metric)| Ranking {
        question,
        dimension,
        metric,
        worst_first: first == Some(RankingEnd::Worst),
        by_bound: basis == Some(RateBasis::Wilson),
        minimum_volume,
        limit,
        with_times: wire.with_times,
    });
    faults.finish(asked)
}

/// What a list is asked for, beside its pages.
///
/// # Errors
///
/// Every fault, by its path in the request.
pub fn list(
    question: Option<wire::Question>,
    now: Timestamp,
) -> Result<Question, Vec<FieldViolation>> {
    let mut faults = Faults::new(now);
    let question = faults.question(question);
    faults.finish(question)
}

/// A table of rows.
///
/// # Errors
///
/// Every fault, by its path in the request.
pub fn rows(wire: wire::StreamRowsRequest, now: Timestamp) -> Result<Rows, Vec<FieldViolation>> {
    let mut faults = Faults::new(now);
    let question = faults.question(wire.question);
    let preset = faults.choice("preset", Some(wire.preset), "ROW_PRESET_");
    let batch_size = faults.count("batch_size", wire.batch_size, [1, 1_000, 5_000]);
    let asked = question.zip(preset).map(|(question, preset)| Rows {
        question,
        preset,
        batch_size,
    });
    faults.finish(asked)
}

impl Faults {
    /// A value of an enum that only the wire has, if one is given.
    pub(super) fn choice<W>(&mut self, field: &str, number: Option<i32>, prefix: &str) -> Option<W>
    where
        W: TryFrom<i32> + Default + PartialEq,
    {
        let choice = W::try_from(number?)
            .ok()
            .filter(|choice| *choice != W::default());
        if choice.is_none() {
            self.add(
                field,
                format!("is not known; give one of the {prefix} values"),
            );
        }
        choice
    }

    /// A number within `[least, usual, most]`; the usual one where it is absent.
    fn count(
        &mut self,
        field: &str,
        given: Option<i32>,
        [least, usual, most]: [usize; 3],
    ) -> usize {
        let Some(given) = given else {
            return usual;
        };
        match usize::try_from(given) {
            Ok(count) if (least..=most).contains(&count) => count,
            _ => {
                let fault = format!("is {given}; must be from {least} to {most}");
                self.add(field, fault);
                usual
            }
        }
    }
}
