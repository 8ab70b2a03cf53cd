//! The object store: where the bytes of files are.
//!
//! Every attempt at a job writes under a key of its own, and a key appears only once everything is written: a file is there
//! whole or not at all, and two attempts never write into each other's.

mod folder;
mod http;
mod parts;
mod s3;
mod there;

use std::io;
use std::ops::Range;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use acuse_domain::error::{Error, Result};
use acuse_domain::ids::WorkspaceId;
use acuse_store::export::Lease;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _};
use ring::digest::{Context, SHA256};
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;
use uuid::Uuid;

use crate::storage::{S3Config, Storage};
use parts::{Bucket, Upload};

/// Bytes that are sent to the store at once; object stores take no less but at the end.
const PART: usize = 5 << 20;

/// Parts on their way at once.
const PARTS: usize = 2;

/// How long the store may be silent while a file is read.
const SILENCE: Duration = Duration::from_secs(60);

/// Where files are written, read and removed.
#[derive(Debug, Clone)]
pub(crate) struct Objects {
    store: Arc<dyn ObjectStore>,
    leaves: Leaves,
    seen: there::Seen,
}

/// What attempts were writing when their process was killed, and where it is.
#[derive(Debug, Clone)]
enum Leaves {
    /// In a folder, as files beside the finished ones.
    Folder(PathBuf),
    /// In a bucket, as parts that wait for the others.
    Bucket(Bucket),
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) size: u64,
    pub(crate) sha256: Vec<u8>,
}

/// A file that is being written. Dropping it leaves nothing under its key; [`Objects::remove_claim`] removes the rest.
pub(crate) struct Writing {
    out: Out,
    digest: Context,
    size: u64,
}

enum Out {
    Folder(BufWriter),
    Bucket(Upload),
}

impl Objects {
    /// Files where they are configured to be.
    pub(crate) fn open(storage: &Storage) -> object_store::Result<Self> {
        match storage {
            Storage::Folder(folder) => Self::in_folder(folder),
            Storage::S3(config) => Self::in_bucket(config),
        }
    }

    /// Files in a folder, which is made where it is missing.
    fn in_folder(folder: &FsPath) -> object_store::Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| object_store::Error::Generic {
            store: "folder",
            source: error.into(),
        })?;
        let store = LocalFileSystem::new_with_prefix(folder)?
            .with_automatic_cleanup(true)
            .with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            leaves: Leaves::Folder(folder.to_owned()),
            seen: there::Seen::default(),
        })
    }

    /// Files in a bucket, which has to be there.
    fn in_bucket(config: &S3Config) -> object_store::Result<Self> {
        let store = Arc::new(s3::open(config)?);
        Ok(Self {
            store: store.clone(),
            leaves: Leaves::Bucket(Bucket::of(store)),
            seen: there::Seen::default(),
        })
    }

    /// Begins to write what a claim makes.
    pub(crate) fn write(&self, lease: Lease) -> Writing {
        let path = Path::from(key(lease));
        let out = match &self.leaves {
            Leaves::Folder(_) => {
                let out = BufWriter::with_capacity(Arc::clone(&self.store), path, PART);
                Out::Folder(out.with_max_concurrency(PARTS))
            }
            Leaves::Bucket(bucket) => Out::Bucket(bucket.upload(path)),
        };
        Writing {
            out,
            digest: Context::new(&SHA256),
            size: 0,
        }
    }

    /// Some bytes of a file, at least one, all of which it has.
    ///
    /// # Errors
    ///
    /// INTERNAL where the file is not there though it should be, UNAVAILABLE where it cannot be read.
    pub(crate) async fn read(
        &self,
        key: &str,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let found = timeout(SILENCE, self.store.get_opts(&Path::from(key), options)).await;
        let stream = found.map_err(silent)?.map_err(unreadable)?.into_stream();
        let bytes = stream::try_unfold(stream, |mut stream| async move {
            let piece = timeout(SILENCE, stream.next()).await.map_err(silent)?;
            let piece = piece.transpose().map_err(unreadable)?;
            Ok(piece.map(|piece| (piece, stream)))
        });
        Ok(bytes.boxed())
    }

    /// Removes a file; one that is not there is removed already.
    ///
    /// # Errors
    ///
    /// Where the store does not do it.
    pub(crate) async fn remove(&self, key: &str) -> object_store::Result<()> {
        forgiven(self.store.delete(&Path::from(key)).await)
    }

    /// Removes everything that a claim wrote, finished or not.
    ///
    /// # Errors
    ///
    /// Where the store does not do it.
    pub(crate) async fn remove_claim(&self, lease: Lease) -> object_store::Result<()> {
        self.remove(&key(lease)).await?;
        match &self.leaves {
            Leaves::Bucket(bucket) => bucket.remove_unfinished(&Path::from(key(lease))).await,
            Leaves::Folder(folder) => {
                let folder = folder.clone();
                let removed =
                    tokio::task::spawn_blocking(move || folder::remove_unfinished(&folder, lease));
                // What is not removed now is found again the next time.
                let _ = removed.await;
                Ok(())
            }
        }
    }

    /// The claims that anything here was written by, finished or not.
    ///
    /// # Errors
    ///
    /// Where the store cannot be listed.
    pub(crate) async fn claims(&self) -> Result<Vec<Lease>> {
        let unlisted = |error| Error::unavailable("the files cannot be listed", error);
        let objects = self.store.list(None).map_ok(|object| object.location);
        let keys: Vec<Path> = objects.try_collect().await.map_err(unlisted)?;
        let mut claims: Vec<Lease> = keys
            .iter()
            .filter_map(|key| claim_of(parts::finished(key.as_ref())))
            .collect();
        if let Leaves::Folder(folder) = self.leaves.clone() {
            let unfinished = tokio::task::spawn_blocking(move || folder::unfinished(&folder));
            let unfinished = unfinished.await.map_err(Error::internal)?;
            claims.extend(unfinished.map_err(Error::internal)?);
        }
        Ok(claims)
    }
}

impl Writing {
    /// Adds bytes.
    ///
    /// # Errors
    ///
    /// UNAVAILABLE where the store does not take them.
    pub(crate) async fn add(&mut self, bytes: Vec<u8>) -> Result<()> {
        self.digest.update(&bytes);
        self.size += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        match &mut self.out {
            Out::Folder(out) => out.put(Bytes::from(bytes)).await.map_err(unwritable),
            Out::Bucket(upload) => upload.add(bytes).await.map_err(unwritable),
        }
    }

    /// Has the file appear under its key.
    ///
    /// # Errors
    ///
    /// UNAVAILABLE where the store does not take it; it may have appeared.
    pub(crate) async fn finish(self) -> Result<Written> {
        match self.out {
            Out::Folder(mut out) => out.shutdown().await.map_err(unwritable)?,
            Out::Bucket(upload) => upload.finish().await.map_err(unwritable)?,
        }
        Ok(Written {
            size: self.size,
            sha256: self.digest.finish().as_ref().to_vec(),
        })
    }
}

/// The key of what a claim writes.
pub(crate) fn key(lease: Lease) -> String {
    let Lease {
        workspace: WorkspaceId(workspace),
        job,
        fence,
    } = lease;
    format!("{workspace}/{job}/{fence}")
}

/// The claim that writes under a key; `None` for what nobody here wrote.
fn claim_of(key: &str) -> Option<Lease> {
    let mut parts = key.split('/');
    let lease = Lease {
        workspace: WorkspaceId(parts.next()?.parse().ok()?),
        job: Uuid::try_parse(parts.next()?).ok()?,
        fence: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(lease)
}

/// What is not there is removed already.
fn forgiven(removed: object_store::Result<()>) -> object_store::Result<()> {
    match removed {
        Err(object_store::Error::NotFound { .. }) => Ok(()),
        removed => removed,
    }
}

fn silent(elapsed: tokio::time::error::Elapsed) -> Error {
    Error::unavailable("the file cannot be read; try again", elapsed)
}

fn unwritable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    let error = error.into();
    let text = if wants_room(error.as_ref()) {
        "there is no room for the file"
    } else {
        "the file could not be written"
    };
    Error::unavailable(text, error)
}

/// Whether something failed for want of room.
fn wants_room(error: &(dyn std::error::Error + 'static)) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.any(|cause| {
        let Some(cause) = cause.downcast_ref::<io::Error>() else {
            return false;
        };
        // What was wrapped into another is not among the causes of that.
        let within = cause
            .get_ref()
            .map(|within| within as &(dyn std::error::Error + 'static));
        matches!(cause.kind(), FileTooLarge | QuotaExceeded | StorageFull)
            || within.is_some_and(wants_room)
    })
}

fn unreadable(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::internal(error),
        error => Error::unavailable("the file cannot be read; try again", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(fence: u64) -> Lease {
        Lease {
            workspace: WorkspaceId(7),
            job: Uuid::from_u128(9),
            fence,
        }
    }

    #[test]
    fn a_key_names_its_claim() {
        assert_eq!(claim_of(&key(lease(3))), Some(lease(3)));
        for other in ["", "7", "7/x/3", "7/9/3/1", "lost+found", "7/9/x"] {
            assert_eq!(claim_of(other), None, "{other}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_file_appears_once_it_is_finished() {
        let name = format!("acuse-test-{}", Uuid::now_v7().simple());
        let folder = std::env::temp_dir().join(name);
        let objects = Objects::in_folder(&folder).unwrap();
        // Longer than a part, so that some of it is on its way before the end.
        let piece = vec![b'x'; PART];
        let mut writing = objects.write(lease(1));
        for _ in 0..3 {
            writing.add(piece.clone()).await.unwrap();
            assert!(objects.read(&key(lease(1)), 0..1).await.is_err());
        }
        let written = writing.finish().await.unwrap();
        assert_eq!(written.size, 3 * PART as u64);
        let mut read = objects.read(&key(lease(1)), 2..written.size).await.unwrap();
        let mut length = 0;
        while let Some(bytes) = read.next().await {
            length += bytes.unwrap().len();
        }
        assert_eq!(length, 3 * PART - 2);

        // What was killed in the middle leaves a file that the store itself does not know.
        std::fs::write(folder.join(format!("{}#1", key(lease(2)))), "part").unwrap();
        let claims = objects.claims().await.unwrap();
        assert_eq!(claims, [lease(1), lease(2)]);
        for claim in claims {
            objects.remove_claim(claim).await.unwrap();
        }
        assert!(objects.claims().await.unwrap().is_empty());
        assert!(objects.remove(&key(lease(1))).await.is_ok());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
