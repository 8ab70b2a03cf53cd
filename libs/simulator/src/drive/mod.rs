//! Sending what arrives to an Acuse that runs.

mod backoff;
mod outcome;
mod pace;
mod round;
mod target;
mod webhook;

use std::{num::NonZeroUsize, time::Duration};

use tokio::task::{JoinError, JoinSet};
use tonic::Status;

use crate::{Arrival, Dice};
pub use outcome::Outcome;
use pace::Pace;
use round::{Parcel, Round};
use target::Answer;
pub use target::Target;
pub use webhook::{Webhook, WebhookError};

/// Events that are packed together, as a multiple of those in a call: about one in four registers a message.
const ROUND: usize = 4;

/// How fast to send.
#[derive(Debug, Clone, Copy)]
pub struct Speed {
    /// Events a second; as fast as it goes if absent.
    pub rate: Option<f64>,
    /// Calls under way at once.
    pub concurrency: NonZeroUsize,
    /// Webhooks under way at once, each with a connection of its own.
    pub connections: NonZeroUsize,
    /// Events in a call: up to 5,000 are taken.
    pub batch: NonZeroUsize,
    /// How long a call or a webhook is tried again for while the target is away or busy.
    pub patience: Duration,
}

impl Default for Speed {
    fn default() -> Self {
        Self {
            rate: None,
            concurrency: NonZeroUsize::MIN.saturating_add(3),
            connections: NonZeroUsize::MIN.saturating_add(31),
            batch: NonZeroUsize::MIN.saturating_add(499),
            patience: Duration::from_secs(60),
        }
    }
}

impl Speed {
    /// How many events are packed together: no more than go in a second.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a rate is not below 0
    fn round(&self) -> usize {
        let most = self.batch.get().saturating_mul(ROUND);
        self.rate
            .map_or(most, |rate| (rate as usize).clamp(1, most))
    }
}

/// Why sending stopped. What was acknowledged before stays so.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The target refused a batch, or was away longer than the patience lasts.
    #[error("the target did not take a batch: {}", .0.message())]
    Refused(Box<Status>),
    /// A webhook was refused, or not answered for longer than the patience lasts.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
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

/// Sends everything that arrives, and tells `progress` what was acknowledged after each call and webhook.
///
/// `seed` decides how many updates are told in one webhook. Calls and webhooks overlap, so that events may be taken in in
/// another order than that of their arrival. What is held does not grow with the number of arrivals.
///
/// # Errors
///
/// [`DriveError`]: stops at the first call or webhook that is not taken.
pub async fn drive(
    target: &Target,
    arrivals: impl IntoIterator<Item = Arrival>,
    speed: Speed,
    seed: u64,
    progress: impl FnMut(&Outcome),
) -> Result<Outcome, DriveError> {
    let mut arrivals = arrivals.into_iter();
    let mut dice = Dice::new(seed);
    let mut pace = Pace::new(speed.rate);
    let mut sending = Sending {
        target,
        speed,
        calls: JoinSet::new(),
        webhooks: JoinSet::new(),
        outcome: Outcome::default(),
        progress,
    };
    loop {
        let events: Vec<_> = arrivals.by_ref().take(speed.round()).collect();
        if events.is_empty() {
            break;
        }
        let events = events.into_iter().map(|arrival| arrival.what).collect();
        let round = Round::pack(events, speed.batch, &mut dice);
        for stage in round.stages.into_iter().filter(|stage| !stage.is_empty()) {
            for parcel in stage {
                pace.wait(parcel.len()).await;
                sending.send(parcel).await?;
            }
            sending.finish().await?;
        }
    }
    Ok(sending.outcome)
}

type Answers = JoinSet<Result<Answer, DriveError>>;

/// What is under way.
struct Sending<'a, P> {
    target: &'a Target,
    speed: Speed,
    calls: Answers,
    webhooks: Answers,
    outcome: Outcome,
    progress: P,
}

impl<P: FnMut(&Outcome)> Sending<'_, P> {
    /// Sends a parcel as soon as there is room for it.
    async fn send(&mut self, parcel: Parcel) -> Result<(), DriveError> {
        let (answers, limit) = match parcel {
            Parcel::Webhook(_) => (&mut self.webhooks, self.speed.connections),
            _ => (&mut self.calls, self.speed.concurrency),
        };
        let settled = if answers.len() >= limit.get() {
            answers.join_next().await
        } else {
            None
        };
        let (target, patience) = (self.target.clone(), self.speed.patience);
        answers.spawn(async move { target.deliver(parcel, patience).await });
        settled.map_or(Ok(()), |answer| self.settle(answer))
    }

    /// Waits until nothing is under way.
    async fn finish(&mut self) -> Result<(), DriveError> {
        while let Some(answer) = self.calls.join_next().await {
            self.settle(answer)?;
        }
        while let Some(answer) = self.webhooks.join_next().await {
            self.settle(answer)?;
        }
        Ok(())
    }

    /// Takes an answer in.
    fn settle(
        &mut self,
        answer: Result<Result<Answer, DriveError>, JoinError>,
    ) -> Result<(), DriveError> {
        match answer?? {
            Answer::Call { results, retries } => {
                self.outcome.count(results);
                self.outcome.retries += retries;
            }
            Answer::Webhook { updates, retries } => {
                self.outcome.by_webhook += updates as u64;
                self.outcome.webhooks += 1;
                self.outcome.retries += retries;
            }
        }
        (self.progress)(&self.outcome);
        Ok(())
    }
}
