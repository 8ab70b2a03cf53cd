//! A webhook comes in.

use std::sync::Arc;
use std::time::Duration;

use acuse_domain::error::Error;
use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Format, verify};
use acuse_store::ingestion::{Parcel, keep_in_inbox};
use acuse_telemetry::metrics::catalog::WEBHOOKS;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::Span;

use super::buffer::Held;
use super::url::{body_of, kept_query, parameters};
use super::{Address, PATIENCE, answer, format_at, integration_at, readable};
use crate::known_integrations::{Known, caller_of};
use crate::parts::Parts;
use crate::take_in::{Manner, NotTaken, Taken, take_in};

/// How long the inbox may take; a database that needs longer is away. Longer than message-state has: a provider waits for ten
/// seconds or more, and this is the last chance.
const INBOX_PATIENCE: Duration = Duration::from_secs(5);

/// Longest content type that is kept, in bytes.
const MAX_CONTENT_TYPE: usize = 256;

/// The content type of what came in a query.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// Takes a webhook in, and answers with a status and nothing else.
pub(super) async fn receive(
    State(parts): State<Arc<Parts>>,
    address: Address,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let call = Call::of(&parts, &uri, &headers);
    receive_body(&parts, address, call, body).await
}

/// Takes in a webhook whose body is the query of a GET request.
pub(super) async fn receive_query(
    parts: &Parts,
    address: Address,
    uri: &Uri,
    headers: &HeaderMap,
) -> Response {
    let mut call = Call::of(parts, uri, headers);
    call.headers
        .retain(|(name, _)| name != CONTENT_TYPE.as_str());
    let form = (CONTENT_TYPE.as_str().to_owned(), FORM.to_owned());
    call.headers.push(form);
    let body = body_of(uri.query().unwrap_or_default());
    receive_body(parts, address, call, Body::from(body)).await
}

/// A request, but for its body. Nothing of it is logged: the query may hold a secret.
struct Call {
    headers: Vec<(String, String)>,
    url: Option<String>,
    query: Vec<(String, String)>,
}

impl Call {
    fn of(parts: &Parts, uri: &Uri, headers: &HeaderMap) -> Self {
        Self {
            headers: readable(headers),
            url: parts.outside.url(uri, headers),
            query: parameters(uri.query().unwrap_or_default()),
        }
    }
}

async fn receive_body(parts: &Parts, address: Address, call: Call, body: Body) -> Response {
    let held = match parts.buffer.read(body).await {
        Ok(held) => held,
        Err(status) => {
            count(format_at(&address), "unread");
            tracing::info!(%status, "webhook not read");
            return answer(status);
        }
    };
    // Counted from here: how fast the provider sends is its own affair.
    let until = Instant::now() + PATIENCE;
    let received_at = parts.clock.now();
    let known = match integration_at(parts, &address, until).await {
        Ok(known) => known,
        Err(error) => {
            count(format_at(&address), "refused");
            tracing::warn!(cause = %causes(&error), "webhook refused: its integration could not be looked up");
            return answer(StatusCode::SERVICE_UNAVAILABLE);
        }
    };
    let delivery = Delivery {
        body: &held.bytes,
        headers: &call.headers,
        received_at,
        channel_account: None,
        url: call.url.as_deref(),
        query: &call.query,
    };
    let Some(known) = signed(parts, known, format_at(&address), &delivery) else {
        return answer(StatusCode::UNAUTHORIZED);
    };
    answer(settle(parts, &known, call, held, received_at, until).await)
}

/// The integration, if it signed the delivery. Where there is none it is checked all the same.
fn signed(
    parts: &Parts,
    known: Option<Arc<Known>>,
    format: Option<Format>,
    delivery: &Delivery<'_>,
) -> Option<Arc<Known>> {
    let Some(known) = known else {
        parts.stranger.check(format, delivery);
        count(format, "unknown");
        tracing::info!("webhook refused: there is no such integration");
        return None;
    };
    let integration = known.reference.id;
    match verify(known.format, &known.secrets, delivery) {
        Ok(()) => Some(known),
        Err(why) => {
            count(format, "unsigned");
            tracing::info!(%integration, %why, "webhook refused");
            None
        }
    }
}

/// Takes in what is signed: at once, or by way of the inbox.
async fn settle(
    parts: &Parts,
    known: &Known,
    call: Call,
    held: Held,
    received_at: Timestamp,
    until: Instant,
) -> StatusCode {
    Span::current().record("workspace", known.slug.as_str());
    let integration = known.reference.id;
    let Held { bytes, room: _room } = held;
    let parcel = Parcel {
        integration: known.reference,
        received_at,
        content_type: content_type(&call.headers),
        query: kept_query(known.format, &call.query),
        body: bytes,
    };
    let caller = caller_of(&known.reference, &known.slug);
    let manner = Manner {
        format: known.format,
        headers: &call.headers,
        channel_account: known.channel_account.as_deref(),
        channel: known.channel,
        caller: &caller,
        until,
        may_share: true,
    };
    let taken = timeout_at(until, take_in(parts, manner, &parcel)).await;
    let cause = match taken {
        Ok(Ok(taken)) => {
            count(Some(known.format), "taken_in");
            tell(&integration, &taken);
            return StatusCode::OK;
        }
        Ok(Err(NotTaken::Malformed(why))) => {
            count(Some(known.format), "malformed");
            tracing::info!(%integration, %why, "webhook refused");
            return StatusCode::BAD_REQUEST;
        }
        Ok(Err(NotTaken::Failed(error))) => causes(&error),
        Err(_) => "it took too long".to_owned(),
    };
    let kept = timeout(INBOX_PATIENCE, keep_in_inbox(&parts.database, &parcel)).await;
    let problem = match kept {
        Ok(Ok(())) => {
            count(Some(known.format), "inbox");
            tracing::info!(%integration, cause, "webhook waits in the inbox");
            parts.inbox_filled.notify_one();
            return StatusCode::OK;
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the database does not answer".to_owned(),
    };
    count(Some(known.format), "refused");
    tracing::warn!(%integration, cause, problem, "webhook refused: neither message-state nor the inbox takes it");
    StatusCode::SERVICE_UNAVAILABLE
}

/// What becomes of webhooks.
const OUTCOMES: [&str; 7] = [
    "taken_in",
    "inbox",
    "unsigned",
    "unknown",
    "malformed",
    "unread",
    "refused",
];

/// Has webhooks of every provider told, by what became of them, before there is one.
pub(crate) fn are_counted() {
    let formats = Format::ALL.iter().copied().map(Some);
    for format in formats.chain([None]) {
        for outcome in OUTCOMES {
            WEBHOOKS.exists([provider(format).into(), outcome.into()]);
        }
    }
}

/// Counts a webhook, by what became of it.
fn count(format: Option<Format>, outcome: &'static str) {
    WEBHOOKS.one([provider(format).into(), outcome.into()]);
}

/// The provider as metrics name it. What an address names that is none is whatever its caller likes.
fn provider(format: Option<Format>) -> &'static str {
    format.map_or("_OTHER", Format::as_str)
}

fn tell(integration: &uuid::Uuid, taken: &Taken) {
    let Taken {
        applied,
        duplicate,
        late,
        rejected,
        not_understood,
    } = *taken;
    if rejected + not_understood == 0 {
        tracing::debug!(%integration, applied, duplicate, late, "webhook taken in");
        return;
    }
    tracing::info!(
        %integration, applied, duplicate, late, rejected, not_understood,
        "webhook taken in, but for what was kept aside"
    );
}

fn content_type(headers: &[(String, String)]) -> Option<String> {
    let (_, value) = headers
        .iter()
        .find(|(name, _)| name == CONTENT_TYPE.as_str())?;
    Some(value.clone()).filter(|value| value.len() <= MAX_CONTENT_TYPE)
}

/// An error with its cause, for the log.
fn causes(error: &Error) -> String {
    match &error.source {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
