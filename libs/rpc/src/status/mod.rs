//! How a failure is told over gRPC, and read again on the other side. Nothing else in the tree maps errors.

mod read;

use std::{error::Error as StdError, time::Duration};

use acuse_domain::error::{Error, ErrorKind};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::context::RequestId;

pub use read::to_error;

/// The `domain` of every `ErrorInfo`.
pub const ERROR_DOMAIN: &str = "acuse";

/// The status for an error of the call under way.
///
/// Carries `ErrorInfo` with the stable reason and the request id, `RequestInfo`, and what else the kind calls for. A fault of ours
/// is logged here, once, with all its causes; the caller is told the request id and nothing more.
pub fn from_error(error: Error) -> Status {
    let request_id = RequestId::current();
    log(&error, &request_id);
    build(&error, &request_id)
}

/// Maps a result's error with [`from_error`], so that handlers can write `use_case().await.or_status()?`.
pub trait ResultExt<T> {
    /// The value, or the status for the error.
    ///
    /// # Errors
    ///
    /// The status for the error.
    fn or_status(self) -> Result<T, Status>;
}

impl<T> ResultExt<T> for acuse_domain::error::Result<T> {
    fn or_status(self) -> Result<T, Status> {
        self.map_err(from_error)
    }
}

/// A status with the details that all of ours have, for codes that the domain knows nothing of.
pub(crate) fn described(code: Code, reason: &str, message: &str) -> Status {
    let details = basic(reason, &RequestId::current());
    Status::with_error_details(code, message, details)
}

fn basic(reason: &str, request_id: &RequestId) -> ErrorDetails {
    let metadata = [("request_id".to_owned(), request_id.to_string())];
    let mut details = ErrorDetails::with_error_info(reason, ERROR_DOMAIN, metadata);
    details.set_request_info(request_id.as_str(), "");
    details
}

fn build(error: &Error, request_id: &RequestId) -> Status {
    let mut details = basic(error.reason, request_id);
    let code = match &error.kind {
        ErrorKind::InvalidArgument(violations) => {
            for violation in violations {
                details.add_bad_request_violation(&violation.field, &violation.description);
            }
            Code::InvalidArgument
        }
        ErrorKind::NotFound => Code::NotFound,
        ErrorKind::AlreadyExists => Code::AlreadyExists,
        ErrorKind::FailedPrecondition => {
            details.add_precondition_failure_violation(error.reason, "", &error.message);
            Code::FailedPrecondition
        }
        ErrorKind::OutOfRange => Code::OutOfRange,
        ErrorKind::Unauthenticated => Code::Unauthenticated,
        ErrorKind::PermissionDenied => Code::PermissionDenied,
        ErrorKind::ResourceExhausted { retry_after } => {
            details.add_quota_failure_violation(error.reason, &error.message);
            if let Some(after) = retry_after {
                details.set_retry_info(Some(*after));
            }
            Code::ResourceExhausted
        }
        ErrorKind::Unavailable { retry_after } => {
            details.set_retry_info(Some(*retry_after));
            Code::Unavailable
        }
        ErrorKind::DeadlineExceeded => Code::DeadlineExceeded,
        ErrorKind::Internal => {
            // Whatever reason and message the error has may say where it went wrong inside.
            let details = basic("INTERNAL", request_id);
            let message = format!("internal error; quote request id {request_id}");
            return Status::with_error_details(Code::Internal, message, details);
        }
    };
    Status::with_error_details(code, &error.message, details)
}

fn log(error: &Error, request_id: &RequestId) {
    let reason = error.reason;
    match (&error.kind, &error.source) {
        (ErrorKind::Internal, _) => {
            tracing::error!(%request_id, reason, cause = %chain(error), "call failed by a fault of ours");
        }
        (ErrorKind::Unavailable { .. }, Some(_)) => {
            tracing::warn!(%request_id, reason, cause = %chain(error), "call failed for want of a part");
        }
        (_, Some(_)) => {
            tracing::debug!(%request_id, reason, cause = %chain(error), "call refused");
        }
        (_, None) => {}
    }
}

/// An error with all its causes, outermost first.
pub(crate) fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// How long a caller should wait before it tries again, if the status says.
pub fn retry_delay(status: &Status) -> Option<Duration> {
    status
        .get_details_retry_info()
        .and_then(|info| info.retry_delay)
}

/// A code as gRPC writes it.
pub(crate) fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests;
