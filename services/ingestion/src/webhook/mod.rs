//! Providers' webhooks: `GET|POST /webhooks/{provider}/{integration}`. What some providers send by GET, in the query, is read
//! as the body of a form would be; otherwise GET verifies an address.
//!
//! What is signed is answered 200 once it is durable: applied by message-state, or, where that is away or slow, in the inbox.
//! A provider may never send again what it got another answer for, so that 503 is for when not even the inbox can take it.
//! Whoever cannot sign is told nothing: an integration that is not there, one of another provider and a signature that does
//! not fit are answered alike, and the body is hashed for each. How long that takes is not the same to the last: it grows with
//! the number of an integration's secrets, and what was looked up lately is found sooner.

mod buffer;
mod handshake;
mod receive;
mod stranger;
mod url;

use std::sync::Arc;
use std::time::Duration;

use acuse_domain::error::Error;
use acuse_providers::Format;
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

pub(crate) use buffer::{Buffer, MAX_BODY};
pub(crate) use receive::{FORM, are_counted};
pub(crate) use stranger::Stranger;
pub(crate) use url::{Outside, body_of, kept_query, parameters, query_of};

use crate::known_integrations::Known;
use crate::parts::Parts;

/// How long a webhook waits until it is applied; then it goes to the inbox.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a webhook's address begins with.
const PREFIX: &str = "/webhooks";

/// When a provider that was turned away should come again, in seconds.
const RETRY_SECONDS: u32 = 5;

/// The path of an integration's webhook on the service's port.
pub(crate) fn path(format: Format, id: Uuid) -> String {
    format!("{PREFIX}/{}/{id}", format.as_str())
}

/// The routes of webhooks.
pub(crate) fn router(parts: Arc<Parts>) -> Router {
    let route = format!("{PREFIX}/{{provider}}/{{integration}}");
    let handlers = get(visit).post(receive::receive);
    Router::new().route(&route, handlers).with_state(parts)
}

/// A GET request: a webhook of a provider that calls so, and a request to verify the address from the others.
async fn visit(
    State(parts): State<Arc<Parts>>,
    address: Address,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let calls_so = format_at(&address).is_some_and(Format::reads_queries);
    if calls_so && method == Method::GET {
        receive::receive_query(&parts, address, &uri, &headers).await
    } else {
        handshake::handshake(&parts, address, uri.query()).await
    }
}

/// The format that an address names.
fn format_at(address: &Address) -> Option<Format> {
    let Path((provider, _)) = address.as_ref().ok()?;
    Format::parse(provider)
}

/// What a webhook's address names.
type Address = Result<Path<(String, String)>, PathRejection>;

/// The integration at an address, if there is one of that provider; asked for until `until`.
///
/// # Errors
///
/// Why it is not known whether there is one.
async fn integration_at(
    parts: &Parts,
    address: &Address,
    until: Instant,
) -> Result<Option<Arc<Known>>, Error> {
    let Ok(Path((_, integration))) = address else {
        return Ok(None);
    };
    let (Some(format), Some(id)) = (format_at(address), integration_id(integration)) else {
        return Ok(None);
    };
    let asked = parts.known.find(&parts.database, &parts.secrets_keys, id);
    let found = timeout_at(until, asked)
        .await
        .map_err(|_| Error::unavailable("storage does not answer", "looking an integration up"))?;
    Ok(found?.filter(|known| known.format == format))
}

/// An id as webhooks' paths have it: in lower case and with hyphens, and in no other way of writing a UUID.
fn integration_id(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    (id.to_string() == text).then_some(id)
}

/// Headers as the readers of formats take them, the first of each name. Values that are no text are left out: nothing that is
/// looked for is one.
fn readable(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .keys()
        .filter_map(|name| {
            let value = headers.get(name)?.to_str().ok()?;
            Some((name.as_str().to_owned(), value.to_owned()))
        })
        .collect()
}

/// An answer without a body.
fn answer(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let seconds = HeaderValue::from(RETRY_SECONDS);
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

/// An answer in plain text: never taken for a page by whoever shows it.
fn plain(text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    let sniff = HeaderValue::from_static("nosniff");
    response
        .headers_mut()
        .insert("x-content-type-options", sniff);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_in_one_way() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert!(integration_id(id).is_some());
        for other in [
            &id.to_uppercase(),
            &id.replace('-', ""),
            &format!("{{{id}}}"),
            &format!("urn:uuid:{id}"),
            "7",
            "",
        ] {
            assert_eq!(integration_id(other), None, "{other}");
        }
    }
}
