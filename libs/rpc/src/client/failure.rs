//! What went wrong on the way, as statuses.

use std::{error::Error as StdError, sync::Arc};

use tonic::{Code, Status, TimeoutExpired};

use crate::status::described;

/// What a connection that failed means: the peer is away, unless it was our own clock that ended the call.
pub(super) fn broken(error: tonic::transport::Error) -> Status {
    let mut cause: Option<&dyn StdError> = Some(&error);
    while let Some(one) = cause {
        if one.is::<TimeoutExpired>() {
            return expired();
        }
        cause = one.source();
    }
    unreachable(Arc::new(error))
}

/// What it means that an answer broke off. Whatever the peer says itself comes in order, at the end of its answer; where
/// nothing better is known the connection was lost.
pub(super) fn broken_off(status: Status) -> Status {
    match status.code() {
        Code::Unknown => unreachable(Arc::new(status)),
        _ => status,
    }
}

fn unreachable(cause: Arc<dyn StdError + Send + Sync>) -> Status {
    let mut status = described(
        Code::Unavailable,
        "PEER_UNREACHABLE",
        "a part of the system cannot be reached",
    );
    status.set_source(cause);
    status
}

pub(super) fn expired() -> Status {
    described(
        Code::DeadlineExceeded,
        "DEADLINE_EXCEEDED",
        "the call took longer than it may",
    )
}
