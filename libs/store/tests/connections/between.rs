//! Somebody who stands between, and has a certificate of their own.

use std::net::SocketAddr;
use std::sync::Arc;

use acuse_testkit::certificates::{AUTHORITY, CLIENT, CLIENT_KEY};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// The packet that asks a server for TLS.
const ASK: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Takes whoever comes for the server's, shows them a certificate that is not the server's, and passes everything on.
pub(crate) async fn stand_between(server: SocketAddr) -> SocketAddr {
    let (acceptor, connector) = (acceptor(), connector());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (from, _) = listener.accept().await.unwrap();
            tokio::spawn(pass(from, server, acceptor.clone(), connector.clone()));
        }
    });
    address
}

async fn pass(
    mut from: TcpStream,
    server: SocketAddr,
    acceptor: TlsAcceptor,
    connector: TlsConnector,
) -> std::io::Result<()> {
    let mut asked = [0; 8];
    from.read_exact(&mut asked).await?;
    assert_eq!(asked, ASK);
    from.write_all(b"S").await?;
    let mut from = acceptor.accept(from).await?;
    let mut to = TcpStream::connect(server).await?;
    to.write_all(&ASK).await?;
    assert_eq!(to.read_u8().await?, b'S');
    let name = ServerName::from(server.ip());
    let mut to = connector.connect(name, to).await?;
    copy_bidirectional(&mut from, &mut to).await.map(drop)
}

fn acceptor() -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = CertificateDer::pem_slice_iter(CLIENT.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(CLIENT_KEY.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.collect::<Result<_, _>>().unwrap(), key);
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

fn connector() -> TlsConnector {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(AUTHORITY.as_bytes()).unwrap();
    roots.add(authority).unwrap();
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}
