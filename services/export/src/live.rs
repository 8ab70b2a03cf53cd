//! What may be lost: progress to the second, wake-ups of workers, and word of whatever else changes about a job, in Redis.
//!
//! Nothing here is the truth of anything: a word that a job changed says no more than that it is worth a look at the record.
//! While Redis is away, or hangs, nothing waits for it: progress is that of the record, and workers and watchers look by
//! themselves. Those in the same process hear of each other without it.

mod told;
mod words;

mod notified;

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use acuse_store::export::{Lease, Progress};
use acuse_telemetry::metrics::catalog::REDIS;
use acuse_telemetry::origin::Origin;
use futures::StreamExt as _;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands as _, Client, Msg, RedisResult};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::config::RedisConfig;
use told::Followed;
pub(crate) use told::{Following, Told};
use words::{Word, decode, encode};

/// How long Redis has to answer.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long it is left alone once it did not.
const REST: Duration = Duration::from_secs(2);

/// How long progress is kept after it was last told, in seconds.
const PROGRESS_SECONDS: u64 = 120;

/// How long it is kept whose trace a job belongs to, in seconds: longer than a job waits for its turn.
const TRACE_SECONDS: u64 = 24 * 60 * 60;

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

    /// The span that asked for a job.
    fn trace(&self, job: Uuid) -> String {
        format!("{}:trace:{job}", self.prefix)
    }

    /// Where it is told that there is a job.
    fn queued(&self) -> String {
        format!("{}:queued", self.prefix)
    }

    /// Where it is told what becomes of jobs.
    fn jobs(&self) -> String {
        format!("{}:jobs", self.prefix)
    }
}

/// Redis, or nothing.
pub(crate) struct Live {
    keys: Keys,
    client: Client,
    connection: ConnectionManager,
    /// Until when it is left alone; `None` while it answers.
    away: Mutex<Option<Instant>>,
    /// Whether there is a subscription, by which this process hears what others tell.
    hears: AtomicBool,
    followed: Arc<Followed>,
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
    /// Where the address is none, or the authorities of its certificate cannot be read.
    pub(crate) fn new(config: &RedisConfig) -> RedisResult<Self> {
        let client = config.client()?;
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
            hears: AtomicBool::new(false),
            followed: Arc::default(),
        })
    }

    /// Whether Redis answers.
    ///
    /// # Errors
    ///
    /// Where it does not, or did not a moment ago.
    pub(crate) async fn answers(&self) -> Result<(), &'static str> {
        let mut redis = self.connection.clone();
        let asked = redis::cmd("PING");
        let answered = self.ask(asked.query_async::<String>(&mut redis)).await;
        answered.map(drop).ok_or("Redis is away")
    }

    /// Keeps which span asked for a job, for whoever makes its file; nothing where traces are not exported.
    pub(crate) async fn keep_trace(&self, job: Uuid) {
        let Some(asked) = Origin::current().to_text() else {
            return;
        };
        let mut redis = self.connection.clone();
        self.ask(redis.set_ex::<_, _, ()>(self.keys.trace(job), asked, TRACE_SECONDS))
            .await;
    }

    /// The span that asked for a job; `None` where it is not known.
    pub(crate) async fn trace(&self, job: Uuid) -> Option<Origin> {
        let mut redis = self.connection.clone();
        let kept = redis.get::<_, Option<String>>(self.keys.trace(job));
        Origin::parse(&self.ask(kept).await??)
    }

    /// Tells how far a claim is.
    pub(crate) async fn tell(&self, lease: Lease, progress: Progress) {
        let word = Word::Progress(lease, progress);
        self.followed.hear(word);
        let mut both = redis::pipe();
        both.set_ex(
            self.keys.progress(lease),
            encode(progress),
            PROGRESS_SECONDS,
        )
        .ignore()
        .publish(self.keys.jobs(), word.encode())
        .ignore();
        let mut redis = self.connection.clone();
        self.ask(both.query_async::<()>(&mut redis)).await;
    }

    /// Tells that a job's record has changed.
    pub(crate) async fn tell_changed(&self, job: Uuid) {
        let word = Word::Changed(job);
        self.followed.hear(word);
        let mut redis = self.connection.clone();
        self.ask(redis.publish::<_, _, ()>(self.keys.jobs(), word.encode()))
            .await;
    }

    /// Begins to follow what is told of a job.
    pub(crate) fn follow(&self, job: Uuid) -> Following {
        self.followed.follow(job)
    }

    /// Whether what other processes tell is heard here, as far as is known.
    pub(crate) fn hears(&self) -> bool {
        self.hears.load(Ordering::Relaxed) && !self.is_away()
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

    /// Hears what other replicas tell, for ever: wakes whoever waits for `queued` as often as there is a job, and passes on what
    /// becomes of jobs to those who follow them.
    pub(crate) async fn listen(&self, queued: &Notify) {
        loop {
            // What goes wrong is told by the calls that want an answer.
            let _ = self.hear(queued).await;
            self.hears.store(false, Ordering::Relaxed);
            sleep(REST).await;
        }
    }

    /// Returns where the connection breaks, or heard nothing for long.
    async fn hear(&self, queued: &Notify) -> RedisResult<()> {
        let subscribing = async {
            let mut subscription = self.client.get_async_pubsub().await?;
            subscription.subscribe(self.keys.queued()).await?;
            subscription.subscribe(self.keys.jobs()).await?;
            RedisResult::Ok(subscription)
        };
        let Ok(subscription) = timeout(4 * PATIENCE, subscribing).await else {
            return Ok(());
        };
        let mut messages = subscription?.into_on_message();
        self.hears.store(true, Ordering::Relaxed);
        // Nobody heard what was told before.
        queued.notify_one();
        self.followed.missed();
        while let Ok(Some(message)) = timeout(SILENCE, messages.next()).await {
            self.pass_on(&message, queued);
        }
        Ok(())
    }

    fn pass_on(&self, message: &Msg, queued: &Notify) {
        if message.get_channel_name() == self.keys.queued() {
            queued.notify_one();
        } else if let Ok(text) = message.get_payload::<String>()
            && let Some(word) = Word::decode(&text)
        {
            self.followed.hear(word);
        }
    }

    /// Finds out whether Redis answers, where nothing else asks it.
    pub(crate) async fn ping(&self) {
        let mut redis = self.connection.clone();
        self.ask(redis.ping::<()>()).await;
    }

    fn is_away(&self) -> bool {
        let away = *self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.is_some_and(|until| Instant::now() < until)
    }

    /// What Redis answers; `None` where it does not in time, and for a while after.
    async fn ask<T>(&self, question: impl Future<Output = RedisResult<T>>) -> Option<T> {
        if self.is_away() {
            return None;
        }
        let answered = timeout(2 * PATIENCE, question).await;
        let mut known = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        let cause = match answered {
            Ok(Ok(answer)) => {
                REDIS.set(1.0, []);
                if known.take().is_some() {
                    tracing::info!("Redis answers again");
                }
                return Some(answer);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        REDIS.set(0.0, []);
        if known.replace(Instant::now() + REST).is_none() {
            tracing::warn!(cause, "Redis is away: progress is coarser until it is back");
        }
        None
    }
}
