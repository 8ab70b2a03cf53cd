//! Putting a server together.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use acuse_telemetry::metrics::catalog::SERVER_SHED;
use axum::{
    Router, body::Body as HttpBody, extract::Request, middleware::map_response, response::Response,
};
use tokio::{net::TcpListener, sync::Semaphore};
use tonic::{
    body::Body,
    server::NamedService,
    service::Routes,
    transport::{
        Certificate, Identity as TlsIdentity,
        server::{Server as Transport, ServerTlsConfig, TcpIncoming},
    },
};
use tower::Service;

use super::{
    Background, Browsers, Readiness, Server, Tuned,
    authenticate::Door,
    deadline::Deadlines,
    health::{Health, Wellness},
    lifecycle::lifecycle,
    measured::Methods,
    reply::Protocol,
    stack,
    streams::Streams,
    version,
};
use crate::{
    auth::{KeyStore, KeysError, Verifier, system_clock},
    config::{ServerConfig, TlsConfig},
    status::described,
};

/// A connection that says nothing is asked whether it lives after this long.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
/// How long it has to answer.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// What a stream may send ahead of its reader, in bytes, and what all streams of a connection may together: more than one of
/// them, so that a stream whose reader is slow, as it is meant to be, does not hold up the other calls of its connection.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 8 * STREAM_WINDOW;
/// Room for a token with a few hundred departments, in bytes.
const MAX_HEADERS: u32 = 32 * 1024;

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is not loopback, there is no certificate, and nobody asked for plaintext.
    #[error("{0} is not loopback: plaintext there needs to be asked for")]
    Plaintext(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// There are no keys to check tokens with.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The certificate or its key cannot be used.
    #[error("the TLS certificate cannot be used: {0}")]
    Tls(#[from] tonic::transport::Error),
    /// The file descriptors cannot be used.
    #[error("the file descriptors cannot be used: {0}")]
    Descriptors(#[from] tonic_reflection::server::Error),
    /// The file descriptors cannot be read.
    #[error("the file descriptors cannot be read: {0}")]
    Undescribed(#[from] prost::DecodeError),
}

/// What every server has beside its own services, by name.
const HEALTH: &str = "grpc.health.v1.Health";
const REFLECTION: &str = "grpc.reflection.v1.ServerReflection";
const OLD_REFLECTION: &str = "grpc.reflection.v1alpha.ServerReflection";

/// A server in the making.
pub struct Builder {
    config: ServerConfig,
    readiness: Wellness,
    routes: Routes,
    names: Vec<&'static str>,
    served: Vec<&'static str>,
    descriptors: Vec<&'static [u8]>,
    web: Option<Router>,
    browsers: Option<Browsers>,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl Builder {
    pub(super) fn new(config: ServerConfig, readiness: Readiness) -> Self {
        Self {
            config,
            readiness: Wellness {
                whole: readiness,
                services: Vec::new(),
                parts: Vec::new(),
            },
            routes: Router::new().fallback(unknown).into(),
            names: Vec::new(),
            served: Vec::new(),
            descriptors: Vec::new(),
            web: None,
            browsers: None,
        }
    }

    /// Serves a generated server to callers with a token: `.service(tuned!(limits, SomeServer::new(handlers)))`.
    #[must_use]
    pub fn service<S>(mut self, service: Tuned<S>) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.routes = self.routes.add_service(service.into_inner());
        self.names.push(S::NAME);
        self.served.push(S::NAME);
        self
    }

    /// Has health say by its own name that the service `S` serves only while `readiness` holds as well: for one that needs a
    /// peer without which the rest of the process can go on.
    #[must_use]
    pub fn ready_when<S: NamedService>(mut self, readiness: Readiness) -> Self {
        self.readiness.services.push((S::NAME, readiness));
        self
    }

    /// Has health tell under a name of its own whether a part is there without which the process goes on, though not as it should.
    #[must_use]
    pub fn part(mut self, name: &'static str, readiness: Readiness) -> Self {
        self.readiness.parts.push((name, readiness));
        self.names.push(name);
        self
    }

    /// Describes the services over reflection, from an encoded `FileDescriptorSet`. What else that describes is not listed.
    #[must_use]
    pub fn descriptors(mut self, encoded: &'static [u8]) -> Self {
        self.descriptors.push(encoded);
        self
    }

    /// Serves HTTP on the same port, with everything but tokens: such a router checks its own callers.
    #[must_use]
    pub fn web(mut self, router: Router) -> Self {
        self.web = Some(self.web.unwrap_or_default().merge(router));
        self
    }

    /// Takes calls from scripts of web pages as well: gRPC-Web, over HTTP/1.1 too, and CORS.
    #[must_use]
    pub fn browsers(mut self, browsers: Browsers) -> Self {
        self.browsers = Some(browsers);
        self
    }

    /// Reads the keys and takes the address. Nothing is answered before [`Server::run`].
    ///
    /// # Errors
    ///
    /// [`StartError`], for whichever of the two fails.
    pub async fn bind(self) -> Result<Server, StartError> {
        let Self {
            config,
            readiness,
            routes,
            names,
            served,
            descriptors,
            web,
            browsers,
        } = self;
        let transport = transport(&config, web.is_some() || browsers.is_some())?;
        let keys = KeyStore::open(config.auth.keys, config.auth.allow_development_hs256).await?;
        let verifier = Verifier::new(
            Arc::clone(&keys),
            config.auth.issuer,
            config.auth.audience,
            system_clock(),
        );

        let (reporter, health_service) = tonic_health::server::health_reporter();
        let health = Health::new(reporter, &names).await;
        let mut open = Routes::from(Router::new()).add_service(health_service);
        if !descriptors.is_empty() {
            open = open
                .add_service(reflection(&descriptors, &served, REFLECTION).build_v1()?)
                .add_service(reflection(&descriptors, &served, OLD_REFLECTION).build_v1alpha()?);
        }

        SERVER_SHED.exists(["calls".into()]);
        SERVER_SHED.exists(["streams".into()]);
        let streams = Streams::of(&descriptors, config.limits.streams_per_caller)?;
        let (phase, drain) = lifecycle();
        let router = stack::compose(
            routes.into_axum_router(),
            open.into_axum_router().layer(map_response(version::layer)),
            web.unwrap_or_default(),
            stack::Parts {
                methods: Arc::new(Methods::of(&descriptors)?),
                door: Door {
                    verifier: Arc::new(verifier),
                    streams: Arc::new(streams),
                },
                room: Arc::new(Semaphore::new(config.limits.concurrent_calls)),
                deadlines: Deadlines {
                    longest: config.limits.deadline,
                    drain,
                },
            },
        );

        let router = match &browsers {
            Some(browsers) => browsers.around(router),
            None => router,
        };
        let failed = |error| StartError::Listen(config.listen, error);
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Server {
            transport,
            routes: Routes::from(router),
            incoming: TcpIncoming::from(listener).with_nodelay(Some(true)),
            address,
            health,
            readiness,
            keys: Background(keys.watch(config.auth.refresh)),
            phase,
            drain: config.drain,
        })
    }
}

fn transport(config: &ServerConfig, http1: bool) -> Result<Transport, StartError> {
    let transport = Transport::builder()
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .http2_max_header_list_size(MAX_HEADERS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_connection_age(config.connection_age)
        // gRPC needs none of HTTP/1; senders of webhooks speak little else, and some proxies before browsers.
        .accept_http1(http1);
    match &config.tls {
        Some(tls) => Ok(transport.tls_config(tls_config(tls))?),
        None if config.allow_plaintext || config.listen.ip().is_loopback() => Ok(transport),
        None => Err(StartError::Plaintext(config.listen)),
    }
}

fn tls_config(tls: &TlsConfig) -> ServerTlsConfig {
    let config = ServerTlsConfig::new()
        .identity(TlsIdentity::from_pem(&tls.certificate, tls.key.expose()))
        .timeout(HANDSHAKE_TIMEOUT);
    match &tls.client_ca {
        Some(ca) => config.client_ca_root(Certificate::from_pem(ca)),
        None => config,
    }
}

/// Reflection that lists the services that are served and, with `own`, itself: the descriptors tell of every package, and who
/// looks for a method is not to find it where nobody answers it.
fn reflection(
    descriptors: &[&'static [u8]],
    served: &[&'static str],
    own: &str,
) -> tonic_reflection::server::Builder<'static> {
    let described = descriptors.iter().copied();
    let builder = described
        .chain([tonic_health::pb::FILE_DESCRIPTOR_SET])
        .fold(
            tonic_reflection::server::Builder::configure(),
            |builder, encoded| builder.register_encoded_file_descriptor_set(encoded),
        );
    let names = served.iter().copied().chain([HEALTH, own]);
    names.fold(builder, |builder, name| builder.with_service_name(name))
}

/// What is asked of nobody here. Callers without a token do not get this far, and learn nothing of what there is.
async fn unknown(request: Request) -> Response {
    match Protocol::of(&request) {
        Protocol::Grpc => described(
            tonic::Code::Unimplemented,
            "METHOD_UNKNOWN",
            "there is no such method",
        )
        .into_http::<HttpBody>(),
        protocol @ Protocol::Http => protocol.refuse(acuse_domain::error::Error::not_found("page")),
    }
}
