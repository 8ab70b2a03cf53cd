//! Notifications, as the service sees them.

use acuse_domain::ids::WorkspaceId;
use acuse_domain::time::Timestamp;
use uuid::Uuid;

use super::job::Failure;

/// What a notification tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationKind {
    /// An export's file is there.
    ExportSucceeded,
    /// An export was given up.
    ExportFailed,
    /// A schedule was due, and no export could be asked for.
    RunFailed,
}

impl NotificationKind {
    const ALL: [Self; 3] = [Self::ExportSucceeded, Self::ExportFailed, Self::RunFailed];

    /// The code under which it is stored.
    pub(super) const fn code(self) -> i16 {
        match self {
            Self::ExportSucceeded => 1,
            Self::ExportFailed => 2,
            Self::RunFailed => 3,
        }
    }

    /// The kind of that code; `None` where there is none.
    pub(super) fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipient<'a> {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The subject of their token.
    pub subject: &'a str,
}

/// Something that a person was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Counts what the person is told.
    pub sequence: i64,
    /// Its id.
    pub id: Uuid,
    /// What it tells of.
    pub kind: NotificationKind,
    /// The export; it may be gone by now.
    pub export: Option<Uuid>,
    /// The schedule that asked for it; it may be gone by now.
    pub schedule: Option<Uuid>,
    /// What was asked for, encoded.
    pub request: Vec<u8>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Why there is no file; `None` where there is.
    pub failure: Option<Failure>,
    /// When it was told.
    pub created_at: Timestamp,
    /// When it goes by itself.
    pub expires_at: Timestamp,
    /// When it was marked as read; `None` where it was not.
    pub read_at: Option<Timestamp>,
}

/// Which of a person's notifications are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhichNotifications {
    /// All that there are.
    All,
    /// Those of these ids; others are not there.
    Ids(Vec<Uuid>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_code_of_its_own() {
        for kind in NotificationKind::ALL {
            assert_eq!(NotificationKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(NotificationKind::from_code(0), None);
    }
}
