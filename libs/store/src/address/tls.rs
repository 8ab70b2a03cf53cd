//! What of a server's certificate is checked.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// The name of the protocol, for servers that are spoken TLS to from the first byte on.
const POSTGRES: &[u8] = b"postgresql";

/// Authorities that a server's certificate may be from.
#[derive(Clone)]
pub struct Authorities(Arc<RootCertStore>);

/// Why a file is no list of authorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthoritiesError {
    /// It is no PEM, or holds something else.
    #[error("holds no certificate as PEM")]
    None,
    /// One of its certificates cannot be read.
    #[error("holds a certificate that cannot be read")]
    Unreadable,
}

impl Authorities {
    /// Those whose certificates are in a file.
    ///
    /// # Errors
    /// [`AuthoritiesError`] where there is none in it, or one that cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, AuthoritiesError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| AuthoritiesError::Unreadable)?;
            let added = roots.add(certificate);
            added.map_err(|_| AuthoritiesError::Unreadable)?;
        }
        if roots.is_empty() {
            return Err(AuthoritiesError::None);
        }
        Ok(Self(Arc::new(roots)))
    }

    /// Those that the machine trusts. What cannot be read of them is left out: a server that needs it is not reached, and that
    /// is said.
    pub(super) fn of_the_machine() -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self(Arc::new(roots))
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authorities").field(&self.0.len()).finish()
    }
}

/// What a server has to show.
#[derive(Debug, Clone)]
pub(super) enum Check {
    /// Any certificate.
    Nothing,
    /// One from these authorities, for whatever name.
    Issuer(Authorities),
    /// One from these authorities, for the host's name.
    All(Authorities),
}

/// How to speak TLS with a server that is checked so; `direct` with one that is asked nothing before.
pub(super) fn config(check: Check, direct: bool) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = match check {
        Check::All(Authorities(roots)) => builder.with_root_certificates(roots),
        Check::Nothing => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Lenient {
                algorithms,
                authorities: None,
            })),
        Check::Issuer(authorities) => {
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Lenient {
                    algorithms,
                    authorities: Some(authorities),
                }))
        }
    };
    let mut config = builder.with_no_client_auth();
    if direct {
        config.alpn_protocols.push(POSTGRES.to_vec());
    }
    Ok(config)
}

/// Checks less than everything: never the name, and who issued the certificate only where authorities are given. That the server
/// has the certificate's key is checked always.
#[derive(Debug)]
struct Lenient {
    algorithms: WebPkiSupportedAlgorithms,
    authorities: Option<Authorities>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(Authorities(roots)) = &self.authorities {
            verify_server_cert_signed_by_trust_anchor(
                &ParsedCertificate::try_from(certificate)?,
                roots,
                intermediates,
                now,
                self.algorithms.all,
            )?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
