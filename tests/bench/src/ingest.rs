//! Measures what comes in.
//!
//! Traffic of 90 days is told in rounds, one part of the time after the other; in each, messages are registered, then come
//! the statuses, then what contacts wrote, so that filling the database is the measurement. In the first rounds the baselines
//! take their turns between them.
//!
//! An answer is given after the commit, and from then on reports count what it acknowledged, because they read the changes
//! that are not folded yet in the same snapshot. So "durable and counted" holds at the answer. Folding is work all the same:
//! it goes on meanwhile, and each measurement lasts until it has caught up.
//!
//! Where Acuse and its baselines take turns, each begins after a checkpoint, so that none pays for what another left to be
//! written. Afterwards the server makes checkpoints when it thinks fit, as it does in life: after one the whole of each page
//! goes to the log when it is first written to, which costs a full database much and an empty one next to nothing.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::{
    Bench,
    baseline::{pgbench::Pgbench, plain},
    figure::{
        FULL_VS_EMPTY, Figure, REGISTER_VS_COPY, REGISTER_VS_INSERT, STATUS_VS_UPDATE,
        WEBHOOK_VS_BULK,
    },
    load::{self, Answered, Calls},
    phases::{Phases, Running},
    postgres::Database,
    process::Cpu,
    statements::Statements,
    stats::{median, rate},
    stream,
    suite::Suite,
    tenants::Tenants,
    webhooks,
    world::{Round, World},
};

/// How often each measurement is repeated.
pub(crate) const REPEATS: usize = 3;

/// Messages of a round at most.
const ROUND: u64 = 100_000;

/// Of the messages of a round that is measured one in so many has its statuses come by webhook.
const WEBHOOK_EVERY: usize = 8;

/// Rounds that a number of messages is told in: as many as keep each within bounds, and ten at least where each counts.
fn rounds(messages: u64, against: Against) -> usize {
    let at_least = match against {
        Against::Baselines => 10,
        Against::Nothing => 1,
    };
    let rounds = messages.div_ceil(ROUND).max(at_least);
    usize::try_from(rounds).unwrap_or(usize::MAX)
}

/// What the rounds measured, in events a second.
#[derive(Debug, Default)]
struct Rates {
    register: Vec<f64>,
    statuses: Vec<f64>,
    webhooks: Vec<f64>,
    copy: Vec<f64>,
    insert: Vec<f64>,
    update: Vec<f64>,
    /// Registrations and statuses together, of every round.
    bulk: Vec<f64>,
}

/// A database filled with the traffic of 90 days.
pub(crate) struct Filled {
    /// The ways into its workspaces.
    pub(crate) tenants: Tenants,
    /// What came of it.
    pub(crate) figures: Vec<Figure>,
    /// Events a second that bulk ingestion took in at the end.
    pub(crate) top_rate: f64,
}

/// Who is measured against whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Against {
    /// Acuse against its baselines.
    Baselines,
    /// Nothing: the database is only filled.
    Nothing,
}

/// Fills an empty database, and measures how fast that goes.
pub(crate) async fn fill(
    bench: &Bench,
    (suite, database): (&Suite, &Database),
    (world, messages): (&World, u64),
    against: Against,
) -> Result<Filled> {
    let tenants = Tenants::create(suite, &world.businesses).await?;
    let mut filling = Filling {
        bench,
        running: Running { suite, database },
        world,
        tenants,
        phases: Phases::default(),
        statements: bench.args.statements.then(Statements::default),
        rates: Rates::default(),
    };
    if bench.args.statements {
        Statements::prepare(&database.client).await?;
    }
    if against == Against::Baselines {
        plain::create(&database.client).await?;
    }
    let count = rounds(messages, against);
    let mut telling = world.tell(count, bench.now);
    for number in 0..count {
        let measured = against == Against::Baselines && number < REPEATS;
        let round = telling.next_round(measured.then_some(WEBHOOK_EVERY));
        if measured {
            filling.baseline_inserts(&round).await?;
        }
        filling.round(round, measured).await?;
        let bulk = filling.rates.bulk.last().copied().unwrap_or_default();
        bench.note(&format!(
            "round {} of {count}: {bulk:.0} events/s",
            number + 1
        ));
    }
    bench.note(&format!("where the time went\n{}", filling.phases.table()));
    if let Some(statements) = &filling.statements {
        bench.note(&format!("what the server did\n{}", statements.table()));
    }
    filling.finish(against)
}

struct Filling<'a> {
    bench: &'a Bench,
    running: Running<'a>,
    world: &'a World,
    tenants: Tenants,
    phases: Phases,
    statements: Option<Statements>,
    rates: Rates,
}

impl Filling<'_> {
    fn pgbench(&self) -> Pgbench<'_> {
        Pgbench {
            program: &self.bench.args.pgbench,
            folder: &self.bench.places.folder,
            url: &self.running.database.url,
        }
    }

    /// What senders would do with the same messages: `COPY` them, or insert them one by one.
    async fn baseline_inserts(&mut self, round: &Round) -> Result<()> {
        let database = self.running.database;
        let chunks = plain::written(&round.registrations);
        database.settle().await?;
        let seconds = plain::copy(&database.client, chunks).await?;
        self.rates
            .copy
            .push(rate(round.registrations.len(), seconds));
        database.settle().await?;
        let inserted = self.pgbench().insert().await?;
        self.rates.insert.push(inserted);
        Ok(())
    }

    async fn round(&mut self, round: Round, measured: bool) -> Result<()> {
        let Round {
            registrations,
            own_word,
            statuses,
            by_webhook,
            inbound,
        } = round;
        let (messages, reports) = (registrations.len(), statuses.len());
        let register = self
            .bulk("1 register", load::registrations(registrations), measured)
            .await?;
        self.bulk("2 own word", load::statuses(own_word), measured)
            .await?;
        if measured {
            let updated = self.pgbench().update(&self.running.database.client).await?;
            self.rates.update.push(updated);
        }
        let storm = self
            .bulk("3 statuses", load::statuses(statuses), measured)
            .await?;
        if measured {
            self.rates.register.push(rate(messages, register));
            self.rates.statuses.push(rate(reports, storm));
            let taken = self.webhooks(by_webhook).await?;
            self.rates.webhooks.push(taken);
        }
        self.bulk("5 inbound", load::inbound(inbound), measured)
            .await?;
        self.rates
            .bulk
            .push(rate(messages + reports, register + storm));
        Ok(())
    }

    /// Sends batches; gives after how many seconds all was answered and folded.
    async fn bulk(&mut self, name: &'static str, calls: Calls, settled: bool) -> Result<f64> {
        if settled {
            self.running.database.settle().await?;
        }
        let before = self.begin().await?;
        let begun = Instant::now();
        let (answered, until_answered) = stream::send(&self.tenants.clients, calls).await?;
        self.running.caught_up().await?;
        let seconds = begun.elapsed().as_secs_f64();
        let Answered {
            events, applied, ..
        } = answered;
        // Data that are told for the first time are new.
        ensure!(
            applied * 100 >= events * 99,
            "{name}: only {applied} of {events} events were new"
        );
        self.done(name, events, (until_answered, seconds), &before)
            .await?;
        Ok(seconds)
    }

    /// Before work that is measured.
    async fn begin(&self) -> Result<Cpu> {
        if self.statements.is_some() {
            Statements::reset(&self.running.database.client).await?;
        }
        Ok(self.running.cpu())
    }

    /// Notes work that was measured: how many events, and after how many seconds they were answered and all was done.
    async fn done(
        &mut self,
        name: &'static str,
        events: usize,
        took: (f64, f64),
        before: &Cpu,
    ) -> Result<()> {
        let cpu = self.running.cpu().since(before);
        self.phases.add(name, events, took, &cpu);
        if let Some(statements) = &mut self.statements {
            statements.add(name, &self.running.database.client).await?;
        }
        Ok(())
    }

    /// Sends statuses one by one; gives how many a second were taken in.
    async fn webhooks(
        &mut self,
        told: crate::world::Told<acuse_simulator::cloud_api::Update>,
    ) -> Result<f64> {
        let url = self.running.suite.webhooks_url()?;
        let all = webhooks::write(&url, &self.tenants, &self.world.businesses, told);
        let (known, _) = self.running.database.taken_in().await?;
        self.running.database.settle().await?;
        let before = self.begin().await?;
        let begun = Instant::now();
        let answered = webhooks::send(&all).await?;
        // Answered may also mean kept for later, which is not what is measured.
        if self.running.database.inbox_empty().await? {
            self.bench.note("some webhooks waited in the inbox");
        }
        self.running.caught_up().await?;
        let seconds = begun.elapsed().as_secs_f64();
        self.done("4 webhooks", all.len(), (answered, seconds), &before)
            .await?;
        // What is not understood is answered 200 as well.
        let (all_known, not_understood) = self.running.database.taken_in().await?;
        let new = usize::try_from(all_known - known).unwrap_or_default();
        ensure!(
            new * 100 >= all.len() * 99 && not_understood == 0,
            "of {} webhooks {new} told something new, and {not_understood} were not understood",
            all.len()
        );
        Ok(rate(all.len(), seconds))
    }

    fn finish(self, against: Against) -> Result<Filled> {
        let Rates { bulk, .. } = &self.rates;
        let last = &bulk[bulk.len().saturating_sub(REPEATS)..];
        let top_rate = median(last).unwrap_or_default();
        let mut figures = Vec::new();
        if against == Against::Baselines {
            figures = self.rates.figures();
            ensure!(figures.len() == 5, "not everything was measured");
        }
        Ok(Filled {
            tenants: self.tenants,
            figures,
            top_rate,
        })
    }
}

impl Rates {
    fn figures(&self) -> Vec<Figure> {
        let first = &self.bulk[..REPEATS.min(self.bulk.len())];
        let last = &self.bulk[self.bulk.len().saturating_sub(REPEATS)..];
        [
            (REGISTER_VS_COPY, &self.register[..], &self.copy[..]),
            (REGISTER_VS_INSERT, &self.register, &self.insert),
            (STATUS_VS_UPDATE, &self.statuses, &self.update),
            // The same kind of statuses, about the same messages, in the same rounds.
            (WEBHOOK_VS_BULK, &self.webhooks, &self.statuses),
            (FULL_VS_EMPTY, last, first),
        ]
        .into_iter()
        .filter_map(|(target, ours, baseline)| Figure::of_pairs(target, ours, baseline))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_stay_within_bounds() {
        let measured = |messages| rounds(messages, Against::Baselines);
        assert_eq!(measured(50_000), 10);
        assert_eq!(measured(1_000_000), 10);
        assert_eq!(measured(10_000_000), 100);
        assert_eq!(measured(1_050_000), 11);
        assert_eq!(rounds(50_000, Against::Nothing), 1);
    }

    #[test]
    fn ratios_are_of_what_was_measured_side_by_side() {
        let rates = Rates {
            register: vec![10.0, 30.0, 20.0],
            copy: vec![20.0, 40.0, 20.0],
            insert: vec![1.0; 3],
            statuses: vec![50.0; 3],
            update: vec![5.0; 3],
            webhooks: vec![25.0; 3],
            bulk: vec![100.0, 110.0, 120.0, 50.0, 60.0, 55.0],
        };
        let lines: Vec<_> = rates.figures().iter().map(Figure::json).collect();
        let ratio = |index: usize| lines[index]["ratio"].as_f64().unwrap();
        // The ratios are 0.5, 0.75 and 1; that of the medians would be 1.
        assert!((ratio(0) - 0.75).abs() < 1e-9);
        assert!((ratio(1) - 20.0).abs() < 1e-9);
        assert!((ratio(2) - 10.0).abs() < 1e-9);
        assert!((ratio(3) - 0.5).abs() < 1e-9);
        assert!((ratio(4) - 0.5).abs() < 1e-9);
    }
}
