//! The connection to a peer, and what is done to each call on its way.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    iter::once,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt as _};
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use tokio::{
    task::JoinSet,
    time::{Instant, timeout_at},
};
use tonic::{Code, Status, body::Body, transport::Channel as Transport};
use tower::{Service, ServiceExt as _};
use tracing::Instrument as _;

use acuse_telemetry::metrics::catalog::CLIENT_RETRIES;

use super::{
    Call,
    call::Patience,
    failure::{broken, expired},
    headers::{announce, identify},
    measured::{Measured, method},
    names::{CHANGES, Place, follow},
    preferred::Addresses,
    retry::{Budget, MAX_ATTEMPTS, pause},
    timed::until,
    unsent::{Unsent, never_sent},
};
use crate::{
    Secret,
    auth::ServiceIdentity,
    config::PeerConfig,
    context::CallContext,
    status::{described, retry_delay},
};

/// How often a call is begun for each address while none takes the connection: the balancer may choose one that is
/// down twice before it chooses another.
const TRIES_PER_ADDRESS: usize = 2;

/// What a channel shows its peer.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// Nothing.
    None,
    /// The same token with every call: a person's at the command line.
    Bearer(Secret),
    /// A token of a minute for the caller of each call.
    Service(Arc<ServiceIdentity>),
}

/// Why a channel cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// There is no address.
    #[error("a peer needs at least one address")]
    NoAddress,
    /// An address or a certificate cannot be used.
    #[error("the address or the certificate of a peer cannot be used: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// A way to a peer, shared by cloning. Connects with the first call, and again whenever the connection is lost.
#[derive(Clone)]
pub struct Channel {
    transport: Transport,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Channel").finish_non_exhaustive()
    }
}

struct Shared {
    credentials: Credentials,
    patience: Duration,
    addresses: Arc<Addresses>,
    budget: Budget,
    /// Who follows the replicas behind names.
    _following: JoinSet<()>,
}

impl Channel {
    /// A channel to the peer at all its addresses, without connecting yet. Of an address that is a name each replica behind it
    /// is connected to, also those that come later.
    ///
    /// # Errors
    ///
    /// [`ChannelError`] where there is no address, or TLS cannot be set up.
    pub fn new(config: &PeerConfig, credentials: Credentials) -> Result<Self, ChannelError> {
        let places = Place::all(config);
        let named = places.iter().map(Place::itself);
        let named = named.collect::<Result<BTreeMap<_, _>, _>>()?;
        let mut following = JoinSet::new();
        let addresses = Arc::new(Addresses::default());
        let transport = if places.iter().any(Place::is_name) {
            let (transport, changes) = Transport::balance_channel(CHANGES);
            let resolver = config.resolver.clone();
            following.spawn(follow(places, resolver, Arc::clone(&addresses), changes));
            transport
        } else {
            addresses.set(&named);
            let mut endpoints = named.into_values();
            match (endpoints.next(), endpoints.len()) {
                (None, _) => return Err(ChannelError::NoAddress),
                (Some(only), 0) => only.connect_lazy(),
                (Some(first), _) => Transport::balance_list(once(first).chain(endpoints)),
            }
        };
        Ok(Self {
            transport,
            shared: Arc::new(Shared {
                credentials,
                patience: config.deadline,
                addresses,
                budget: Budget::default(),
                _following: following,
            }),
        })
    }

    /// The address that calls about `thing` go to now; `None` where there is none to choose, or none answers. Calls about things
    /// of one address can be made as one.
    pub fn preferred(&self, thing: &str) -> Option<String> {
        self.shared.addresses.name_of(thing, Instant::now())
    }
}

impl Service<Request<Body>> for Channel {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    // A connection is waited for inside the call, where the deadline counts.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let call = request
            .extensions_mut()
            .remove::<Call>()
            .unwrap_or_default();
        let measured = Measured::begin(&request);
        let span = tracing::info_span!(
            "call",
            otel.name = request.uri().path().trim_start_matches('/'),
            otel.kind = "client",
        );
        let (transport, shared) = (self.transport.clone(), Arc::clone(&self.shared));
        let made = async move { measured.of(shared.make(transport, call, request).await) };
        made.instrument(span).boxed()
    }
}

impl Shared {
    async fn make(
        &self,
        transport: Transport,
        call: Call,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, Status> {
        let deadline = self.deadline(call.patience);
        self.authorize(&call, request.headers_mut())?;
        identify(request.headers_mut());
        let work = async {
            let about = call.about.as_deref();
            if call.idempotent {
                self.attempts(transport, request, about, deadline).await
            } else {
                announce(deadline, request.headers_mut())?;
                self.send(transport, request, about).await
            }
        };
        let answer = match deadline {
            Some(deadline) => timeout_at(deadline, work)
                .await
                .unwrap_or_else(|_| Err(expired())),
            None => work.await,
        };
        answer.map(|response| response.map(|body| until(deadline, body)))
    }

    /// The earlier of the call's own deadline and that of the call that it is made in.
    fn deadline(&self, patience: Patience) -> Option<Instant> {
        let own = match patience {
            Patience::Usual => Some(self.patience),
            Patience::For(patience) => Some(patience),
            Patience::Endless => None,
        }
        .and_then(|patience| Instant::now().checked_add(patience));
        let outer = CallContext::current().and_then(|context| context.deadline());
        match (own, outer) {
            (Some(own), Some(outer)) => Some(own.min(outer)),
            (own, outer) => own.or(outer),
        }
    }

    fn authorize(&self, call: &Call, headers: &mut HeaderMap) -> Result<(), Status> {
        let token = match (&self.credentials, &call.caller) {
            (Credentials::Service(identity), Some(caller)) => identity
                .token(caller)
                .map_err(|_| described(Code::Internal, "INTERNAL", "no token could be made"))?,
            (Credentials::Bearer(token), _) => token.clone(),
            (Credentials::Service(_), None) | (Credentials::None, _) => return Ok(()),
        };
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
            .map_err(|_| described(Code::Unauthenticated, "TOKEN_INVALID", "not a token"))?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
        Ok(())
    }

    /// Sends a request once: to the address that calls `about` the same prefer, else to whichever takes it.
    async fn send(
        &self,
        mut transport: Transport,
        request: Request<Body>,
        about: Option<&str>,
    ) -> Result<Response<Body>, Status> {
        let (parts, body) = request.into_parts();
        let body = Unsent::new(body);
        let preferred = about.and_then(|thing| self.addresses.of(thing, Instant::now()));
        if let Some(attempt) = preferred {
            let mut transport = attempt.transport();
            let request = Request::from_parts(parts.clone(), body.lend());
            let answer = async { transport.ready().await?.call(request).await }.await;
            match answer {
                Err(error) if never_sent(&error) && body.is_whole() => drop(attempt),
                Err(error) => return Err(broken(error)),
                Ok(response) => {
                    // One that says it is away is no better than one that says nothing.
                    if unavailable(&response).is_none() {
                        attempt.answered();
                    }
                    return Ok(response);
                }
            }
        }
        let mut tries = self.addresses.count() * TRIES_PER_ADDRESS;
        loop {
            let request = Request::from_parts(parts.clone(), body.lend());
            let answer = async { transport.ready().await?.call(request).await }.await;
            tries -= 1;
            match answer {
                Err(error) if tries > 0 && never_sent(&error) && body.is_whole() => {}
                answer => return answer.map_err(broken),
            }
        }
    }

    async fn attempts(
        &self,
        transport: Transport,
        request: Request<Body>,
        mut about: Option<&str>,
        deadline: Option<Instant>,
    ) -> Result<Response<Body>, Status> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let mut attempt = 1;
        loop {
            let mut again = Request::from_parts(parts.clone(), full(body.clone()));
            announce(deadline, again.headers_mut())?;
            // Where the preferred address refused, any other may do.
            let answer = self.send(transport.clone(), again, about.take()).await;
            let Some(asked) = refused(&answer) else {
                self.budget.earn();
                return answer;
            };
            attempt += 1;
            let pause = pause(attempt, asked);
            let in_time = deadline.is_none_or(|deadline| Instant::now() + pause < deadline);
            if attempt > MAX_ATTEMPTS || !in_time || !self.budget.spend() {
                return answer;
            }
            tracing::debug!(attempt, "the peer is away; calling again");
            CLIENT_RETRIES.one([method(&parts.uri)]);
            tokio::time::sleep(pause).await;
        }
    }
}

/// `Some` where the peer did not take the call, with the pause that it asks for, if it does.
fn refused(answer: &Result<Response<Body>, Status>) -> Option<Option<Duration>> {
    match answer {
        Ok(response) => unavailable(response).map(|status| retry_delay(&status)),
        Err(status) => (status.code() == Code::Unavailable).then_some(None),
    }
}

/// The status of an answer that says that the peer is away.
fn unavailable(response: &Response<Body>) -> Option<Status> {
    let status = Status::from_header_map(response.headers());
    status.filter(|status| status.code() == Code::Unavailable)
}

fn full(bytes: Bytes) -> Body {
    Body::new(Full::new(bytes).map_err(|never: Infallible| match never {}))
}
