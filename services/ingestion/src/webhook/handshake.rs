//! A provider verifies an address before it sends anything there.

use acuse_providers::handshake as answer_of;
use axum::http::StatusCode;
use axum::response::Response;
use tokio::time::Instant;

use super::{Address, PATIENCE, answer, integration_at, plain};
use crate::parts::Parts;

/// Parameters that are looked at.
const MOST: usize = 32;

/// Answers a request to verify the address: with what the provider wants to hear, or, for whatever is no such request, 401.
pub(super) async fn handshake(parts: &Parts, address: Address, query: Option<&str>) -> Response {
    let query: Vec<(String, String)> = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .into_owned()
        .take(MOST)
        .collect();
    let known = match integration_at(parts, &address, Instant::now() + PATIENCE).await {
        Ok(known) => known,
        Err(error) => {
            tracing::warn!(cause = %error, "a webhook's address could not be looked up");
            return answer(StatusCode::SERVICE_UNAVAILABLE);
        }
    };
    let said = known
        .as_ref()
        .and_then(|known| answer_of(known.format, &known.secrets, &query).ok());
    match (known, said) {
        (Some(known), Some(said)) => {
            tracing::info!(integration = %known.reference.id, "webhook's address verified");
            plain(said)
        }
        _ => answer(StatusCode::UNAUTHORIZED),
    }
}
