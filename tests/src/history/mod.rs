//! Random histories: what businesses and their providers might tell of a few hundred messages, as events of the wire.
//!
//! A history is a set. Nothing in it contradicts itself but in what is told by evidence, which is why every order of it
//! and every repetition has to end the same. [`scramble`] makes such orders.

mod inbound;
mod outbound;
pub mod reported;
pub mod scramble;
mod statuses;
mod watermarks;
mod way;
mod world;

use std::env;

use acuse_proto::message_state::Event;
use acuse_proto::message_state::event::Event as Item;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use world::World;

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;

/// Microseconds in a day.
const DAY: i64 = 24 * 60 * 60 * SECOND;

/// When histories end: 2026-11-20T12:00:00Z, as microseconds. Nothing happens later.
pub const NOW: i64 = 1_795_176_000 * SECOND;

/// How far back histories go, in days.
const SPAN_DAYS: i64 = 75;

/// What a history is to be like.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Outbound messages in each workspace; there are about half as many inbound ones.
    pub messages: usize,
    /// Whether messages of one thread may be of the very same origin. Which of them is the later one then hangs on
    /// nothing that a history tells.
    pub ties: bool,
    /// Whether all of it happens between two people and one account at about one time.
    pub close: bool,
    /// Whether all of it happens on channels that tell watermarks.
    pub marked: bool,
}

impl Shape {
    /// Many people and accounts.
    #[must_use]
    pub const fn large(messages: usize) -> Self {
        Self {
            messages,
            ties: false,
            close: false,
            marked: false,
        }
    }

    /// Few messages that have all to do with one another.
    #[must_use]
    pub const fn close(messages: usize) -> Self {
        Self {
            messages,
            ties: false,
            close: true,
            marked: false,
        }
    }

    /// The same, on channels that tell watermarks.
    #[must_use]
    pub const fn marked(self) -> Self {
        Self {
            marked: true,
            ..self
        }
    }
}

/// What happened in a few workspaces.
#[derive(Debug, Clone)]
pub struct History {
    /// By which it can be made again.
    pub seed: u64,
    /// The workspaces.
    pub workspaces: Vec<Workspace>,
}

/// What happened in one workspace.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// Its name.
    pub slug: String,
    /// IANA name of its time zone.
    pub time_zone: &'static str,
    /// How long after a message something unquoted answers it, in seconds.
    pub attribution_seconds: u32,
    /// Its events, each once, roughly as things happened.
    pub events: Vec<Event>,
}

/// The history of a seed. Both workspaces use the same ids for much of what is theirs.
#[must_use]
pub fn generate(seed: u64, shape: &Shape) -> History {
    let mut rng = StdRng::seed_from_u64(seed);
    // A zone whose days lack an hour within the span, and one at quarter hours.
    let workspaces = [
        ("first", "America/Santiago", 24 * 60 * 60),
        ("second", "Asia/Kathmandu", 6 * 60 * 60),
    ];
    let workspaces = workspaces
        .into_iter()
        .map(|(slug, time_zone, attribution_seconds)| Workspace {
            slug: slug.to_owned(),
            time_zone,
            attribution_seconds,
            events: Writer::new(&mut rng, shape, attribution_seconds).write(shape),
        })
        .collect();
    History { seed, workspaces }
}

/// The seeds to try: the one that `ACUSE_TEST_SEED` names, else `count` new ones. They are printed, for replay.
#[must_use]
#[allow(clippy::print_stderr, reason = "a failure is replayed by its seed")]
pub fn seeds(count: usize) -> Vec<u64> {
    let named = env::var("ACUSE_TEST_SEED").ok();
    let seeds = match named.as_deref().map(str::parse) {
        Some(seed) => vec![seed.expect("ACUSE_TEST_SEED is no number")],
        None => (0..count).map(|_| rand::rng().random()).collect(),
    };
    for seed in &seeds {
        eprintln!("ACUSE_TEST_SEED={seed}");
    }
    seeds
}

/// Writes the history of one workspace.
struct Writer<'a> {
    rng: &'a mut StdRng,
    ties: bool,
    window: i64,
    world: World,
    /// Times around which things happen.
    clusters: Vec<i64>,
    events: Vec<Event>,
    sent: Vec<outbound::Sent>,
}

impl<'a> Writer<'a> {
    fn new(rng: &'a mut StdRng, shape: &Shape, attribution_seconds: u32) -> Self {
        let world = World::new(rng, shape);
        let clusters = (0..if shape.close { 1 } else { 12 })
            .map(|_| NOW - rng.random_range(0..SPAN_DAYS * 24) * DAY / 24)
            .collect();
        Self {
            rng,
            ties: shape.ties,
            window: i64::from(attribution_seconds) * SECOND,
            world,
            clusters,
            events: Vec::new(),
            sent: Vec::new(),
        }
    }

    fn write(mut self, shape: &Shape) -> Vec<Event> {
        for number in 0..shape.messages {
            self.write_outbound(number);
        }
        let inbound = if shape.close {
            shape.messages
        } else {
            shape.messages / 2
        };
        self.write_inbound(inbound);
        self.write_watermarks(inbound);
        self.events
    }

    /// When the message of that number begins. Without ties every message has microseconds of its own, which all of
    /// its times share, so that no two of them are ever of one origin.
    fn moment(&mut self, number: usize) -> i64 {
        let cluster = *self.clusters.choose(self.rng).unwrap();
        let near = if self.ties {
            self.rng.random_range(-3..3) * 60 * SECOND
        } else {
            let own = 10 * i64::try_from(number).unwrap();
            self.rng.random_range(-12 * 60 * 60..60 * 60) * SECOND + own
        };
        // Whole seconds before the end leave room for what is a fraction of one.
        (cluster + near).min(NOW - DAY + near.rem_euclid(SECOND))
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_ratio(percent, 100)
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from.choose(self.rng).unwrap().clone()
    }

    /// Adds an event that happened at `at`, at times with when it was received.
    fn tell(&mut self, item: Item, at: i64) {
        let received_at = self
            .chance(30)
            .then(|| wire_time((at + 2 * SECOND).min(NOW)));
        self.events.push(Event {
            event: Some(item),
            received_at,
            time_is_receipt: false,
        });
    }

    /// Adds an event whose provider gave no time: it counts at its receipt.
    fn tell_without_time(&mut self, item: Item, at: i64) {
        self.events.push(Event {
            event: Some(item),
            received_at: Some(wire_time(at)),
            time_is_receipt: true,
        });
    }
}

/// Microseconds as the wire writes them.
fn wire_time(micros: i64) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: micros.div_euclid(SECOND),
        nanos: i32::try_from(micros.rem_euclid(SECOND) * 1_000).unwrap(),
    }
}

#[cfg(test)]
mod tests;
