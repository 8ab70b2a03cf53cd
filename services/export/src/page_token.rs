//! Page tokens: where a listing goes on, in words that only this installation can write.

use acuse_domain::error::Error;
use acuse_domain::scope::Caller;
use acuse_rpc::Secret;
use acuse_rpc::config::Settings;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use ring::hmac::{HMAC_SHA256, Key, sign, verify};
use uuid::Uuid;

/// Bytes of a place, after which the signature follows.
const PLACE: usize = 16;

/// Issues and reads the page tokens of one listing, whose places are ids.
#[derive(Debug)]
pub(crate) struct PageTokens(Key);

/// Reads `ACUSE_PAGE_TOKEN_SECRET`, which signs page tokens. `None` where it is absent, or a fault was noted.
pub(crate) fn page_token_secret(settings: &mut Settings) -> Option<Secret> {
    let name = "ACUSE_PAGE_TOKEN_SECRET";
    let secret: Secret = settings.optional(name)?;
    if secret.expose().len() < 32 {
        settings.fault(name, "is shorter than 32 bytes");
    }
    Some(secret)
}

impl PageTokens {
    /// Tokens under the secret that was configured; without one, under a secret of this process alone.
    ///
    /// # Errors
    ///
    /// Fails where one has to be made up and the operating system gives no randomness.
    pub(crate) fn configured(secret: Option<&Secret>) -> Result<Self, rand::rand_core::OsError> {
        let mut made_up = [0_u8; 32];
        let bytes = match secret {
            Some(secret) => secret.expose().as_bytes(),
            None => {
                OsRng.try_fill_bytes(&mut made_up)?;
                &made_up
            }
        };
        Ok(Self(Key::new(HMAC_SHA256, bytes)))
    }

    /// The token with which `caller` goes on after `place`.
    pub(crate) fn issue(&self, caller: &Caller, place: Uuid) -> String {
        let signature = sign(&self.0, &signed(caller, place));
        URL_SAFE_NO_PAD.encode([place.as_bytes(), signature.as_ref()].concat())
    }

    /// The place that a token of `caller` names; `None` for an empty one, which begins at the beginning.
    ///
    /// # Errors
    ///
    /// INVALID_ARGUMENT for whatever was not issued to this caller.
    pub(crate) fn read(&self, caller: &Caller, token: &str) -> Result<Option<Uuid>, Error> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        let parts = bytes.split_first_chunk::<PLACE>();
        parts
            .map(|(place, signature)| (Uuid::from_bytes(*place), signature))
            .filter(|(place, signature)| {
                verify(&self.0, &signed(caller, *place), signature).is_ok()
            })
            .map(|(place, _)| Some(place))
            .ok_or_else(|| {
                let right = "is no token of this listing; give next_page_token as it came, or none";
                Error::invalid_field("page_token", right)
            })
    }
}

/// What is signed: the place, and whose it is.
fn signed(caller: &Caller, place: Uuid) -> Vec<u8> {
    let of = (&caller.subject, caller.role, &caller.scope);
    format!("acuse exports {place} {of:?}").into_bytes()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use acuse_domain::scope::{Role, Scope};

    use super::*;

    #[test]
    fn a_token_is_good_for_its_caller_alone_and_as_it_came() {
        let caller = |subject: &str, workspace: &str| Caller {
            subject: subject.to_owned(),
            role: Role::Analyst,
            permissions: BTreeSet::new(),
            scope: Some(Scope::whole(workspace)),
        };
        let secret = Secret::new("0123456789abcdef0123456789abcdef");
        let tokens = PageTokens::configured(Some(&secret)).unwrap();
        let ana = caller("ana", "acme");
        let place = Uuid::from_u128(7);
        let token = tokens.issue(&ana, place);
        assert_eq!(tokens.read(&ana, &token).unwrap(), Some(place));
        assert_eq!(tokens.read(&ana, "").unwrap(), None);
        for other in [caller("eva", "acme"), caller("ana", "other")] {
            assert!(tokens.read(&other, &token).is_err());
        }
        let others = PageTokens::configured(None).unwrap();
        assert!(others.read(&ana, &token).is_err());
        for altered in ["?", "AAAA", &token[1..], &format!("A{}", &token[1..])] {
            // The first digit of a small number is an A already.
            assert!(altered == token || tokens.read(&ana, altered).is_err());
        }
    }
}
