//! Secrets at rest: sealed under a key of the installation, for one integration of one workspace.
//!
//! A sealed secret is a random nonce and what AES-256-GCM makes of the text under it. Workspace and integration are
//! authenticated with it, so that a row's secrets open in that row alone. The digest of the request that created an integration
//! is sealed as well: whoever reads the table could try short secrets until a bare one fits.

use std::fmt;

use acuse_domain::error::Error;
use acuse_domain::ids::Digest;
use acuse_rpc::config::Settings;
use acuse_store::ingestion::Sealed;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use uuid::Uuid;

const VARIABLE: &str = "ACUSE_SECRETS_KEYS";

/// Each sets one use of the keys apart from any other.
const SECRETS: &[u8] = b"acuse 2026-11 secrets of integrations v1";
const REQUEST: &[u8] = b"acuse 2026-11 requests for integrations v1";

/// Longest id of a key, in bytes.
const MAX_ID: usize = 64;

/// Keys at most: the present one, and older ones until nothing is sealed under them.
const MAX_KEYS: usize = 16;

/// The keys that secrets are sealed under. The first one seals, all of them open.
pub struct SecretsKeys {
    keys: Vec<(String, LessSafeKey)>,
    random: SystemRandom,
}

impl fmt::Debug for SecretsKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretsKeys(..)")
    }
}

/// One integration of one workspace, for which alone something is sealed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner<'a> {
    /// Slug of the workspace.
    pub(crate) workspace: &'a str,
    /// The integration.
    pub(crate) integration: Uuid,
}

impl Owner<'_> {
    fn authenticated(&self, purpose: &[u8]) -> Aad<Vec<u8>> {
        let mut bytes = purpose.to_vec();
        // Of a fixed length, and so first: what follows it can only be the workspace.
        bytes.extend_from_slice(self.integration.as_bytes());
        bytes.extend_from_slice(self.workspace.as_bytes());
        Aad::from(bytes)
    }
}

impl SecretsKeys {
    /// Reads `ACUSE_SECRETS_KEYS`: `id:base64-of-32-bytes`, and after a comma older keys that still open what they sealed.
    ///
    /// `None` only where a fault was noted; faults name an entry by its place, and show nothing of it.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let text: String = settings.required(VARIABLE)?;
        match Self::parse(&text) {
            Ok(keys) => Some(keys),
            Err(faults) => {
                for fault in faults {
                    settings.fault(VARIABLE, fault);
                }
                None
            }
        }
    }

    /// The keys that `text` lists, as in `ACUSE_SECRETS_KEYS`.
    ///
    /// # Errors
    ///
    /// Every fault, by the place of its entry; nothing of the text is in it.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let (mut keys, mut faults) = (Vec::<(String, LessSafeKey)>::new(), Vec::new());
        for (index, entry) in text.split(',').enumerate() {
            match key(entry.trim()) {
                Ok((id, _)) if keys.iter().any(|(known, _)| *known == id) => {
                    faults.push(format!("entry {} has the id of another", index + 1));
                }
                Ok(key) => keys.push(key),
                Err(problem) => faults.push(format!("entry {} {problem}", index + 1)),
            }
        }
        if keys.len() > MAX_KEYS {
            faults.push(format!("has more than {MAX_KEYS} keys"));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            keys,
            random: SystemRandom::new(),
        })
    }

    /// Seals secrets for `owner` under the first key.
    ///
    /// # Errors
    ///
    /// INTERNAL where the operating system gives no randomness.
    pub(crate) fn seal(&self, owner: &Owner<'_>, plain: &[u8]) -> Result<Sealed, Error> {
        self.sealed(owner.authenticated(SECRETS), plain)
    }

    /// Seals the digest of the request that creates `owner`, likewise.
    ///
    /// # Errors
    ///
    /// As [`SecretsKeys::seal`].
    pub(crate) fn seal_request(&self, owner: &Owner<'_>, asked: Digest) -> Result<Sealed, Error> {
        self.sealed(owner.authenticated(REQUEST), &asked.0)
    }

    /// Whether `sealed` is that digest of the request that created `owner`. One whose key was taken away tells nothing, and is
    /// taken for the same.
    pub(crate) fn is_request(&self, owner: &Owner<'_>, sealed: &Sealed, asked: Digest) -> bool {
        match self.key(&sealed.key) {
            Some(key) => opened(key, owner.authenticated(REQUEST), sealed)
                .is_some_and(|digest| digest == asked.0),
            None => true,
        }
    }

    fn sealed(&self, authenticated: Aad<Vec<u8>>, plain: &[u8]) -> Result<Sealed, Error> {
        let broken = |_| Error::internal("secrets could not be sealed");
        let (id, key) = self
            .keys
            .first()
            .ok_or_else(|| Error::internal("there is no key to seal secrets with"))?;
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(broken)?;
        let mut sealed = plain.to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(unique, authenticated, &mut sealed)
            .map_err(broken)?;
        let mut bytes = nonce.to_vec();
        bytes.append(&mut sealed);
        Ok(Sealed {
            key: id.clone(),
            bytes,
        })
    }

    fn key(&self, id: &str) -> Option<&LessSafeKey> {
        let known = self.keys.iter().find(|(known, _)| known == id);
        known.map(|(_, key)| key)
    }

    /// Opens secrets that were sealed for `owner`.
    ///
    /// # Errors
    ///
    /// INTERNAL where the key is none of these, or the bytes are not what it sealed for this owner.
    pub(crate) fn open(&self, owner: &Owner<'_>, sealed: &Sealed) -> Result<Vec<u8>, Error> {
        let integration = owner.integration;
        let key = self.key(&sealed.key).ok_or_else(|| {
            Error::internal(format!(
                "the secrets of integration {integration} are sealed under a key that {VARIABLE} lacks"
            ))
        })?;
        opened(key, owner.authenticated(SECRETS), sealed).ok_or_else(|| {
            Error::internal(format!(
                "the secrets of integration {integration} are not what their key sealed"
            ))
        })
    }
}

/// What was sealed under that key; `None` where it was not.
fn opened(key: &LessSafeKey, authenticated: Aad<Vec<u8>>, sealed: &Sealed) -> Option<Vec<u8>> {
    let (nonce, rest) = sealed.bytes.split_first_chunk::<NONCE_LEN>()?;
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let mut bytes = rest.to_vec();
    let plain = key.open_in_place(nonce, authenticated, &mut bytes).ok()?;
    Some(plain.to_vec())
}

fn key(entry: &str) -> Result<(String, LessSafeKey), &'static str> {
    let (id, key) = entry
        .split_once(':')
        .ok_or("is not id:key, with the key as base64 of 32 bytes")?;
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if id.is_empty() || id.len() > MAX_ID || !id.bytes().all(fit) {
        return Err("has an id that is not 1 to 64 of letters, digits, '-', '_' and '.'");
    }
    let bytes = STANDARD
        .decode(key)
        .map_err(|_| "has a key that is no base64")?;
    let key =
        UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| "has a key that is not 32 bytes long")?;
    Ok((id.to_owned(), LessSafeKey::new(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, byte: u8) -> String {
        format!("{id}:{}", STANDARD.encode([byte; 32]))
    }

    fn owner(workspace: &str, integration: u128) -> Owner<'_> {
        Owner {
            workspace,
            integration: Uuid::from_u128(integration),
        }
    }

    #[test]
    fn what_was_sealed_opens_for_its_owner_alone() {
        let keys = SecretsKeys::parse(&entry("a", 1)).unwrap();
        let sealed = keys.seal(&owner("acme", 7), b"hunter2").unwrap();
        assert!(!sealed.bytes.windows(7).any(|part| part == b"hunter2"));
        assert_eq!(keys.open(&owner("acme", 7), &sealed).unwrap(), b"hunter2");
        for other in [owner("other", 7), owner("acme", 8), owner("acm", 7)] {
            assert!(keys.open(&other, &sealed).is_err(), "{other:?}");
        }
        let again = keys.seal(&owner("acme", 7), b"hunter2").unwrap();
        assert_ne!(again.bytes, sealed.bytes, "each time under another nonce");
    }

    #[test]
    fn what_was_altered_does_not_open() {
        let keys = SecretsKeys::parse(&entry("a", 1)).unwrap();
        let sealed = keys.seal(&owner("acme", 7), b"hunter2").unwrap();
        for index in 0..sealed.bytes.len() {
            let mut altered = sealed.clone();
            altered.bytes[index] ^= 1;
            assert!(keys.open(&owner("acme", 7), &altered).is_err());
            altered.bytes.truncate(index);
            assert!(keys.open(&owner("acme", 7), &altered).is_err());
        }
    }

    #[test]
    fn a_digest_of_a_request_is_known_by_who_has_the_key() {
        let keys = SecretsKeys::parse(&entry("a", 1)).unwrap();
        let (asked, other) = (Digest::of(&[b"hunter2"]), Digest::of(&[b"hunter3"]));
        let sealed = keys.seal_request(&owner("acme", 7), asked).unwrap();
        assert!(!sealed.bytes.windows(16).any(|part| part == asked.0));
        assert!(keys.is_request(&owner("acme", 7), &sealed, asked));
        assert!(!keys.is_request(&owner("acme", 7), &sealed, other));
        assert!(!keys.is_request(&owner("acme", 8), &sealed, asked));
        assert!(keys.open(&owner("acme", 7), &sealed).is_err(), "no secrets");
        let both = format!("{},{}", entry("b", 2), entry("a", 1));
        let both = SecretsKeys::parse(&both).unwrap();
        assert!(!both.is_request(&owner("acme", 7), &sealed, other));
        let new = SecretsKeys::parse(&entry("b", 2)).unwrap();
        assert!(new.is_request(&owner("acme", 7), &sealed, other), "lenient");
    }

    #[test]
    fn an_older_key_opens_until_it_is_taken_away() {
        let old = SecretsKeys::parse(&entry("old", 1)).unwrap();
        let sealed = old.seal(&owner("acme", 7), b"hunter2").unwrap();
        let both = format!("{}, {}", entry("new", 2), entry("old", 1));
        let both = SecretsKeys::parse(&both).unwrap();
        assert_eq!(both.open(&owner("acme", 7), &sealed).unwrap(), b"hunter2");
        let resealed = both.seal(&owner("acme", 7), b"hunter2").unwrap();
        assert_eq!(resealed.key, "new");
        let new = SecretsKeys::parse(&entry("new", 2)).unwrap();
        assert!(new.open(&owner("acme", 7), &resealed).is_ok());
        let error = new.open(&owner("acme", 7), &sealed).unwrap_err();
        assert!(error.source.unwrap().to_string().contains(VARIABLE));
        // The same id with another key under it is another key.
        let renamed = SecretsKeys::parse(&entry("old", 3)).unwrap();
        assert!(renamed.open(&owner("acme", 7), &sealed).is_err());
    }

    #[test]
    fn every_fault_is_told_and_nothing_shown() {
        let short = format!("short:{}", STANDARD.encode([7; 31]));
        let text = [
            "hunter2".to_owned(),
            entry("", 1),
            entry("a b", 1),
            "b64:hunter2!".to_owned(),
            short,
            entry("twice", 1),
            entry("twice", 2),
        ];
        let faults = SecretsKeys::parse(&text.join(",")).unwrap_err();
        assert_eq!(faults.len(), 6, "{faults:?}");
        for (fault, place) in faults.iter().zip([1, 2, 3, 4, 5, 7]) {
            assert!(fault.starts_with(&format!("entry {place} ")), "{fault}");
            assert!(
                !fault.contains("hunter2") && !fault.contains("twice"),
                "{fault}"
            );
        }
        let keys = SecretsKeys::parse(&entry("a", 1)).unwrap();
        assert_eq!(format!("{keys:?}"), "SecretsKeys(..)");
    }
}
