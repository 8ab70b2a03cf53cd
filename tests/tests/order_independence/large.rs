//! Histories of a few hundred messages, each in some of its many orders.

use std::collections::BTreeSet;

use acuse_tests::difference::{SHOWN, difference};
use acuse_tests::history::scramble::{Arrival, Chaos, scramble};
use acuse_tests::history::{self, History, Shape};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::numbers::{expected_numbers, tell_numbers};
use crate::rig::Rig;
use crate::templates::call_templates;

/// Some orders of a history: calm first, then others.
fn orders(history: &History, count: usize) -> Vec<(Chaos, Vec<Vec<Vec<Arrival>>>)> {
    let mut rng = StdRng::seed_from_u64(history.seed ^ 0x5eed);
    let mut orders = vec![(Chaos::CALM, scramble(history, 0, Chaos::CALM))];
    for _ in 1..count {
        let chaos = Chaos::any(&mut rng);
        orders.push((chaos, scramble(history, rng.random(), chaos)));
    }
    orders
}

/// A history in some orders, each told to a database of its own: all end the same.
async fn check(history: &History, count: usize, with_reference: bool) {
    let mut first: Option<String> = None;
    for (chaos, order) in orders(history, count) {
        let of = format!("seed {}, {chaos:?}", history.seed);
        let mut rig = Rig::new().await;
        for workspace in &history.workspaces {
            rig.workspace(&workspace.slug, workspace).await;
        }
        rig.tell(order).await;
        rig.fold().await;
        let mut faults = rig.recount_faults().await;
        for workspace in history.workspaces.iter().filter(|_| with_reference) {
            let slug = &workspace.slug;
            let found = rig
                .reference_faults(slug, workspace, &workspace.events)
                .await;
            let found = found.expect("the history leaves something open");
            faults.extend(found.iter().map(|line| format!("{slug}: {line}")));
        }
        let shown = faults
            .iter()
            .take(SHOWN)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n");
        assert!(faults.is_empty(), "{of}: {} faults\n{shown}", faults.len());
        let dump = rig.dump().await;
        let numbers = dump.lines().filter(|line| line.contains(" directory "));
        let numbers: BTreeSet<String> = numbers.map(str::to_owned).collect();
        let expected = history.workspaces.iter().flat_map(expected_numbers);
        assert_eq!(numbers, expected.collect(), "{of}");
        if let Some(difference) = first.as_ref().and_then(|first| difference(first, &dump)) {
            panic!("{of}: {difference}");
        }
        first.get_or_insert(dump);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_end_as_the_reference_says() {
    for seed in history::seeds(1) {
        let mut history = history::generate(seed, &Shape::large(200));
        for workspace in &mut history.workspaces {
            tell_numbers(workspace);
            call_templates(workspace);
        }
        check(&history, 4, true).await;
    }
}

/// On channels that tell watermarks alone, where threads are long.
#[tokio::test(flavor = "multi_thread")]
async fn watermarks_end_as_the_reference_says() {
    for seed in history::seeds(1) {
        let shape = Shape::large(120).marked();
        check(&history::generate(seed, &shape), 4, true).await;
    }
}

/// What a history leaves open is decided by nothing that depends on arrival.
#[tokio::test(flavor = "multi_thread")]
async fn ties_are_decided_the_same_in_every_order() {
    for seed in history::seeds(1) {
        let shape = Shape {
            ties: true,
            ..Shape::large(120)
        };
        check(&history::generate(seed, &shape), 4, false).await;
    }
}
