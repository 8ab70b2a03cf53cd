//! Totals, their course over the interval, and the same of the period before.

use acuse_domain::calendar::{Interval, previous};
use acuse_domain::error::{Error, Result};
use acuse_domain::report::Group;
use acuse_domain::scope::Scope;
use acuse_proto::convert::reporting::{Consolidated as Asked, TimeAxis};
use acuse_proto::reporting::Metric;

use crate::basis::Basis;
use crate::cut::cut;
use crate::figures::{Figures, all_metrics, time_of};
use crate::inquiry::{Inquiry, Table, Wanted};
use crate::parts::Parts;

/// Buckets of a series at most.
const MAX_BUCKETS: usize = 10_000;

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
    let inquiry = Inquiry::open(parts, scope, asked.question).await?;
    let before = asked
        .compare
        .then(|| previous(inquiry.requested, inquiry.now, &inquiry.zone));
    let mut wanted = Vec::new();
    let mut buckets = Vec::new();
    for interval in [Some(inquiry.requested), before].into_iter().flatten() {
        let covered = inquiry.covered(interval);
        let axis = TimeAxis::Buckets(asked.bucket);
        let cut = covered.map(|covered| cut(covered, &inquiry.zone, axis));
        let series: Vec<Interval> = cut.into_iter().flatten().map(|(part, _)| part).collect();
        if series.len() > MAX_BUCKETS {
            let fault = format!(
                "gives more than {MAX_BUCKETS} buckets; choose longer ones, or a shorter period"
            );
            return Err(Error::invalid_field("bucket", fault));
        }
        wanted.push(Wanted {
            interval: covered,
            group: Group::Parts(series.iter().map(|part| part.start).collect()),
            durations: asked.with_times,
            departments: false,
        });
        buckets.push(series);
    }
    let told = inquiry.ask(wanted).await?;
    let mut courses = told
        .tables
        .iter()
        .zip(buckets)
        .map(|(table, series)| course(table, series));
    let course = courses
        .next()
        .unwrap_or_else(|| course(&Table::default(), Vec::new()));
    let previous = before
        .zip(courses.next())
        .map(|(requested, before)| Previous {
            requested,
            covered: inquiry.covered(requested),
            changes: changes(&before.total, &course.total, &inquiry, asked.with_times),
            course: before,
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

fn changes(before: &Figures, now: &Figures, inquiry: &Inquiry, with_times: bool) -> Vec<Change> {
    all_metrics()
        .filter(|metric| with_times || time_of(*metric).is_none())
        .filter(|metric| *metric != Metric::Received || inquiry.not_inbound.is_empty())
        .map(|metric| Change {
            metric,
            before: before.value(metric),
            now: now.value(metric),
        })
        .collect()
}
