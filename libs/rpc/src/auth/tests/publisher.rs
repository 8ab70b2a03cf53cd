//! Whoever publishes keys, and signs with them.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use super::{payload, sign, with};
use crate::auth::{KeyPair, KeySetUrl, KeyUse, jwks};

/// A key and what signs with it.
pub(super) struct Signer {
    pub(super) pair: KeyPair,
    pub(super) key: EncodingKey,
}

impl Signer {
    pub(super) fn new() -> Self {
        let (pair, pem) = KeyPair::generate().unwrap();
        let key = EncodingKey::from_ed_pem(pem.expose().as_bytes()).unwrap();
        Self { pair, key }
    }

    pub(super) fn token(&self) -> String {
        sign(
            &self.key,
            Algorithm::EdDSA,
            Some(self.pair.id()),
            &payload(),
        )
    }

    /// A token that a service shows, for somebody whom it acts for.
    pub(super) fn of_service(&self) -> String {
        let act = json!({ "sub": "ana", "workspace": "acme", "role": "analyst" });
        let claims = with(json!({ "act": act }));
        sign(&self.key, Algorithm::EdDSA, Some(self.pair.id()), &claims)
    }
}

/// The key set of callers.
pub(super) fn set(signers: &[&Signer]) -> String {
    jwks(signers.iter().map(|signer| (&signer.pair, KeyUse::Caller)))
}

/// Who publishes keys.
pub(super) struct Publisher {
    pub(super) address: SocketAddr,
    /// The status and body that are answered.
    answer: Arc<Mutex<(u16, String)>>,
    asked: Arc<AtomicUsize>,
}

impl Publisher {
    pub(super) async fn start(set: String, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = Arc::new(Mutex::new((200, set)));
        let asked = Arc::new(AtomicUsize::new(0));
        let (told, count) = (Arc::clone(&answer), Arc::clone(&asked));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let (status, body) = told.lock().unwrap().clone();
                match &tls {
                    None => reply(stream, status, &body).await,
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => reply(stream, status, &body).await,
                        Err(_) => continue,
                    },
                }
            }
        });
        Self {
            address,
            answer,
            asked,
        }
    }

    pub(super) async fn of(signers: &[&Signer]) -> Self {
        Self::start(set(signers), None).await
    }

    pub(super) fn publish(&self, status: u16, body: impl Into<String>) {
        *self.answer.lock().unwrap() = (status, body.into());
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(super) fn url(&self, every: Duration, apart: Duration) -> KeySetUrl {
        let url = KeySetUrl::new(&format!("http://{}/keys", self.address), None);
        let mut url = url.unwrap();
        (url.every, url.apart) = (every, apart);
        url
    }
}

/// Answers one request.
async fn reply(mut stream: impl AsyncRead + AsyncWrite + Unpin, status: u16, body: &str) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return,
        }
    }
    assert!(request.starts_with(b"GET /keys HTTP/1.1\r\n"));
    let length = body.len();
    let head = format!("HTTP/1.1 {status} -\r\ncontent-length: {length}\r\nlocation: /\r\n\r\n");
    // Whoever wants no more of it hangs up.
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
    let _ = stream.shutdown().await;
}
