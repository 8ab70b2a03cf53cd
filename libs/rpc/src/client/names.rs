//! Names of peers, and the replicas behind them.
//!
//! A name may stand for many replicas, which come and go: that of a headless service in a cluster, say. Each of them gets a
//! connection of its own, and the name is looked up again and again, so that a new one gets its share of the calls and one that
//! is gone gets none.

use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc, time::Duration};

use futures::future::{BoxFuture, join_all};
use http::Uri;
use tokio::{net::lookup_host, sync::mpsc::Sender, time::sleep};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Error, Identity, channel::Change};

use super::preferred::Addresses;
use crate::config::{PeerConfig, PeerTls};

/// A connection that says nothing is asked whether it lives after this long.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
/// How long it has to answer.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(5);
/// What a stream may be sent ahead of its reader, in bytes, and what all streams of a connection may together: a batch of rows,
/// so that it comes without a pause for each of its parts.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 8 * STREAM_WINDOW;

/// How often names are looked up. Resolvers and the system's cache have their own idea of how long an answer is good.
const EVERY: Duration = Duration::from_secs(5);

/// Changes that wait for the next call at most.
pub(super) const CHANGES: usize = 256;

/// Looks up a host and port.
type LookUp =
    Arc<dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Looks names up.
#[derive(Clone)]
pub struct Resolver {
    look_up: LookUp,
    every: Duration,
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolver")
            .field("every", &self.every)
            .finish_non_exhaustive()
    }
}

impl Default for Resolver {
    /// As the system does.
    fn default() -> Self {
        Self::new(EVERY, |host, port| async move {
            Ok(lookup_host((host, port)).await?.collect())
        })
    }
}

impl Resolver {
    /// One that asks `look_up` every so often.
    pub fn new<F>(
        every: Duration,
        look_up: impl Fn(String, u16) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        Self {
            look_up: Arc::new(move |host, port| Box::pin(look_up(host, port))),
            every,
        }
    }
}

/// An address of a peer, with how it is connected to.
pub(super) struct Place {
    uri: Uri,
    connect_timeout: Duration,
    /// For addresses with `https`.
    tls: Option<ClientTlsConfig>,
}

impl Place {
    /// Each address of a peer.
    pub(super) fn all(config: &PeerConfig) -> Vec<Self> {
        let place = |uri: &Uri| Self {
            uri: uri.clone(),
            connect_timeout: config.connect_timeout,
            tls: (uri.scheme_str() == Some("https")).then(|| tls(&config.tls)),
        };
        config.addresses.iter().map(place).collect()
    }

    /// Whether there may be several replicas behind it.
    pub(super) fn is_name(&self) -> bool {
        let host = self.uri.host().unwrap_or_default();
        let is_address = host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok();
        !is_address && host != "localhost"
    }

    /// The place as it was named.
    pub(super) fn itself(&self) -> Result<(String, Endpoint), Error> {
        Ok((self.uri.to_string(), self.endpoint(&self.uri)?))
    }

    /// A replica behind the name. It is called by that all the same: so does its certificate.
    fn replica(&self, at: SocketAddr) -> Option<(String, Endpoint)> {
        let uri: Uri = format!("{}://{at}", self.uri.scheme_str()?).parse().ok()?;
        let endpoint = self.endpoint(&uri).ok()?.origin(self.uri.clone());
        Some((uri.to_string(), endpoint))
    }

    fn endpoint(&self, at: &Uri) -> Result<Endpoint, Error> {
        let endpoint = Endpoint::from(at.clone())
            .connect_timeout(self.connect_timeout)
            .tcp_nodelay(true)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT)
            .keep_alive_while_idle(true);
        let Some(tls) = self.tls.clone() else {
            return Ok(endpoint);
        };
        let host = self.uri.host().unwrap_or_default();
        endpoint.tls_config(tls.domain_name(host.trim_matches(['[', ']'])))
    }

    /// All replicas behind it; `None` where nothing is learned.
    async fn look_up(&self, resolver: &Resolver) -> Option<Vec<(String, Endpoint)>> {
        if !self.is_name() {
            return Some(self.itself().into_iter().collect());
        }
        let (host, port) = (self.uri.host()?.to_owned(), self.uri.port_u16()?);
        match (resolver.look_up)(host, port).await {
            Ok(found) if !found.is_empty() => {
                let replicas = found.into_iter().filter_map(|at| self.replica(at));
                Some(replicas.collect())
            }
            Ok(_) => None,
            Err(error) => {
                tracing::debug!(%error, peer = %self.uri, "the name cannot be looked up");
                None
            }
        }
    }
}

fn tls(config: &PeerTls) -> ClientTlsConfig {
    let mut tls = ClientTlsConfig::new();
    if let Some(ca) = &config.ca {
        tls = tls.ca_certificate(Certificate::from_pem(ca));
    }
    if let Some((certificate, key)) = &config.identity {
        tls = tls.identity(Identity::from_pem(certificate, key.expose()));
    }
    tls
}

/// Follows the replicas behind the places of a peer, until dropped. Where a name is not known for a while, those that were behind
/// it last are called; where nobody was yet, the name itself, whose failure tells callers what is wrong.
pub(super) async fn follow(
    places: Vec<Place>,
    resolver: Resolver,
    addresses: Arc<Addresses>,
    changes: Sender<Change<String, Endpoint>>,
) {
    let mut behind: Vec<Vec<(String, Endpoint)>> = places.iter().map(|_| Vec::new()).collect();
    let mut told: BTreeMap<String, Endpoint> = BTreeMap::new();
    loop {
        let looked_up = join_all(places.iter().map(|place| place.look_up(&resolver))).await;
        for ((place, known), found) in places.iter().zip(&mut behind).zip(looked_up) {
            match found {
                Some(found) => *known = found,
                None if known.is_empty() => *known = place.itself().into_iter().collect(),
                None => {}
            }
        }
        let now: BTreeMap<String, Endpoint> = behind.iter().flatten().cloned().collect();
        addresses.set(&now);
        let come = now.iter().filter(|(name, _)| !told.contains_key(*name));
        let come = come.map(|(name, endpoint)| Change::Insert(name.clone(), endpoint.clone()));
        let gone = told.keys().filter(|name| !now.contains_key(*name));
        let gone = gone.cloned().map(Change::Remove);
        for change in come.chain(gone) {
            if changes.send(change).await.is_err() {
                return;
            }
        }
        told = now;
        sleep(resolver.every).await;
    }
}
