use acuse_domain::calendar::{Bucket, Interval, buckets};
use acuse_domain::counts::Count;
use acuse_domain::kinds::Direction;
use acuse_domain::report::{Condition, Counted, Windows};

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
        counted: Vec::new(),
        replied: None,
        unconfirmed_before: at("2026-08-05T04:00:00Z"),
    }
}

fn by(dimension: Dimension) -> Query {
    query(Group::values(dimension))
}

fn filtered(mut query: Query, dimension: Dimension) -> Query {
    query.conditions.push(Condition::any_of(dimension, [1]));
    query
}

/// Where all of it is read.
fn planned(query: &Query) -> Path {
    plan(query, false, false)
}

fn timed(query: &Query) -> Path {
    plan(query, false, true)
}

fn plan_pieces(query: &Query, ids: bool, durations: bool) -> Vec<Piece> {
    let needs = Needs {
        query,
        ids,
        durations,
        facets: true,
    };
    pieces(needs, &zone())
}

fn plan(query: &Query, ids: bool, durations: bool) -> Path {
    let pieces = plan_pieces(query, ids, durations);
    let [Piece { interval, path }] = pieces.as_slice() else {
        panic!("{pieces:?}");
    };
    assert_eq!(*interval, query.interval);
    *path
}

/// Piece by piece, until when it is read from where; between the pieces is no gap.
fn split(query: &Query, durations: bool) -> Vec<(Timestamp, Path)> {
    let pieces = plan_pieces(query, false, durations);
    let mut from = query.interval.start;
    for piece in &pieces {
        assert_eq!(piece.interval.start, from);
        from = piece.interval.end;
    }
    assert_eq!(from, query.interval.end);
    let ends = pieces.into_iter();
    ends.map(|piece| (piece.interval.end, piece.path)).collect()
}

/// The same period under way, in the afternoon of its last day.
fn under_way(group: Group) -> Query {
    let mut query = query(group);
    query.interval.end = at("2026-09-07T18:34:56.789Z");
    query
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
    for dimension in [
        Dimension::State,
        Dimension::SessionOpen,
        Dimension::PricingCategory,
        Dimension::Conflict,
    ] {
        assert_eq!(planned(&by(dimension)), Path::Rows);
        assert_eq!(planned(&filtered(query(Group::All), dimension)), Path::Rows);
    }
}

#[test]
fn ids_are_read_from_rows() {
    assert_eq!(plan(&query(Group::All), true, false), Path::Rows);
}

/// Three days of UTC, three or four hours before those of Santiago.
fn in_utc(group: Group) -> Query {
    Query {
        interval: Interval::new(at("2026-09-05T00:00:00Z"), at("2026-09-08T00:00:00Z")),
        ..query(group)
    }
}

#[test]
fn days_of_another_zone_are_read_from_totals() {
    let starts = [
        "2026-09-05T00:00:00Z",
        "2026-09-06T00:00:00Z",
        "2026-09-07T00:00:00Z",
    ];
    let days = in_utc(Group::parts(starts.map(at).into()));
    assert_eq!(planned(&days), Path::Totals);
    let by_channel = filtered(days.clone(), Dimension::Channel);
    assert_eq!(planned(&by_channel), Path::Totals);
    assert_eq!(
        planned(&filtered(days.clone(), Dimension::Agent)),
        Path::Rows
    );
    assert_eq!(timed(&days), Path::Rows);
}

#[test]
fn within_days_of_another_zone_lie_whole_days() {
    let within = [at("2026-09-05T04:00:00Z"), at("2026-09-07T03:00:00Z")];
    let end = at("2026-09-08T00:00:00Z");
    let expected = |path, facet| {
        let [first, last] = within;
        [(first, path), (last, Path::Facets(facet)), (end, path)]
    };
    let all = in_utc(Group::All);
    let channel = Facet::Channel;
    assert_eq!(split(&all, false), expected(Path::Totals, channel));
    assert_eq!(split(&all, true), expected(Path::Rows, channel));
    let agents = in_utc(Group::values(Dimension::Agent));
    assert_eq!(split(&agents, true), expected(Path::Rows, Facet::Agent));
    let departments = in_utc(Group::values(Dimension::Department));
    assert_eq!(split(&departments, false), expected(Path::Totals, channel));
}

#[test]
fn parts_decide_with_the_interval() {
    let whole = query(Group::All).interval;
    let starts = |bucket| -> Vec<Timestamp> {
        let cut = buckets(whole, &zone(), bucket);
        cut.into_iter().map(|part| part.start).collect()
    };
    let days = query(Group::parts(starts(Bucket::Day)));
    assert_eq!(planned(&days), Path::Facets(Facet::Channel));
    let hours = query(Group::parts(starts(Bucket::Hour)));
    assert_eq!(planned(&hours), Path::Totals);
}

#[test]
fn windows_decide_with_the_interval() {
    let hour = Interval::new(at("2026-09-05T05:00:00Z"), at("2026-09-05T06:00:00Z"));
    let windowed = |query: Query, windows: Vec<Interval>| Query {
        windows: Some(Windows::new(windows)),
        ..query
    };
    // Whole days without any of the hour are not asked for.
    let all = windowed(query(Group::All), vec![hour]);
    let first_day = Interval::new(all.interval.start, at("2026-09-06T04:00:00Z"));
    let of_first_day = |path| Piece {
        interval: first_day,
        path,
    };
    let planned = |query: &Query| plan_pieces(query, false, false);
    let whole = |path| Piece {
        interval: all.interval,
        path,
    };
    assert_eq!(planned(&all), [whole(Path::Totals)]);
    let team = filtered(all.clone(), Dimension::Team);
    assert_eq!(planned(&team), [whole(Path::Rows)]);
    // A window over the end of a day leaves the days that it holds whole.
    let rest = Interval::new(hour.start, all.interval.end);
    let pieces = planned(&windowed(by(Dimension::Team), vec![rest]));
    assert_eq!(pieces[0], of_first_day(Path::Rows));
    assert_eq!(pieces[1].path, Path::Facets(Facet::Team));
    assert_eq!(pieces.len(), 2);
    assert_eq!(planned(&windowed(query(Group::All), vec![])), []);
}

#[test]
fn the_rest_of_a_day_is_read_from_totals_and_of_a_quarter_hour_from_rows() {
    let channel = Path::Facets(Facet::Channel);
    let last_day = at("2026-09-07T03:00:00Z");
    let last_quarter = at("2026-09-07T18:30:00Z");
    let all = under_way(Group::All);
    let end = all.interval.end;
    let expected = [
        (last_day, channel),
        (last_quarter, Path::Totals),
        (end, Path::Rows),
    ];
    assert_eq!(split(&all, false), expected);
    assert_eq!(split(&by_day(&all), false), expected);
    let mut odd = all;
    odd.interval.start = at("2026-09-05T04:00:01Z");
    let first_quarter = (at("2026-09-05T04:15:00Z"), Path::Rows);
    let first_day = (at("2026-09-06T04:00:00Z"), Path::Totals);
    let begun = [first_quarter, first_day].into_iter();
    let expected: Vec<_> = begun.chain(expected).collect();
    assert_eq!(split(&odd, false), expected);
    assert_eq!(split(&by_day(&odd), false), expected);
}

/// The same by day.
fn by_day(query: &Query) -> Query {
    let days = buckets(query.interval, &zone(), Bucket::Day).into_iter();
    Query {
        group: Group::parts(days.map(|day| day.start).collect()),
        ..query.clone()
    }
}

#[test]
fn what_only_facets_know_is_read_from_rows_for_the_rest_of_a_day() {
    let by = under_way(Group::values(Dimension::Agent));
    let last_day = at("2026-09-07T03:00:00Z");
    let expected = [
        (last_day, Path::Facets(Facet::Agent)),
        (by.interval.end, Path::Rows),
    ];
    assert_eq!(split(&by, false), expected);
    assert_eq!(split(&by, true), expected);
    // Totals know no times.
    let all = under_way(Group::All);
    let expected = [
        (last_day, Path::Facets(Facet::Channel)),
        (all.interval.end, Path::Rows),
    ];
    assert_eq!(split(&all, true), expected);
}

#[test]
fn within_a_day_there_are_no_whole_days() {
    let mut short = by(Dimension::Agent);
    short.interval.end = at("2026-09-05T12:00:00Z");
    assert_eq!(planned(&short), Path::Rows);
    short.interval.start = at("2026-09-05T11:59:59Z");
    assert_eq!(planned(&short), Path::Rows);
    short.interval.end = at("2026-09-06T05:00:00Z");
    assert_eq!(planned(&short), Path::Rows);
}

#[test]
fn the_longest_stretches_are_read_from_facets() {
    let mut by = by(Dimension::Agent);
    by.interval = Interval::new(at("2026-05-01T04:00:00Z"), at("2026-08-01T04:00:00Z"));
    // Windows end in the middle of days, and leave one, two and so on whole between them.
    let noon = |day: i32| {
        let first = zone().day_of(by.interval.start);
        zone().day_start(first.plus(day)) + Duration::from_secs(12 * 3_600)
    };
    let windows = (1..7).map(|days: i32| {
        let begins = (0..days).map(|before| before + 2).sum::<i32>();
        Interval::new(noon(begins), noon(begins + days + 1))
    });
    by.windows = Some(Windows::new(windows));
    let days: Vec<i64> = plan_pieces(&by, false, false)
        .iter()
        .filter(|piece| piece.path == Path::Facets(Facet::Agent))
        .map(|piece| piece.interval.end.micros_since(piece.interval.start) / 86_400_000_000)
        .collect();
    assert_eq!(days, [3, 4, 5, 6]);
}

#[test]
fn where_confirmation_ends_matters_only_within_the_interval() {
    let mut odd = query(Group::All);
    odd.unconfirmed_before = at("2026-08-05T04:00:01Z");
    assert_eq!(planned(&odd), Path::Facets(Facet::Channel));
    odd.unconfirmed_before = at("2026-09-06T04:00:01Z");
    let channel = Path::Facets(Facet::Channel);
    let expected = [
        (at("2026-09-06T04:00:00Z"), channel),
        (at("2026-09-06T04:15:00Z"), Path::Rows),
        (at("2026-09-07T03:00:00Z"), Path::Totals),
        (odd.interval.end, channel),
    ];
    assert_eq!(split(&odd, false), expected);
}

#[test]
fn durations_are_read_from_histograms_where_there_are_any() {
    assert_eq!(timed(&query(Group::All)), Path::Facets(Facet::Channel));
    let department = filtered(by(Dimension::Department), Dimension::Department);
    assert_eq!(timed(&department), Path::Facets(Facet::Channel));
    assert_eq!(timed(&by(Dimension::Agent)), Path::Facets(Facet::Agent));
    assert_eq!(timed(&by(Dimension::Channel)), Path::Rows);
    assert_eq!(timed(&by(Dimension::Source)), Path::Rows);
}

#[test]
fn hours_of_replies_are_read_from_their_facet_by_the_workspaces_own_clock() {
    let own = query(Group::ReplyHours(zone()));
    assert_eq!(planned(&own), Path::Facets(Facet::ReplyHour));
    let of_department = filtered(own.clone(), Dimension::Department);
    assert_eq!(planned(&of_department), Path::Facets(Facet::ReplyHour));
    assert_eq!(planned(&filtered(own, Dimension::Agent)), Path::Rows);
    let foreign = query(Group::ReplyHours("Asia/Kathmandu".parse().unwrap()));
    assert_eq!(planned(&foreign), Path::Rows);
}

#[test]
fn pairs_are_read_from_the_facet_that_knows_both() {
    let days = || {
        let cut = buckets(query(Group::All).interval, &zone(), Bucket::Day);
        Axis::Parts(cut.into_iter().map(|day| day.start).collect())
    };
    let values = Axis::Values;
    let both = |first, second| query(Group::Both(first, second));
    let agents_by_day = both(days(), values(Dimension::Agent));
    assert_eq!(planned(&agents_by_day), Path::Facets(Facet::Agent));
    assert_eq!(timed(&agents_by_day), Path::Facets(Facet::Agent));
    let of_departments = both(values(Dimension::Template), values(Dimension::Department));
    assert_eq!(planned(&of_departments), Path::Facets(Facet::Template));
    let neither = both(values(Dimension::Template), values(Dimension::Agent));
    assert_eq!(planned(&neither), Path::Rows);
    assert_eq!(planned(&both(days(), days())), Path::Facets(Facet::Channel));
}

#[test]
fn proactive_sends_have_a_facet() {
    let all = query(Group::Proactive);
    assert_eq!(planned(&all), Path::Facets(Facet::Proactive));
    let of_department = filtered(all.clone(), Dimension::Department);
    assert_eq!(planned(&of_department), Path::Facets(Facet::Proactive));
    assert_eq!(planned(&filtered(all, Dimension::Source)), Path::Rows);
}

#[test]
fn what_messages_count_in_only_rows_know() {
    let mut tickets = query(Group::All);
    tickets.counted.push(Counted::In(&[Count::Tickets]));
    assert_eq!(planned(&tickets), Path::Rows);
}

#[test]
fn without_facets_totals_tell_what_they_can() {
    let of = |query: &Query, durations| {
        let needs = Needs {
            query,
            ids: false,
            durations,
            facets: false,
        };
        let pieces = pieces(needs, &zone()).into_iter();
        pieces.map(|piece| piece.path).collect::<Vec<_>>()
    };
    assert_eq!(of(&query(Group::All), false), [Path::Totals]);
    assert_eq!(of(&query(Group::All), true), [Path::Rows]);
    assert_eq!(of(&by(Dimension::Campaign), false), [Path::Rows]);
}
