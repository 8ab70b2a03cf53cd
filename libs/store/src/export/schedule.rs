//! Schedules and their runs, as the service sees them.

use acuse_domain::calendar::Interval;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::time::Timestamp;
use uuid::Uuid;

use super::job::{Asker, Failure, JobState, NewJob};
use crate::requested::RequestId;

/// Exports that are made again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its id.
    pub id: Uuid,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Whose it is, and what they saw when they last wrote to it.
    pub owner: Asker,
    /// What it is called.
    pub name: String,
    /// What is exported and when, encoded.
    pub definition: Vec<u8>,
    /// Whether it rests.
    pub is_paused: bool,
    /// When the next run is due; `None` while it is paused, and where the calendar ends before.
    pub next_due_at: Option<Timestamp>,
    /// How often it was written, from 1 on.
    pub revision: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A schedule to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSchedule {
    /// Its id, a UUIDv7 of the time of its creation.
    pub id: Uuid,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// The caller's own id of the request; `None` where every request creates one.
    pub request_id: Option<RequestId>,
    /// Whose it is to be.
    pub owner: Asker,
    /// What it is to be called.
    pub name: String,
    /// What is exported and when, encoded.
    pub definition: Vec<u8>,
    /// When the first run is due.
    pub next_due_at: Option<Timestamp>,
}

/// What became of a request to create a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScheduleCreation {
    /// It was created.
    Created(Schedule),
    /// The same request of the same caller had created it before; this is how it stands now.
    Repeated(Schedule),
    /// Another request of the same caller had the same id.
    Contradicted,
    /// The workspace has as many as it may.
    TooMany,
}

/// What came of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// An export was asked for.
    Made,
    /// None could be asked for.
    Failed,
    /// It was due while nobody looked, and a later one stands for it.
    Missed,
}

impl RunState {
    const ALL: [Self; 3] = [Self::Made, Self::Failed, Self::Missed];

    /// The code under which it is stored.
    pub(super) const fn code(self) -> i16 {
        match self {
            Self::Made => 1,
            Self::Failed => 2,
            Self::Missed => 3,
        }
    }

    /// The state of that code; `None` where there is none.
    pub(super) fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// What is to come of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// This export is asked for, of this period.
    Made(Box<NewJob>, Interval),
    /// None is, because of this.
    Refused {
        /// What was asked for, encoded.
        request: Vec<u8>,
        /// Of which period.
        period: Interval,
        /// Why not.
        failure: Failure,
    },
    /// A later one stands for it.
    Missed,
}

/// A run to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRun {
    /// Its id, a UUIDv7 of the time when it was due or asked for.
    pub id: Uuid,
    /// The caller's own id of the request for it.
    pub request_id: Option<Uuid>,
    /// When it was due; `None` where somebody asked for it.
    pub due_at: Option<Timestamp>,
    /// What is to come of it.
    pub outcome: Outcome,
}

/// A run of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
    /// When it was due; `None` where somebody asked for it.
    pub due_at: Option<Timestamp>,
    /// What came of it.
    pub state: RunState,
    /// What it covers; `None` where it was missed.
    pub period: Option<Interval>,
    /// The export that it asked for.
    pub export: Option<Uuid>,
    /// Where that stands; `None` where it is not there any more.
    pub export_state: Option<JobState>,
    /// When the export's file expires; `None` where there is none.
    pub export_expires_at: Option<Timestamp>,
    /// Why there is no export, or no file of it.
    pub failure: Option<Failure>,
    /// When it was made, or listed as missed.
    pub created_at: Timestamp,
}

/// What became of runs that were to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// They are written; whether there is an export to be made, and whether its owner was told of one that could not be.
    Done {
        /// An export waits for a worker.
        queued: bool,
        /// The owner was told something.
        told: bool,
    },
    /// Somebody else wrote to the schedule meanwhile: nothing was written.
    Lost,
}

/// What became of a run that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunCreation {
    /// It was made.
    Created(Run),
    /// The same request had it made before.
    Repeated(Run),
    /// The workspace has too many exports that are not over.
    TooMany,
    /// There is no such schedule any more.
    Gone,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_code_of_its_own() {
        for state in RunState::ALL {
            assert_eq!(RunState::from_code(state.code()), Some(state));
        }
        assert_eq!(
            (RunState::from_code(0), RunState::from_code(4)),
            (None, None)
        );
    }
}
