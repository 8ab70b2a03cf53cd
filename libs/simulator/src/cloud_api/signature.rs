//! How Meta proves that a webhook is its own.

use std::fmt::Write as _;

use acuse_rpc::Secret;
use ring::hmac;

/// The header that holds a body's signature.
pub const SIGNATURE: &str = "x-hub-signature-256";

/// Signs bodies with an app's secret.
#[derive(Debug, Clone)]
pub struct Signer(hmac::Key);

impl Signer {
    /// One for an app's secret.
    pub fn new(app_secret: &Secret) -> Self {
        let secret = app_secret.expose().as_bytes();
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The value of [`SIGNATURE`] for a body.
    pub fn sign(&self, body: &[u8]) -> String {
        let mut signature = "sha256=".to_owned();
        for byte in hmac::sign(&self.0, body).as_ref() {
            // Writing to a text does not fail.
            let _ = write!(signature, "{byte:02x}");
        }
        signature
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_hmac_of_the_body() {
        // The second test case of RFC 4231.
        let signer = Signer::new(&Secret::new("Jefe"));
        assert_eq!(
            signer.sign(b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert!(!format!("{signer:?}").contains("Jefe"));
    }
}
