//! Jobs, as the service sees them.

use acuse_domain::ids::WorkspaceId;
use acuse_domain::scope::{Role, Scope};
use acuse_domain::time::Timestamp;
use uuid::Uuid;

use crate::requested::RequestId;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waits for a worker.
    Queued,
    /// A worker has claimed it.
    Running,
    /// Its file is there.
    Succeeded,
    /// It was given up.
    Failed,
    /// Its file was there, and is no more.
    Expired,
    /// It was cancelled before its file was there.
    Cancelled,
}

impl JobState {
    const ALL: [Self; 6] = [
        Self::Queued,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The code under which it is stored.
    pub(super) const fn code(self) -> i16 {
        match self {
            Self::Queued => 1,
            Self::Running => 2,
            Self::Succeeded => 3,
            Self::Failed => 4,
            Self::Expired => 5,
            Self::Cancelled => 6,
        }
    }

    /// The state of that code; `None` where there is none.
    pub(super) fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Who asked for a job, and what they may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// The subject of their token.
    pub subject: String,
    /// Their role.
    pub role: Role,
    /// What they could see when they asked.
    pub scope: Scope,
}

/// A job to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Its id, a UUIDv7 of the time of its creation.
    pub id: Uuid,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// The caller's own id of the request; `None` where every request creates a job.
    pub request_id: Option<RequestId>,
    /// Number of the report that was asked for, by which the history is searched.
    pub report: i16,
    /// The schedule that asks for it; `None` where a caller does.
    pub schedule: Option<Uuid>,
    /// What was asked for, encoded.
    pub request: Vec<u8>,
    /// Who asked.
    pub asker: Asker,
}

/// Which jobs of a history are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// In one of these states; empty for any.
    pub states: Vec<JobState>,
    /// Asked for by this subject; `None` for whoever asked.
    pub requested_by: Option<String>,
    /// Of a report of one of these numbers; empty for any.
    pub reports: Vec<i16>,
}

/// What became of a request to create a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Creation {
    /// It was created.
    Created(Job),
    /// The same request of the same caller had created it before.
    Repeated(Job),
    /// Another request of the same caller had the same id.
    Contradicted,
    /// The workspace has too many jobs that are not over.
    TooMany,
}

/// A file that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its key in the object store.
    pub key: String,
    /// The name to store it under.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// Rows in it, without the header.
    pub rows: u64,
    /// SHA-256 of its bytes.
    pub sha256: Vec<u8>,
    /// When it is removed.
    pub expires_at: Timestamp,
}

/// Why a job was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Stable reason in `UPPER_SNAKE_CASE`.
    pub reason: String,
    /// One sentence for people.
    pub message: String,
}

/// A job as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: Uuid,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// The schedule that asked for it; `None` where a caller did.
    pub schedule: Option<Uuid>,
    /// What was asked for, encoded.
    pub request: Vec<u8>,
    /// Who asked.
    pub asker: Asker,
    /// Where it stands.
    pub state: JobState,
    /// Number of its latest claim; 0 where there was none.
    pub fence: u64,
    /// How often it was claimed.
    pub attempts: u32,
    /// How often a claim failed, or ended without a word.
    pub failures: u32,
    /// What its latest failure was; `None` where none was told.
    pub last_failure: Option<String>,
    /// Rows written.
    pub rows: u64,
    /// Rows expected; `None` where that is not known.
    pub rows_expected: Option<u64>,
    /// Its file; also once it has expired.
    pub file: Option<File>,
    /// Why it was given up; `None` where it was not.
    pub failure: Option<Failure>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was first claimed.
    pub started_at: Option<Timestamp>,
    /// When it succeeded, was given up or was cancelled.
    pub ended_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_code_of_its_own() {
        for state in JobState::ALL {
            assert_eq!(JobState::from_code(state.code()), Some(state));
        }
        assert_eq!(JobState::from_code(0), None);
        assert_eq!(JobState::from_code(7), None);
    }
}
