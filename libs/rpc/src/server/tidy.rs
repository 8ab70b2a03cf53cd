//! Errors that are not ours: what tonic itself, or a handler past [`crate::status`], answered.
//!
//! Ours all have details. One without gets them here, and one that may say too much says nothing any more.

use std::{pin::Pin, task::Context};

use acuse_domain::error::{Error, ErrorKind};
use axum::{body::Body, extract::Request, middleware::Next, response::Response};
use http::HeaderMap;
use http_body::{Body as _, Frame};
use tonic::{Code, Status};

use super::{
    body::{FramePoll, Observer, observe},
    reply::grpc_code,
};
use crate::status::{described, from_error, name};

pub(super) async fn layer(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    tidy(response.headers_mut());
    response.map(|body| observe(body, Tidying))
}

struct Tidying;

impl Observer for Tidying {
    fn poll(&mut self, inner: Pin<&mut Body>, cx: &mut Context<'_>) -> FramePoll {
        inner.poll_frame(cx).map(|frame| match frame {
            Some(Ok(frame)) => Some(Ok(match frame.into_trailers() {
                Ok(mut trailers) => {
                    tidy(&mut trailers);
                    Frame::trailers(trailers)
                }
                Err(frame) => frame,
            })),
            end => end,
        })
    }
}

fn tidy(headers: &mut HeaderMap) {
    let foreign = grpc_code(headers).is_some_and(|code| code != Code::Ok)
        && !headers.contains_key(Status::GRPC_STATUS_DETAILS);
    if !foreign {
        return;
    }
    if let Some(status) = Status::from_header_map(headers) {
        headers.remove(Status::GRPC_MESSAGE);
        // Fails only on text that cannot stand in a header, which percent-encoding leaves none of.
        let _ = replacement(&status).add_header(headers);
    }
}

/// How the messages of tonic begin, or what they hold, when it cannot read a request: it calls that INTERNAL, but it is the
/// caller's doing.
const UNREADABLE: [&str; 5] = [
    "failed to decode Protobuf message",
    "Missing request message",
    "Unexpected EOF decoding stream",
    "protocol error: received message with",
    "while sending request",
];

fn replacement(status: &Status) -> Status {
    let said = status.message();
    match status.code() {
        Code::OutOfRange if said.contains("decoded message length too large") => too_large(),
        Code::ResourceExhausted if said.starts_with("Error decompressing: size limit") => {
            too_large()
        }
        Code::Internal if UNREADABLE.iter().any(|sign| said.contains(sign)) => {
            from_error(Error::new(
                ErrorKind::InvalidArgument(Vec::new()),
                "MESSAGE_MALFORMED",
                "the message is not what the method takes",
            ))
        }
        Code::Unimplemented => described(
            Code::Unimplemented,
            "METHOD_UNKNOWN",
            "there is no such method, or it does not take messages compressed like this",
        ),
        Code::OutOfRange if said.contains("encoded message length too large") => {
            from_error(Error::internal(said.to_owned()))
        }
        Code::Internal | Code::Unknown | Code::DataLoss => {
            from_error(Error::internal(said.to_owned()))
        }
        code => described(code, name(code), said),
    }
}

fn too_large() -> Status {
    from_error(Error::new(
        ErrorKind::ResourceExhausted { retry_after: None },
        "MESSAGE_TOO_LARGE",
        "the message is longer than the service takes; send less at once",
    ))
}
