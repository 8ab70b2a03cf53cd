//! From a bearer token to the caller behind it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use acuse_domain::{
    error::{Error, ErrorKind},
    scope::Caller,
};
use jsonwebtoken::{Validation, decode, decode_header};

#[cfg(test)]
use super::keys::KeySet;
use super::{Claims, Clock, KeyStore, KeyUse, keys::Key, recent::Recent, unix_seconds};

/// How far clocks may differ, in seconds.
const LEEWAY: f64 = 10.0;
/// Longer than any token is good: a thousand years after 1970.
const FOREVER: Duration = Duration::from_secs(1_000 * 365 * 24 * 60 * 60);
/// Longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 16 * 1024;

/// Why a token was refused. The caller is told no more than these names, and the log no more either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The call had no bearer token.
    Missing,
    /// The token was good once.
    Expired,
    /// Everything else.
    Invalid,
}

impl Refusal {
    /// The stable reason of the error.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Missing => "TOKEN_MISSING",
            Self::Expired => "TOKEN_EXPIRED",
            Self::Invalid => "TOKEN_INVALID",
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::new(
            ErrorKind::Unauthenticated,
            refusal.reason(),
            "a valid bearer token is required",
        )
    }
}

/// Why a token was not found good.
enum Fault {
    /// It is not.
    Refused(Refusal),
    /// It names a key that is not known.
    UnknownKey,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Who calls: the caller, and the service that calls for them, if one does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// For whom the call is made.
    pub caller: Caller,
    /// Name of the service of ours that makes it; `None` when the caller does.
    pub peer: Option<String>,
    /// When their token is good no more. A call that began before may go on; a stream without an end should not.
    pub until: SystemTime,
}

/// Checks tokens against the keys that are trusted now.
pub struct Verifier {
    keys: Arc<KeyStore>,
    issuer: String,
    audience: String,
    clock: Clock,
    recent: Recent,
}

impl Verifier {
    /// Trusts tokens that `issuer` made for `audience` and signed with one of `keys`.
    pub fn new(keys: Arc<KeyStore>, issuer: String, audience: String, clock: Clock) -> Self {
        Self {
            keys,
            issuer,
            audience,
            clock,
            recent: Recent::default(),
        }
    }

    /// Checks a token by the keys that are known now.
    ///
    /// # Errors
    ///
    /// A [`Refusal`], which says nothing of the token's content.
    pub fn verify(&self, token: &str) -> Result<Identity, Refusal> {
        self.examine(token).map_err(|fault| match fault {
            Fault::Refused(refusal) => refusal,
            Fault::UnknownKey => Refusal::Invalid,
        })
    }

    /// Checks a token. Where it names a key that is not known, whoever publishes keys is asked for new ones first, unless that was
    /// done a moment ago: it may have been signed with one of these.
    ///
    /// # Errors
    ///
    /// As [`Self::verify`].
    pub async fn check(&self, token: &str) -> Result<Identity, Refusal> {
        match self.examine(token) {
            Ok(identity) => Ok(identity),
            Err(Fault::UnknownKey) if self.keys.renewed().await => self.verify(token),
            Err(Fault::UnknownKey) => Err(Refusal::Invalid),
            Err(Fault::Refused(refusal)) => Err(refusal),
        }
    }

    fn examine(&self, token: &str) -> Result<Identity, Fault> {
        if token.len() > MAX_TOKEN {
            return Err(Refusal::Invalid.into());
        }
        let now = self.now();
        let keys = self.keys.current();
        if let Some(identity) = self.recent.find(&keys, token, now) {
            return Ok(identity);
        }
        // The library's errors can quote the token, so none of them leaves this function.
        let header = decode_header(token).map_err(|_| Refusal::Invalid)?;
        let kid = header.kid.as_deref();
        let key = keys.find(kid).ok_or(match kid {
            Some(_) => Fault::UnknownKey,
            None => Refusal::Invalid.into(),
        })?;
        // An extension that must be understood is one that is not understood here.
        if header.alg != key.algorithm || header.crit.is_some() {
            return Err(Refusal::Invalid.into());
        }
        let claims = decode::<Claims>(token, &key.decoding, &self.validation(key))
            .map_err(|_| Refusal::Invalid)?
            .claims;
        check_times(&claims, now)?;
        let until = claims.exp + LEEWAY;
        let identity = identify(claims, key.purpose, until).ok_or(Refusal::Invalid)?;
        self.recent.keep(keys, token, &identity, until, now);
        Ok(identity)
    }

    #[allow(clippy::cast_precision_loss)] // seconds since 1970 are exact in an f64 for ages to come
    fn now(&self) -> f64 {
        unix_seconds(&self.clock) as f64
    }

    #[cfg(test)]
    pub(super) fn keys(&self) -> Arc<KeySet> {
        self.keys.current()
    }

    #[cfg(test)]
    pub(super) fn recent(&self) -> &Recent {
        &self.recent
    }

    fn validation(&self, key: &Key) -> Validation {
        let mut validation = Validation::new(key.algorithm);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        // Times are checked against our own clock.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation
    }
}

fn check_times(claims: &Claims, now: f64) -> Result<(), Refusal> {
    if claims.exp + LEEWAY <= now {
        return Err(Refusal::Expired);
    }
    match claims.nbf {
        Some(nbf) if now + LEEWAY < nbf => Err(Refusal::Invalid),
        _ => Ok(()),
    }
}

/// A service's key signs what it does for others and nothing else; a caller's key never speaks for someone else.
fn identify(mut claims: Claims, purpose: KeyUse, until: f64) -> Option<Identity> {
    let since_epoch = Duration::try_from_secs_f64(until).unwrap_or(FOREVER);
    let until = SystemTime::UNIX_EPOCH + since_epoch.min(FOREVER);
    match (purpose, claims.act.take()) {
        (KeyUse::Caller, None) => Some(Identity {
            caller: claims.caller()?,
            peer: None,
            until,
        }),
        (KeyUse::Service, Some(act)) if !claims.sub.is_empty() => Some(Identity {
            caller: act.caller()?,
            peer: Some(claims.sub),
            until,
        }),
        _ => None,
    }
}
