//! What proves that a webhook is the provider's.

use std::fmt;

/// What a provider's webhooks are checked with.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Secrets {
    /// Of Meta's products.
    Meta(MetaSecrets),
}

/// What Meta's webhooks are checked with.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct MetaSecrets {
    /// The app's secrets, with which Meta signs each body. Several while one replaces another; any of them fits.
    pub app_secrets: Vec<String>,
    /// What Meta shows when it verifies the webhook's address; empty fits nothing.
    pub verify_token: String,
}

impl fmt::Debug for MetaSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetaSecrets(..)")
    }
}

/// Why a webhook is not taken for the provider's. To the outside all of them are one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// No signature came with it.
    #[error("it is not signed")]
    Absent,
    /// It is signed with none of the secrets, or the signature is none at all.
    #[error("its signature does not fit")]
    Invalid,
    /// There is no secret of this provider to check it with.
    #[error("there is no secret to check it with")]
    NoSecret,
    /// It is no request to verify the address, or the provider makes none.
    #[error("it is no request to verify the address")]
    NoHandshake,
}
