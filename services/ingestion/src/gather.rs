//! Calls that webhooks share.
//!
//! A webhook nearly always says one thing, and a call to message-state costs more than the thing itself. So what arrives for
//! an integration while its calls are under way goes together in the next one. A webhook that comes alone is sent at once.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acuse_domain::error::{Error, Result};
use acuse_domain::scope::Caller;
use acuse_proto::message_state::Event;
use acuse_proto::types::ItemResult;
use acuse_rpc::context::{CallContext, RequestId};
use acuse_telemetry::origin::{self, Origin};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::{Instrument as _, Span};
use uuid::Uuid;

/// Calls under way for one integration: while one is being committed, the next is on its way.
const CALLS: usize = 2;

/// Events of one call, but for a webhook that says more by itself: about what message-state commits at once.
const MAX_EVENTS: usize = 1_000;

/// Applies events for a caller by a moment; the results are in their order.
pub(crate) type Apply = Arc<
    dyn Fn(Caller, Vec<Event>, Instant) -> BoxFuture<'static, Result<Vec<ItemResult>>>
        + Send
        + Sync,
>;

/// What waits for message-state, by integration. What is in it is bounded by the webhooks that are under way.
#[derive(Clone)]
pub(crate) struct Gatherer {
    apply: Apply,
    queues: Arc<Mutex<HashMap<Uuid, Queue>>>,
}

impl fmt::Debug for Gatherer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gatherer").finish_non_exhaustive()
    }
}

/// What waits for one integration.
#[derive(Default)]
struct Queue {
    calls: usize,
    waiting: VecDeque<Waiting>,
}

/// One webhook.
struct Waiting {
    events: Vec<Event>,
    until: Instant,
    answer: oneshot::Sender<Result<Vec<ItemResult>>>,
    span: Span,
    context: Option<CallContext>,
}

impl Gatherer {
    /// Sends what it gathers by `apply`.
    pub(crate) fn new(apply: Apply) -> Self {
        Self {
            apply,
            queues: Arc::default(),
        }
    }

    /// Applies a webhook's events by `until`, for the caller that an integration stands for; the results are in their order.
    /// A caller that goes away before its call was begun takes its events with it.
    ///
    /// # Errors
    ///
    /// What message-state answers to the call that they went with. Some of them may be applied then.
    pub(crate) async fn apply(
        &self,
        integration: Uuid,
        caller: &Caller,
        events: Vec<Event>,
        until: Instant,
    ) -> Result<Vec<ItemResult>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            events,
            until,
            answer,
            span: Span::current(),
            context: CallContext::current(),
        };
        if self.enqueue(integration, waiting) {
            tokio::spawn(self.clone().work(integration, caller.clone()));
        }
        answered
            .await
            .unwrap_or_else(|_| Err(Error::internal("a shared call broke off")))
    }

    /// Puts a webhook into its queue; whether someone must begin to work on it.
    fn enqueue(&self, integration: Uuid, waiting: Waiting) -> bool {
        let mut queues = self.lock();
        let queue = queues.entry(integration).or_default();
        queue.waiting.push_back(waiting);
        let idle = queue.calls < CALLS;
        queue.calls += usize::from(idle);
        idle
    }

    /// Makes calls until nothing waits.
    async fn work(self, integration: Uuid, caller: Caller) {
        while let Some(webhooks) = self.next(integration) {
            // The panic hook has told where it happened. Whose call it was are told that it broke off; the others go on.
            let _ = AssertUnwindSafe(self.call(&caller, webhooks))
                .catch_unwind()
                .await;
        }
    }

    /// What goes with the next call; where nothing waits, the place among the calls is given back.
    fn next(&self, integration: Uuid) -> Option<Vec<Waiting>> {
        let mut queues = self.lock();
        let queue = queues.get_mut(&integration)?;
        let webhooks = queue.take();
        if webhooks.is_empty() {
            queue.calls -= 1;
            if queue.calls == 0 {
                queues.remove(&integration);
            }
            return None;
        }
        Some(webhooks)
    }

    async fn call(&self, caller: &Caller, mut webhooks: Vec<Waiting>) {
        let Some(until) = webhooks.iter().map(|webhook| webhook.until).max() else {
            return;
        };
        let counts: Vec<usize> = webhooks
            .iter()
            .map(|webhook| webhook.events.len())
            .collect();
        let events = webhooks
            .iter_mut()
            .flat_map(|webhook| std::mem::take(&mut webhook.events));
        let applied = (self.apply)(caller.clone(), events.collect(), until);
        let results = surroundings(&webhooks).scope(applied).await;
        share(results, webhooks, &counts);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Takes out what fits one call, and whoever left: they need no answer.
    fn take(&mut self) -> Vec<Waiting> {
        let mut webhooks: Vec<Waiting> = Vec::new();
        let mut events = 0;
        while let Some(webhook) = self.waiting.pop_front() {
            if webhook.answer.is_closed() {
                continue;
            }
            if !webhooks.is_empty() && events + webhook.events.len() > MAX_EVENTS {
                self.waiting.push_front(webhook);
                break;
            }
            events += webhook.events.len();
            webhooks.push(webhook);
        }
        webhooks
    }
}

/// What a call is made in: what one webhook was received in, or something new that is linked to each of several.
struct Surroundings {
    span: Span,
    context: CallContext,
}

fn surroundings(webhooks: &[Waiting]) -> Surroundings {
    let new = || CallContext::new(RequestId::generate());
    if let [only] = webhooks {
        return Surroundings {
            span: only.span.clone(),
            context: only.context.clone().unwrap_or_else(new),
        };
    }
    let count = i64::try_from(webhooks.len()).unwrap_or(i64::MAX);
    let span = tracing::info_span!(parent: None, "gathered", webhooks = count);
    let origins: Vec<Origin> = webhooks
        .iter()
        .map(|webhook| webhook.span.in_scope(Origin::current))
        .collect();
    origin::serve(&span, &origins);
    let context = new();
    for webhook in webhooks {
        let call = context.request_id();
        webhook
            .span
            .in_scope(|| tracing::debug!(%call, "webhook shares a call"));
    }
    Surroundings { span, context }
}

impl Surroundings {
    async fn scope<F: Future>(self, work: F) -> F::Output {
        self.context.scope(work.instrument(self.span)).await
    }
}

/// Gives each webhook what was answered of its events, or why nothing was.
fn share(results: Result<Vec<ItemResult>>, webhooks: Vec<Waiting>, counts: &[usize]) {
    let mut results = results.map(Vec::into_iter);
    for (webhook, count) in webhooks.into_iter().zip(counts) {
        let own = match &mut results {
            Ok(results) => Ok(results.by_ref().take(*count).collect()),
            Err(error) => Err(again(error)),
        };
        // It may wait no more; what was applied stays applied.
        let _ = webhook.answer.send(own);
    }
}

/// The same failure for one more.
fn again(error: &Error) -> Error {
    Error {
        kind: error.kind.clone(),
        reason: error.reason,
        message: error.message.clone(),
        source: error.source.as_ref().map(|cause| cause.to_string().into()),
    }
}

#[cfg(test)]
mod tests;
