//! Which version answers.

use axum::response::Response;
use http::{HeaderName, HeaderValue};

/// Says which version of Acuse answers a probe. Answers to callers do not: it is nobody's business outside.
pub const VERSION_HEADER: HeaderName = HeaderName::from_static("x-acuse-version");

const VERSION: HeaderValue = HeaderValue::from_static(env!("CARGO_PKG_VERSION"));

pub(super) async fn layer(mut response: Response) -> Response {
    response.headers_mut().insert(VERSION_HEADER, VERSION);
    response
}
