//! Totals, their course over the interval, and the same of the period before.

use acuse_domain::calendar::{Interval, previous};
use acuse_domain::error::Result;
use acuse_domain::report::Group;
use acuse_domain::scope::Scope;
use acuse_proto::convert::reporting::{Consolidated as Asked, TimeAxis};
use acuse_proto::reporting::Metric;

use crate::basis::Basis;
use crate::cut::cut_few;
use crate::figures::{Figures, all_metrics, time_of};
use crate::inquiry::{Inquiry, Wanted};
use crate::parts::Parts;
use crate::table::Table;

/// Totals and their course.
#[derive(Debug)]
pub(crate) struct Consolidated {
    pub(crate) basis: Basis,
    pub(crate) course: Course,
    pub(crate) previous: Option<Previous>,
}

/// Figures of an interval, all together and bucket by bucket.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) total: Figures,
    pub(crate) series: Vec<(Interval, Figures)>,
}

/// The period before.
#[derive(Debug)]
pub(crate) struct Previous {
    pub(crate) requested: Interval,
    pub(crate) covered: Option<Interval>,
    pub(crate) course: Course,
    pub(crate) changes: Vec<Change>,
}

/// What became of one metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Change {
    pub(crate) metric: Metric,
    pub(crate) before: Option<f64>,
    pub(crate) now: Option<f64>,
}

/// Totals and their course, as far as `scope` shows the messages.
///
/// # Errors
///
/// INVALID_ARGUMENT for a period or a series that is too long, NOT_FOUND for an unknown workspace, UNAVAILABLE while the
/// database is away.
pub(crate) async fn get_consolidated(
    parts: &Parts,
    scope: &Scope,
    asked: Asked,
) -> Result<Consolidated> {
    let mut inquiry = Inquiry::open(parts, scope, asked.question).await?;
    let before = asked
        .compare
        .then(|| previous(inquiry.requested, inquiry.now, &inquiry.zone));
    let (wanted, buckets) = inquiry.whole(|inquiry| {
        let mut wanted = Vec::new();
        let mut buckets = Vec::new();
        for interval in [Some(inquiry.requested), before].into_iter().flatten() {
            let covered = inquiry.covered(interval);
            let axis = TimeAxis::Buckets(asked.bucket);
            let cut = covered.map(|covered| cut_few(covered, &inquiry.zone, axis, "bucket"));
            let cut = cut.transpose()?.into_iter().flatten();
            let series: Vec<Interval> = cut.map(|(part, _)| part).collect();
            wanted.push(Wanted {
                interval: covered,
                group: Group::parts(series.iter().map(|part| part.start).collect()),
                durations: asked.with_times,
                departments: false,
            });
            buckets.push(series);
        }
        Ok((wanted, buckets))
    })?;
    let told = inquiry.ask(wanted).await?;
    let mut courses = told
        .tables
        .iter()
        .zip(buckets)
        .map(|(table, series)| course(table, series));
    let course = courses
        .next()
        .unwrap_or_else(|| course(&Table::default(), Vec::new()));
    let previous = before.zip(courses.next()).map(|(requested, before)| {
        let covered = inquiry.covered(requested);
        // Of a part of the period before there is nothing that the present one could be compared with.
        let whole = (covered == Some(requested)).then_some(&before.total);
        let now = inquiry.covered(inquiry.requested).map(|_| &course.total);
        Previous {
            requested,
            covered,
            changes: changes(whole, now, &inquiry, asked.with_times),
            course: before,
        }
    });
    Ok(Consolidated {
        basis: Basis::new(&inquiry, told.as_of, &course.total),
        course,
        previous,
    })
}

fn course(table: &Table, series: Vec<Interval>) -> Course {
    let figures = table.parts(series.len());
    Course {
        total: table.total(),
        series: series.into_iter().zip(figures).collect(),
    }
}

/// What became of each metric, where there are figures of either period.
fn changes(
    before: Option<&Figures>,
    now: Option<&Figures>,
    inquiry: &Inquiry,
    with_times: bool,
) -> Vec<Change> {
    all_metrics()
        .filter(|metric| with_times || time_of(*metric).is_none())
        .filter(|metric| *metric != Metric::Received || inquiry.not_inbound.is_empty())
        .map(|metric| Change {
            metric,
            before: before.and_then(|figures| figures.value(metric)),
            now: now.and_then(|figures| figures.value(metric)),
        })
        .collect()
}
