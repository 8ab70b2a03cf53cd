//! What messages there are, by what they are, and how far they came over time.

use acuse_domain::calendar::Interval;
use acuse_domain::error::Result;
use acuse_domain::report::{Dimension, Group, NO_VALUE};
use acuse_domain::scope::Scope;
use acuse_proto::convert::reporting::{Overview as Asked, TimeAxis};

use crate::basis::Basis;
use crate::cut::cut_few;
use crate::figures::Figures;
use crate::inquiry::{Inquiry, Wanted};
use crate::naming::{self, Shown, Slot};
use crate::parts::Parts;
use crate::table::Table;

/// By what outbound messages are told apart.
const OUTBOUND: [Dimension; 4] = [
    Dimension::Channel,
    Dimension::Source,
    Dimension::Type,
    Dimension::Subtype,
];

/// What messages there are, and how far they came.
#[derive(Debug)]
pub(crate) struct Overview {
    pub(crate) basis: Basis,
    /// Inbound messages by channel.
    pub(crate) received: Distribution,
    /// Outbound messages by each of [`OUTBOUND`].
    pub(crate) outbound: [Distribution; 4],
    pub(crate) delivery: Vec<(Interval, Figures)>,
    pub(crate) total: Figures,
}

/// Messages by the values of a dimension.
#[derive(Debug)]
pub(crate) struct Distribution {
    pub(crate) dimension: Dimension,
    /// The most frequent values, and how many messages each has.
    pub(crate) values: Vec<(Shown, i64)>,
    /// Messages of all other values, and how many values that is.
    pub(crate) others: (i64, usize),
    pub(crate) total: i64,
}

/// What messages there are, as far as `scope` shows them.
///
/// # Errors
///
/// INVALID_ARGUMENT for a period or a series that is too long, NOT_FOUND for an unknown workspace, UNAVAILABLE while the
/// database is away.
pub(crate) async fn get_messages_overview(
    parts: &Parts,
    scope: &Scope,
    asked: Asked,
) -> Result<Overview> {
    let mut inquiry = Inquiry::open(parts, scope, asked.question).await?;
    let axis = TimeAxis::Buckets(asked.bucket);
    let (wanted, buckets) = inquiry.whole(|inquiry| {
        let interval = inquiry.covered(inquiry.requested);
        let buckets = interval.map(|covered| cut_few(covered, &inquiry.zone, axis, "bucket"));
        let buckets = buckets.transpose()?.into_iter().flatten();
        let buckets: Vec<Interval> = buckets.map(|(bucket, _)| bucket).collect();
        let starts = buckets.iter().map(|bucket| bucket.start).collect();
        let groups = OUTBOUND.map(Group::values).into_iter();
        let wanted = groups.chain([Group::parts(starts)]).map(|group| Wanted {
            interval,
            group,
            durations: false,
            departments: false,
        });
        Ok((wanted.collect(), buckets))
    })?;
    let told = inquiry.ask(wanted).await?;
    let mut tables = told.tables.into_iter();
    let [channels, sources, types, subtypes] = OUTBOUND.map(|_| tables.next().unwrap_or_default());
    let over_time = tables.next().unwrap_or_default();
    let distribution = async |dimension, table: &Table, count: fn(&Figures) -> i64| {
        distribution(&inquiry, dimension, table, count, asked.limit).await
    };
    let sent = |figures: &Figures| figures.counts().messages;
    let outbound = [
        distribution(Dimension::Channel, &channels, sent).await?,
        distribution(Dimension::Source, &sources, sent).await?,
        distribution(Dimension::Type, &types, sent).await?,
        distribution(Dimension::Subtype, &subtypes, sent).await?,
    ];
    let received = distribution(Dimension::Channel, &channels, |of| of.received).await?;
    let total = over_time.total();
    let figures = over_time.parts(buckets.len());
    Ok(Overview {
        basis: Basis::new(&inquiry, told.as_of, &total),
        received,
        outbound,
        delivery: buckets.into_iter().zip(figures).collect(),
        total,
    })
}

/// The messages of a table that `count` counts, by value. By subtype those that have one.
async fn distribution(
    inquiry: &Inquiry,
    dimension: Dimension,
    table: &Table,
    count: fn(&Figures) -> i64,
    limit: usize,
) -> Result<Distribution> {
    let counted = table.figures.iter();
    let counted = counted.map(|(key, figures)| (key.value(), count(figures)));
    let rows: Vec<([Slot; 1], i64)> = counted
        .filter(|(_, count)| *count > 0)
        .filter(|(value, _)| dimension != Dimension::Subtype || *value != NO_VALUE)
        .map(|(value, count)| ([Slot::Value(dimension, value)], count))
        .collect();
    let total = rows.iter().map(|(_, count)| count).sum();
    let descending = |(_, one): &(_, i64), (_, other): &(_, i64)| other.cmp(one);
    let (values, beyond) = naming::first(&inquiry.scoped, rows, limit, descending).await?;
    let values = values.into_iter().map(|([shown], count)| (shown, count));
    Ok(Distribution {
        dimension,
        values: values.collect(),
        others: (beyond.iter().sum(), beyond.len()),
        total,
    })
}
