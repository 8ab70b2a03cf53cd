//! Days that are no 24 hours, and clocks that are no whole hours from each other: bucket by bucket.

use acuse_tests::history::{self, History, Shape, Workspace};
use acuse_tests::reference::report::{Clock, Dimension, Population, Request, Scope};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::asked::{ASKED_AT, Asked};
use crate::compare::Faults;
use crate::random::{Ground, populations, rigs};
use crate::rig::{Rig, SOURCES};
use crate::{breakdown, consolidated};

/// Some days of a zone, with what is odd about them.
const DAYS: [(&str, &str, &str, &str); 5] = [
    (
        "no midnight",
        "America/Santiago",
        "2026-09-05",
        "2026-09-09",
    ),
    ("25 hours", "America/Havana", "2026-10-31", "2026-11-03"),
    (
        "half an hour less",
        "Australia/Lord_Howe",
        "2026-10-03",
        "2026-10-06",
    ),
    (
        "quarter hours",
        "Asia/Kathmandu",
        "2026-11-02",
        "2026-11-07",
    ),
    ("half hours", "Asia/Kolkata", "2026-11-02", "2026-11-07"),
];

/// How long buckets are.
const BUCKETS: [Dimension; 4] = [
    Dimension::Hour,
    Dimension::Day,
    Dimension::Week,
    Dimension::Month,
];

/// By what parts of time figures are broken down.
const BREAKDOWNS: [&[Dimension]; 4] = [
    &[Dimension::Hour],
    &[Dimension::HourOfDay],
    &[Dimension::Day, Dimension::Channel],
    &[Dimension::Weekday, Dimension::HourOfDay],
];

#[tokio::test(flavor = "multi_thread")]
async fn odd_days_are_cut_as_the_clock_says() {
    let [seed] = history::seeds(1)[..] else {
        panic!("one seed was asked for");
    };
    // Here and there one has no message on some of these days, and nothing would be compared.
    let histories = (seed..).map(|seed| history::generate(seed, &Shape::large(500)));
    let history = histories.take(20).find(has_messages_on_all);
    let history = history.expect("a history has messages on the odd days");
    let rigs = rigs(&history, &[None, None]).await;
    let populations = populations(&history);
    let mut rng = StdRng::seed_from_u64(seed);
    for (what, zone, first, end) in DAYS {
        for (workspace, population) in history.workspaces.iter().zip(&populations) {
            let asked = asked(zone, first, end);
            let ground = ground(population, &asked);
            let faults = faults(&mut rng, &rigs, workspace, &ground).await;
            let shown = faults[..faults.len().min(12)].join("\n");
            assert!(
                faults.is_empty(),
                "ACUSE_TEST_SEED={seed} {what}: {zone}\n{shown}"
            );
        }
    }
}

fn has_messages_on_all(history: &History) -> bool {
    let populations = populations(history);
    DAYS.iter().all(|(_, zone, first, end)| {
        let asked = asked(zone, first, end);
        let mut populations = populations.iter();
        populations.any(|population| !population.select(&asked.request).is_empty())
    })
}

/// Everything of whole days of a zone.
fn asked(zone: &str, first: &str, end: &str) -> Asked {
    let clock = Clock::named(zone);
    let [start, end] = [first, end].map(|day| clock.day_start(day.parse().unwrap()));
    Asked {
        request: Request {
            start,
            end,
            zone: zone.to_owned(),
            filters: Vec::new(),
            id_filters: Vec::new(),
            counted_in: Vec::new(),
            first_reply: None,
            scope: Scope::default(),
            now: ASKED_AT,
        },
        preset: None,
        leaves_zone: false,
    }
}

fn ground<'a>(population: &'a Population, asked: &'a Asked) -> Ground<'a> {
    Ground {
        population,
        asked,
        available_from: None,
        covered: Some(asked.request.clone()),
    }
}

/// What is wrong with any report by parts of time, whatever of the history is in the rollups.
async fn faults(
    rng: &mut StdRng,
    rigs: &[Rig],
    workspace: &Workspace,
    ground: &Ground<'_>,
) -> Vec<String> {
    let mut found = Vec::new();
    for rig in rigs {
        for sources in SOURCES {
            let client = || rig.client(sources, &workspace.slug, &Scope::default());
            for unit in BUCKETS {
                let case = consolidated::Case::by(rng, ground, unit);
                let Faults(faults) = case.check(ground, client()).await;
                found.extend(faults);
            }
            for by in BREAKDOWNS {
                let case = breakdown::Case::by(rng, ground, by.to_vec());
                let Faults(faults) = case.check(ground, client()).await;
                found.extend(faults);
            }
        }
    }
    found
}
