//! Settling a batch: applying it, and finding what in it cannot be.

use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use acuse_rpc::Clock;
use acuse_store::StoreError;
use acuse_store::apply::{Outcome, Submission};
use acuse_telemetry::metrics::catalog::{COMMIT_CALLS, COMMIT_DURATION};
use acuse_telemetry::origin::{self, Origin};
use futures::FutureExt as _;
use rand::Rng as _;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument as _;
use tracing::field::Empty;

use super::counters::{measure, number};
use super::lane::Answer;
use super::{Apply, Counters, Failure, Fate};

/// How often a transaction is tried that loses against others.
const TRIES: u32 = 5;

/// The longest first pause before it is tried again; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(10);

/// How long a transaction may take. They are over within two seconds, or wait for a server that does not answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Applies batches.
pub(super) struct Settler {
    pub(super) apply: Apply,
    pub(super) clock: Clock,
    pub(super) counters: Arc<Counters>,
    /// Changed by every commit.
    pub(super) committed: watch::Sender<()>,
}

/// Why a batch was not applied.
enum Trouble {
    /// Something in it cannot be stored.
    Refused(String),
    /// Something in it, or in what it touches, made us fail.
    Failed(String),
    /// It is not the batch's doing, and smaller batches would not help.
    Outage(Failure),
}

/// A part of a batch: some of its jobs, or some items of one job.
#[derive(Clone)]
struct Span {
    jobs: Range<usize>,
    items: Range<usize>,
}

/// A number as spans take it: signed, or it becomes text.
fn count<T>(things: &[T]) -> i64 {
    i64::try_from(things.len()).unwrap_or(i64::MAX)
}

impl Settler {
    /// Applies the items; `ends` says where each job's items end, `calls` whose job it is. Gives an answer for each job.
    pub(super) async fn settle(
        &self,
        items: &[Submission],
        ends: &[usize],
        calls: &[Origin],
    ) -> Vec<Answer> {
        let mut fates: Vec<Fate> = vec![Fate::Unstorable; items.len()];
        let mut failures: Vec<Option<Failure>> = vec![None; ends.len()];
        let mut spans = Vec::new();
        if !items.is_empty() {
            spans.push(Span {
                jobs: 0..ends.len(),
                items: 0..items.len(),
            });
        }
        // Grows by one with each split, of which there are fewer than items.
        while let Some(span) = spans.pop() {
            let part = &items[span.items.clone()];
            match self.traced(part, &calls[span.jobs.clone()]).await {
                Ok(outcomes) => {
                    for (fate, outcome) in fates[span.items].iter_mut().zip(outcomes) {
                        *fate = Fate::Settled(outcome);
                    }
                }
                Err(Trouble::Refused(cause)) if span.items.len() == 1 => {
                    self.counters.unstorable();
                    tracing::error!(%cause, "the database refused an item that should be storable");
                }
                Err(Trouble::Failed(cause)) if span.jobs.len() == 1 => {
                    failures[span.jobs.start] = Some(Failure::Broken(cause.into()));
                }
                Err(Trouble::Refused(_) | Trouble::Failed(_)) => {
                    self.counters.split();
                    spans.extend(span.halves(ends));
                }
                Err(Trouble::Outage(failure)) => {
                    // The rest would only wait for the same.
                    for span in std::iter::once(span).chain(spans.drain(..)) {
                        failures[span.jobs].fill(Some(failure.clone()));
                    }
                }
            }
        }
        answers(&fates, failures, ends)
    }

    /// An attempt, with a span in the traces of the calls that it serves.
    async fn traced(
        &self,
        items: &[Submission],
        calls: &[Origin],
    ) -> Result<Vec<Outcome>, Trouble> {
        let span = tracing::info_span!(
            parent: None,
            "commit",
            items = count(items),
            calls = count(calls),
            tries = Empty,
            otel.status_code = Empty,
        );
        origin::serve(&span, calls);
        let began = Instant::now();
        let applied = self.attempt(items).instrument(span.clone()).await;
        let (told, outcome) = match &applied {
            Ok(outcomes) => {
                measure(outcomes);
                COMMIT_CALLS.record(number(calls.len()), []);
                ("OK", "committed")
            }
            Err(_) => ("ERROR", "failed"),
        };
        COMMIT_DURATION.record(began.elapsed().as_secs_f64(), [outcome.into()]);
        span.record("otel.status_code", told);
        applied
    }

    async fn attempt(&self, items: &[Submission]) -> Result<Vec<Outcome>, Trouble> {
        let mut pause = PAUSE;
        let mut tries = 0;
        loop {
            tries += 1;
            tracing::Span::current().record("tries", i64::from(tries));
            let applied = (self.apply)(items, self.clock.now());
            let error = match timeout(PATIENCE, AssertUnwindSafe(applied).catch_unwind()).await {
                Err(_) => {
                    let cause = "the database did not answer in time";
                    return Err(Trouble::Outage(Failure::Away(cause.into())));
                }
                // The panic hook has told where it happened.
                Ok(Err(_)) => return Err(Trouble::Failed("applying a batch panicked".to_owned())),
                Ok(Ok(Err(error))) => error,
                Ok(Ok(Ok(outcomes))) if outcomes.len() == items.len() => {
                    self.counters.committed(items.len());
                    self.committed.send_replace(());
                    return Ok(outcomes);
                }
                Ok(Ok(Ok(_))) => {
                    return Err(Trouble::Failed("a batch has too few outcomes".to_owned()));
                }
            };
            if !matches!(error, StoreError::Contended(_)) || tries == TRIES {
                return Err(error.into());
            }
            self.counters.retried();
            // Two that lost to each other must not meet again.
            let share = rand::rng().random_range(0.2..1.0);
            sleep(pause.mul_f64(share)).await;
            pause *= 2;
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(_) => Self::Refused(error.to_string()),
            StoreError::Corrupt(_) | StoreError::Unanswerable(_) | StoreError::TooManyCells(_) => {
                Self::Failed(error.to_string())
            }
            StoreError::Unavailable(_) | StoreError::Contended(_) | StoreError::Dropped(_) => {
                Self::Outage(Failure::Away(error.to_string().into()))
            }
            StoreError::Unprepared(_) => Self::Outage(Failure::Broken(error.to_string().into())),
        }
    }
}

impl Span {
    /// The span in two: between jobs while it has several, then between the items of the one.
    fn halves(self, ends: &[usize]) -> [Self; 2] {
        let Range { start, end } = self.items;
        if self.jobs.len() > 1 {
            let job = self.jobs.start + self.jobs.len() / 2;
            let item = ends[job - 1];
            return [
                Self {
                    jobs: self.jobs.start..job,
                    items: start..item,
                },
                Self {
                    jobs: job..self.jobs.end,
                    items: item..end,
                },
            ];
        }
        let item = start + (end - start) / 2;
        [start..item, item..end].map(|items| Self {
            jobs: self.jobs.clone(),
            items,
        })
    }
}

/// What each job is told: the fates of its items, or why there are none.
fn answers(fates: &[Fate], failures: Vec<Option<Failure>>, ends: &[usize]) -> Vec<Answer> {
    let mut start = 0;
    ends.iter()
        .zip(failures)
        .map(|(&end, failure)| {
            let own = start..end;
            start = end;
            match failure {
                Some(failure) => Err(failure),
                None => Ok(fates[own].to_vec()),
            }
        })
        .collect()
}
