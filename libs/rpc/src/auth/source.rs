//! Where key sets come from, and how they change without a restart.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinHandle};

use super::{KeysError, keys::KeySet};

/// Largest key set that is read, in bytes.
const MAX_KEY_SET: u64 = 1 << 20;

/// Where a key set is read from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A file, read again every few seconds.
    File(PathBuf),
    /// A set that does not change.
    Fixed(Vec<u8>),
}

impl KeySource {
    async fn read(&self) -> Result<Vec<u8>, KeysError> {
        match self {
            Self::Fixed(json) => Ok(json.clone()),
            Self::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || {
                    if std::fs::metadata(&path)?.len() > MAX_KEY_SET {
                        return Err(std::io::Error::other("larger than 1 MiB"));
                    }
                    std::fs::read(&path)
                });
                let bytes = read.await.map_err(std::io::Error::other)?;
                Ok(bytes?)
            }
        }
    }
}

/// The keys that are trusted now.
pub struct KeyStore {
    source: KeySource,
    allow_hs256: bool,
    current: watch::Sender<Loaded>,
}

/// A set, and what it was read from.
struct Loaded {
    keys: Arc<KeySet>,
    json: Vec<u8>,
}

impl KeyStore {
    /// Reads the keys for the first time.
    ///
    /// # Errors
    ///
    /// [`KeysError`] when there is no usable set: a service that cannot check a token does not start.
    pub async fn open(
        source: KeySource,
        allow_development_hs256: bool,
    ) -> Result<Arc<Self>, KeysError> {
        let json = source.read().await?;
        let keys = Arc::new(KeySet::parse(&json, allow_development_hs256)?);
        Ok(Arc::new(Self {
            source,
            allow_hs256: allow_development_hs256,
            current: watch::Sender::new(Loaded { keys, json }),
        }))
    }

    pub(super) fn current(&self) -> Arc<KeySet> {
        Arc::clone(&self.current.borrow().keys)
    }

    /// Reads the source again every `interval` until the handle is aborted.
    ///
    /// A source that cannot be read, or holds no usable set, changes nothing: a file caught half written, or a volume
    /// away for a moment, must not lock everyone out. It is logged when it begins and when it ends.
    pub(crate) fn watch(self: &Arc<Self>, interval: Duration) -> JoinHandle<()> {
        let store = Arc::clone(self);
        tokio::spawn(async move {
            let mut failing = false;
            loop {
                tokio::time::sleep(interval).await;
                match store.reload().await {
                    Ok(None) => failing = false,
                    Ok(Some(keys)) => {
                        failing = false;
                        tracing::info!(keys, "the key set changed");
                    }
                    Err(error) => {
                        if !failing {
                            tracing::error!(%error, "the key set cannot be read again; the last one stays");
                        }
                        failing = true;
                    }
                }
            }
        })
    }

    // Compares contents rather than times of change: those are too coarse on some file systems, and do not change
    // at all when a mounted volume is swapped for an older one.
    pub(super) async fn reload(&self) -> Result<Option<usize>, KeysError> {
        let json = self.source.read().await?;
        if json == self.current.borrow().json {
            return Ok(None);
        }
        let keys = Arc::new(KeySet::parse(&json, self.allow_hs256)?);
        let count = keys.len();
        self.current.send_replace(Loaded { keys, json });
        Ok(Some(count))
    }
}
