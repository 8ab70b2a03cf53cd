//! Answers that layers give in a handler's place, in the words of the protocol that was asked in.

use acuse_domain::error::{Error, ErrorKind};
use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use http_body::Frame;
use tonic::{Code, Status};

use super::body::FramePoll;
use crate::status::from_error;

/// The protocol of a call on a port that serves both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// gRPC, or gRPC-Web.
    Grpc,
    /// Anything else: webhooks and downloads.
    Http,
}

impl Protocol {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        let grpc = request
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"));
        if grpc { Self::Grpc } else { Self::Http }
    }

    /// The answer for an error. Over gRPC with all its details; over HTTP with the code that comes nearest.
    pub(super) fn refuse(self, error: Error) -> Response {
        match self {
            Self::Grpc => from_error(error).into_http::<Body>(),
            Self::Http => plain(error),
        }
    }

    /// The last frame of an answer that was under way when `error` came between.
    pub(super) fn cut(self, error: Error) -> FramePoll {
        let end = match self {
            Self::Grpc => {
                let mut trailers = HeaderMap::new();
                match from_error(error).add_header(&mut trailers) {
                    Ok(()) => Ok(Frame::trailers(trailers)),
                    Err(status) => Err(axum::Error::new(status)),
                }
            }
            // HTTP has no way to say it but to break off.
            Self::Http => Err(axum::Error::new(from_error(error))),
        };
        std::task::Poll::Ready(Some(end))
    }
}

fn plain(error: Error) -> Response {
    let code = match &error.kind {
        ErrorKind::InvalidArgument(_) | ErrorKind::FailedPrecondition | ErrorKind::OutOfRange => {
            StatusCode::BAD_REQUEST
        }
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::AlreadyExists => StatusCode::CONFLICT,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::PermissionDenied => StatusCode::FORBIDDEN,
        // A sender of webhooks takes 429 for a fault of its own, and this is one of ours: too much at once.
        ErrorKind::ResourceExhausted { .. } | ErrorKind::Unavailable { .. } => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorKind::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let wait = match error.kind {
        ErrorKind::ResourceExhausted { retry_after } => retry_after,
        ErrorKind::Unavailable { retry_after } => Some(retry_after),
        _ => None,
    };
    let status = from_error(error);
    let mut response = Response::new(Body::from(format!("{}\n", status.message())));
    *response.status_mut() = code;
    if let Some(wait) = wait {
        let seconds = HeaderValue::from(wait.as_secs().max(1));
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// The code that headers or trailers tell, if they tell one.
pub(super) fn grpc_code(headers: &HeaderMap) -> Option<Code> {
    headers
        .get(Status::GRPC_STATUS)
        .map(|code| Code::from_bytes(code.as_bytes()))
}
