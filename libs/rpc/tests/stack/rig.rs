//! A server of one probe, and ways to call it.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use acuse_domain::scope::{Permission, Role};
use acuse_rpc::{
    Secret,
    auth::{Claims, KeyPair, KeySource, KeyUse, jwks, system_clock},
    client::{Call, Channel, Credentials},
    config::{AuthConfig, Limits, PeerConfig, ServerConfig},
    server::{Builder, Readiness, Server},
    tuned,
};
use tokio::{sync::oneshot, task::JoinHandle};
use tonic::{Request, Response, Status, Streaming, client::Grpc};
use tonic_prost::ProstCodec;

use crate::probe::{Probe, Seen};

pub(crate) const ISSUER: &str = "https://id.example";
pub(crate) const AUDIENCE: &str = "acuse";

/// Keys of callers and of services.
pub(crate) struct Keys {
    pub(crate) callers: KeyPair,
    pub(crate) services: KeyPair,
}

impl Keys {
    pub(crate) fn new() -> Self {
        Self {
            callers: KeyPair::generate().unwrap().0,
            services: KeyPair::generate().unwrap().0,
        }
    }

    pub(crate) fn set(&self) -> String {
        jwks([
            (&self.callers, KeyUse::Caller),
            (&self.services, KeyUse::Service),
        ])
    }

    pub(crate) fn analyst(&self) -> Secret {
        let claims = Claims::of("ana", Role::Analyst, Some("acme")).allowing([Permission::Report]);
        mint(&self.callers, claims)
    }
}

pub(crate) fn mint(key: &KeyPair, claims: Claims) -> Secret {
    let hour = Duration::from_secs(3600);
    key.mint(claims, ISSUER, AUDIENCE, hour, &system_clock())
        .unwrap()
}

pub(crate) fn config(keys: &Keys) -> ServerConfig {
    ServerConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        allow_plaintext: false,
        tls: None,
        auth: AuthConfig {
            keys: KeySource::Fixed(keys.set().into_bytes()),
            refresh: Duration::from_millis(50),
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            allow_development_hs256: false,
        },
        limits: Limits::default(),
        connection_age: Duration::from_secs(900),
        drain: Duration::from_secs(5),
    }
}

/// A server that runs until it is told to stop, or dropped.
pub(crate) struct Rig {
    pub(crate) keys: Keys,
    pub(crate) seen: Arc<Seen>,
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut ServerConfig)) -> Self {
        Self::ready(Readiness::always(), change, |builder| builder).await
    }

    pub(crate) async fn ready(
        readiness: Readiness,
        change: impl FnOnce(&mut ServerConfig),
        more: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let keys = Keys::new();
        let mut config = config(&keys);
        change(&mut config);
        let seen = Arc::new(Seen::default());
        let probe = tuned!(config.limits, Probe::new(Arc::clone(&seen)));
        let builder = more(Server::builder(config, readiness).service(probe));
        let server = builder.bind().await.unwrap();
        let address = server.address();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            server
                .run(async { stopped.await.unwrap_or(()) })
                .await
                .unwrap();
        });
        Self {
            keys,
            seen,
            address,
            stop: Some(stop),
            running,
        }
    }

    pub(crate) fn peer(&self) -> PeerConfig {
        PeerConfig::at([format!("http://{}", self.address).parse().unwrap()])
    }

    pub(crate) fn with_token(&self, token: Secret) -> Caller {
        Caller::new(Channel::new(&self.peer(), Credentials::Bearer(token)).unwrap())
    }

    pub(crate) fn analyst(&self) -> Caller {
        self.with_token(self.keys.analyst())
    }

    pub(crate) fn nobody(&self) -> Caller {
        Caller::new(Channel::new(&self.peer(), Credentials::None).unwrap())
    }

    /// Tells the server to stop. `stopped` waits until it has.
    pub(crate) fn stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    pub(crate) async fn stopped(self) {
        self.running.await.unwrap();
    }

    /// Returns when so many calls are, or were, in a handler.
    pub(crate) async fn entered(&self, calls: u32) {
        until(|| self.seen.entered.load(Ordering::SeqCst) >= calls).await;
    }
}

/// Returns when `true`, and fails after five seconds.
pub(crate) async fn until(mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(5), "waited in vain");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[derive(Clone)]
pub(crate) struct Caller(pub(crate) Grpc<Channel>);

impl Caller {
    pub(crate) fn new(channel: Channel) -> Self {
        Self(Grpc::new(channel))
    }

    pub(crate) async fn call(&self, method: &str, text: &str) -> Result<String, Status> {
        self.send(method, Call::plain().request(text.to_owned()))
            .await
            .map(Response::into_inner)
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        request: Request<String>,
    ) -> Result<Response<String>, Status> {
        let mut grpc = self.0.clone();
        grpc.ready().await?;
        let codec = ProstCodec::<String, String>::default();
        grpc.unary(request, path(method), codec).await
    }

    pub(crate) async fn stream(
        &self,
        request: Request<String>,
    ) -> Result<Streaming<String>, Status> {
        let mut grpc = self.0.clone();
        grpc.ready().await?;
        let codec = ProstCodec::<String, String>::default();
        grpc.server_streaming(request, path("Stream"), codec)
            .await
            .map(Response::into_inner)
    }
}

fn path(method: &str) -> http::uri::PathAndQuery {
    let full = if method.starts_with('/') {
        method.to_owned()
    } else {
        format!("/acuse.test.v1.Probe/{method}")
    };
    full.parse().unwrap()
}
