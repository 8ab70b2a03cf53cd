//! Key sets that their issuer publishes at a URL.

use std::{fmt, io, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tokio::time::timeout;

use super::source::MAX_KEY_SET;
use crate::status::chain;

/// How long a set is good before it is asked for again.
const EVERY: Duration = Duration::from_secs(5 * 60);
/// How long it is not asked for again for the sake of a token's key.
const APART: Duration = Duration::from_secs(10);
/// How long the answer may take, connecting and all of its body included.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where a key set is published, and how often it is asked for.
#[derive(Clone)]
pub struct KeySetUrl {
    uri: Uri,
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    /// How long a set is good before it is asked for again.
    pub every: Duration,
    /// How long it is not asked for again whatever keys tokens name, and after it could not be had.
    pub apart: Duration,
}

/// Why a key set cannot be asked for.
#[derive(Debug, thiserror::Error)]
pub enum KeySetUrlError {
    /// It is no URL, or one that holds a secret.
    #[error("is no URL such as https://id.example.com/.well-known/jwks.json")]
    Shape,
    /// Whoever stands between could have everybody trust keys of theirs.
    #[error("is http:// to another machine, where keys could be anybody's: it has to be https://")]
    Plaintext,
    /// Authorities are given for a connection without certificates.
    #[error("is http://, which has no certificate that an authority could be for")]
    NoTls,
    /// The authorities cannot be read.
    #[error("the file cannot be used: {0}")]
    Authorities(String),
    /// TLS cannot be set up at all.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

impl KeySetUrl {
    /// The key set at an `https://` URL, or an `http://` one of this machine. Its certificate is from one of `authorities`, as PEM,
    /// or from one that the machine trusts. Redirects are not followed.
    ///
    /// # Errors
    ///
    /// [`KeySetUrlError`]. Nothing is asked yet.
    pub fn new(url: &str, authorities: Option<&[u8]>) -> Result<Self, KeySetUrlError> {
        let uri: Uri = url.parse().map_err(|_| KeySetUrlError::Shape)?;
        let host = uri.host().filter(|host| !host.is_empty());
        let host = host.ok_or(KeySetUrlError::Shape)?;
        match uri.scheme_str() {
            // What comes before an @ is a password at worst, and a URL is written to logs.
            _ if url.contains(['@', '#']) => return Err(KeySetUrlError::Shape),
            Some("https") => {}
            Some("http") if !is_loopback(host) => return Err(KeySetUrlError::Plaintext),
            Some("http") if authorities.is_some() => return Err(KeySetUrlError::NoTls),
            Some("http") => {}
            _ => return Err(KeySetUrlError::Shape),
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(trusted(authorities)?)
            .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        // Nobody needs a connection again for minutes.
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(connector);
        Ok(Self {
            uri,
            client,
            every: EVERY,
            apart: APART,
        })
    }

    /// What is published there now.
    pub(super) async fn fetch(&self) -> io::Result<Vec<u8>> {
        let late = |_| io::Error::from(io::ErrorKind::TimedOut);
        timeout(PATIENCE, self.ask()).await.map_err(late)?
    }

    async fn ask(&self) -> io::Result<Vec<u8>> {
        let agent = concat!("acuse/", env!("CARGO_PKG_VERSION"));
        let request = Request::get(self.uri.clone())
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, agent)
            .body(Empty::new())
            .map_err(io::Error::other)?;
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| io::Error::other(chain(&error)))?;
        if answer.status() != StatusCode::OK {
            let status = answer.status().as_u16();
            return Err(io::Error::other(format!("it answers {status}")));
        }
        let body = Limited::new(answer.into_body(), MAX_KEY_SET)
            .collect()
            .await;
        let body = body.map_err(|error| io::Error::other(chain(&*error)))?;
        Ok(body.to_bytes().to_vec())
    }
}

impl fmt::Debug for KeySetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeySetUrl").field(&self.uri).finish()
    }
}

fn is_loopback(host: &str) -> bool {
    let number = host.trim_start_matches('[').trim_end_matches(']');
    let number = number.parse::<std::net::IpAddr>();
    host == "localhost" || number.is_ok_and(|number| number.is_loopback())
}

fn trusted(authorities: Option<&[u8]>) -> Result<RootCertStore, KeySetUrlError> {
    let mut roots = RootCertStore::empty();
    let Some(pem) = authorities else {
        // What cannot be read of the machine's own is left out: a server that needs it is not reached, and that is said.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    let unreadable = |problem: String| KeySetUrlError::Authorities(problem);
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        let added = roots.add(certificate);
        added.map_err(|error| unreadable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unreadable("there is no certificate as PEM".to_owned()));
    }
    Ok(roots)
}
