//! Why a migration did not go through.

use tokio_postgres::error::SqlState;

use super::MigrationError;

/// What a statement of a migration came to that failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// Others hold what it needs; tried again it may go through.
    Locked,
    /// Anything else.
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl Failure {
    /// What the server said of a migration, or of what goes around all of them. It says what happened by a code, and in a
    /// language of its own besides.
    pub(super) fn of(migration: Option<&str>, error: &tokio_postgres::Error) -> Self {
        if let Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED) = error.code()
        {
            return Self::Locked;
        }
        let said = match error.as_db_error() {
            Some(said) => said.message().to_owned(),
            None => error.to_string(),
        };
        Self::Other(match migration {
            Some(name) => format!("{name}: {said}").into(),
            None => said.into(),
        })
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::of(None, &error)
    }
}

impl From<Failure> for MigrationError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Locked => Self::Failed("others hold locks that it needs".into()),
            Failure::Other(error) => Self::Failed(error),
        }
    }
}
