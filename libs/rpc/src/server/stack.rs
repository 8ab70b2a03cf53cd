//! What every call passes through.

use std::sync::Arc;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use tokio::sync::Semaphore;
use tower::ServiceBuilder;

use super::{admission, authenticate, deadline, identify, measured, panic, tidy, trace};

/// What the layers share.
pub(super) struct Parts {
    pub(super) methods: Arc<measured::Methods>,
    pub(super) door: authenticate::Door,
    pub(super) room: Arc<Semaphore>,
    pub(super) deadlines: deadline::Deadlines,
}

/// The whole stack. The first layer is the outermost: it sees a call first and its answer last.
///
/// `guarded` needs a token; `open` (health, reflection) and `web` (webhooks, which their provider signs, and downloads,
/// whose address is signed) do not.
pub(super) fn compose(guarded: Router, open: Router, web: Router, parts: Parts) -> Router {
    let Parts {
        methods,
        door,
        room,
        deadlines,
    } = parts;
    guarded
        // Innermost, around what needs a token alone; costs a signature check, so only calls that were admitted get here.
        .layer(from_fn_with_state(door, authenticate::layer))
        .merge(open)
        .merge(web)
        .layer(
            ServiceBuilder::new()
                // First of all: every answer names its request, whoever gives it.
                .layer(from_fn(identify::layer))
                // Outside everything that can refuse or fail, so that refusals and failures are seen and counted.
                .layer(from_fn_with_state(methods, trace::layer))
                // Outside all that may panic, inside what must tell of it.
                .layer(from_fn(panic::layer))
                // Before any work is done for a call, checking its token included.
                .layer(from_fn_with_state(room, admission::layer))
                // Inside admission, so that an expired call gives its place back with its answer.
                .layer(from_fn_with_state(deadlines, deadline::layer))
                // Next to the handlers, whose errors it looks over; what the layers outside say is ours already.
                .layer(from_fn(tidy::layer)),
        )
}
