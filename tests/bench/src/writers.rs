//! Measures what it means that several write at the same time: several writers, and several replicas, to one workspace, and
//! several lanes over many.
//!
//! Registrations are sent in calls, and it counts how many a second are answered: durable, and counted by reports. Folding
//! goes on meanwhile and is waited for between measurements.

use std::ops::Range;

use acuse_proto::types::OutboundRegistration;
use acuse_simulator::{Business, Moment, Traffic, What};
use anyhow::{Context as _, Result, ensure};
use jiff::ToSpan as _;

use crate::{
    Bench,
    figure::{Figure, HOT_4_VS_1, LANES_2_VS_1, REPLICAS_2_VS_1, Target},
    ingest::REPEATS,
    load::{self, Batch, Calls, Ingestion, ingestion},
    postgres::Database,
    stats::rate,
    suite::{Suite, Who, Writing},
    tenants::Tenants,
    world::{DAYS, SEED},
};

/// Workspaces that the lanes share; the first is the hot one.
const WORKSPACES: u32 = 20;

/// Items of one call: so few that each measurement is of many calls.
const BATCH: usize = 250;

/// Writers of a hot workspace, and of many.
const WRITERS: usize = 4;
const WRITERS_OF_MANY: usize = 8;

/// The hot workspace, and all.
const HOT: Range<usize> = 0..1;
const ALL: Range<usize> = 0..WORKSPACES as usize;

/// Measures on a database of its own.
pub(crate) async fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let each = usize::try_from(bench.messages() / 100)?.clamp(1_000, 10_000);
    let businesses: Vec<_> = (0..WORKSPACES)
        .map(|number| Business::new(SEED, number))
        .collect();
    let traffic = Traffic {
        // More than all measurements of one workspace take.
        messages: each as u64 * 6 * (REPEATS as u64 + 1),
        days: DAYS,
        last_day: bench.today().saturating_sub(1.day()),
        now: bench.now,
    };
    let sources = businesses.iter().map(|one| registrations(one, &traffic));
    let database = Database::create(&bench.places, &bench.args.database_url, "writers").await?;
    let mut writers = Writers {
        bench,
        database: &database,
        businesses: &businesses,
        sources: sources.collect(),
        each,
    };
    bench.note("several writers at a time");
    let figures = vec![
        writers.of_one_workspace().await?,
        writers
            .compared(REPLICAS_2_VS_1, HOT, WRITERS, |replicas| Writing {
                replicas,
                ..Writing::default()
            })
            .await?,
        writers
            .compared(LANES_2_VS_1, ALL, WRITERS_OF_MANY, |lanes| Writing {
                lanes,
                ..Writing::default()
            })
            .await?,
    ];
    drop(writers);
    database.drop().await?;
    Ok(figures)
}

type Source<'a> = Box<dyn Iterator<Item = (Moment, OutboundRegistration)> + 'a>;

/// What a business registers, one after the other.
fn registrations<'a>(business: &'a Business, traffic: &Traffic) -> Source<'a> {
    let happenings = business.stories(traffic).flat_map(|story| story.happenings);
    Box::new(happenings.filter_map(|happening| match happening.what {
        What::Registered(message) => Some((happening.told_at, message)),
        _ => None,
    }))
}

struct Writers<'a> {
    bench: &'a Bench,
    database: &'a Database,
    businesses: &'a [Business],
    sources: Vec<Source<'a>>,
    /// Messages of one measurement.
    each: usize,
}

impl Writers<'_> {
    /// So many writers against one, on one workspace. Makes the workspaces as well.
    async fn of_one_workspace(&mut self) -> Result<Figure> {
        let suite = self.suite(Writing::default()).await?;
        let tenants = Tenants::create(&suite, self.businesses).await?;
        // Names are known, and months have their tables, from here on.
        self.run(&tenants.clients, ALL, WRITERS).await?;
        let (mut several, mut one) = (Vec::new(), Vec::new());
        for _ in 0..REPEATS {
            one.push(self.run(&tenants.clients, HOT, 1).await?);
            several.push(self.run(&tenants.clients, HOT, WRITERS).await?);
        }
        suite.stop().await?;
        Figure::of_pairs(HOT_4_VS_1, &several, &one).context("it was measured")
    }

    /// Two of something against one, at which `writing` says how it is written.
    async fn compared(
        &mut self,
        target: Target,
        workspaces: Range<usize>,
        writers: usize,
        writing: impl Fn(usize) -> Writing,
    ) -> Result<Figure> {
        let mut rates = [Vec::new(), Vec::new()];
        for _ in 0..REPEATS {
            for (count, rates) in (1..).zip(&mut rates) {
                let suite = self.suite(writing(count)).await?;
                let clients = self.clients(&suite)?;
                rates.push(self.run(&clients, workspaces.clone(), writers).await?);
                suite.stop().await?;
            }
        }
        let [one, two] = rates;
        Figure::of_pairs(target, &two, &one).context("it was measured")
    }

    async fn suite(&self, writing: Writing) -> Result<Suite> {
        Suite::start(&self.bench.places, &self.database.url, writing).await
    }

    fn clients(&self, suite: &Suite) -> Result<Vec<Ingestion>> {
        let slugs = self.businesses.iter().map(Business::slug);
        slugs
            .map(|slug| {
                let who = Who {
                    workspace: Some(slug),
                    ..Who::default()
                };
                Ok(ingestion(suite.channel("ingestion", &who)?))
            })
            .collect()
    }

    /// Has so many writers register messages in these workspaces; gives how many a second were answered. Some more come
    /// before, because whoever has just started is slower.
    async fn run(
        &mut self,
        clients: &[Ingestion],
        workspaces: Range<usize>,
        writers: usize,
    ) -> Result<f64> {
        let first = self.calls(workspaces.clone(), self.each / 5)?;
        load::send_by(writers, clients, first).await?;
        let calls = self.calls(workspaces, self.each)?;
        self.database.folded().await?;
        self.database.settle().await?;
        let (answered, seconds) = load::send_by(writers, clients, calls).await?;
        ensure!(
            answered.again > 0 || answered.applied * 100 >= answered.events * 99,
            "only {} of {} messages were new",
            answered.applied,
            answered.events
        );
        self.database.folded().await?;
        Ok(rate(answered.events, seconds))
    }

    /// Calls with the next so many messages, in equal parts of these workspaces.
    fn calls(&mut self, workspaces: Range<usize>, count: usize) -> Result<Calls> {
        let part = count / workspaces.len();
        let mut told = Vec::with_capacity(count);
        for workspace in workspaces {
            let source = self.sources[workspace].by_ref().take(part);
            told.extend(source.map(|(at, message)| (workspace, at, message)));
        }
        ensure!(!told.is_empty(), "everything is told already");
        told.sort_by_key(|(workspace, at, _)| (*at, *workspace));
        Ok(load::calls(told, BATCH, Batch::Registrations))
    }
}
