//! Key sets: any JSON as one, and tokens that are checked with what it holds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::access_tokens::{clock, opened, verifier};

/// A set that is taken can be used: a token with a signature of nobody is refused, whatever the keys.
///
/// # Panics
///
/// Where that does not hold.
pub fn check(bytes: &[u8]) {
    let Some(keys) = opened(bytes.to_vec()) else {
        return;
    };
    let verifier = verifier(keys, &clock());
    for algorithm in ["EdDSA", "ES256", "RS256", "HS256"] {
        for named in ["", r#","kid":"a""#, r#","kid":"b""#] {
            let header = format!(r#"{{"alg":"{algorithm}"{named}}}"#);
            for length in [0, 32, 64, 256] {
                let parts = [header.as_bytes(), b"{}", &vec![1; length]];
                let token = parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
                assert!(verifier.verify(&token).is_err());
            }
        }
    }
}
