//! The integrations that webhooks came for lately, with their secrets opened.
//!
//! A replica asks the database for one every few seconds at most, and for an id that nobody has no more often: webhooks are
//! open to everyone, and must not be a way to keep the database busy.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use acuse_domain::error::{Error, Result};
use acuse_domain::kinds::Channel;
use acuse_domain::scope::{Caller, Permission, Role, Scope};
use acuse_providers::{Format, Secrets};
use acuse_store::Database;
use acuse_store::ingestion::{Integration, IntegrationRef, integration};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use uuid::Uuid;

use crate::grpc::secrets_from_bytes;
use crate::seal::{Owner, SecretsKeys};

/// How long an answer of the database is believed.
const FRESH: Duration = Duration::from_secs(5);

/// Integrations that are remembered, and as many ids that are none.
const MOST: usize = 10_000;

/// Questions at once about integrations that were there when last asked for, and as many about other ids: a flood of those
/// holds up nobody who is known.
const AT_ONCE: usize = 2;

/// The reason of the failure where an integration is there and its secrets do not open.
pub(crate) const UNOPENED: &str = "SECRETS_UNOPENED";

/// An integration as webhooks need it. `Debug` shows no secret.
#[derive(Debug)]
pub(crate) struct Known {
    /// What its webhooks are kept under.
    pub(crate) reference: IntegrationRef,
    /// Its format.
    pub(crate) format: Format,
    /// What its webhooks are checked with.
    pub(crate) secrets: Secrets,
    /// The slug of its workspace.
    pub(crate) slug: String,
    /// The one channel account that it reports on; `None` where there are none or several.
    pub(crate) channel_account: Option<String>,
    /// The channel of that account.
    pub(crate) channel: Option<Channel>,
}

impl Known {
    /// Opens an integration's secrets.
    ///
    /// # Errors
    ///
    /// INTERNAL where they do not open, or are of no format that this build knows.
    pub(crate) fn open(keys: &SecretsKeys, found: &Integration) -> Result<Self> {
        let owner = Owner {
            workspace: &found.slug,
            integration: found.id,
        };
        let secrets = secrets_from_bytes(&keys.open(&owner, &found.secrets)?)?;
        let format = Format::of(found.provider).ok_or_else(|| {
            Error::internal(format!("integration {} is of no known format", found.id))
        })?;
        let account = match found.channel_accounts.as_slice() {
            [one] => Some(one),
            _ => None,
        };
        Ok(Self {
            reference: found.reference(),
            format,
            secrets,
            slug: found.slug.clone(),
            channel_account: account.map(|one| one.id.clone()),
            channel: account.map(|one| one.channel),
        })
    }
}

/// Whom message-state is called for when a webhook of an integration is taken in: a system of the integration's workspace
/// that may bring evidence in, and nothing else.
pub(crate) fn caller_of(reference: &IntegrationRef, slug: &str) -> Caller {
    Caller {
        subject: format!("integration:{}", reference.id),
        role: Role::Service,
        permissions: [Permission::Ingest].into(),
        scope: Some(Scope::whole(slug)),
    }
}

/// What the database said of some ids, and when.
#[derive(Debug)]
pub(crate) struct KnownIntegrations {
    there: Mutex<Recent<Uuid, Arc<Known>>>,
    absent: Mutex<Recent<Uuid, ()>>,
    friends: Semaphore,
    strangers: Semaphore,
    /// Counts changes made here: what was asked before one is not remembered after it.
    changes: AtomicU64,
}

impl Default for KnownIntegrations {
    fn default() -> Self {
        Self {
            there: Mutex::new(Recent::new(MOST)),
            absent: Mutex::new(Recent::new(MOST)),
            friends: Semaphore::new(AT_ONCE),
            strangers: Semaphore::new(AT_ONCE),
            changes: AtomicU64::new(0),
        }
    }
}

impl KnownIntegrations {
    /// The integration of that id; `None` where there is none.
    ///
    /// # Errors
    ///
    /// UNAVAILABLE while the database is away, INTERNAL with the reason [`UNOPENED`] where the secrets do not open.
    pub(crate) async fn find(
        &self,
        database: &Database,
        keys: &SecretsKeys,
        id: Uuid,
    ) -> Result<Option<Arc<Known>>> {
        if let Some(remembered) = self.remembered(id) {
            return Ok(remembered);
        }
        let queue = if lock(&self.there).has(&id) {
            &self.friends
        } else {
            &self.strangers
        };
        let _place = queue.acquire().await.map_err(Error::internal)?;
        // Whoever was before it in the queue may have asked the same.
        if let Some(remembered) = self.remembered(id) {
            return Ok(remembered);
        }
        let changes = self.changes.load(Ordering::SeqCst);
        let found = integration(database, id).await?;
        let known = found
            .map(|found| Known::open(keys, &found).map(Arc::new))
            .transpose()
            .map_err(|error| Error {
                reason: UNOPENED,
                ..error
            })?;
        if self.changes.load(Ordering::SeqCst) == changes {
            let now = Instant::now();
            match &known {
                Some(known) => lock(&self.there).insert(id, Arc::clone(known), now),
                None => {
                    lock(&self.there).remove(&id);
                    lock(&self.absent).insert(id, (), now);
                }
            }
        }
        Ok(known)
    }

    fn remembered(&self, id: Uuid) -> Option<Option<Arc<Known>>> {
        let now = Instant::now();
        if let Some(known) = lock(&self.there).fresh(&id, now) {
            return Some(Some(known));
        }
        lock(&self.absent).fresh(&id, now).map(|()| None)
    }

    /// Has the database asked again: the integration changed.
    pub(crate) fn forget(&self, id: Uuid) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        lock(&self.there).remove(&id);
        lock(&self.absent).remove(&id);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Values with the time at which they were learned, so many at most.
#[derive(Debug)]
struct Recent<K, V> {
    most: usize,
    values: HashMap<K, (V, Instant)>,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    fn new(most: usize) -> Self {
        Self {
            most,
            values: HashMap::new(),
        }
    }

    /// The value, if it was learned just now.
    fn fresh(&self, key: &K, now: Instant) -> Option<V> {
        let (value, learned) = self.values.get(key)?;
        (now.saturating_duration_since(*learned) < FRESH).then(|| value.clone())
    }

    fn has(&self, key: &K) -> bool {
        self.values.contains_key(key)
    }

    fn insert(&mut self, key: K, value: V, now: Instant) {
        if self.values.len() >= self.most && !self.values.contains_key(&key) {
            self.values
                .retain(|_, (_, learned)| now.saturating_duration_since(*learned) < FRESH);
            if self.values.len() >= self.most {
                // All of them were asked for within seconds. It costs a question each to learn them again.
                self.values.clear();
            }
        }
        self.values.insert(key, (value, now));
    }

    fn remove(&mut self, key: &K) {
        self.values.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_is_believed_for_a_while() {
        let mut recent = Recent::new(10);
        let now = Instant::now();
        recent.insert(1, "one", now);
        assert_eq!(recent.fresh(&1, now), Some("one"));
        assert_eq!(recent.fresh(&2, now), None);
        assert_eq!(recent.fresh(&1, now + FRESH), None);
        assert!(recent.has(&1), "but it is known still that it was there");
        recent.remove(&1);
        assert!(!recent.has(&1));
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let mut recent = Recent::new(3);
        let now = Instant::now();
        for key in 0..3 {
            recent.insert(key, (), now);
        }
        recent.insert(2, (), now);
        assert_eq!(recent.values.len(), 3, "what is there needs no more room");
        let later = now + FRESH;
        recent.insert(1, (), later);
        recent.insert(9, (), later);
        assert!(recent.has(&1) && recent.has(&9) && recent.values.len() == 2);
        for key in 10..1_000 {
            recent.insert(key, (), later);
            assert!(recent.values.len() <= 3);
        }
    }
}
