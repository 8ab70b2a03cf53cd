//! Random requests about a population: of what there is in it, now and then of what there is not.

use std::collections::BTreeSet;

use acuse_tests::history::NOW;
use acuse_tests::reference::report::{
    Clock, Dimension, Figure, Filter, IdFilter, IdKind, Part, Population, Request, Scope, Value,
};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::compare::{metrics, word};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
pub(crate) const DAY: i64 = 24 * HOUR;

/// When all is asked: amid a quarter of an hour, after the last message.
pub(crate) const ASKED_AT: i64 = NOW + HOUR / 2 + 296_789_012;

/// Zones with clocks that are set at odd times, and with odd offsets.
const ZONES: &[&str] = &[
    "America/Santiago",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "UTC",
    "America/Havana",
];

/// Intervals by name.
const PRESETS: &[&str] = &[
    "today",
    "yesterday",
    "last_7_days",
    "last_14_days",
    "last_30_days",
    "last_90_days",
    "this_month",
    "last_month",
];

/// A request, and how it is put.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) request: Request,
    /// The name of its interval, where it is asked for by that.
    pub(crate) preset: Option<&'static str>,
    /// Whether the zone is left to the workspace.
    pub(crate) leaves_zone: bool,
}

/// Draws a request about everything within an interval.
pub(crate) fn draw_plain(rng: &mut StdRng, population: &Population) -> Asked {
    let mut asked = draw(rng, population);
    asked.request.filters.clear();
    asked.request.id_filters.clear();
    asked.request.counted_in.clear();
    asked.request.first_reply = None;
    asked.request.scope = Scope::default();
    asked
}

/// Draws a request.
pub(crate) fn draw(rng: &mut StdRng, population: &Population) -> Asked {
    let leaves_zone = rng.random_ratio(2, 5);
    let zone = match leaves_zone {
        true => population.home_zone.clone(),
        false => (*ZONES.choose(rng).unwrap()).to_owned(),
    };
    let clock = Clock::named(&zone);
    let preset = rng
        .random_ratio(1, 5)
        .then(|| *PRESETS.choose(rng).unwrap());
    let (start, end) = match preset {
        Some(name) => clock.preset(name, ASKED_AT),
        None => interval(rng, population, &clock),
    };
    let filters = (0..*[0, 0, 0, 1, 1, 1, 2, 3].choose(rng).unwrap())
        .map(|_| filter(rng, population, &clock))
        .collect();
    let id_filters = match rng.random_range(0..10) {
        0 => vec![id_filter(rng, population)],
        _ => Vec::new(),
    };
    let counted_in = match rng.random_range(0..6) {
        0 => (0..*[1, 1, 2].choose(rng).unwrap())
            .map(|_| figure(rng))
            .collect(),
        _ => Vec::new(),
    };
    let mut some = |all: usize| -> BTreeSet<usize> {
        let count = rng.random_range(1..=all);
        (0..all)
            .filter(|_| rng.random_range(0..all) < count)
            .collect()
    };
    let first_reply = (some(10).len() == 10).then(|| (some(7), some(24)));
    // Of none there would be nothing to tell.
    let first_reply = first_reply.filter(|(days, hours)| !days.is_empty() && !hours.is_empty());
    let request = Request {
        start,
        end,
        zone,
        filters,
        id_filters,
        counted_in,
        first_reply,
        scope: scope(rng, population),
        now: ASKED_AT,
    };
    Asked {
        request,
        preset,
        leaves_zone,
    }
}

/// Around some message: whole days of the zone, as most people ask; from such a day up to any instant, as one asks for what
/// is under way; quarters of an hour; or any two instants. At most 90 days.
fn interval(rng: &mut StdRng, population: &Population, clock: &Clock) -> (i64, i64) {
    let days = *[1, 7, 14, 30, 60, 80, 80].choose(rng).unwrap();
    let around = population.rows.choose(rng).unwrap().at;
    let start = around - rng.random_range(0..days * 24) * HOUR;
    match rng.random_range(0..10) {
        0..4 => {
            let first = clock.date(start);
            let end = clock.date(start + days * DAY + HOUR);
            (clock.day_start(first), clock.day_start(end))
        }
        4..7 => {
            let first = clock.day_start(clock.date(start));
            (first, start + rng.random_range(HOUR..days * DAY))
        }
        7..9 => {
            let quarter = rng.random_range(0..96) * HOUR / 4;
            let start = start - start.rem_euclid(DAY) + quarter;
            (start, start + rng.random_range(1..days * 96) * HOUR / 4)
        }
        _ => {
            let start = start + rng.random_range(0..HOUR);
            (start, start + rng.random_range(DAY / 2..days * DAY))
        }
    }
}

fn filter(rng: &mut StdRng, population: &Population, clock: &Clock) -> Filter {
    let dimension = *Dimension::ALL.choose(rng).unwrap();
    // By messages: what many of them have is drawn most.
    let mut values: BTreeSet<Value> = (0..rng.random_range(0..12))
        .map(|_| population.rows.choose(rng).unwrap().value(dimension, clock))
        .collect();
    if rng.random_ratio(1, 6) {
        values.insert(None);
    }
    let is_open = [
        Dimension::Agent,
        Dimension::Template,
        Dimension::Department,
        Dimension::Campaign,
        Dimension::PricingCategory,
        Dimension::PricingType,
    ];
    if is_open.contains(&dimension) && rng.random_ratio(1, 8) {
        values.insert(Some("nobody".to_owned()));
    }
    Filter {
        dimension,
        none_of: rng.random_ratio(2, 5),
        values,
    }
}

fn figure(rng: &mut StdRng) -> Figure {
    let all: Vec<String> = metrics().map(word).collect();
    let name = all.choose(rng).unwrap().clone();
    let parts = [Part::Numerator, Part::Denominator, Part::LeftOut];
    let part = name.ends_with("_rate") && rng.random_ratio(3, 4);
    Figure {
        part: part.then(|| *parts.choose(rng).unwrap()),
        name,
    }
}

/// All values of a dimension that some message has.
fn values(population: &Population, dimension: Dimension, clock: &Clock) -> Vec<Value> {
    let rows = population.rows.iter();
    let found: BTreeSet<Value> = match dimension.is_time() {
        // Cutting is slow: some will do.
        true => rows
            .step_by(20)
            .map(|row| row.value(dimension, clock))
            .collect(),
        false => rows.map(|row| row.value(dimension, clock)).collect(),
    };
    found.into_iter().collect()
}

fn id_filter(rng: &mut StdRng, population: &Population) -> IdFilter {
    let kind = *IdKind::ALL.choose(rng).unwrap();
    let of_rows = population.rows.iter().flat_map(|row| &row.ids);
    let known: Vec<String> = match kind {
        // As people write them, not as they are compared.
        IdKind::Phone => population
            .templates
            .iter()
            .filter_map(|row| row.phone.clone())
            .collect(),
        _ => of_rows
            .filter(|(of, _)| *of == kind)
            .map(|(_, id)| id.clone())
            .collect(),
    };
    let mut any_of: BTreeSet<String> = (0..rng.random_range(1..4))
        .filter_map(|_| known.choose(rng).cloned())
        .collect();
    if any_of.is_empty() || rng.random_ratio(1, 6) {
        any_of.insert("+5100000000".to_owned());
    }
    IdFilter { kind, any_of }
}

fn scope(rng: &mut StdRng, population: &Population) -> Scope {
    let clock = Clock::named("UTC");
    let mut some = |dimension, count| -> BTreeSet<String> {
        let found = values(population, dimension, &clock);
        let drawn = (0..count).filter_map(|_| found.choose(rng).cloned().flatten());
        drawn.collect()
    };
    let departments = some(Dimension::Department, 2);
    let accounts = some(Dimension::Account, 1);
    let agents = some(Dimension::Agent, 1);
    let mut scope = Scope::default();
    match rng.random_range(0..10) {
        0..5 => {}
        5..7 => scope.departments = Some(departments),
        7 if !agents.is_empty() => scope.agents = Some(agents),
        8 => scope.accounts = Some(accounts),
        _ => {
            scope.departments = Some(departments);
            scope.accounts = Some(accounts);
        }
    }
    scope
}
