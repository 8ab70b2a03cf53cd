//! One lane: gathering what waits, and settling it.

use std::time::Duration;

use acuse_store::apply::Submission;
use acuse_telemetry::origin::Origin;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::settle::Settler;
use super::{Failure, Fate};

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
    ) -> Self {
        Self {
            queue,
            settler,
            max_items,
            linger,
            carried: None,
        }
    }

    /// Works until the queue is closed and empty.
    pub(super) async fn run(mut self) {
        while let Some(batch) = self.gather().await {
            let answers = self
                .settler
                .settle(&batch.items, &batch.ends, &batch.calls)
                .await;
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
        let mut next = Some(first);
        while let Some(job) = next {
            if !batch.items.is_empty() && batch.items.len() + job.items.len() > self.max_items {
                self.carried = Some(job);
                break;
            }
            // Whoever left before the work began needs no answer.
            if !job.answer.is_closed() {
                batch.add(job);
            }
            next = self.next_until(until).await;
        }
        Some(batch)
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
