//! From a peer's status back to an error.

use std::{
    collections::HashSet,
    error::Error as StdError,
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

use acuse_domain::error::{Error, ErrorKind, FieldViolation};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{ERROR_DOMAIN, retry_delay};

const DEFAULT_RETRY: Duration = Duration::from_secs(1);

/// Reasons are a small closed set of our own services; whatever is past this many is not one of them.
const MAX_REASONS: usize = 512;
const MAX_REASON_LENGTH: usize = 63;

static REASONS: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);

/// The error that a peer answered with.
///
/// What is the caller's doing stays what it is, with reason and violations. What is between us and the peer is
/// not the caller's doing: a refused token of ours is internal, a broken connection is unavailable.
pub fn to_error(status: Status) -> Error {
    let kind = kind(&status);
    let reason = reason(&status, &kind);
    let message = match kind {
        ErrorKind::Internal => "internal error".to_owned(),
        ErrorKind::Unavailable { .. } if StdError::source(&status).is_some() => {
            "a part of the system cannot be reached".to_owned()
        }
        _ => status.message().to_owned(),
    };
    Error {
        kind,
        reason,
        message,
        source: Some(Box::new(PeerError(status))),
    }
}

/// What a peer said, for the log.
#[derive(Debug, thiserror::Error)]
#[error("the peer answered {:?}: {}", .0.code(), .0.message())]
struct PeerError(#[source] Status);

fn kind(status: &Status) -> ErrorKind {
    let unavailable = || ErrorKind::Unavailable {
        retry_after: retry_delay(status).unwrap_or(DEFAULT_RETRY),
    };
    // A status that came over the wire has no source: one with a source was made here, of a connection that broke.
    let broken = StdError::source(status).is_some();
    match status.code() {
        Code::InvalidArgument => ErrorKind::InvalidArgument(violations(status)),
        Code::NotFound => ErrorKind::NotFound,
        Code::AlreadyExists => ErrorKind::AlreadyExists,
        Code::FailedPrecondition => ErrorKind::FailedPrecondition,
        Code::OutOfRange => ErrorKind::OutOfRange,
        Code::PermissionDenied => ErrorKind::PermissionDenied,
        Code::ResourceExhausted => ErrorKind::ResourceExhausted {
            retry_after: retry_delay(status),
        },
        Code::DeadlineExceeded => ErrorKind::DeadlineExceeded,
        Code::Unavailable | Code::Aborted => unavailable(),
        Code::Cancelled | Code::Unknown | Code::Internal if broken => unavailable(),
        Code::Cancelled => unavailable(),
        Code::Ok
        | Code::Unknown
        | Code::Internal
        | Code::Unauthenticated
        | Code::Unimplemented
        | Code::DataLoss => ErrorKind::Internal,
    }
}

fn violations(status: &Status) -> Vec<FieldViolation> {
    status
        .get_details_bad_request()
        .map(|details| details.field_violations)
        .unwrap_or_default()
        .into_iter()
        .map(|violation| FieldViolation::new(violation.field, violation.description))
        .collect()
}

fn reason(status: &Status, kind: &ErrorKind) -> &'static str {
    let told = status
        .get_details_error_info()
        .filter(|info| info.domain == ERROR_DOMAIN)
        .and_then(|info| intern(&info.reason));
    match (kind, told) {
        (ErrorKind::Internal, _) => "INTERNAL",
        (_, Some(reason)) => reason,
        (ErrorKind::InvalidArgument(_), None) => "INVALID_ARGUMENT",
        (ErrorKind::NotFound, None) => "NOT_FOUND",
        (ErrorKind::AlreadyExists, None) => "ALREADY_EXISTS",
        (ErrorKind::FailedPrecondition, None) => "FAILED_PRECONDITION",
        (ErrorKind::OutOfRange, None) => "OUT_OF_RANGE",
        (ErrorKind::Unauthenticated, None) => "UNAUTHENTICATED",
        (ErrorKind::PermissionDenied, None) => "PERMISSION_DENIED",
        (ErrorKind::ResourceExhausted { .. }, None) => "RESOURCE_EXHAUSTED",
        (ErrorKind::Unavailable { .. }, None) => "UNAVAILABLE",
        (ErrorKind::DeadlineExceeded, None) => "DEADLINE_EXCEEDED",
    }
}

/// A reason as the domain holds it, for the life of the process. Bounded in number and length, so a peer gone
/// wrong cannot fill the memory.
fn intern(reason: &str) -> Option<&'static str> {
    let fit = (1..=MAX_REASON_LENGTH).contains(&reason.len())
        && reason
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if !fit {
        return None;
    }
    let mut known = REASONS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(interned) = known.get(reason) {
        return Some(interned);
    }
    if known.len() >= MAX_REASONS {
        return None;
    }
    let interned: &'static str = Box::leak(reason.to_owned().into_boxed_str());
    known.insert(interned);
    Some(interned)
}
