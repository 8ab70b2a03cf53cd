//! A stream of batches: taken in several at a time, answered in their order.
//!
//! Nothing piles up. A stream reads its next batch only when one of its places is free and there is room for the batch's
//! bytes, and it goes on only as its answers are read. While it reads nothing, HTTP/2's flow control holds its sender up.

mod batch;
mod room;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind, FieldViolation, Result};
use acuse_domain::scope::Caller;
use acuse_proto::ingestion::{IngestRequest, IngestResponse};
use acuse_rpc::context::{CallContext, RequestId};
use futures::future::BoxFuture;
use futures::stream::FuturesOrdered;
use futures::{FutureExt as _, Stream, StreamExt as _};
use prost::Message as _;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;
use tracing::{Instrument as _, Span};

pub(crate) use room::Room;

use crate::parts::Parts;
use batch::Batch;

/// Batches of one stream that are under way at once: while some are committed, others are on their way.
const UNDER_WAY: usize = 8;

/// When a sender whose stream ended because the service stops should come again.
const COME_AGAIN: Duration = Duration::from_secs(1);

/// What a stream gives next, and what it becomes.
type Step<E> = std::result::Result<IngestResponse, E>;

/// Takes in the batches of `requests` for `caller`, until they end or `stopping` says with what they are to; gives the answers in
/// their order. The stream that it gives ends with what `requests` fail with, or with what `refuse` makes of a failure of its own.
pub(crate) fn ingest<S, E>(
    parts: Arc<Parts>,
    caller: Caller,
    requests: S,
    stopping: BoxFuture<'static, Error>,
    refuse: fn(Error) -> E,
) -> impl Stream<Item = Step<E>> + Send + use<S, E>
where
    S: Stream<Item = std::result::Result<IngestRequest, E>> + Send + Unpin + 'static,
    E: Send + 'static,
{
    let intake = Intake {
        parts,
        caller: Arc::new(caller),
        requests,
        stopping,
        refuse,
        admitting: None,
        under_way: FuturesOrdered::new(),
        last_sequence: 0,
        phase: Phase::Taking,
    };
    futures::stream::unfold(intake, |mut intake| async move {
        let step = intake.next().await?;
        Some((step, intake))
    })
}

/// What a stream ends with when the service stops.
pub(crate) fn service_stops() -> Error {
    Error::new(
        ErrorKind::Unavailable {
            retry_after: COME_AGAIN,
        },
        "STOPPING",
        "the service is stopping; send on another stream what was not answered",
    )
}

/// How far a stream is.
enum Phase<E> {
    /// It takes batches.
    Taking,
    /// It takes no more, and ends so when what is under way is answered.
    Ending(Option<E>),
    /// It has ended.
    Over,
}

/// One stream.
struct Intake<S, E> {
    parts: Arc<Parts>,
    caller: Arc<Caller>,
    requests: S,
    stopping: BoxFuture<'static, Error>,
    refuse: fn(Error) -> E,
    /// The one batch that was read and has no room yet.
    admitting: Option<BoxFuture<'static, (Batch, OwnedSemaphorePermit)>>,
    under_way: FuturesOrdered<Task>,
    last_sequence: u64,
    phase: Phase<E>,
}

/// What a stream waits for.
enum Event<E> {
    Answered(Result<IngestResponse>),
    Stopping(Error),
    Admitted(Batch, OwnedSemaphorePermit),
    Came(Option<std::result::Result<IngestRequest, E>>),
}

impl<S, E> Intake<S, E>
where
    S: Stream<Item = std::result::Result<IngestRequest, E>> + Send + Unpin,
{
    /// The next answer; `None` at the end.
    async fn next(&mut self) -> Option<Step<E>> {
        loop {
            if let Phase::Over = self.phase {
                return None;
            }
            if let Phase::Ending(end) = &mut self.phase
                && self.under_way.is_empty()
                && self.admitting.is_none()
            {
                let end = end.take();
                self.phase = Phase::Over;
                return end.map(Err);
            }
            match self.event().await {
                Event::Answered(Ok(answer)) => return Some(Ok(answer)),
                // What comes after it in the order is not answered: its sender sends it again.
                Event::Answered(Err(error)) => {
                    self.under_way = FuturesOrdered::new();
                    self.phase = Phase::Over;
                    return Some(Err((self.refuse)(error)));
                }
                Event::Stopping(why) => self.stop(why),
                Event::Admitted(batch, permit) => self.begin(batch, permit),
                Event::Came(None) => self.phase = Phase::Ending(None),
                Event::Came(Some(Err(end))) => self.phase = Phase::Ending(Some(end)),
                Event::Came(Some(Ok(request))) => self.admit(request),
            }
        }
    }

    async fn event(&mut self) -> Event<E> {
        let taking = matches!(self.phase, Phase::Taking);
        let has_place = self.under_way.len() < UNDER_WAY && self.admitting.is_none();
        let admitting = &mut self.admitting;
        let admitted = async {
            match admitting {
                Some(admitting) => admitting.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Some(answer) = self.under_way.next(), if !self.under_way.is_empty() => Event::Answered(answer),
            why = &mut self.stopping, if taking => Event::Stopping(why),
            (batch, permit) = admitted => Event::Admitted(batch, permit),
            request = self.requests.next(), if taking && has_place => Event::Came(request),
        }
    }

    /// Takes no more batches. The one that has no room yet is not begun.
    fn stop(&mut self, why: Error) {
        self.admitting = None;
        self.phase = Phase::Ending(Some((self.refuse)(why)));
    }

    /// Waits for room for a batch.
    fn admit(&mut self, request: IngestRequest) {
        if request.sequence <= self.last_sequence {
            let fault = format!(
                "is {}; must be 1 or more, and more than {} that came before it",
                request.sequence, self.last_sequence
            );
            let error = Error::invalid(vec![FieldViolation::new("sequence", fault)]);
            self.phase = Phase::Ending(Some((self.refuse)(error)));
            return;
        }
        self.last_sequence = request.sequence;
        let room = self.parts.room.clone();
        // It is there twice while it is under way: as it came, and as message-state is told.
        let bytes = request.encoded_len().saturating_mul(2);
        let admitting = async move { (Batch::of(request), room.take(bytes).await) };
        self.admitting = Some(admitting.boxed());
    }

    /// Begins to take a batch in, as part of the call.
    fn begin(&mut self, batch: Batch, permit: OwnedSemaphorePermit) {
        self.admitting = None;
        let (parts, caller) = (Arc::clone(&self.parts), Arc::clone(&self.caller));
        let context = CallContext::current();
        let context = context.unwrap_or_else(|| CallContext::new(RequestId::generate()));
        let work = async move {
            let answer = batch.take_in(&parts, &caller).await;
            drop(permit);
            answer
        };
        let work = context.scope(work.instrument(Span::current()));
        // A task of its own goes on while nobody reads the answers.
        self.under_way.push_back(Task(tokio::spawn(work)));
    }
}

/// A batch that is taken in. Whoever goes away takes it with them.
struct Task(JoinHandle<Result<IngestResponse>>);

impl Future for Task {
    type Output = Result<IngestResponse>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = std::task::ready!(self.0.poll_unpin(cx));
        Poll::Ready(ended.unwrap_or_else(|_| Err(Error::internal("a batch broke off"))))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
