//! Calls that webhooks share.
//!
//! A webhook nearly always says one thing, and a call to message-state costs more than the thing itself. So what arrives while
//! calls are under way goes together in the next one, whatever its workspace, as far as it goes to the same address. A webhook
//! that comes alone is sent at once.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acuse_domain::error::{Error, Result};
use acuse_domain::scope::Caller;
use acuse_proto::message_state::Event;
use acuse_proto::types::ItemResult;
use acuse_rpc::context::{CallContext, RequestId};
use acuse_telemetry::origin::{self, Origin};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use tracing::{Instrument as _, Span};

/// Calls under way to one address: while one is being committed, the next is on its way.
const CALLS: usize = 2;

/// A call that takes longer keeps nobody waiting any more: one workspace that is locked is no reason to hold up the others.
const SLOW: Duration = Duration::from_millis(100);

/// Events of one call, but for a webhook that says more by itself: about what message-state commits at once.
const MAX_EVENTS: usize = 1_000;

/// Events of one workspace.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    /// For whom they are applied: the caller that one of its integrations stands for.
    pub(crate) caller: Caller,
    /// What is applied.
    pub(crate) events: Vec<Event>,
}

impl Part {
    /// The workspace that they are of.
    pub(crate) fn workspace(&self) -> &str {
        workspace(&self.caller)
    }
}

fn workspace(caller: &Caller) -> &str {
    let scope = caller.scope.as_ref();
    scope.map_or("", |scope| &scope.workspace)
}

/// What became of the events of a part, in their order.
pub(crate) type Answered = Result<Vec<ItemResult>>;

/// Applies parts, each of another workspace, by a moment; what became of each is in their order.
pub(crate) type Apply =
    Arc<dyn Fn(Vec<Part>, Instant) -> BoxFuture<'static, Vec<Answered>> + Send + Sync>;

/// The address to which calls about a workspace go, where there are several.
pub(crate) type Address = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What waits for message-state, by address. What is in it is bounded by the webhooks that are under way.
#[derive(Clone)]
pub(crate) struct Gatherer {
    apply: Apply,
    address: Address,
    queues: Arc<Mutex<HashMap<Option<String>, Queue>>>,
}

impl fmt::Debug for Gatherer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gatherer").finish_non_exhaustive()
    }
}

/// What waits for one address.
#[derive(Default)]
struct Queue {
    calls: usize,
    waiting: VecDeque<Waiting>,
}

/// One webhook.
struct Waiting {
    caller: Caller,
    events: Vec<Event>,
    until: Instant,
    answer: oneshot::Sender<Answered>,
    span: Span,
    context: Option<CallContext>,
}

impl Gatherer {
    /// Sends what it gathers by `apply`, together what goes to one `address`.
    pub(crate) fn new(apply: Apply, address: Address) -> Self {
        Self {
            apply,
            address,
            queues: Arc::default(),
        }
    }

    /// Applies a webhook's events by `until`, for the caller that its integration stands for; the results are in their order.
    /// A caller that goes away before its call was begun takes its events with it.
    ///
    /// # Errors
    ///
    /// What message-state answers to the call that they went with. Some of them may be applied then.
    pub(crate) async fn apply(
        &self,
        caller: &Caller,
        events: Vec<Event>,
        until: Instant,
    ) -> Answered {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            caller: caller.clone(),
            events,
            until,
            answer,
            span: Span::current(),
            context: CallContext::current(),
        };
        let address = (self.address)(workspace(caller));
        if self.enqueue(&address, waiting) {
            tokio::spawn(self.clone().work(address));
        }
        answered
            .await
            .unwrap_or_else(|_| Err(Error::internal("a shared call broke off")))
    }

    /// Puts a webhook into its queue; whether someone must begin to work on it.
    fn enqueue(&self, address: &Option<String>, waiting: Waiting) -> bool {
        let mut queues = self.lock();
        let queue = queues.entry(address.clone()).or_default();
        queue.waiting.push_back(waiting);
        let idle = queue.calls < CALLS;
        queue.calls += usize::from(idle);
        idle
    }

    /// Makes calls until nothing waits, or another takes its place because a call takes long.
    fn work(self, address: Option<String>) -> BoxFuture<'static, ()> {
        let work = async move {
            while let Some(webhooks) = self.next(&address) {
                // The panic hook has told where it happened. Whose call it was are told that it broke off; the others go on.
                let mut call = pin!(AssertUnwindSafe(self.call(webhooks)).catch_unwind());
                if timeout(SLOW, &mut call).await.is_err() {
                    tokio::spawn(self.clone().work(address));
                    let _ = call.await;
                    return;
                }
            }
        };
        work.boxed()
    }

    /// What goes with the next call; where nothing waits, the place among the calls is given back.
    fn next(&self, address: &Option<String>) -> Option<Vec<Waiting>> {
        let mut queues = self.lock();
        let queue = queues.get_mut(address)?;
        let webhooks = queue.take();
        if webhooks.is_empty() {
            queue.calls -= 1;
            if queue.calls == 0 {
                queues.remove(address);
            }
            return None;
        }
        Some(webhooks)
    }

    async fn call(&self, mut webhooks: Vec<Waiting>) {
        let Some(until) = webhooks.iter().map(|webhook| webhook.until).max() else {
            return;
        };
        let (parts, shares) = divided(&mut webhooks);
        let applied = (self.apply)(parts, until);
        let results = surroundings(&webhooks).scope(applied).await;
        share(results, webhooks, &shares);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Option<String>, Queue>> {
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

/// Where a webhook's results are: the part that its events are in, and how many follow those before it there.
#[derive(Debug, Clone, Copy)]
struct Share {
    part: usize,
    events: usize,
}

/// The webhooks' events by workspace, and where those of each are.
fn divided(webhooks: &mut [Waiting]) -> (Vec<Part>, Vec<Share>) {
    let mut parts: Vec<Part> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut shares = Vec::with_capacity(webhooks.len());
    for webhook in webhooks {
        let workspace = workspace(&webhook.caller);
        let place = places.get(workspace).copied();
        let part = place.unwrap_or(parts.len());
        let events = std::mem::take(&mut webhook.events);
        shares.push(Share {
            part,
            events: events.len(),
        });
        if let Some(part) = parts.get_mut(part) {
            part.events.extend(events);
            continue;
        }
        places.insert(workspace.to_owned(), part);
        parts.push(Part {
            caller: webhook.caller.clone(),
            events,
        });
    }
    (parts, shares)
}

/// Gives each webhook what was answered of its events, or why nothing was.
fn share(results: Vec<Answered>, webhooks: Vec<Waiting>, shares: &[Share]) {
    let mut parts: Vec<_> = results
        .into_iter()
        .map(|part| part.map(Vec::into_iter))
        .collect();
    for (webhook, share) in webhooks.into_iter().zip(shares) {
        let own = match parts.get_mut(share.part) {
            Some(Ok(results)) => Ok(results.by_ref().take(share.events).collect()),
            Some(Err(error)) => Err(error.again()),
            None => Err(Error::internal("a call gave too few answers")),
        };
        // It may wait no more; what was applied stays applied.
        let _ = webhook.answer.send(own);
    }
}

#[cfg(test)]
mod tests;
