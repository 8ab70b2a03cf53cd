//! Requests that callers give an id of their own, so that they can be sent again.

use acuse_domain::ids::Digest;
use uuid::Uuid;

use crate::error::StoreError;
use crate::types::uuid_of;

/// A caller's own id of a request, so that it can be sent again, with what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId {
    /// The id.
    pub id: Uuid,
    /// Digest of what is asked for.
    pub digest: Digest,
}

/// What an earlier request with the same id has created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requested<T> {
    /// It asked for the same; this is how it stands now.
    Same(T),
    /// It asked for something else.
    Other,
}

impl RequestId {
    /// What was created with this id, where `digest` is stored of what was asked for. What was created without one is taken
    /// for the same.
    pub(crate) fn created<T>(
        self,
        digest: Option<Uuid>,
        created: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<Requested<T>, StoreError> {
        if digest.is_some_and(|digest| digest != uuid_of(self.digest)) {
            return Ok(Requested::Other);
        }
        created().map(Requested::Same)
    }
}
