//! Making keys and tokens.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use acuse_domain::scope::Caller;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode,
    jwk::{Jwk, ThumbprintHash},
};
use rand::{TryRngCore as _, rngs::OsRng};
use serde_json::{Value, json};

use super::{Act, Audience, Claims, Clock, KeyUse, unix_seconds};
use crate::Secret;

/// What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410): version 0, algorithm 1.3.101.112, and the
/// key as an octet string in an octet string.
const PKCS8_ED25519: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// How long a token between services lives, in seconds.
const PEER_TOKEN_LIFETIME: u64 = 60;
/// How much of that life a token must have before it when it is used, in seconds: a call may take its time to arrive.
const PEER_TOKEN_RESERVE: u64 = 20;
/// How many callers' tokens are kept at most.
const MAX_CACHED: usize = 4096;

/// Why a key or a token could not be made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The text is no Ed25519 private key.
    #[error("not an Ed25519 private key in PKCS #8 PEM")]
    Key,
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness: {0}")]
    Randomness(#[from] rand::rand_core::OsError),
    /// The token could not be signed.
    #[error("a token could not be signed")]
    Sign,
}

/// An Ed25519 key that signs tokens. Its id is the RFC 7638 thumbprint of its public half, so that a
/// service which has the private key alone knows under which id its public half is published.
#[derive(Clone)]
pub struct KeyPair {
    encoding: EncodingKey,
    public: Jwk,
    id: String,
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl KeyPair {
    /// A new key, with its private half as PKCS #8 PEM to be kept.
    ///
    /// # Errors
    ///
    /// [`IssueError::Randomness`] when the operating system gives none.
    pub fn generate() -> Result<(Self, Secret), IssueError> {
        let mut der = [0; 48];
        let (prefix, seed) = der.split_at_mut(PKCS8_ED25519.len());
        prefix.copy_from_slice(&PKCS8_ED25519);
        OsRng.try_fill_bytes(seed)?;
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der)
        );
        Ok((Self::from_pem(pem.as_bytes())?, Secret::new(pem)))
    }

    /// Reads a private key as PKCS #8 PEM, as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    ///
    /// [`IssueError::Key`] when it is none.
    pub fn from_pem(pem: &[u8]) -> Result<Self, IssueError> {
        let encoding = EncodingKey::from_ed_pem(pem).map_err(|_| IssueError::Key)?;
        let public =
            Jwk::from_encoding_key(&encoding, Algorithm::EdDSA).map_err(|_| IssueError::Key)?;
        let id = public
            .thumbprint(ThumbprintHash::SHA256)
            .map_err(|_| IssueError::Key)?;
        Ok(Self {
            encoding,
            public,
            id,
        })
    }

    /// The key's id, `kid` in tokens and key sets.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public half as an entry of a key set.
    pub fn public_jwk(&self, purpose: KeyUse) -> Value {
        let mut entry = json!(self.public);
        entry["kid"] = json!(self.id);
        entry["use"] = json!("sig");
        if purpose == KeyUse::Service {
            entry["acuse_use"] = json!("service");
        }
        entry
    }

    /// Signs a token for `claims` that `issuer` makes for `audience`, good for `lifetime` from now.
    ///
    /// # Errors
    ///
    /// [`IssueError::Sign`] when the claims cannot be signed.
    pub fn mint(
        &self,
        claims: Claims,
        issuer: &str,
        audience: &str,
        lifetime: Duration,
        clock: &Clock,
    ) -> Result<Secret, IssueError> {
        let until = unix_seconds(clock).saturating_add(lifetime.as_secs());
        self.sign(claims, issuer, audience, until)
    }

    #[allow(clippy::cast_precision_loss)] // seconds since 1970 are exact in an f64 for ages to come
    fn sign(
        &self,
        mut claims: Claims,
        issuer: &str,
        audience: &str,
        until: u64,
    ) -> Result<Secret, IssueError> {
        claims.iss = issuer.to_owned();
        claims.aud = Audience::One(audience.to_owned());
        claims.exp = until as f64;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.id.clone());
        encode(&header, &claims, &self.encoding)
            .map(Secret::new)
            .map_err(|_| IssueError::Sign)
    }
}

/// A key set as the file behind `ACUSE_JWKS` holds it.
pub fn jwks<'a>(keys: impl IntoIterator<Item = (&'a KeyPair, KeyUse)>) -> String {
    let entries: Vec<_> = keys
        .into_iter()
        .map(|(key, purpose)| key.public_jwk(purpose))
        .collect();
    format!("{:#}\n", json!({ "keys": entries }))
}

/// What a service shows to its peers: a token of a minute, signed with its own key, that says for whom it calls.
pub struct ServiceIdentity {
    service: String,
    issuer: String,
    audience: String,
    key: KeyPair,
    clock: Clock,
    cache: Mutex<HashMap<String, (Secret, u64)>>,
}

impl fmt::Debug for ServiceIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceIdentity")
            .field("service", &self.service)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl ServiceIdentity {
    /// The identity of `service`, whose peers trust `issuer`, expect `audience` and know the public half of `key`.
    pub fn new(
        service: impl Into<String>,
        issuer: impl Into<String>,
        audience: impl Into<String>,
        key: KeyPair,
        clock: Clock,
    ) -> Self {
        Self {
            service: service.into(),
            issuer: issuer.into(),
            audience: audience.into(),
            key,
            clock,
            cache: Mutex::default(),
        }
    }

    /// A token to call a peer with for `caller`; the same one again while it is fresh.
    ///
    /// # Errors
    ///
    /// [`IssueError::Sign`] when it cannot be signed.
    pub fn token(&self, caller: &Caller) -> Result<Secret, IssueError> {
        let act = Act::of(caller);
        let kept_as = serde_json::to_string(&act).map_err(|_| IssueError::Sign)?;
        let now = unix_seconds(&self.clock);
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, until)) = cache.get(&kept_as)
            && now + PEER_TOKEN_RESERVE < *until
        {
            return Ok(token.clone());
        }
        if cache.len() >= MAX_CACHED {
            cache.retain(|_, (_, until)| now < *until);
        }
        if cache.len() >= MAX_CACHED {
            cache.clear();
        }
        let claims = Claims {
            sub: self.service.clone(),
            act: Some(act),
            ..Claims::default()
        };
        let until = now + PEER_TOKEN_LIFETIME;
        let token = self.key.sign(claims, &self.issuer, &self.audience, until)?;
        cache.insert(kept_as, (token.clone(), until));
        Ok(token)
    }
}
