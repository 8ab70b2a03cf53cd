//! Browsers: gRPC-Web, and the pages whose scripts may call.

use std::str::FromStr;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use http::header::{
    ACCEPT_RANGES, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG,
};
use http::uri::{PathAndQuery, Uri};
use http::{HeaderName, HeaderValue, Method};
use tonic::Status;
use tonic_web::GrpcWebLayer;
use tower::ServiceExt as _;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::reply::Protocol;
use crate::config::Settings;
use crate::context::REQUEST_ID_HEADER;

/// How long a browser may remember what it was allowed.
const MAX_AGE: Duration = Duration::from_secs(3_600);

/// What scripts may send beside what every script may. Tokens come in a header and never as cookies.
const REQUEST_HEADERS: [HeaderName; 7] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    HeaderName::from_static("grpc-timeout"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("x-grpc-web"),
    HeaderName::from_static("x-user-agent"),
    REQUEST_ID_HEADER,
];

/// What scripts may read of an answer.
const ANSWER_HEADERS: [HeaderName; 9] = [
    Status::GRPC_STATUS,
    Status::GRPC_MESSAGE,
    Status::GRPC_STATUS_DETAILS,
    REQUEST_ID_HEADER,
    ACCEPT_RANGES,
    CONTENT_DISPOSITION,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    ETAG,
];

/// Where a page comes from, as browsers write it: `https://reports.example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// The text is no origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is no origin; give scheme and host, and a port where it is not the usual one, such as https://reports.example.com"
)]
pub struct NoOrigin;

impl FromStr for Origin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let uri: Uri = text.parse().map_err(|_| NoOrigin)?;
        let web = matches!(uri.scheme_str(), Some("http" | "https"));
        let bare = uri
            .path_and_query()
            .is_none_or(|path| *path == PathAndQuery::from_static("/"));
        if !web || !bare || text.ends_with('/') || text.contains('@') {
            return Err(NoOrigin);
        }
        // Browsers write it in lower case.
        let value = HeaderValue::from_str(&text.to_ascii_lowercase());
        value.map(Self).map_err(|_| NoOrigin)
    }
}

/// The pages whose scripts may call. Programs that are no browsers call whatever is said here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Browsers {
    origins: Vec<Origin>,
}

impl Browsers {
    /// Scripts of pages from these origins, of none where there are none.
    pub fn from(origins: impl IntoIterator<Item = Origin>) -> Self {
        Self {
            origins: origins.into_iter().collect(),
        }
    }

    /// Reads `ACUSE_BROWSER_ORIGINS`, a list separated by commas.
    pub fn read(settings: &mut Settings) -> Self {
        Self::from(settings.list("ACUSE_BROWSER_ORIGINS"))
    }

    /// Puts the translation around all calls, so that all within sees and gives plain gRPC; what is no call of any kind passes it
    /// by. CORS around both, whose preflight requests have no token and are no calls.
    pub(super) fn around(&self, router: Router) -> Router {
        let origins = self.origins.iter().map(|origin| origin.0.clone());
        let cors = CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([Method::POST, Method::GET, Method::HEAD])
            .allow_headers(REQUEST_HEADERS)
            .expose_headers(ANSWER_HEADERS)
            .max_age(MAX_AGE);
        let translated = router.clone().layer(GrpcWebLayer::new());
        let either = move |request: Request| {
            let chosen = match Protocol::of(&request) {
                Protocol::Grpc => translated.clone(),
                Protocol::Http => router.clone(),
            };
            async move {
                let Ok(response) = chosen.oneshot(request).await;
                response
            }
        };
        Router::new().fallback(either).layer(cors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for text in ["https://Reports.Example.com", "http://localhost:3000"] {
            assert_eq!(text.parse::<Origin>().unwrap().0, text.to_ascii_lowercase());
        }
        for text in [
            "",
            "*",
            "reports.example.com",
            "https://reports.example.com/",
            "https://reports.example.com/app",
            "https://user@reports.example.com",
            "ftp://reports.example.com",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(NoOrigin), "{text}");
        }
    }
}
