//! Saved reports, as the service sees them.

use acuse_domain::ids::WorkspaceId;
use acuse_domain::time::Timestamp;
use uuid::Uuid;

use crate::requested::RequestId;

/// Whose saved reports are seen: those of a subject, and the shared ones.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Who looks.
    pub subject: &'a str,
}

/// A report to run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedReport {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub owner: String,
    /// What it is called.
    pub name: String,
    /// Whether everybody of the workspace sees it.
    pub is_shared: bool,
    /// Which report it is.
    pub kind: String,
    /// What the report asks, encoded.
    pub request: Vec<u8>,
    /// Ids of the columns that its exports have; all where there are none.
    pub columns: Vec<String>,
    /// How often it was written, from 1 on.
    pub revision: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A report to save.
#[derive(Debug, Clone)]
pub struct NewSavedReport {
    /// Its id.
    pub id: Uuid,
    /// The owner's own id of the request: the same one saves no second report; `None` where every request saves one.
    pub request_id: Option<RequestId>,
    /// Whose it is to be.
    pub owner: String,
    /// What it is to be called.
    pub name: String,
    /// Whether everybody of the workspace is to see it.
    pub is_shared: bool,
    /// Which report it is.
    pub kind: String,
    /// What the report asks, encoded.
    pub request: Vec<u8>,
    /// Ids of the columns that its exports are to have; all where there are none.
    pub columns: Vec<String>,
}

/// What became of a report to save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Creation {
    /// It is saved.
    Created(SavedReport),
    /// The same request saved one before, which stands like this now.
    Repeated(SavedReport),
    /// Another request of the same owner had the same id.
    Contradicted,
    /// There is one of that name, among its owner's own or among the shared ones.
    NameTaken,
    /// The workspace has as many as it may.
    TooMany,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// It stands like this now.
    Updated(SavedReport),
    /// Somebody else changed or deleted it meanwhile.
    Outdated,
    /// There is one of that name, among its owner's own or among the shared ones.
    NameTaken,
}
