//! Files in a bucket: whole where they are small, and in parts otherwise, which appear as one file once all are there.
//!
//! Parts that wait for the others are in no listing. So that they can be taken away after whoever sent them was killed, an object
//! beside the file, named as it with `.upload` after it, tells by what id the store knows them for as long as they wait.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{MultipartId, ObjectStore, ObjectStoreExt as _, PutPayload, Result};
use tokio::task::JoinSet;

use super::{PART, PARTS, forgiven};

/// What the object that tells of waiting parts is named beside the file's own name.
const WAITING: &str = ".upload";

/// A store that takes files in parts.
pub(super) trait Parted: ObjectStore + MultipartStore {}

impl<T: ObjectStore + MultipartStore> Parted for T {}

/// A bucket.
#[derive(Debug, Clone)]
pub(super) struct Bucket(Arc<dyn Parted>);

/// A file on its way into a bucket.
pub(super) struct Upload {
    bucket: Bucket,
    path: Path,
    /// What makes no part yet.
    held: BytesMut,
    /// What the store calls the parts; `None` before the first.
    id: Option<MultipartId>,
    sent: usize,
    sending: JoinSet<Result<(usize, PartId)>>,
    parts: Vec<Option<PartId>>,
}

/// The key of the file that an object is, or tells of the parts of.
pub(super) fn finished(key: &str) -> &str {
    key.strip_suffix(WAITING).unwrap_or(key)
}

fn waiting(path: &Path) -> Path {
    Path::from(format!("{path}{WAITING}"))
}

impl Bucket {
    /// The bucket of a store.
    pub(super) fn of(store: Arc<dyn Parted>) -> Self {
        Self(store)
    }

    /// Begins to write a file.
    pub(super) fn upload(&self, path: Path) -> Upload {
        Upload {
            bucket: self.clone(),
            path,
            held: BytesMut::new(),
            id: None,
            sent: 0,
            sending: JoinSet::new(),
            parts: Vec::new(),
        }
    }

    /// Takes away what waits of a file.
    pub(super) async fn remove_unfinished(&self, path: &Path) -> Result<()> {
        let told = match self.0.get(&waiting(path)).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(()),
            told => told?.bytes().await?,
        };
        let id = String::from_utf8_lossy(&told).into_owned();
        forgiven(self.0.abort_multipart(path, &id).await)?;
        self.forget(path).await
    }

    /// Nothing waits of a file any more.
    async fn forget(&self, path: &Path) -> Result<()> {
        forgiven(self.0.delete(&waiting(path)).await)
    }
}

impl Upload {
    /// Adds bytes.
    pub(super) async fn add(&mut self, bytes: Vec<u8>) -> Result<()> {
        self.held.extend_from_slice(&bytes);
        while self.held.len() >= PART {
            let part = self.held.split_to(PART).freeze();
            self.send(part).await?;
        }
        Ok(())
    }

    /// Has the file appear.
    pub(super) async fn finish(mut self) -> Result<()> {
        let rest = std::mem::take(&mut self.held).freeze();
        let Some(id) = self.id.clone() else {
            let store = &self.bucket.0;
            store.put(&self.path, PutPayload::from(rest)).await?;
            return Ok(());
        };
        if !rest.is_empty() {
            self.send(rest).await?;
        }
        while self.arrived().await? {}
        let parts = self.parts.into_iter().flatten().collect();
        let store = &self.bucket.0;
        store.complete_multipart(&self.path, &id, parts).await?;
        // The file is there. What is left of its making is taken away with other leftovers.
        if let Err(error) = self.bucket.forget(&self.path).await {
            tracing::warn!(%error, "the note of a finished upload stays");
        }
        Ok(())
    }

    async fn send(&mut self, part: Bytes) -> Result<()> {
        let id = self.id().await?;
        while self.sending.len() >= PARTS {
            self.arrived().await?;
        }
        let (store, path) = (Arc::clone(&self.bucket.0), self.path.clone());
        let index = self.sent;
        self.sent += 1;
        self.parts.push(None);
        self.sending.spawn(async move {
            let sent = store.put_part(&path, &id, index, PutPayload::from(part));
            Ok((index, sent.await?))
        });
        Ok(())
    }

    /// What the store calls the parts, the first of which is about to be sent.
    async fn id(&mut self) -> Result<MultipartId> {
        if let Some(id) = &self.id {
            return Ok(id.clone());
        }
        let store = &self.bucket.0;
        let id = store.create_multipart(&self.path).await?;
        let told = PutPayload::from(id.clone());
        store.put(&waiting(&self.path), told).await?;
        Ok(self.id.insert(id).clone())
    }

    /// Waits for a part to arrive; false where none is on its way.
    async fn arrived(&mut self) -> Result<bool> {
        let Some(sent) = self.sending.join_next().await else {
            return Ok(false);
        };
        let (index, part) =
            sent.map_err(|error| object_store::Error::JoinError { source: error })??;
        if let Some(place) = self.parts.get_mut(index) {
            *place = Some(part);
        }
        Ok(true)
    }
}
