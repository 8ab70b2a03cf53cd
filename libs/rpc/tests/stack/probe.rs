//! A service by hand: methods that take a text and answer a text, each with a way of its own to behave.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use acuse_domain::{
    error::{Error, ErrorKind},
    scope::Permission,
};
use acuse_rpc::{
    auth::caller,
    context::{CallContext, RequestId},
    server::Drain,
    status::from_error,
};
use futures::future::{BoxFuture, FutureExt as _};
use tokio_stream::{Stream, StreamExt as _, wrappers::IntervalStream};
use tonic::{
    Request, Response, Status,
    body::Body,
    codec::{CompressionEncoding, EnabledCompressionEncodings},
    server::{Grpc, NamedService},
};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};

pub(crate) const SECRET: &str = "select secret from vault";

/// What the tests see of the service.
#[derive(Default)]
pub(crate) struct Seen {
    /// A handler runs.
    pub(crate) entered: AtomicU32,
    /// A handler's future, or its stream, was dropped.
    pub(crate) dropped: AtomicBool,
    /// `Flaky` refuses this often.
    pub(crate) refusals: AtomicU32,
}

#[derive(Clone)]
pub(crate) struct Probe {
    seen: Arc<Seen>,
    accept: EnabledCompressionEncodings,
    send: EnabledCompressionEncodings,
    decode: Option<usize>,
    encode: Option<usize>,
}

/// What generated servers have.
impl Probe {
    pub(crate) fn new(seen: Arc<Seen>) -> Self {
        Self {
            seen,
            accept: EnabledCompressionEncodings::default(),
            send: EnabledCompressionEncodings::default(),
            decode: None,
            encode: None,
        }
    }

    pub(crate) fn max_decoding_message_size(mut self, limit: usize) -> Self {
        self.decode = Some(limit);
        self
    }

    pub(crate) fn max_encoding_message_size(mut self, limit: usize) -> Self {
        self.encode = Some(limit);
        self
    }

    pub(crate) fn accept_compressed(mut self, encoding: CompressionEncoding) -> Self {
        self.accept.enable(encoding);
        self
    }

    pub(crate) fn send_compressed(mut self, encoding: CompressionEncoding) -> Self {
        self.send.enable(encoding);
        self
    }
}

impl NamedService for Probe {
    const NAME: &'static str = "acuse.test.v1.Probe";
}

impl Service<http::Request<Body>> for Probe {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<http::Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let probe = self.clone();
        async move {
            let method = request.uri().path().rsplit('/').next().unwrap().to_owned();
            let mut grpc = Grpc::new(ProstCodec::<String, String>::default())
                .apply_compression_config(probe.accept, probe.send)
                .apply_max_message_size_config(probe.decode, probe.encode);
            let seen = probe.seen;
            if method.contains("Stream") {
                let stream = service_fn(move |request| stream(request, Arc::clone(&seen)));
                return Ok(grpc.server_streaming(stream, request).await);
            }
            let unary =
                service_fn(move |request| unary(method.clone(), request, Arc::clone(&seen)));
            Ok(grpc.unary(unary, request).await)
        }
        .boxed()
    }
}

struct Flag(Arc<Seen>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.dropped.store(true, Ordering::SeqCst);
    }
}

async fn unary(
    method: String,
    request: Request<String>,
    seen: Arc<Seen>,
) -> Result<Response<String>, Status> {
    seen.entered.fetch_add(1, Ordering::SeqCst);
    if method == "Forgetful" {
        return Ok(Response::new(SECRET.to_owned()));
    }
    let access = caller(&request)?;
    assert!(!request.metadata().contains_key("authorization"));
    match method.as_str() {
        "Operate" => {
            access.require_operator()?;
            return Ok(Response::new("operated".to_owned()));
        }
        "Peer" => {
            access.require_peer(Permission::Report)?;
            return Ok(Response::new(access.peer().unwrap().to_owned()));
        }
        "PeerOperator" => {
            access.require_peer_operator(Permission::Report)?;
            return Ok(Response::new(access.peer().unwrap().to_owned()));
        }
        _ => {}
    }
    let scope = access.require(Permission::Report)?;
    let text = request.get_ref().clone();
    let answer = match method.as_str() {
        "Echo" => text,
        "Scope" => format!("{} {scope:?}", access.caller().subject),
        "Context" => {
            let deadline = CallContext::current().and_then(|context| context.remaining());
            let parent = request
                .metadata()
                .get("traceparent")
                .map(|value| value.to_str().unwrap());
            format!(
                "{} {} {}",
                RequestId::current(),
                deadline.is_some(),
                parent.unwrap_or("-")
            )
        }
        "Sleep" => {
            let _flag = Flag(seen);
            tokio::time::sleep(Duration::from_millis(text.parse().unwrap())).await;
            "slept".to_owned()
        }
        "Panic" => panic!("{SECRET}"),
        "Fail" => return Err(from_error(Error::internal(SECRET))),
        "FailRaw" => return Err(Status::internal(SECRET)),
        "Flaky" => {
            let left = |left: u32| left.checked_sub(1);
            if seen
                .refusals
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, left)
                .is_ok()
            {
                let kind = ErrorKind::Unavailable {
                    retry_after: Duration::from_millis(200),
                };
                return Err(from_error(Error::new(
                    kind,
                    "DATABASE_AWAY",
                    "the database is away",
                )));
            }
            "at last".to_owned()
        }
        _ => return Err(Status::unimplemented("no such method")),
    };
    Ok(Response::new(answer))
}

type Texts = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;

/// Ticks without end. Asked for `panic` or `fail`, does that after the first tick; asked for `polite`, ends when the
/// server drains.
async fn stream(request: Request<String>, seen: Arc<Seen>) -> Result<Response<Texts>, Status> {
    caller(&request)?.require(Permission::Report)?;
    let drain = request.extensions().get::<Drain>().unwrap().clone();
    let text = request.into_inner();
    let flag = Flag(seen);
    let mut ticks = 0;
    let polite = text == "polite";
    let stream =
        IntervalStream::new(tokio::time::interval(Duration::from_millis(10))).map(move |_| {
            let _held = &flag;
            ticks += 1;
            match text.as_str() {
                "panic" if ticks > 1 => panic!("{SECRET}"),
                "fail" if ticks > 1 => Err(from_error(Error::internal(SECRET))),
                "fail-raw" if ticks > 1 => Err(Status::unknown(SECRET)),
                _ => Ok(RequestId::current().to_string()),
            }
        });
    if polite {
        let ended = stream_until(stream, async move { drain.started().await });
        return Ok(Response::new(Box::pin(ended)));
    }
    Ok(Response::new(Box::pin(stream)))
}

fn stream_until<S: Stream + Unpin>(
    mut stream: S,
    end: impl Future<Output = ()>,
) -> impl Stream<Item = S::Item> {
    let mut end = Box::pin(end);
    futures::stream::poll_fn(move |cx| match end.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => Pin::new(&mut stream).poll_next(cx),
    })
}
