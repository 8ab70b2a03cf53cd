//! Tokens that were found good lately. Checking a signature takes longer than most calls, and who calls often shows the same
//! token each time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Identity, keys::KeySet};

/// How many tokens are remembered at most.
const MOST: usize = 4096;

/// A token's digest. Who can make another token of the same digest could forge signatures as well.
type Digest = [u8; 32];

/// What good tokens said, until they end or the keys change.
#[derive(Default)]
pub(super) struct Recent(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    /// The keys that the tokens were checked with: a key that is trusted no more takes its tokens along.
    keys: Option<Arc<KeySet>>,
    tokens: HashMap<Digest, Good>,
}

struct Good {
    identity: Identity,
    /// When it is good no more, in seconds since 1970.
    until: f64,
}

impl Recent {
    /// What a token says that was found good with these keys, if that was remembered and holds still.
    pub(super) fn find(&self, keys: &Arc<KeySet>, token: &str, now: f64) -> Option<Identity> {
        let digest = digest(token);
        let remembered = self.lock();
        let same = remembered
            .keys
            .as_ref()
            .is_some_and(|own| Arc::ptr_eq(own, keys));
        let good = remembered.tokens.get(&digest).filter(|_| same)?;
        (now < good.until).then(|| good.identity.clone())
    }

    /// Remembers what a token says that is good until `until`.
    pub(super) fn keep(
        &self,
        keys: Arc<KeySet>,
        token: &str,
        identity: &Identity,
        until: f64,
        now: f64,
    ) {
        let (digest, identity) = (digest(token), identity.clone());
        let mut remembered = self.lock();
        if !remembered
            .keys
            .as_ref()
            .is_some_and(|own| Arc::ptr_eq(own, &keys))
        {
            remembered.tokens.clear();
            remembered.keys = Some(keys);
        }
        let tokens = &mut remembered.tokens;
        if tokens.len() >= MOST {
            tokens.retain(|_, good| now < good.until);
        }
        if tokens.len() >= MOST {
            tokens.clear();
        }
        tokens.insert(digest, Good { identity, until });
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().tokens.len()
    }
}

fn digest(token: &str) -> Digest {
    *blake3::hash(token.as_bytes()).as_bytes()
}
