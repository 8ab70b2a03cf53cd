//! What can go wrong between us and the database.

use acuse_domain::error::Error;
use acuse_domain::time::Timestamp;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::pooled_connection::deadpool::PoolError;

/// What went wrong underneath, for the log.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failure of storage, by what may help.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or went away in the middle; nothing was committed unless the commit itself was
    /// under way.
    #[error("the database is away: {0}")]
    Unavailable(#[source] Cause),
    /// The transaction lost against another one; the same transaction may succeed when tried again.
    #[error("the transaction lost against another: {0}")]
    Contended(#[source] Cause),
    /// The database refused the statement: something in it cannot be stored.
    #[error("the database refused: {0}")]
    Refused(#[source] Cause),
    /// The database is not as this build expects it: a table, a column, a role or a permission is missing. Nothing in
    /// the batch is to blame.
    #[error("the database is not as expected: {0}")]
    Unprepared(#[source] Cause),
    /// What is stored cannot be read.
    #[error("corrupt: {0}")]
    Corrupt(String),
    /// A report was asked of a place that cannot answer it: a fault of the one who planned it.
    #[error("a question that cannot be answered so: {0}")]
    Unanswerable(#[from] crate::read::Unfit),
    /// Rows of before this instant were dropped, maybe just now, and what was asked needs them.
    #[error("rows of before {0} were dropped")]
    Dropped(Timestamp),
    /// A question has more cells than one may have.
    #[error("more than {0} cells")]
    TooManyCells(usize),
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                // A primary that became a standby.
                | DatabaseErrorKind::ReadOnlyTransaction,
                _,
            )
            | DieselError::BrokenTransactionManager
            // What is left of a connection that ended in the middle.
            | DieselError::RollbackErrorOnCommit { .. }
            | DieselError::NotInTransaction
            | DieselError::AlreadyInTransaction => Self::Unavailable(error.into()),
            DieselError::DeserializationError(cause) => Self::Corrupt(cause.to_string()),
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
                Self::Contended(error.into())
            }
            // A month was dropped since it was made sure that it is there.
            DieselError::DatabaseError(DatabaseErrorKind::CheckViolation, info)
                if info.message().contains(NO_MONTH) =>
            {
                Self::Contended(error.into())
            }
            // Diesel keeps no SQLSTATE for these; the texts are those of Postgres's own messages in English, which
            // every connection asks for (see `pool`).
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, info) => {
                let message = info.message();
                if has_any(message, &CONTENDED) {
                    Self::Contended(error.into())
                } else if has_any(message, &AWAY) {
                    Self::Unavailable(error.into())
                } else if has_any(message, &UNPREPARED) {
                    Self::Unprepared(error.into())
                } else {
                    Self::Refused(error.into())
                }
            }
            _ => Self::Refused(error.into()),
        }
    }
}

/// The message where a row belongs to no partition.
const NO_MONTH: &str = "no partition of relation";

/// Messages of a transaction that lost.
const CONTENDED: [&str; 2] = ["deadlock detected", "due to lock timeout"];

/// Messages of a server that is going or coming, of a connection that ended under a statement, of a server that has no
/// room or no time for now.
const AWAY: [&str; 12] = [
    "terminating connection",
    "the database system is",
    "connection closed",
    "error communicating with the server",
    "unexpected message from server",
    "too many clients",
    "remaining connection slots",
    "canceling statement",
    "No space left on device",
    "could not extend file",
    "out of memory",
    "out of shared memory",
];

/// Messages of a database that was not migrated, or whose roles are not granted.
const UNPREPARED: [&str; 3] = [
    "permission denied",
    "does not exist",
    "must be member of role",
];

fn has_any(message: &str, texts: &[&str]) -> bool {
    texts.iter().any(|text| message.contains(text))
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Contended(_) => {
                Self::unavailable("storage is away; try again", error)
            }
            // Asked anew it leaves them out, and says so.
            StoreError::Dropped(_) => {
                Self::unavailable("old messages are being dropped; try again", error)
            }
            StoreError::TooManyCells(most) => Self::invalid_field(
                "question.period",
                format!(
                    "has more than {most} values, or pairs of them; ask for a shorter period, for fewer by filters, or by \
                     another dimension"
                ),
            ),
            StoreError::Refused(_)
            | StoreError::Unprepared(_)
            | StoreError::Corrupt(_)
            | StoreError::Unanswerable(_) => Self::internal(error),
        }
    }
}
