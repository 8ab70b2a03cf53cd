//! Sending what arrives to an Acuse that runs.

mod pace;
mod target;

use std::{num::NonZeroUsize, time::Duration};

use acuse_proto::types::{ItemError, ItemOutcome, ItemResult};
use tokio::task::{JoinError, JoinSet};
use tonic::Status;

use crate::Arrival;
use pace::Pace;
pub use target::Target;

/// Kinds of rejections that are told apart in an [`Outcome`].
const MAX_REASONS: usize = 10;

/// How fast to send.
#[derive(Debug, Clone, Copy)]
pub struct Speed {
    /// Events a second; as fast as it goes if absent.
    pub rate: Option<f64>,
    /// Calls under way at once.
    pub concurrency: NonZeroUsize,
    /// Events in a call: up to 5,000 are taken.
    pub batch: NonZeroUsize,
    /// How long a batch is tried again for while the target is away or busy.
    pub patience: Duration,
}

impl Default for Speed {
    fn default() -> Self {
        Self {
            rate: None,
            concurrency: NonZeroUsize::MIN.saturating_add(3),
            batch: NonZeroUsize::MIN.saturating_add(499),
            patience: Duration::from_secs(60),
        }
    }
}

/// What was acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Taken in.
    pub applied: u64,
    /// Known already.
    pub duplicate: u64,
    /// Kept in the timeline alone, being too late.
    pub late: u64,
    /// Not taken in.
    pub rejected: u64,
    /// Calls that were answered.
    pub calls: u64,
    /// Calls that were made again, because the target was away or busy.
    pub retries: u64,
    /// Why items were rejected: the first few that differ.
    pub reasons: Vec<String>,
}

impl Outcome {
    /// How many events were acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.applied + self.duplicate + self.late + self.rejected
    }

    /// The same with another's counts.
    pub fn add(&mut self, other: &Self) {
        self.applied += other.applied;
        self.duplicate += other.duplicate;
        self.late += other.late;
        self.rejected += other.rejected;
        self.calls += other.calls;
        self.retries += other.retries;
        for reason in &other.reasons {
            self.note(reason.clone());
        }
    }

    fn count(&mut self, results: Vec<ItemResult>) {
        for result in results {
            match result.outcome() {
                ItemOutcome::Applied => self.applied += 1,
                ItemOutcome::Duplicate => self.duplicate += 1,
                ItemOutcome::Late => self.late += 1,
                ItemOutcome::Rejected | ItemOutcome::Unspecified => {
                    self.rejected += 1;
                    self.note(result.error.map(describe).unwrap_or_default());
                }
            }
        }
    }

    fn note(&mut self, reason: String) {
        if self.reasons.len() < MAX_REASONS && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

/// The reason and the fields at fault; never what is in them.
fn describe(error: ItemError) -> String {
    let fields: Vec<_> = error
        .field_violations
        .into_iter()
        .map(|violation| violation.field)
        .collect();
    if fields.is_empty() {
        return error.reason;
    }
    format!("{}: {}", error.reason, fields.join(", "))
}

/// Why sending stopped. What was acknowledged before stays so.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The target refused a batch, or was away longer than the patience lasts.
    #[error("the target did not take a batch: {}", .0.message())]
    Refused(Box<Status>),
    /// The target answered with another number of results than it was asked about events.
    #[error("the target answered {answered} of {asked} events")]
    Unanswered {
        /// Events in the call.
        asked: usize,
        /// Results in the answer.
        answered: usize,
    },
    /// A call ended without an answer, by a fault of this program.
    #[error("a call broke off: {0}")]
    Broken(#[from] JoinError),
}

/// Sends everything that arrives, and tells `progress` what was acknowledged after each call.
///
/// Calls overlap, so that events may be taken in in another order than that of their arrival. At most
/// `speed.concurrency + 1` batches are held.
///
/// # Errors
///
/// [`DriveError`]: stops at the first batch that is not taken.
pub async fn drive(
    target: &Target,
    arrivals: impl IntoIterator<Item = Arrival>,
    speed: Speed,
    mut progress: impl FnMut(&Outcome),
) -> Result<Outcome, DriveError> {
    let mut arrivals = arrivals.into_iter();
    let mut pace = Pace::new(speed.rate);
    let mut calls = JoinSet::new();
    let mut outcome = Outcome::default();
    loop {
        let batch: Vec<_> = arrivals.by_ref().take(speed.batch.get()).collect();
        if batch.is_empty() {
            break;
        }
        while calls.len() >= speed.concurrency.get() {
            settle(&mut calls, &mut outcome, &mut progress).await?;
        }
        pace.wait(batch.len()).await;
        let target = target.clone();
        calls.spawn(async move { target.deliver(batch, speed.patience).await });
    }
    while !calls.is_empty() {
        settle(&mut calls, &mut outcome, &mut progress).await?;
    }
    Ok(outcome)
}

/// Takes the next answer in.
async fn settle(
    calls: &mut JoinSet<Result<target::Answer, DriveError>>,
    outcome: &mut Outcome,
    progress: &mut impl FnMut(&Outcome),
) -> Result<(), DriveError> {
    if let Some(answer) = calls.join_next().await {
        let answer = answer??;
        outcome.calls += 1;
        outcome.retries += answer.retries;
        outcome.count(answer.results);
        progress(outcome);
    }
    Ok(())
}
