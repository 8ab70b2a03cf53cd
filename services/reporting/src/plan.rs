//! The plan: where a question is read, decided by what it asks alone.
//!
//! The cheapest place that has the answer is taken: facets (a row a day and value), then totals (a row a quarter hour), then
//! the rows of the messages, which have every answer. Whichever it is, the figures are the same.

use std::collections::BTreeSet;

use acuse_domain::calendar::{Zone, quarter_hour};
use acuse_domain::report::{Dimension, Group, Query};
use acuse_domain::rollup::Facet;
use acuse_domain::time::Timestamp;
use acuse_store::read::Path;

/// What decides where a question is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needs<'a> {
    /// The query, the limits of the scope among its conditions.
    pub(crate) query: &'a Query,
    /// Whether it also filters by ids.
    pub(crate) ids: bool,
    /// Whether it wants to know how long messages took.
    pub(crate) durations: bool,
}

/// Where to read the answer, in a workspace whose own zone is `zone`.
pub(crate) fn path(needs: Needs<'_>, zone: &Zone) -> Path {
    // No rollup knows ids, or two dimensions at once.
    if needs.ids {
        return Path::Rows;
    }
    let Some(dimension) = only_dimension(needs.query) else {
        return Path::Rows;
    };
    let times = times(needs.query);
    let on_days = times
        .iter()
        .all(|at| zone.day_start(zone.day_of(*at)) == *at);
    let on_quarters = times.iter().all(|at| quarter_hour(*at) == *at);
    let facet = match dimension {
        // Of the facets that all messages are in the one with the fewest values.
        OnlyDimension::None => Some(Facet::Channel),
        OnlyDimension::One(dimension) => dimension.facet(),
    };
    // Histograms are kept by facet, and for all messages together.
    let has_durations = |facet: Facet| dimension == OnlyDimension::None || facet.has_histograms();
    match facet {
        Some(facet) if on_days && (!needs.durations || has_durations(facet)) => Path::Facets(facet),
        Some(Facet::Channel) if on_quarters && !needs.durations => Path::Totals,
        _ => Path::Rows,
    }
}

/// The dimension that a query filters or groups by, beside direction and department, which every rollup knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnlyDimension {
    None,
    One(Dimension),
}

/// `None` where there are several, or something that is no dimension.
fn only_dimension(query: &Query) -> Option<OnlyDimension> {
    let grouped = match &query.group {
        Group::All | Group::Parts(_) => None,
        Group::Values(dimension) => Some(*dimension),
        Group::ReplyHours(_) => return None,
    };
    let conditions = query.conditions.iter();
    let mut used: BTreeSet<Dimension> = conditions.map(|condition| condition.dimension).collect();
    used.extend(grouped);
    used.remove(&Dimension::Direction);
    used.remove(&Dimension::Department);
    match used.len() {
        0 => Some(OnlyDimension::None),
        1 => used.pop_first().map(OnlyDimension::One),
        _ => None,
    }
}

/// Every instant at which a query tells what is before from what is not.
fn times(query: &Query) -> Vec<Timestamp> {
    let interval = query.interval;
    let mut times = vec![interval.start, interval.end];
    if let Group::Parts(starts) = &query.group {
        times.extend(starts);
    }
    if let Some(windows) = &query.windows {
        times.extend(windows.bounds());
    }
    // Elsewhere all of the interval lies on one side of it.
    if interval.contains(query.unconfirmed_before) {
        times.push(query.unconfirmed_before);
    }
    times
}

#[cfg(test)]
mod tests {
    use acuse_domain::calendar::{Bucket, Interval, buckets};
    use acuse_domain::kinds::Direction;
    use acuse_domain::report::{Condition, Windows};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    fn zone() -> Zone {
        "America/Santiago".parse().unwrap()
    }

    /// Three local days in Santiago, of which one has no midnight; all of it long confirmed or not.
    fn query(group: Group) -> Query {
        Query {
            direction: Direction::Outbound,
            interval: Interval::new(at("2026-09-05T04:00:00Z"), at("2026-09-08T03:00:00Z")),
            windows: None,
            conditions: Vec::new(),
            group,
            unconfirmed_before: at("2026-08-05T04:00:00Z"),
        }
    }

    fn by(dimension: Dimension) -> Query {
        query(Group::Values(dimension))
    }

    fn filtered(mut query: Query, dimension: Dimension) -> Query {
        query.conditions.push(Condition::any_of(dimension, [1]));
        query
    }

    fn planned(query: &Query) -> Path {
        plan(query, false, false)
    }

    fn timed(query: &Query) -> Path {
        plan(query, false, true)
    }

    fn plan(query: &Query, ids: bool, durations: bool) -> Path {
        let needs = Needs {
            query,
            ids,
            durations,
        };
        path(needs, &zone())
    }

    #[test]
    fn whole_days_are_read_from_facets() {
        assert_eq!(planned(&query(Group::All)), Path::Facets(Facet::Channel));
        assert_eq!(planned(&by(Dimension::Agent)), Path::Facets(Facet::Agent));
        let department = by(Dimension::Department);
        assert_eq!(planned(&department), Path::Facets(Facet::Channel));
        let direction = by(Dimension::Direction);
        assert_eq!(planned(&direction), Path::Facets(Facet::Channel));
    }

    #[test]
    fn a_scope_by_department_costs_no_facet() {
        let scoped = filtered(by(Dimension::Template), Dimension::Department);
        assert_eq!(planned(&scoped), Path::Facets(Facet::Template));
    }

    #[test]
    fn a_filter_by_what_is_grouped_is_no_second_dimension() {
        let filtered = filtered(by(Dimension::Campaign), Dimension::Campaign);
        assert_eq!(planned(&filtered), Path::Facets(Facet::Campaign));
    }

    #[test]
    fn two_dimensions_are_read_from_rows() {
        let filtered = filtered(by(Dimension::Campaign), Dimension::Agent);
        assert_eq!(planned(&filtered), Path::Rows);
    }

    #[test]
    fn a_dimension_without_a_facet_is_read_from_rows() {
        for dimension in [Dimension::State, Dimension::SessionOpen] {
            assert_eq!(planned(&by(dimension)), Path::Rows);
            assert_eq!(planned(&filtered(query(Group::All), dimension)), Path::Rows);
        }
    }

    #[test]
    fn ids_are_read_from_rows() {
        assert_eq!(plan(&query(Group::All), true, false), Path::Rows);
    }

    #[test]
    fn days_of_another_zone_are_read_from_totals() {
        let mut utc = query(Group::All);
        utc.interval = Interval::new(at("2026-09-05T00:00:00Z"), at("2026-09-08T00:00:00Z"));
        assert_eq!(planned(&utc), Path::Totals);
        assert_eq!(
            planned(&filtered(utc.clone(), Dimension::Channel)),
            Path::Totals
        );
        assert_eq!(
            planned(&filtered(utc.clone(), Dimension::Agent)),
            Path::Rows
        );
        utc.group = Group::Values(Dimension::Department);
        assert_eq!(planned(&utc), Path::Totals);
    }

    #[test]
    fn parts_and_windows_decide_with_the_interval() {
        let whole = query(Group::All).interval;
        let starts = |bucket| -> Vec<Timestamp> {
            let cut = buckets(whole, &zone(), bucket);
            cut.into_iter().map(|part| part.start).collect()
        };
        let days = query(Group::Parts(starts(Bucket::Day)));
        assert_eq!(planned(&days), Path::Facets(Facet::Channel));
        let hours = query(Group::Parts(starts(Bucket::Hour)));
        assert_eq!(planned(&hours), Path::Totals);
        let mut windowed = query(Group::All);
        let window = Interval::new(at("2026-09-05T05:00:00Z"), at("2026-09-05T06:00:00Z"));
        windowed.windows = Some(Windows::new([window]));
        assert_eq!(planned(&windowed), Path::Totals);
        assert_eq!(planned(&filtered(windowed, Dimension::Team)), Path::Rows);
    }

    #[test]
    fn what_is_cut_between_quarter_hours_is_read_from_rows() {
        let mut odd = query(Group::All);
        odd.interval.start = at("2026-09-05T04:00:01Z");
        assert_eq!(planned(&odd), Path::Rows);
    }

    #[test]
    fn where_confirmation_ends_matters_only_within_the_interval() {
        let mut odd = query(Group::All);
        odd.unconfirmed_before = at("2026-08-05T04:00:01Z");
        assert_eq!(planned(&odd), Path::Facets(Facet::Channel));
        odd.unconfirmed_before = at("2026-09-06T04:00:01Z");
        assert_eq!(planned(&odd), Path::Rows);
    }

    #[test]
    fn durations_are_read_from_histograms_where_there_are_any() {
        assert_eq!(timed(&query(Group::All)), Path::Facets(Facet::Channel));
        let department = filtered(by(Dimension::Department), Dimension::Department);
        assert_eq!(timed(&department), Path::Facets(Facet::Channel));
        assert_eq!(timed(&by(Dimension::Agent)), Path::Facets(Facet::Agent));
        assert_eq!(timed(&by(Dimension::Channel)), Path::Rows);
        assert_eq!(timed(&by(Dimension::Source)), Path::Rows);
        let mut utc = query(Group::All);
        utc.interval = Interval::new(at("2026-09-05T00:00:00Z"), at("2026-09-08T00:00:00Z"));
        assert_eq!(timed(&utc), Path::Rows);
    }
}
