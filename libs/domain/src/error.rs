//! The errors a caller can be told, as a closed set.
//!
//! Every layer above storage speaks in these kinds; `acuse-rpc` alone maps them to gRPC statuses.
//! Whatever is not one of them is [`ErrorKind::Internal`]: its cause goes to the log, never to the caller.

use std::time::Duration;

/// One field of a request that cannot be accepted, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldViolation {
    /// Path of the field as in the proto, e.g. `items[3].registration.channel`.
    pub field: String,
    /// What is wrong and what would be right, in one sentence.
    pub description: String,
}

impl FieldViolation {
    /// A violation of `field`; `description` says what would be right.
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            description: description.into(),
        }
    }

    /// The same violation seen from one level further out: `at("items[3]")` turns `channel` into `items[3].channel`.
    #[must_use]
    pub fn at(mut self, parent: &str) -> Self {
        self.field = format!("{parent}.{}", self.field);
        self
    }
}

/// What kind of failure it is; decides the gRPC code and whether trying again can help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// Fields of the request are wrong. Trying again unchanged fails again.
    InvalidArgument(Vec<FieldViolation>),
    /// It does not exist, or not for this caller.
    NotFound,
    /// Something with that name exists already.
    AlreadyExists,
    /// The request contradicts what is stored.
    FailedPrecondition,
    /// It asks for something beyond the end of what there is.
    OutOfRange,
    /// No valid token came with the call.
    Unauthenticated,
    /// The token is valid but does not allow this.
    PermissionDenied,
    /// A limit was reached; try again after the time given, if any.
    ResourceExhausted {
        /// When trying again may help.
        retry_after: Option<Duration>,
    },
    /// A part of the system is away; the same call may succeed after the time given.
    Unavailable {
        /// When trying again may help.
        retry_after: Duration,
    },
    /// The caller's deadline passed first.
    DeadlineExceeded,
    /// A fault of ours.
    Internal,
}

/// A failure with a stable reason and a text fit for the caller; `source` is for the log alone.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// Stable machine-readable reason in `UPPER_SNAKE_CASE`.
    pub reason: &'static str,
    /// One sentence for the caller: what is wrong and what would be right. Holds no secret and no SQL.
    pub message: String,
    /// The cause, for the log; never shown to a caller.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind` with a stable `reason` and a `message` for the caller.
    pub fn new(kind: ErrorKind, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            reason,
            message: message.into(),
            source: None,
        }
    }

    /// The same failure for one more who waited for the same thing; the cause is its text.
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            kind: self.kind.clone(),
            reason: self.reason,
            message: self.message.clone(),
            source: self.source.as_ref().map(|cause| cause.to_string().into()),
        }
    }

    /// Wrong fields, each named.
    pub fn invalid(violations: Vec<FieldViolation>) -> Self {
        let message = match violations.as_slice() {
            [one] => format!("{}: {}", one.field, one.description),
            many => format!("{} fields are invalid", many.len()),
        };
        Self::new(
            ErrorKind::InvalidArgument(violations),
            "INVALID_ARGUMENT",
            message,
        )
    }

    /// One wrong field.
    pub fn invalid_field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::invalid(vec![FieldViolation::new(field, description)])
    }

    /// `what` does not exist for this caller.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            ErrorKind::NotFound,
            "NOT_FOUND",
            format!("{what} not found"),
        )
    }

    /// The workspace of a valid token does not exist.
    pub fn workspace_not_found() -> Self {
        Self::new(
            ErrorKind::NotFound,
            "WORKSPACE_NOT_FOUND",
            "the token's workspace does not exist; an operator has to create it first",
        )
    }

    /// The caller's own id of a request was that of another.
    pub fn request_id_reused() -> Self {
        Self::new(
            ErrorKind::AlreadyExists,
            "REQUEST_ID_REUSED",
            "an earlier request with this request_id asked for something else; give every request an id of its own, and the \
             same one only where the same request is sent again",
        )
    }

    /// A fault of ours; the caller sees a request id only.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            kind: ErrorKind::Internal,
            reason: "INTERNAL",
            message: "internal error".to_owned(),
            source: Some(source.into()),
        }
    }

    /// A part of the system is away for now.
    pub fn unavailable(
        message: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind: ErrorKind::Unavailable {
                retry_after: Duration::from_secs(1),
            },
            reason: "UNAVAILABLE",
            message: message.into(),
            source: Some(source.into()),
        }
    }
}

/// The result of everything that can fail towards a caller.
pub type Result<T> = std::result::Result<T, Error>;
