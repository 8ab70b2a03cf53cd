//! What may be lost: progress to the second, and wake-ups of workers, in Redis.
//!
//! Nothing here is the truth of anything. While Redis is away, or hangs, nothing waits for it: progress is that of the record,
//! and workers look for jobs by themselves.

mod notified;

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use acuse_store::export::{Lease, Progress};
use futures::StreamExt as _;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands as _, Client, RedisResult};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use crate::config::RedisConfig;

/// How long Redis has to answer.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long it is left alone once it did not.
const REST: Duration = Duration::from_secs(2);

/// How long progress is kept after it was last told, in seconds.
const PROGRESS_SECONDS: u64 = 120;

/// A subscription that heard nothing for so long is made anew: a connection may be gone without a word.
const SILENCE: Duration = Duration::from_secs(60);

/// The names of what is kept.
#[derive(Debug, Clone)]
struct Keys {
    prefix: String,
}

impl Keys {
    /// How far a claim is.
    fn progress(&self, lease: Lease) -> String {
        let (prefix, workspace) = (&self.prefix, lease.workspace.0);
        format!(
            "{prefix}:progress:{workspace}:{}:{}",
            lease.job, lease.fence
        )
    }

    /// Where it is told that there is a job.
    fn queued(&self) -> String {
        format!("{}:queued", self.prefix)
    }
}

/// Redis, or nothing.
pub(crate) struct Live {
    keys: Keys,
    client: Client,
    connection: ConnectionManager,
    /// Until when it is left alone; `None` while it answers.
    away: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

impl Live {
    /// Connects when first used.
    ///
    /// # Errors
    ///
    /// Where the address is none.
    pub(crate) fn new(config: &RedisConfig) -> RedisResult<Self> {
        let client = Client::open(config.url.expose())?;
        let settings = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        Ok(Self {
            keys: Keys {
                prefix: config.prefix.clone(),
            },
            connection: ConnectionManager::new_lazy_with_config(client.clone(), settings)?,
            client,
            away: Mutex::default(),
        })
    }

    /// Tells how far a claim is.
    pub(crate) async fn tell(&self, lease: Lease, progress: Progress) {
        let (key, value) = (self.keys.progress(lease), encode(progress));
        let mut redis = self.connection.clone();
        self.ask(redis.set_ex::<_, _, ()>(key, value, PROGRESS_SECONDS))
            .await;
    }

    /// How far a claim is; `None` where nobody told, or Redis does not answer.
    pub(crate) async fn progress(&self, lease: Lease) -> Option<Progress> {
        let key = self.keys.progress(lease);
        let mut redis = self.connection.clone();
        let value = self.ask(redis.get::<_, Option<String>>(key)).await??;
        decode(&value)
    }

    /// Forgets how far a claim is, which is over.
    pub(crate) async fn forget(&self, lease: Lease) {
        let key = self.keys.progress(lease);
        let mut redis = self.connection.clone();
        self.ask(redis.del::<_, ()>(key)).await;
    }

    /// Tells all replicas that there is a job.
    pub(crate) async fn tell_queued(&self) {
        let channel = self.keys.queued();
        let mut redis = self.connection.clone();
        self.ask(redis.publish::<_, _, ()>(channel, "")).await;
    }

    /// Wakes whoever waits for `queued` as often as some replica tells of a job; for ever.
    pub(crate) async fn follow_queued(&self, queued: &Notify) {
        loop {
            // What goes wrong is told by the calls that want an answer.
            let _ = self.hear_queued(queued).await;
            sleep(REST).await;
        }
    }

    /// Returns where the connection breaks, or heard nothing for long.
    async fn hear_queued(&self, queued: &Notify) -> RedisResult<()> {
        let subscribing = async {
            let mut subscription = self.client.get_async_pubsub().await?;
            subscription.subscribe(self.keys.queued()).await?;
            RedisResult::Ok(subscription)
        };
        let Ok(subscription) = timeout(4 * PATIENCE, subscribing).await else {
            return Ok(());
        };
        let mut messages = subscription?.into_on_message();
        while let Ok(Some(_)) = timeout(SILENCE, messages.next()).await {
            queued.notify_one();
        }
        Ok(())
    }

    /// What Redis answers; `None` where it does not in time, and for a while after.
    async fn ask<T>(&self, question: impl Future<Output = RedisResult<T>>) -> Option<T> {
        let away = *self.away.lock().unwrap_or_else(PoisonError::into_inner);
        if away.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let answered = timeout(2 * PATIENCE, question).await;
        let mut known = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        let cause = match answered {
            Ok(Ok(answer)) => {
                if known.take().is_some() {
                    tracing::info!("Redis answers again");
                }
                return Some(answer);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        if known.replace(Instant::now() + REST).is_none() {
            tracing::warn!(cause, "Redis is away: progress is coarser until it is back");
        }
        None
    }
}

fn encode(progress: Progress) -> String {
    let expected = progress.expected.map(|rows| rows.to_string());
    format!("{} {}", progress.rows, expected.unwrap_or_default())
}

fn decode(text: &str) -> Option<Progress> {
    let (rows, expected) = text.split_once(' ')?;
    Some(Progress {
        rows: rows.parse().ok()?,
        expected: expected.parse().ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_read_as_it_was_told() {
        for expected in [None, Some(0), Some(7)] {
            let told = Progress { rows: 3, expected };
            assert_eq!(decode(&encode(told)), Some(told));
        }
        for other in ["", "3", "x 7"] {
            assert_eq!(decode(other), None);
        }
    }
}
