//! Downloads over HTTP: `GET|HEAD /downloads/{token}`, whole or one range of bytes, by addresses that were signed for a while.
//!
//! Who has no good address learns nothing: one that was altered, one whose time is over and one whose file is gone are answered
//! alike.

mod headers;
mod link;
mod places;
mod range;

use std::sync::Arc;

use acuse_store::export::{self, File};
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use axum::routing::get;
use futures::stream::StreamExt as _;

use crate::parts::Parts;
use headers::{describe, etag};
pub(crate) use link::Links;
pub(crate) use places::Places;
use range::{Asked, Wanted};

/// What a download's address begins with.
const PREFIX: &str = "/downloads";

/// When who was turned away should come again, in seconds.
const RETRY_SECONDS: u32 = 5;

/// The routes of downloads.
pub(crate) fn router(parts: Arc<Parts>) -> Router {
    let route = format!("{PREFIX}/{{token}}");
    Router::new().route(&route, get(download)).with_state(parts)
}

async fn download(
    State(parts): State<Arc<Parts>>,
    token: Result<Path<String>, PathRejection>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let now = parts.clock.now();
    let lease = token
        .ok()
        .and_then(|Path(token)| parts.links.read(&token, now));
    let Some(lease) = lease else {
        return refused(StatusCode::NOT_FOUND);
    };
    let file = match export::published(&parts.database, lease).await {
        Ok(Some(file)) if file.expires_at > now => file,
        Ok(_) => return refused(StatusCode::NOT_FOUND),
        Err(error) => {
            tracing::warn!(export = %lease.job, %error, "download refused: the record cannot be read");
            return refused(StatusCode::SERVICE_UNAVAILABLE);
        }
    };
    let etag = etag(&file);
    let wanted = range::wanted(&Asked::of(&headers, &etag), file.size);
    let (status, range) = match wanted {
        Wanted::Whole => (StatusCode::OK, 0..file.size),
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Nothing => return described(StatusCode::NOT_MODIFIED, &file, None, Body::empty()),
        Wanted::Another => return refused(StatusCode::PRECONDITION_FAILED),
        Wanted::Beyond => {
            return described(
                StatusCode::RANGE_NOT_SATISFIABLE,
                &file,
                None,
                Body::empty(),
            );
        }
    };
    if method == Method::HEAD || range.is_empty() {
        return described(status, &file, Some(range), Body::empty());
    }
    let Some(place) = parts.places.take(lease.job) else {
        return refused(StatusCode::SERVICE_UNAVAILABLE);
    };
    match parts.objects.read(&file.key, range.clone()).await {
        Ok(bytes) => {
            tracing::info!(export = %lease.job, from = range.start, to = range.end, "downloaded by address");
            // The place is given back with the last byte, or when nobody reads on.
            let bytes = bytes.map(move |piece| {
                let _held = &place;
                piece
            });
            described(status, &file, Some(range), Body::from_stream(bytes))
        }
        Err(error) => {
            let cause = error.source.as_ref().map(ToString::to_string);
            tracing::warn!(export = %lease.job, %error, cause, "download refused: the file cannot be read");
            refused(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

/// An answer about a file.
fn described(
    status: StatusCode,
    file: &File,
    range: Option<std::ops::Range<u64>>,
    body: Body,
) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    describe(response.headers_mut(), status, file, range);
    response
}

/// An answer that tells nothing.
fn refused(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers::private(headers);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
    }
    response
}
