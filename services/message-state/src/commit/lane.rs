//! One lane: gathering what waits, and settling it.

use std::sync::Arc;
use std::time::Duration;

use acuse_store::apply::Submission;
use acuse_telemetry::origin::Origin;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::settle::Settler;
use super::{Failure, Fate};

/// So few items in a transaction cost less than the transaction itself: it waits for another lane's to end, as more may come
/// meanwhile.
const FEW: usize = 200;

/// The longest that it waits: one workspace that is locked is no reason to hold up the others.
const LONGEST_TURN: Duration = Duration::from_millis(25);

/// How a job is answered.
pub(super) type Answer = Result<Vec<Fate>, Failure>;

/// Items of one call that wait to be applied, at most as many as a transaction takes.
pub(super) struct Job {
    items: Vec<Submission>,
    // Given back once the job is answered: what is being applied takes up memory as well.
    permit: OwnedSemaphorePermit,
    answer: oneshot::Sender<Answer>,
    call: Origin,
}

impl Job {
    /// A job of the call under way.
    pub(super) fn new(
        items: Vec<Submission>,
        permit: OwnedSemaphorePermit,
        answer: oneshot::Sender<Answer>,
    ) -> Self {
        Self {
            items,
            permit,
            answer,
            call: Origin::current(),
        }
    }
}

/// A task that applies what comes to it.
pub(super) struct Lane {
    queue: mpsc::Receiver<Job>,
    settler: Settler,
    max_items: usize,
    linger: Duration,
    /// Whose turn it is of the lanes that have few items.
    turn: Arc<Semaphore>,
    /// A job that did not fit into the batch before.
    carried: Option<Job>,
}

/// Jobs that share a transaction.
#[derive(Default)]
struct Batch {
    items: Vec<Submission>,
    /// For each job, where its items end.
    ends: Vec<usize>,
    /// For each job, the call that it belongs to.
    calls: Vec<Origin>,
    waiting: Vec<(OwnedSemaphorePermit, oneshot::Sender<Answer>)>,
}

impl Batch {
    fn add(&mut self, job: Job) {
        self.items.extend(job.items);
        self.ends.push(self.items.len());
        self.calls.push(job.call);
        self.waiting.push((job.permit, job.answer));
    }
}

impl Lane {
    pub(super) fn new(
        queue: mpsc::Receiver<Job>,
        settler: Settler,
        max_items: usize,
        linger: Duration,
        turn: Arc<Semaphore>,
    ) -> Self {
        Self {
            queue,
            settler,
            max_items,
            linger,
            turn,
            carried: None,
        }
    }

    /// Works until the queue is closed and empty.
    pub(super) async fn run(mut self) {
        let turn = Arc::clone(&self.turn);
        while let Some(mut batch) = self.gather().await {
            let permit = self.wait_for_turn(&turn, &mut batch).await;
            let answers = self
                .settler
                .settle(&batch.items, &batch.ends, &batch.calls)
                .await;
            drop(permit);
            for ((permit, answer), said) in batch.waiting.into_iter().zip(answers) {
                // Nobody may be waiting any more; what was applied stays applied.
                let _ = answer.send(said);
                drop(permit);
            }
        }
    }

    /// The next batch; `None` when there will be no more.
    async fn gather(&mut self) -> Option<Batch> {
        let first = match self.carried.take() {
            Some(job) => job,
            None => self.queue.recv().await?,
        };
        // Callers that were answered a moment ago get to send what they have next.
        tokio::task::yield_now().await;
        let until = Instant::now() + self.linger;
        let mut batch = Batch::default();
        self.take(&mut batch, first);
        while self.carried.is_none()
            && let Some(job) = self.next_until(until).await
        {
            self.take(&mut batch, job);
        }
        Some(batch)
    }

    /// Adds a job to a batch, or keeps it for the next where it does not fit.
    fn take(&mut self, batch: &mut Batch, job: Job) {
        if !batch.items.is_empty() && batch.items.len() + job.items.len() > self.max_items {
            self.carried = Some(job);
        } else if !job.answer.is_closed() {
            // Whoever left before the work began needs no answer.
            batch.add(job);
        }
    }

    /// Has a batch of few items wait for its turn, and adds what comes meanwhile.
    async fn wait_for_turn<'a>(
        &mut self,
        turn: &'a Semaphore,
        batch: &mut Batch,
    ) -> Option<SemaphorePermit<'a>> {
        let until = Instant::now() + LONGEST_TURN;
        while batch.items.len() < FEW && self.carried.is_none() {
            tokio::select! {
                biased;
                permit = turn.acquire() => return permit.ok(),
                job = timeout_at(until, self.queue.recv()) => match job {
                    Ok(Some(job)) => self.take(batch, job),
                    // It has waited long enough, or nothing will come any more.
                    Ok(None) | Err(_) => return None,
                },
            }
        }
        None
    }

    async fn next_until(&mut self, until: Instant) -> Option<Job> {
        match self.queue.try_recv() {
            Ok(job) => Some(job),
            Err(TryRecvError::Empty) if !self.linger.is_zero() => {
                timeout_at(until, self.queue.recv()).await.ok().flatten()
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => None,
        }
    }
}
