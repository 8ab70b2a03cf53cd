//! What every service is told of how to serve.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use super::{DEFAULT_AUDIENCE, Settings};
use crate::{
    Secret,
    auth::{KeySetUrl, KeySetUrlError, KeySource},
};

/// Calls under way at once, where nothing is configured.
const DEFAULT_CALLS: u64 = 1024;
/// Streamed answers that one caller may have open at once, where nothing is configured: or a quarter of the calls, where that
/// is less.
const DEFAULT_STREAMS: u64 = 64;
/// Longest message that is taken, in bytes, where nothing is configured.
const DEFAULT_MESSAGE: u64 = 16 << 20;
/// Longest time that a handler may take, in seconds, where nothing is configured.
const DEFAULT_DEADLINE: u64 = 60;
/// Longest time that calls under way are waited for at the end, in seconds, where nothing is configured: less than
/// the 30 seconds after which Kubernetes kills.
const DEFAULT_DRAIN: u64 = 20;
/// How long a connection is kept, in seconds, where nothing is configured.
const DEFAULT_AGE: u64 = 900;
/// How often the key set is looked at again.
const KEY_SET_INTERVAL: Duration = Duration::from_secs(3);

/// How one service serves.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether it may listen without TLS elsewhere than on loopback.
    pub allow_plaintext: bool,
    /// Its certificate; plaintext without.
    pub tls: Option<TlsConfig>,
    /// Whose tokens it takes.
    pub auth: AuthConfig,
    /// What it takes on.
    pub limits: Limits,
    /// How long it keeps a connection. Then it takes no more calls on it and those under way are finished: callers connect anew,
    /// to replicas too that were not there when they first did.
    pub connection_age: Duration,
    /// How long it waits for calls under way when it is told to stop.
    pub drain: Duration,
}

/// Whose tokens a service takes.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// The keys they are signed with.
    pub keys: KeySource,
    /// How often a file of keys is looked at again.
    pub refresh: Duration,
    /// Their `iss`.
    pub issuer: String,
    /// Their `aud`.
    pub audience: String,
    /// Whether a shared secret may sign them, in a development setup.
    pub allow_development_hs256: bool,
}

/// What a service takes on at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls under way; more are turned away.
    pub concurrent_calls: usize,
    /// Streamed answers that one caller, a subject in its workspace, may have open; more are turned away. Those that services
    /// ask for on a caller's behalf count as well.
    pub streams_per_caller: usize,
    /// Length of a message, in bytes, after it was decompressed.
    pub message_bytes: usize,
    /// How long a handler may take until it answers, or until its answer begins to stream.
    pub deadline: Duration,
}

/// A server's certificate. `Debug` shows no key.
#[derive(Clone)]
pub struct TlsConfig {
    /// Certificate chain as PEM.
    pub certificate: Vec<u8>,
    /// Private key as PEM.
    pub key: Secret,
    /// Authorities whose client certificates are demanded, as PEM; none is demanded without.
    pub client_ca: Option<Vec<u8>>,
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig")
            .field("client_ca", &self.client_ca.is_some())
            .finish_non_exhaustive()
    }
}

impl ServerConfig {
    /// Reads `ACUSE_LISTEN` (`default_listen` if absent), `ACUSE_ALLOW_PLAINTEXT`, `ACUSE_TLS_CERT`, `ACUSE_TLS_KEY`,
    /// `ACUSE_TLS_CLIENT_CA`, `ACUSE_JWKS_CA`, `ACUSE_JWKS_URL`, `ACUSE_JWKS`, `ACUSE_ISSUER`, `ACUSE_AUDIENCE`, `ACUSE_ALLOW_DEVELOPMENT_HS256`,
    /// `ACUSE_MAX_CONCURRENT_CALLS`, `ACUSE_MAX_STREAMS_PER_CALLER`, `ACUSE_MAX_MESSAGE_BYTES`, `ACUSE_MAX_DEADLINE_SECONDS`,
    /// `ACUSE_CONNECTION_AGE_SECONDS` and `ACUSE_DRAIN_SECONDS`.
    ///
    /// `None` only where a fault was noted.
    pub fn read(settings: &mut Settings, default_listen: SocketAddr) -> Option<Self> {
        let listen = settings.usual("ACUSE_LISTEN", Listen(default_listen)).0;
        let allow_plaintext = settings.flag("ACUSE_ALLOW_PLAINTEXT");
        let tls = tls(settings);
        if tls.is_none() && !allow_plaintext && !listen.ip().is_loopback() {
            settings.fault(
                "ACUSE_LISTEN",
                "not a loopback address: set ACUSE_TLS_CERT and ACUSE_TLS_KEY, or ask for plaintext with \
                 ACUSE_ALLOW_PLAINTEXT=true",
            );
        }
        let auth = auth(settings);
        let limits = Limits::read(settings);
        let connection_age =
            settings.seconds("ACUSE_CONNECTION_AGE_SECONDS", DEFAULT_AGE, 1..=86_400);
        let drain = settings.seconds("ACUSE_DRAIN_SECONDS", DEFAULT_DRAIN, 0..=3600);
        Some(Self {
            listen,
            allow_plaintext,
            tls,
            auth: auth?,
            limits,
            connection_age,
            drain,
        })
    }
}

impl Limits {
    fn read(settings: &mut Settings) -> Self {
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let calls = settings.number("ACUSE_MAX_CONCURRENT_CALLS", DEFAULT_CALLS, 1..=1_000_000);
        // A share is no share where it is as large as the whole.
        let usual = DEFAULT_STREAMS.min(calls.div_ceil(4));
        Self {
            concurrent_calls: size(calls),
            streams_per_caller: size(settings.number(
                "ACUSE_MAX_STREAMS_PER_CALLER",
                usual,
                1..=calls,
            )),
            message_bytes: size(settings.number(
                "ACUSE_MAX_MESSAGE_BYTES",
                DEFAULT_MESSAGE,
                1024..=(1 << 30),
            )),
            deadline: settings.seconds("ACUSE_MAX_DEADLINE_SECONDS", DEFAULT_DEADLINE, 1..=3600),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::read(&mut Settings::new(|_| None))
    }
}

fn auth(settings: &mut Settings) -> Option<AuthConfig> {
    let keys = keys(settings);
    let issuer = settings.required("ACUSE_ISSUER");
    let audience = settings.usual("ACUSE_AUDIENCE", DEFAULT_AUDIENCE.to_owned());
    let allow_development_hs256 = settings.flag("ACUSE_ALLOW_DEVELOPMENT_HS256");
    Some(AuthConfig {
        keys: keys?,
        refresh: KEY_SET_INTERVAL,
        issuer: issuer?,
        audience,
        allow_development_hs256,
    })
}

/// A file, a URL or both; without a URL a file is required.
fn keys(settings: &mut Settings) -> Option<KeySource> {
    const URL: &str = "ACUSE_JWKS_URL";
    const CA: &str = "ACUSE_JWKS_CA";
    let authorities = settings.content(CA);
    // Read as text first: a URL that cannot be used is no reason to ask for a file.
    let url: Option<String> = settings.optional(URL);
    let Some(url) = url else {
        if authorities.is_some() {
            settings.fault(CA, format!("is of no use without {URL}"));
        }
        let file = settings.required::<PathBuf>("ACUSE_JWKS");
        return file.map(KeySource::File);
    };
    let file = settings.optional("ACUSE_JWKS");
    match KeySetUrl::new(&url, authorities.as_deref()) {
        Ok(url) => Some(KeySource::Url {
            url: Box::new(url),
            file,
        }),
        Err(error @ KeySetUrlError::Authorities(_)) => {
            settings.fault(CA, error.to_string());
            None
        }
        Err(error) => {
            settings.fault(URL, error.to_string());
            None
        }
    }
}

fn tls(settings: &mut Settings) -> Option<TlsConfig> {
    let certificate = settings.content("ACUSE_TLS_CERT");
    let key = settings.content("ACUSE_TLS_KEY");
    let client_ca = settings.content("ACUSE_TLS_CLIENT_CA");
    match (certificate, key) {
        (Some(certificate), Some(key)) => match String::from_utf8(key) {
            Ok(key) => Some(TlsConfig {
                certificate,
                key: Secret::new(key),
                client_ca,
            }),
            Err(_) => {
                settings.fault("ACUSE_TLS_KEY", "the file is no PEM");
                None
            }
        },
        (None, None) if client_ca.is_none() => None,
        _ => {
            settings.fault(
                "ACUSE_TLS_CERT",
                "ACUSE_TLS_CERT and ACUSE_TLS_KEY belong together, and ACUSE_TLS_CLIENT_CA to both",
            );
            None
        }
    }
}

/// An address as people write it: numeric, or `localhost`.
pub(super) struct Listen(pub(super) SocketAddr);

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(port) = text.strip_prefix("localhost:") {
            return port
                .parse()
                .map(|port| Self(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)))
                .map_err(|_| "has no port");
        }
        text.parse()
            .map(Self)
            .map_err(|_| "not an address and port, such as 0.0.0.0:7410 or localhost:7410")
    }
}
