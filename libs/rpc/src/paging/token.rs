//! Page tokens: where a listing goes on, in words that only this installation can write.
//!
//! A token is the place, and a keyed hash over the place, the listing and the caller. It cannot be made up, changed, used
//! for another listing or by another caller. What it holds the caller has seen: it is signed, not hidden.

use acuse_domain::error::Error;
use acuse_domain::scope::{Caller, Limit};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use blake3::{Hash, Hasher, OUT_LEN};
use rand::TryRngCore as _;
use rand::rngs::OsRng;

use crate::Secret;
use crate::config::Settings;

/// Sets this use of the secret apart from any other.
const PURPOSE: &str = "acuse 2026-11 page tokens v1";

/// The variable that holds the secret.
const VARIABLE: &str = "ACUSE_PAGE_TOKEN_SECRET";

/// Shortest secret, in bytes.
const MIN_SECRET: usize = 32;

/// The longest token that is looked at, in bytes: places are ids of at most a few hundred.
const LONGEST: usize = 2_048;

/// Issues and reads page tokens.
pub struct PageTokens {
    key: [u8; blake3::KEY_LEN],
}

impl std::fmt::Debug for PageTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PageTokens(..)")
    }
}

/// One listing, as one caller asked for it.
#[derive(Debug, Clone, Copy)]
pub struct Listing<'a> {
    /// The method.
    pub method: &'static str,
    /// What the listing is of: every field of the request but page size and token.
    pub request: &'a [&'a [u8]],
    /// Who asks.
    pub caller: &'a Caller,
}

/// Reads `ACUSE_PAGE_TOKEN_SECRET`, which signs page tokens. `None` where it is absent, or a fault was noted.
pub fn page_token_secret(settings: &mut Settings) -> Option<Secret> {
    let secret = settings.optional::<Secret>(VARIABLE)?;
    if secret.expose().len() < MIN_SECRET {
        settings.fault(VARIABLE, format!("is shorter than {MIN_SECRET} bytes"));
    }
    Some(secret)
}

impl PageTokens {
    /// Tokens under the secret that was configured; without one, under a secret that this process makes up and nobody else
    /// knows, which is said in the log.
    ///
    /// # Errors
    ///
    /// Fails where one has to be made up and the operating system gives no randomness.
    pub fn configured(secret: Option<&Secret>) -> Result<Self, rand::rand_core::OsError> {
        if let Some(secret) = secret {
            return Ok(Self::new(secret));
        }
        tracing::warn!(
            "{VARIABLE} is not set: page tokens are refused by other replicas, and after a restart"
        );
        let mut key = [0_u8; blake3::KEY_LEN];
        OsRng.try_fill_bytes(&mut key)?;
        Ok(Self { key })
    }

    /// Tokens under a secret; with the same one, every replica takes every other's.
    pub fn new(secret: &Secret) -> Self {
        Self {
            key: blake3::derive_key(PURPOSE, secret.expose().as_bytes()),
        }
    }

    /// The token to go on after `place`.
    pub fn issue(&self, listing: &Listing<'_>, place: &[u8]) -> String {
        let mut bytes = self.hash(listing, place).as_bytes().to_vec();
        bytes.extend_from_slice(place);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place that a token names; `None` for an empty one, which begins at the beginning.
    ///
    /// # Errors
    ///
    /// INVALID_ARGUMENT for whatever was not issued for this listing and caller.
    pub fn read(&self, listing: &Listing<'_>, token: &str) -> Result<Option<Vec<u8>>, Error> {
        if token.is_empty() {
            return Ok(None);
        }
        self.place(listing, token).map(Some).ok_or_else(|| {
            Error::invalid_field(
                "page_token",
                "is no token of this listing; give next_page_token as it came, or leave it out to begin anew",
            )
        })
    }

    fn place(&self, listing: &Listing<'_>, token: &str) -> Option<Vec<u8>> {
        if token.len() > LONGEST {
            return None;
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let place = bytes.split_off_checked(OUT_LEN)?;
        let told: [u8; OUT_LEN] = bytes.try_into().ok()?;
        // Hashes compare in constant time.
        (self.hash(listing, &place) == Hash::from_bytes(told)).then_some(place)
    }

    fn hash(&self, listing: &Listing<'_>, place: &[u8]) -> Hash {
        let mut hasher = Hasher::new_keyed(&self.key);
        let mut part = |bytes: &[u8]| {
            // With its length, so that no two lists of parts are the same bytes.
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        part(listing.method.as_bytes());
        part(&(listing.request.len() as u64).to_le_bytes());
        listing.request.iter().for_each(|field| part(field));
        part(listing.caller.subject.as_bytes());
        part(listing.caller.role.as_str().as_bytes());
        if let Some(scope) = &listing.caller.scope {
            part(scope.workspace.as_bytes());
            for limit in [&scope.departments, &scope.accounts, &scope.agents] {
                match limit {
                    Limit::All => part(b"all"),
                    Limit::Only(ids) => {
                        part(&(ids.len() as u64).to_le_bytes());
                        ids.iter().for_each(|id| part(id.as_bytes()));
                    }
                }
            }
        }
        part(place);
        hasher.finalize()
    }
}

/// What [`Vec::split_off`] does where there is that much.
trait SplitOffChecked: Sized {
    fn split_off_checked(&mut self, at: usize) -> Option<Self>;
}

impl SplitOffChecked for Vec<u8> {
    fn split_off_checked(&mut self, at: usize) -> Option<Self> {
        (self.len() >= at).then(|| self.split_off(at))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use acuse_domain::scope::{Role, Scope};

    use super::*;

    fn tokens() -> PageTokens {
        PageTokens::new(&Secret::new("a secret of the tests"))
    }

    fn caller(subject: &str, departments: Limit) -> Caller {
        Caller {
            subject: subject.to_owned(),
            role: Role::Supervisor,
            permissions: BTreeSet::new(),
            scope: Some(Scope {
                departments,
                ..Scope::whole("acme")
            }),
        }
    }

    fn only(ids: &[&str]) -> Limit {
        Limit::Only(ids.iter().map(|id| (*id).to_owned()).collect())
    }

    fn listing<'a>(request: &'a [&'a [u8]], caller: &'a Caller) -> Listing<'a> {
        Listing {
            method: "List",
            request,
            caller,
        }
    }

    #[test]
    fn a_token_names_its_place() {
        let ana = caller("ana", only(&["sales"]));
        let this = listing(&[b"agents"], &ana);
        for place in [&b""[..], b"x", &[0xff; 600]] {
            let token = tokens().issue(&this, place);
            assert_eq!(
                tokens().read(&this, &token).unwrap().as_deref(),
                Some(place)
            );
        }
        assert_eq!(tokens().read(&this, "").unwrap(), None);
    }

    #[test]
    fn a_token_of_anything_else_is_refused() {
        let ana = caller("ana", only(&["sales"]));
        let this = listing(&[b"agents"], &ana);
        let token = tokens().issue(&this, b"place");
        let others = [
            caller("eva", only(&["sales"])),
            caller("ana", only(&["support"])),
            caller("ana", only(&["sales", "support"])),
            caller("ana", only(&[])),
            caller("ana", Limit::All),
        ];
        for other in &others {
            let other = listing(&[b"agents"], other);
            assert!(tokens().read(&other, &token).is_err(), "{other:?}");
        }
        let another: [&[&[u8]]; 4] = [&[b"teams"], &[b"agents", b""], &[b"agent", b"s"], &[]];
        for request in another {
            assert!(tokens().read(&listing(request, &ana), &token).is_err());
        }
        let renamed = Listing {
            method: "Other",
            ..this
        };
        assert!(tokens().read(&renamed, &token).is_err());
        let foreign = PageTokens::new(&Secret::new("another secret"));
        assert!(foreign.read(&this, &token).is_err());
    }

    #[test]
    fn a_token_that_was_altered_is_refused() {
        let ana = caller("ana", Limit::All);
        let this = listing(&[], &ana);
        let token = tokens().issue(&this, b"place");
        for index in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[index] = if altered[index] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(tokens().read(&this, &altered).is_err(), "{altered}");
            assert!(tokens().read(&this, &token[..index]).is_err() || index == 0);
        }
        for nonsense in ["?", "AAAA", "\u{fffd}", &"A".repeat(LONGEST + 1)] {
            let error = tokens().read(&this, nonsense).unwrap_err();
            assert_eq!(error.reason, "INVALID_ARGUMENT");
        }
    }
}
