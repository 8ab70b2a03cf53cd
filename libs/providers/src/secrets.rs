//! What proves that a webhook is the provider's.

use std::fmt;

/// What a provider's webhooks are checked with.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Secrets {
    /// Of Meta's products.
    Meta(MetaSecrets),
    /// Of Twilio.
    Twilio(TwilioSecrets),
    /// Of Sinch's Conversation API, whose bodies are signed, and its SMS API, whose are not.
    Sinch(SinchSecrets),
    /// Of Vonage.
    Vonage(VonageSecrets),
    /// Of a provider that signs nothing.
    Shared(SharedSecrets),
}

/// What a provider that signs nothing shows instead. Either proves that it was told the secret.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct SharedSecrets {
    /// Shown in the URL's query as `secret`, or as the password of basic authentication, whatever the name is. Several while
    /// one replaces another; any of them fits.
    pub secrets: Vec<String>,
}

/// What Twilio's webhooks are checked with.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct TwilioSecrets {
    /// The account's tokens, with which Twilio signs URL and parameters. Several while one replaces another.
    pub auth_tokens: Vec<String>,
}

/// What Sinch's webhooks are checked with. At least one of both is there.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct SinchSecrets {
    /// The secrets of the Conversation API's webhooks. Several while one replaces another.
    pub webhook_secrets: Vec<String>,
    /// For what the SMS API sends, which is not signed.
    pub shared: SharedSecrets,
}

/// What Vonage's webhooks are checked with.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct VonageSecrets {
    /// The account's signature secrets, with which the tokens of webhooks are signed. Several while one replaces another.
    pub signature_secrets: Vec<String>,
}

/// What Meta's webhooks are checked with.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct MetaSecrets {
    /// The app's secrets, with which Meta signs each body. Several while one replaces another; any of them fits.
    pub app_secrets: Vec<String>,
    /// What Meta shows when it verifies the webhook's address; empty fits nothing.
    pub verify_token: String,
}

/// Shows of secrets that they are some.
macro_rules! hidden {
    ($($name:ident)+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )+};
}

hidden! { MetaSecrets SharedSecrets TwilioSecrets SinchSecrets VonageSecrets }

/// Why a webhook is not taken for the provider's. To the outside all of them are one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// No signature came with it.
    #[error("it is not signed")]
    Absent,
    /// It is signed with none of the secrets, or the signature is none at all.
    #[error("its signature does not fit")]
    Invalid,
    /// The provider signs the URL that it called, which is not known.
    #[error("the URL that it was sent to, which is signed, is not known")]
    NoUrl,
    /// There is no secret of this provider to check it with.
    #[error("there is no secret to check it with")]
    NoSecret,
    /// It is no request to verify the address, or the provider makes none.
    #[error("it is no request to verify the address")]
    NoHandshake,
}
