//! Orders in which a history may arrive.

use acuse_proto::message_state::Event;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};

use super::History;

/// An event and the place of its workspace in the history.
pub type Arrival = (usize, Event);

/// A way of arriving.
#[derive(Debug, Clone, Copy)]
pub struct Chaos {
    /// How many write at the same time.
    pub writers: usize,
    /// The largest batch.
    pub max_batch: usize,
    /// How many of a hundred events come again.
    pub again_percent: usize,
    /// Whether the order is lost.
    pub shuffled: bool,
}

impl Chaos {
    /// As it happened, by one writer, each event once.
    pub const CALM: Self = Self {
        writers: 1,
        max_batch: 100,
        again_percent: 0,
        shuffled: false,
    };

    /// Some way or other of arriving in disorder.
    pub fn any(rng: &mut StdRng) -> Self {
        Self {
            writers: rng.random_range(1..=4),
            max_batch: *[1, 7, 50, 500, 2_000].choose(rng).unwrap(),
            again_percent: *[0, 10, 100].choose(rng).unwrap(),
            shuffled: true,
        }
    }
}

/// What each writer hands in, batch by batch. Every event is somewhere at least once, its repetitions with any writer.
#[must_use]
pub fn scramble(history: &History, seed: u64, chaos: Chaos) -> Vec<Vec<Vec<Arrival>>> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut all: Vec<Arrival> = Vec::new();
    for (workspace, told) in history.workspaces.iter().enumerate() {
        all.extend(told.events.iter().map(|event| (workspace, event.clone())));
    }
    let repeated = all.len() * chaos.again_percent / 100;
    for _ in 0..repeated {
        all.extend(all.choose(&mut rng).cloned());
    }
    if chaos.shuffled {
        all.shuffle(&mut rng);
    }
    let mut writers: Vec<Vec<Arrival>> = vec![Vec::new(); chaos.writers];
    for arrival in all {
        let writer = rng.random_range(0..chaos.writers);
        writers[writer].push(arrival);
    }
    writers
        .into_iter()
        .map(|events| split(&mut rng, events, chaos.max_batch))
        .collect()
}

fn split(rng: &mut StdRng, mut events: Vec<Arrival>, max_batch: usize) -> Vec<Vec<Arrival>> {
    let mut batches = Vec::new();
    while !events.is_empty() {
        let size = rng.random_range(1..=max_batch).min(events.len());
        let rest = events.split_off(size);
        batches.push(events);
        events = rest;
    }
    batches
}
