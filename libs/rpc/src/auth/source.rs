//! Where key sets come from, and how they change without a restart.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use super::{
    KeysError,
    keys::{KeySet, Whose},
    remote::KeySetUrl,
};

/// Largest key set that is read, in bytes.
pub(super) const MAX_KEY_SET: usize = 1 << 20;
/// How long a call waits for a key that is not known.
const NEW_KEY: Duration = Duration::from_secs(2);

/// Which settings the sets are of.
const OWN: &str = "ACUSE_JWKS";
const ISSUED: &str = "ACUSE_JWKS_URL";

/// Where a key set is read from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A file, read again every few seconds.
    File(PathBuf),
    /// A set that does not change.
    Fixed(Vec<u8>),
    /// A URL of whoever issues callers' tokens, and beside it a file, as services have keys of their own. Of two keys of one name
    /// the file's is meant.
    Url {
        /// The URL.
        url: Box<KeySetUrl>,
        /// The file.
        file: Option<PathBuf>,
    },
}

/// A set that is kept here.
enum Own {
    File(PathBuf),
    Fixed(Vec<u8>),
}

impl Own {
    async fn read(&self) -> io::Result<Vec<u8>> {
        match self {
            Self::Fixed(json) => Ok(json.clone()),
            Self::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || {
                    if std::fs::metadata(&path)?.len() > MAX_KEY_SET as u64 {
                        return Err(io::Error::other("larger than 1 MiB"));
                    }
                    std::fs::read(&path)
                });
                read.await.map_err(io::Error::other)?
            }
        }
    }
}

/// The keys that are trusted now.
pub struct KeyStore {
    own: Option<Own>,
    url: Option<Box<KeySetUrl>>,
    allow_hs256: bool,
    current: watch::Sender<Loaded>,
    /// A token named a key that is not known.
    missed: Notify,
    /// When the URL was asked last, whatever came of it.
    asked: watch::Sender<Instant>,
}

/// A set, and what it was read from.
struct Loaded {
    keys: Arc<KeySet>,
    json: Read,
}

#[derive(Clone, Default, PartialEq, Eq)]
struct Read {
    own: Option<Vec<u8>>,
    issued: Option<Vec<u8>>,
}

impl Read {
    fn parsed(&self, allow_hs256: bool) -> Result<KeySet, KeysError> {
        let own = self.own.as_deref();
        let own = own.map(|json| KeySet::parse(json, Whose::Ours { allow_hs256 }));
        let own = own.transpose().map_err(of(OWN))?;
        let issued = self.issued.as_deref();
        let issued = issued.map(|json| KeySet::parse(json, Whose::Theirs));
        let issued = issued.transpose().map_err(of(ISSUED))?;
        match (own, issued) {
            (Some(own), Some(issued)) => Ok(own.beside(issued)),
            (one, other) => one.or(other).ok_or(KeysError::Empty),
        }
    }
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
        let (own, url) = match source {
            KeySource::File(path) => (Some(Own::File(path)), None),
            KeySource::Fixed(json) => (Some(Own::Fixed(json)), None),
            KeySource::Url { url, file } => (file.map(Own::File), Some(url)),
        };
        let mut json = Read::default();
        if let Some(own) = &own {
            json.own = Some(own.read().await.map_err(KeysError::Read).map_err(of(OWN))?);
        }
        if let Some(url) = &url {
            let fetched = url.fetch().await.map_err(KeysError::Read);
            json.issued = Some(fetched.map_err(of(ISSUED))?);
        }
        let keys = Arc::new(json.parsed(allow_development_hs256)?);
        Ok(Arc::new(Self {
            own,
            url,
            allow_hs256: allow_development_hs256,
            current: watch::Sender::new(Loaded { keys, json }),
            missed: Notify::new(),
            asked: watch::Sender::new(Instant::now()),
        }))
    }

    pub(super) fn current(&self) -> Arc<KeySet> {
        Arc::clone(&self.current.borrow().keys)
    }

    /// Reads the sources again until the handle is aborted: the file every `interval`, the URL as it says itself.
    ///
    /// A source that cannot be read, or holds no usable set, changes nothing: a file caught half written, a volume or an issuer
    /// away for a moment, must not lock everyone out. It is logged when it begins and when it ends.
    pub(crate) fn watch(self: &Arc<Self>, interval: Duration) -> JoinHandle<()> {
        let store = Arc::clone(self);
        tokio::spawn(async move {
            tokio::join!(store.follow_own(interval), store.follow_url());
        })
    }

    async fn follow_own(&self, interval: Duration) {
        let Some(own) = &self.own else { return };
        let mut failing = false;
        loop {
            sleep(interval).await;
            failing = told(OWN, failing, self.reload(own).await);
        }
    }

    async fn follow_url(&self) {
        let Some(url) = &self.url else { return };
        let mut failing = false;
        loop {
            let rest = if failing { url.apart } else { url.every };
            // A garbled token costs its caller a short wait, and the issuer one question in a while at most.
            let missed = async {
                loop {
                    self.missed.notified().await;
                    if self.asked.borrow().elapsed() >= url.apart {
                        return;
                    }
                }
            };
            // A wait that ran out is as good as one that was ended.
            let _ = timeout(rest, missed).await;
            failing = told(ISSUED, failing, self.ask(url).await);
            self.asked.send_replace(Instant::now());
        }
    }

    /// Has the URL asked again because a token names a key that is not known. Gives whether it was: the key may be known now.
    pub(super) async fn renewed(&self) -> bool {
        let Some(url) = &self.url else { return false };
        let mut asked = self.asked.subscribe();
        if asked.borrow_and_update().elapsed() < url.apart {
            return false;
        }
        self.missed.notify_one();
        let changed = timeout(NEW_KEY, asked.changed()).await;
        changed.is_ok_and(|changed| changed.is_ok())
    }

    async fn reload(&self, own: &Own) -> Result<Option<usize>, KeysError> {
        let json = own.read().await.map_err(KeysError::Read).map_err(of(OWN))?;
        self.take(|read| read.own = Some(json))
    }

    async fn ask(&self, url: &KeySetUrl) -> Result<Option<usize>, KeysError> {
        let json = url.fetch().await.map_err(KeysError::Read);
        let json = json.map_err(of(ISSUED))?;
        self.take(|read| read.issued = Some(json))
    }

    // Compares contents rather than times of change: those are too coarse on some file systems, and do not change
    // at all when a mounted volume is swapped for an older one.
    fn take(&self, change: impl FnOnce(&mut Read)) -> Result<Option<usize>, KeysError> {
        let before = self.current.borrow().json.clone();
        let mut json = before.clone();
        change(&mut json);
        if json == before {
            return Ok(None);
        }
        let keys = Arc::new(json.parsed(self.allow_hs256)?);
        let count = keys.len();
        self.current.send_replace(Loaded { keys, json });
        Ok(Some(count))
    }

    #[cfg(test)]
    pub(super) async fn reload_file(&self) -> Result<Option<usize>, KeysError> {
        match &self.own {
            Some(own) => self.reload(own).await,
            None => Ok(None),
        }
    }
}

/// Tells of a change, and of a failure when it begins; gives whether it fails now.
fn told(setting: &str, failing: bool, read: Result<Option<usize>, KeysError>) -> bool {
    match read {
        Ok(None) => {
            if failing {
                tracing::info!(setting, "the key set can be read again");
            }
            false
        }
        Ok(Some(keys)) => {
            tracing::info!(setting, keys, "the key set changed");
            false
        }
        Err(error) => {
            if !failing {
                tracing::error!(setting, %error, "the key set cannot be read again; the last one stays");
            }
            true
        }
    }
}

fn of(setting: &'static str) -> impl Fn(KeysError) -> KeysError {
    move |error| KeysError::Of(setting, Box::new(error))
}
