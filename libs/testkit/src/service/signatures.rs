//! How providers prove that a webhook is theirs, by their documentation.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "for tests")]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::{digest, hmac};

/// The SHA-256 of a body, in hexadecimal digits.
pub fn sha256(body: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, body).as_ref())
}

/// What Meta puts into X-Hub-Signature-256 for a body.
pub fn meta_signature(app_secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, app_secret.as_bytes());
    format!("sha256={}", hex(hmac::sign(&key, body).as_ref()))
}

/// What Twilio puts into X-Twilio-Signature for a form posted to `url`. A body of another kind is told by the URL, as
/// `bodySHA256`, and signed with an empty form.
///
/// # Panics
///
/// For a form that is not UTF-8.
pub fn twilio_signature(auth_token: &str, url: &str, form: &[u8]) -> String {
    let form = std::str::from_utf8(form).unwrap();
    let pairs = form.split('&').filter(|pair| !pair.is_empty());
    let mut parameters: Vec<(String, String)> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect();
    parameters.sort();
    let parameters = parameters.iter().map(|(name, value)| name.clone() + value);
    let signed = url.to_owned() + &parameters.collect::<String>();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, auth_token.as_bytes());
    STANDARD.encode(hmac::sign(&key, signed.as_bytes()))
}

/// The token that Vonage shows with a body, issued at `issued`, in seconds since 1970.
pub fn vonage_token(signature_secret: &str, issued: i64, body: &[u8]) -> String {
    let claims = format!(r#"{{"iat":{issued},"payload_hash":"{}"}}"#, sha256(body));
    let parts = [r#"{"alg":"HS256","typ":"JWT"}"#, &claims];
    let signed = parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let key = hmac::Key::new(hmac::HMAC_SHA256, signature_secret.as_bytes());
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// What Sinch signs a body with that it joins to these texts: a nonce, and of the Conversation API the time.
pub fn sinch_signature(webhook_secret: &str, body: &[u8], joined: &[&str]) -> String {
    let mut signed = body.to_vec();
    for text in joined {
        signed.extend_from_slice(b".");
        signed.extend_from_slice(text.as_bytes());
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, webhook_secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, &signed))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name or value of a form.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&digits, 16).unwrap()
            }
            plain => plain,
        });
    }
    String::from_utf8(bytes).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Twilio's documentation.
    #[test]
    fn twilio_signs_url_and_parameters() {
        let form = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234&From=%2B14158675310&To=%2B18005551212";
        let url = "https://example.com/myapp.php?foo=1&bar=2";
        assert_eq!(
            twilio_signature("12345", url, form),
            "L/OH5YylLD5NRKLltdqwSvS0BnU="
        );
    }

    #[test]
    fn a_form_is_decoded() {
        assert_eq!(decoded("Hola+%C3%A9%2B"), "Hola é+");
    }
}
