//! How many calls are under way at once. More are turned away at the door rather than made to wait: a queue would only
//! use up their deadlines.

use std::{sync::Arc, time::Duration};

use acuse_domain::error::{Error, ErrorKind};
use acuse_telemetry::metrics::catalog::SERVER_SHED;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tokio::sync::Semaphore;

use super::{
    body::{Holding, observe},
    infrastructure,
    reply::Protocol,
};

/// When a caller that was turned away should come again.
const RETRY_AFTER: Duration = Duration::from_millis(500);

pub(super) async fn layer(
    State(room): State<Arc<Semaphore>>,
    request: Request,
    next: Next,
) -> Response {
    // A service that is busy is still healthy, and must be able to say so.
    if infrastructure(request.uri().path()) {
        return next.run(request).await;
    }
    let protocol = Protocol::of(&request);
    let Ok(place) = room.try_acquire_owned() else {
        SERVER_SHED.one(["calls".into()]);
        return protocol.refuse(Error::new(
            ErrorKind::ResourceExhausted {
                retry_after: Some(RETRY_AFTER),
            },
            "TOO_MANY_CALLS",
            "too many calls are under way; try again shortly",
        ));
    };
    // A stream takes its place until its end.
    next.run(request)
        .await
        .map(|body| observe(body, Holding(place)))
}
