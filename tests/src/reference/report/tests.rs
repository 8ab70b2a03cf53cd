//! Reports by hand: figures that anybody can check.

use jiff::Timestamp;

use super::*;
use crate::history::{self, Shape};
use crate::reference::{Counts, DAY, Reported, SECOND};

fn at(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_microsecond()
}

fn minutes(zone: &str, start: &str, end: &str, unit: Dimension) -> Vec<i64> {
    let parts = Clock::named(zone).parts(at(start), at(end), unit);
    parts
        .iter()
        .map(|(start, end)| (end - start) / (60 * SECOND))
        .collect()
}

#[test]
fn time_is_cut_where_the_clock_says() {
    let santiago = minutes(
        "America/Santiago",
        "2026-09-05T04:00:00Z",
        "2026-09-08T03:00:00Z",
        Dimension::Day,
    );
    assert_eq!(santiago, [24 * 60, 23 * 60, 24 * 60]);
    // The clock goes forward by half an hour at two.
    let lord_howe = minutes(
        "Australia/Lord_Howe",
        "2026-10-03T14:30:00Z",
        "2026-10-03T17:00:00Z",
        Dimension::Hour,
    );
    assert_eq!(lord_howe, [60, 30, 60]);
    let weeks = minutes(
        "UTC",
        "2026-11-01T12:00:00Z",
        "2026-11-09T00:00:00Z",
        Dimension::Week,
    );
    assert_eq!(weeks, [12 * 60, 7 * 24 * 60]);
    let kathmandu =
        Clock::named("Asia/Kathmandu").part(at("2026-11-01T18:15:00Z"), Dimension::Weekday);
    assert_eq!(kathmandu, "monday");
}

#[test]
fn a_day_without_midnight_begins_at_its_first_instant() {
    let clock = Clock::named("America/Santiago");
    let day = clock.date(at("2026-09-06T12:00:00Z"));
    assert_eq!(clock.day_start(day), at("2026-09-06T04:00:00Z"));
    let havana = Clock::named("America/Havana");
    assert_eq!(
        havana.day_start(havana.date(at("2026-11-01T12:00:00Z"))),
        at("2026-11-01T04:00:00Z")
    );
}

#[test]
fn the_period_before_has_as_many_days() {
    let clock = Clock::named("America/New_York");
    let before = |start, end, now| clock.period_before(at(start), at(end), at(now));
    // Yesterday up to the same time, over a change of the clock.
    let today = before(
        "2026-03-09T04:00:00Z",
        "2026-03-10T04:00:00Z",
        "2026-03-09T19:00:00Z",
    );
    assert_eq!(
        today,
        (at("2026-03-08T05:00:00Z"), at("2026-03-08T19:00:00Z"))
    );
    let three = before(
        "2026-05-04T04:00:00Z",
        "2026-05-07T04:00:00Z",
        "2026-06-01T00:00:00Z",
    );
    assert_eq!(
        three,
        (at("2026-05-01T04:00:00Z"), at("2026-05-04T04:00:00Z"))
    );
}

#[test]
fn quantiles_are_edges() {
    let edges = [
        -5,
        0,
        1,
        SECOND,
        SECOND + 1,
        20 * SECOND,
        20 * SECOND + 1,
        23 * SECOND,
    ]
    .map(edge);
    assert_eq!(edges, [0, 0, 1, 1, 2, 20, 22, 24]);
    let sums = Sums {
        took: BTreeMap::from([(1, vec![3 * SECOND, 0, SECOND, 21 * SECOND])]),
        ..Sums::default()
    };
    let quantiles = [25, 50, 51, 99].map(|percent| sums.quantile(1, percent));
    assert_eq!(quantiles, [Some(0), Some(1), Some(3), Some(22)]);
    assert_eq!(sums.quantile(2, 50), None);
}

#[test]
fn few_do_not_beat_many() {
    let bound = |hits, base| wilson_lower_bound(hits, base).unwrap();
    assert!((bound(3, 3) - 0.438_503).abs() < 1e-6);
    assert!((bound(950, 1_000) - 0.934_686).abs() < 1e-6);
    assert_eq!(wilson_lower_bound(0, 0), None);
}

#[test]
fn no_bounce_of_few_does_not_beat_one_of_many() {
    let sums = |messages: i64, failed: i64| {
        let counts = [("messages", messages), ("failed_send", failed)];
        Sums {
            counts: Counts(counts.map(|(name, count)| (name.to_owned(), count)).into()),
            ..Sums::default()
        }
    };
    let named = |name: &str| Some(name.to_owned());
    let groups = [(named("few"), sums(3, 0)), (named("many"), sums(1_000, 1))].into();
    let order = Order {
        metric: "bounce_rate".to_owned(),
        worst: false,
        by_bound: true,
        min_volume: 1,
        with_inbound: true,
    };
    let ranked = rank(&groups, &BTreeMap::new(), &order);
    assert_eq!(
        [&ranked[0].value, &ranked[1].value],
        [&named("many"), &named("few")]
    );
    assert!((ranked[0].score - 0.005_643).abs() < 1e-6);
    assert!((ranked[1].score - 0.561_497).abs() < 1e-6);
}

#[test]
fn equal_figures_share_a_rank() {
    let sums = |messages: i64, delivered: i64| {
        let counts = [
            ("messages", messages),
            ("delivery_base", messages),
            ("delivery_hits", delivered),
        ];
        Sums {
            counts: Counts(counts.map(|(name, count)| (name.to_owned(), count)).into()),
            ..Sums::default()
        }
    };
    let groups = [
        ("d", 4, 1),
        ("c", 10, 5),
        ("b", 2, 1),
        ("a", 3, 3),
        ("e", 1, 1),
    ]
    .map(|(name, messages, delivered)| (Some(name.to_owned()), sums(messages, delivered)))
    .into();
    let order = Order {
        metric: "delivery_rate".to_owned(),
        worst: false,
        by_bound: false,
        min_volume: 2,
        with_inbound: true,
    };
    let ranked = rank(&groups, &BTreeMap::new(), &order);
    let places: Vec<_> = ranked
        .iter()
        .map(|row| (row.value.as_deref().unwrap(), row.rank))
        .collect();
    assert_eq!(places, [("a", 1), ("c", 2), ("b", 2), ("d", 4)]);
    let worst = Order {
        worst: true,
        ..order
    };
    let ranked = rank(&groups, &groups, &worst);
    assert_eq!(ranked[0].value.as_deref(), Some("d"));
    assert_eq!(ranked[0].movement(), Some(0));
}

/// Whatever it is cut by, it adds up to the whole.
#[test]
fn parts_add_up() {
    for seed in history::seeds(1) {
        let history = history::generate(seed, &Shape::large(120));
        let told = &history.workspaces[0];
        let settings = Settings {
            time_zone: told.time_zone.to_owned(),
            attribution_window: i64::from(told.attribution_seconds) * SECOND,
            reported: Reported::new(),
        };
        let population = Population::of(&told.events, &settings);
        let request = Request {
            start: history::NOW - 70 * DAY,
            end: history::NOW - 5 * DAY + 1_234_567,
            zone: "Australia/Lord_Howe".to_owned(),
            filters: Vec::new(),
            id_filters: Vec::new(),
            counted_in: Vec::new(),
            first_reply: None,
            scope: Scope::default(),
            now: history::NOW,
        };
        let rows = population.select(&request);
        let total = population.sum(rows, request.now).sorted();
        assert!(total.count("messages") > 0);
        for unit in &TIMES[..4] {
            let series = population.series(&request, *unit);
            let sum = Sums::together(series.iter().map(|(_, _, sums)| sums)).sorted();
            assert_eq!(sum, total, "{unit:?} {seed}");
        }
        for dimension in Dimension::ALL {
            let groups = population.groups(&request, *dimension);
            let sum = Sums::together(groups.values()).sorted();
            let mut whole = total.clone();
            if !dimension.is_of_inbound() {
                whole.counts.0.remove("received");
            }
            let is_whole = *dimension != Dimension::Subtype;
            assert_eq!(sum == whole, is_whole, "{dimension:?} {seed}");
        }
    }
}
