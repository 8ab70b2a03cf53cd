//! Who calls, before any handler runs.

use std::sync::Arc;

use acuse_domain::error::Error;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, header};
use tonic::Code;

use super::{
    body::{Holding, observe},
    reply::{Protocol, grpc_code},
    streams::Streams,
    trace,
};
use crate::auth::{Access, Refusal, Verifier};

/// Who is let in.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) verifier: Arc<Verifier>,
    pub(super) streams: Arc<Streams>,
}

pub(super) async fn layer(
    State(Door { verifier, streams }): State<Door>,
    mut request: Request,
    next: Next,
) -> Response {
    let protocol = Protocol::of(&request);
    if protocol == Protocol::Http {
        return protocol.refuse(Error::not_found("page"));
    }
    let checked = match bearer(request.headers()) {
        Ok(token) => verifier.check(token).await,
        Err(refusal) => Err(refusal),
    };
    let identity = match checked {
        Ok(identity) => identity,
        Err(refusal) => return protocol.refuse(refusal.into()),
    };
    trace::note_caller(&identity.caller, identity.peer.as_deref());
    let place = match streams.admit(request.uri().path(), &identity.caller) {
        Ok(place) => place,
        Err(error) => return protocol.refuse(error),
    };
    // No handler needs the token, and what it does not have it cannot log.
    request.headers_mut().remove(header::AUTHORIZATION);
    let (access, witness) = Access::new(identity);
    request.extensions_mut().insert(access);

    let response = next.run(request).await;
    let answered = matches!(grpc_code(response.headers()), None | Some(Code::Ok));
    if answered && !witness.asked() {
        return protocol.refuse(Error::internal(
            "the handler answered without asking for access",
        ));
    }
    match place {
        Some(place) => response.map(|body| observe(body, Holding(place))),
        None => response,
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::Missing)?;
    // With two, this layer and a proxy before it could each believe another one.
    if values.next().is_some() {
        return Err(Refusal::Invalid);
    }
    let text = value.to_str().map_err(|_| Refusal::Invalid)?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Refusal::Missing),
    }
}
