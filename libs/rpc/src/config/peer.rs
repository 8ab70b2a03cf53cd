//! What a service is told of the services that it calls.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use http::Uri;

use super::{DEFAULT_AUDIENCE, Settings};
use crate::{
    Secret,
    auth::{KeyPair, ServiceIdentity, system_clock},
    client::Resolver,
};

/// How long a call may take, in seconds, where nothing is configured.
const DEFAULT_DEADLINE: u64 = 10;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Where a peer is and how long it is waited for.
#[derive(Debug, Clone)]
pub struct PeerConfig {
    /// Its addresses; calls are spread over them, and over all replicas behind those that are names.
    pub addresses: Vec<Uri>,
    /// Who looks names up.
    pub resolver: Resolver,
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// How long a call may take, unless the call says otherwise.
    pub deadline: Duration,
    /// How its certificate is checked, for addresses with `https`.
    pub tls: PeerTls,
}

/// Certificates for calls to peers. `Debug` shows no key.
#[derive(Clone, Default)]
pub struct PeerTls {
    /// Authorities that are trusted, as PEM.
    pub ca: Option<Vec<u8>>,
    /// Our own certificate and key as PEM, for peers that demand one.
    pub identity: Option<(Vec<u8>, Secret)>,
}

impl fmt::Debug for PeerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerTls")
            .field("ca", &self.ca.is_some())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

impl PeerConfig {
    /// A peer at `addresses` over plaintext, with what is usual for the rest.
    pub fn at(addresses: impl IntoIterator<Item = Uri>) -> Self {
        Self {
            addresses: addresses.into_iter().collect(),
            resolver: Resolver::default(),
            connect_timeout: CONNECT_TIMEOUT,
            deadline: Duration::from_secs(DEFAULT_DEADLINE),
            tls: PeerTls::default(),
        }
    }

    /// Reads `<prefix>_ADDRESSES` and `<prefix>_DEADLINE_SECONDS`, and for all peers alike `ACUSE_PEER_CA`,
    /// `ACUSE_TLS_CERT` and `ACUSE_TLS_KEY` (what a service shows its callers, it shows its peers) and
    /// `ACUSE_ALLOW_PLAINTEXT`.
    ///
    /// `None` only where a fault was noted.
    pub fn read(settings: &mut Settings, prefix: &str) -> Option<Self> {
        let name = format!("{prefix}_ADDRESSES");
        let addresses: Vec<Address> = settings.list(&name);
        let deadline = settings.seconds(
            &format!("{prefix}_DEADLINE_SECONDS"),
            DEFAULT_DEADLINE,
            1..=3600,
        );
        let ca = settings.content("ACUSE_PEER_CA");
        let certificate = settings.content("ACUSE_TLS_CERT");
        let key = settings.content("ACUSE_TLS_KEY");
        if addresses.is_empty() {
            settings.fault(&name, "needs at least one address");
            return None;
        }
        let allow_plaintext = settings.flag("ACUSE_ALLOW_PLAINTEXT");
        if !allow_plaintext && addresses.iter().any(Address::is_exposed) {
            settings.fault(
                &name,
                "plaintext to another machine: use https://, or ask for plaintext with ACUSE_ALLOW_PLAINTEXT=true",
            );
        }
        let identity = certificate
            .zip(key.and_then(|key| String::from_utf8(key).ok()))
            .map(|(certificate, key)| (certificate, Secret::new(key)));
        Some(Self {
            addresses: addresses.into_iter().map(|address| address.0).collect(),
            resolver: Resolver::default(),
            connect_timeout: CONNECT_TIMEOUT,
            deadline,
            tls: PeerTls { ca, identity },
        })
    }
}

/// Reads `ACUSE_SERVICE_KEY`, the file with the key that `service` signs its calls to peers with, and with
/// it `ACUSE_ISSUER` and `ACUSE_AUDIENCE`.
///
/// `None` only where a fault was noted.
pub fn service_identity(settings: &mut Settings, service: &str) -> Option<Arc<ServiceIdentity>> {
    const KEY: &str = "ACUSE_SERVICE_KEY";
    let path = settings.required::<std::path::PathBuf>(KEY);
    let issuer: Option<String> = settings.required("ACUSE_ISSUER");
    let audience = settings.usual("ACUSE_AUDIENCE", DEFAULT_AUDIENCE.to_owned());
    path.as_ref()?;
    let key = match KeyPair::from_pem(&settings.content(KEY)?) {
        Ok(key) => key,
        Err(error) => {
            settings.fault(KEY, error.to_string());
            return None;
        }
    };
    Some(Arc::new(ServiceIdentity::new(
        service,
        issuer?,
        audience,
        key,
        system_clock(),
    )))
}

/// An address of a peer: `host:port`, or with `http://` or `https://` before it.
struct Address(Uri);

impl Address {
    /// Whether what is said to it can be read on the way.
    fn is_exposed(&self) -> bool {
        let host = self.0.host().unwrap_or_default();
        let loopback = host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        self.0.scheme_str() != Some("https") && !loopback
    }
}

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "not host:port, http://host:port or https://host:port";
        let full = if text.contains("://") {
            text.to_owned()
        } else {
            format!("http://{text}")
        };
        let uri: Uri = full.parse().map_err(|_| SHAPE)?;
        let fit = matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
            && uri.port().is_some()
            && matches!(uri.path(), "" | "/");
        fit.then_some(Self(uri)).ok_or(SHAPE)
    }
}
