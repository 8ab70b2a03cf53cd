//! Histories of a few events, each in every order that it can have.

use std::collections::BTreeMap;

use acuse_proto::message_state::Event;
use acuse_proto::message_state::event::Event as Item;
use acuse_tests::difference::{SHOWN, difference};
use acuse_tests::history::{self, Shape, Workspace};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use crate::rig::Rig;

/// Events in a random history: with one more it would have five times as many orders.
const EVENTS: usize = 4;

/// Random histories that are told together.
const HISTORIES: usize = 12;

/// A few events among two people, among them one or two for which `is_wanted` holds.
fn few_events(rng: &mut StdRng, shape: &Shape, is_wanted: fn(&Item) -> bool) -> Workspace {
    let history = history::generate(rng.random(), shape);
    let mut workspace = history.workspaces.into_iter().next().unwrap();
    let (mut wanted, mut others): (Vec<Event>, Vec<Event>) = workspace
        .events
        .drain(..)
        .partition(|event| event.event.as_ref().is_some_and(is_wanted));
    wanted.shuffle(rng);
    others.shuffle(rng);
    wanted.truncate(rng.random_range(1..=2));
    others.truncate(EVENTS - wanted.len());
    workspace.events = others.into_iter().chain(wanted).collect();
    workspace
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else {
        return vec![Vec::new()];
    };
    let mut all = Vec::new();
    for shorter in permutations(last) {
        for at in 0..count {
            let mut longer = shorter.clone();
            longer.insert(at, last);
            all.push(longer);
        }
    }
    all
}

/// Tells every order of every history, each in a workspace of its own, half of them with several events in one batch.
async fn tell(rng: &mut StdRng, rig: &mut Rig, histories: &[Workspace]) {
    let mut batches: Vec<Vec<(usize, Event)>> = Vec::new();
    let mut number = 0;
    for (of, history) in histories.iter().enumerate() {
        for order in permutations(history.events.len()) {
            for one_by_one in [true, false] {
                rig.workspace(&format!("h{of}-{number}"), history).await;
                let mut batch = 0;
                for event in &order {
                    batches.resize_with(batches.len().max(batch + 1), Vec::new);
                    batches[batch].push((number, history.events[*event].clone()));
                    batch += usize::from(one_by_one || rng.random_bool(0.5));
                }
                number += 1;
            }
        }
    }
    rig.tell(vec![batches]).await;
    rig.fold().await;
}

/// The dump of each workspace, by its slug, without it.
fn by_workspace(dump: &str) -> BTreeMap<String, String> {
    let mut dumps: BTreeMap<String, String> = BTreeMap::new();
    for line in dump.lines() {
        if let Some((slug, rest)) = line.split_once(' ') {
            let dump = dumps.entry(slug.to_owned()).or_default();
            dump.push_str(rest);
            dump.push('\n');
        }
    }
    dumps
}

/// Tells histories in every order: all orders of one end the same, and as the reference says.
///
/// # Panics
///
/// Where they do not, with the events of the history.
pub(crate) async fn check_every_order(seed: u64, histories: &[Workspace]) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut rig = Rig::new().await;
    tell(&mut rng, &mut rig, histories).await;
    let dumps = by_workspace(&rig.dump().await);
    for (of, history) in histories.iter().enumerate() {
        let prefix = format!("h{of}-");
        let mut orders = dumps.iter().filter(|(slug, _)| slug.starts_with(&prefix));
        let (first_slug, first) = orders.next().unwrap();
        let events: Vec<String> = history
            .events
            .iter()
            .map(|event| format!("{event:?}"))
            .collect();
        let context = || format!("seed {seed}, history {of}:\n{}\n", events.join("\n"));
        for (slug, other) in orders {
            if let Some(difference) = difference(first, other) {
                panic!("{} {first_slug} and {slug}: {difference}", context());
            }
        }
        let faults = rig
            .reference_faults(first_slug, history, &history.events)
            .await;
        let faults = faults.unwrap_or_default();
        let shown = faults
            .iter()
            .take(SHOWN)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n");
        assert!(faults.is_empty(), "{}\n{shown}", context());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn few_events_end_the_same_in_every_order() {
    for seed in history::seeds(1) {
        let mut rng = StdRng::seed_from_u64(seed);
        let shape = Shape::close(3);
        let inbound = |item: &Item| matches!(item, Item::Inbound(_));
        let histories: Vec<Workspace> = (0..HISTORIES)
            .map(|_| few_events(&mut rng, &shape, inbound))
            .collect();
        check_every_order(seed, &histories).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_watermarks_end_the_same_in_every_order() {
    for seed in history::seeds(1) {
        let mut rng = StdRng::seed_from_u64(seed);
        let shape = Shape::close(2).marked();
        let watermark = |item: &Item| matches!(item, Item::Watermark(_));
        let histories: Vec<Workspace> = (0..HISTORIES)
            .map(|_| few_events(&mut rng, &shape, watermark))
            .collect();
        check_every_order(seed, &histories).await;
    }
}
