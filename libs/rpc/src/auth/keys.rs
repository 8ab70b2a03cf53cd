//! The keys that tokens are signed with, from a JSON Web Key Set.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

/// Shortest RSA modulus that is trusted, in bytes (2048 bits).
const MIN_RSA_MODULUS: usize = 256;
/// Shortest shared secret that is trusted, in bytes: the length of what HS256 makes of it.
const MIN_SECRET: usize = 32;
const ED25519_LENGTH: usize = 32;
const P256_COORDINATE: usize = 32;

/// Whose tokens a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// Tokens of people and systems of the business.
    Caller,
    /// Tokens of our own services, which say for whom they call: `"acuse_use": "service"`.
    Service,
}

/// Why a key set cannot be used. Says which key by its place, and nothing of its content.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// It cannot be read.
    #[error("the key set cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// It is no JSON object with a list `keys`.
    #[error("not a JSON Web Key Set")]
    NotAKeySet,
    /// One of its keys cannot be used.
    #[error("keys[{0}] {1}")]
    Key(usize, &'static str),
    /// It has no key that can be used.
    #[error("the key set has no usable key")]
    Empty,
    /// One of these, of the set that a setting names.
    #[error("{0}: {1}")]
    Of(&'static str, Box<KeysError>),
}

/// Whose set it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// One that was made for Acuse: what is wrong with any of its keys is a mistake that somebody wants to hear of.
    Ours {
        /// Whether a shared secret may sign.
        allow_hs256: bool,
    },
    /// One that its issuer publishes for everybody. Keys that are not for us are passed over, whatever they are; what is published
    /// is no secret.
    Theirs,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    acuse_use: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    k: Option<String>,
}

/// One key, with the one algorithm that it may be used with: what a token says of its algorithm is compared to this and
/// decides nothing.
pub(super) struct Key {
    pub(super) decoding: DecodingKey,
    pub(super) algorithm: Algorithm,
    pub(super) purpose: KeyUse,
}

/// All keys of one set.
pub(super) struct KeySet {
    named: HashMap<String, Key>,
    unnamed: Option<Key>,
}

impl KeySet {
    /// Reads a set. Keys of kinds that are not known are passed over, as the standard asks.
    pub(super) fn parse(json: &[u8], whose: Whose) -> Result<Self, KeysError> {
        let allow_hs256 = whose == Whose::Ours { allow_hs256: true };
        let document: Document = serde_json::from_slice(json).map_err(|_| KeysError::NotAKeySet)?;
        let count = document.keys.len();
        let mut set = Self {
            named: HashMap::new(),
            unnamed: None,
        };
        for (index, entry) in document.keys.into_iter().enumerate() {
            let fault = |problem| KeysError::Key(index, problem);
            let kid = entry.kid.clone();
            let key = match key(entry, allow_hs256) {
                Err(problem) if whose == Whose::Theirs => {
                    tracing::warn!(index, problem, "a published key was passed over");
                    continue;
                }
                key => key.map_err(fault)?,
            };
            let Some(key) = key else {
                tracing::warn!(index, "a key of a kind that is not used was passed over");
                continue;
            };
            match kid {
                Some(kid) => {
                    if set.named.insert(kid, key).is_some() {
                        return Err(fault("has the kid of another key"));
                    }
                }
                None if count == 1 => set.unnamed = Some(key),
                None => return Err(fault("needs a kid, as there are several keys")),
            }
        }
        if set.len() == 0 {
            return Err(KeysError::Empty);
        }
        Ok(set)
    }

    /// All keys of both sets; of two of one name its own. A token of either has to name its key.
    pub(super) fn beside(mut self, mut other: Self) -> Self {
        for set in [&mut self, &mut other] {
            if set.unnamed.take().is_some() {
                tracing::warn!(
                    "a key without a kid was passed over, as there are several key sets"
                );
            }
        }
        for (kid, key) in other.named {
            self.named.entry(kid).or_insert(key);
        }
        self
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.named.len() + usize::from(self.unnamed.is_some())
    }

    /// The key for a token's `kid`. A token may leave it out only where there is one key.
    pub(super) fn find(&self, kid: Option<&str>) -> Option<&Key> {
        match kid {
            Some(kid) => self.named.get(kid),
            None if self.len() == 1 => self.unnamed.as_ref().or(self.named.values().next()),
            None => None,
        }
    }
}

fn key(entry: Entry, allow_hs256: bool) -> Result<Option<Key>, &'static str> {
    if entry
        .purpose
        .as_deref()
        .is_some_and(|purpose| purpose != "sig")
    {
        return Ok(None);
    }
    let purpose = match entry.acuse_use.as_deref() {
        None => KeyUse::Caller,
        Some("service") => KeyUse::Service,
        Some(_) => return Err("has an acuse_use that is not known"),
    };
    let found = match (entry.kty.as_str(), entry.crv.as_deref()) {
        ("OKP", Some("Ed25519")) => {
            let x = coordinate(entry.x.as_deref(), ED25519_LENGTH)?;
            Some((Algorithm::EdDSA, DecodingKey::from_ed_components(x).ok()))
        }
        ("EC", Some("P-256")) => {
            let x = coordinate(entry.x.as_deref(), P256_COORDINATE)?;
            let y = coordinate(entry.y.as_deref(), P256_COORDINATE)?;
            Some((Algorithm::ES256, DecodingKey::from_ec_components(x, y).ok()))
        }
        ("RSA", _) => {
            let (n, e) = (
                entry.n.as_deref().unwrap_or(""),
                entry.e.as_deref().unwrap_or(""),
            );
            if decoded_length(n)? < MIN_RSA_MODULUS || decoded_length(e)? == 0 {
                return Err("is RSA of less than 2048 bits");
            }
            Some((
                Algorithm::RS256,
                DecodingKey::from_rsa_components(n, e).ok(),
            ))
        }
        ("oct", _) => {
            if !allow_hs256 {
                return Err("is a shared secret, which only a development setup may use");
            }
            let k = entry.k.as_deref().unwrap_or("");
            let secret = URL_SAFE_NO_PAD.decode(k).map_err(|_| "is not base64url")?;
            if secret.len() < MIN_SECRET {
                return Err("is a shared secret of less than 32 bytes");
            }
            Some((Algorithm::HS256, Some(DecodingKey::from_secret(&secret))))
        }
        _ => None,
    };
    let Some((algorithm, decoding)) = found else {
        return Ok(None);
    };
    if algorithm == Algorithm::HS256 && purpose == KeyUse::Service {
        return Err("is a shared secret, which no service may sign with");
    }
    if entry.alg.is_some_and(|alg| alg != format!("{algorithm:?}")) {
        return Err("has an alg that is not used with its kind");
    }
    Ok(Some(Key {
        decoding: decoding.ok_or("cannot be read")?,
        algorithm,
        purpose,
    }))
}

/// A part of a public key, of exactly that many bytes: the verifier takes a shorter one for granted and panics.
fn coordinate(text: Option<&str>, length: usize) -> Result<&str, &'static str> {
    let text = text.ok_or("lacks a coordinate")?;
    if decoded_length(text)? == length {
        Ok(text)
    } else {
        Err("has a coordinate of the wrong length")
    }
}

fn decoded_length(text: &str) -> Result<usize, &'static str> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map(|bytes| bytes.len())
        .map_err(|_| "is not base64url")
}
