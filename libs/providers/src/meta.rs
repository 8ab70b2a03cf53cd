//! What Meta's products have in common: how bodies are signed, and how a webhook's address is verified.

use ring::hmac;

use crate::json::{self, Node};
use crate::reading::{Delivery, Malformed};
use crate::secrets::{MetaSecrets, Secrets, Unverified};
use crate::shared::is_same;

/// The header with the body's signature: `sha256=` and the hexadecimal HMAC-SHA256 of the raw body under the app's secret.
const SIGNATURE: &str = "x-hub-signature-256";

/// The header of the old way to sign: `sha1=` and the HMAC-SHA1. It comes beside the other and is looked at only without it,
/// so that nobody gets around the better one.
const OLD_SIGNATURE: &str = "x-hub-signature";

/// The longest challenge that is echoed; Meta's are ten digits.
const MAX_CHALLENGE: usize = 256;

/// Whether one of the app's secrets signed the body: a hash of it for each secret at most. Of several signatures the first
/// counts, which is the sender's own.
pub(crate) fn verify(secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
    let secrets = of_meta(secrets)?;
    let known: Vec<&String> = secrets
        .app_secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .collect();
    if known.is_empty() {
        return Err(Unverified::NoSecret);
    }
    let first = |header| delivery.header(header).next();
    let (given, prefix, algorithm) = match (first(SIGNATURE), first(OLD_SIGNATURE)) {
        (Some(given), _) => (given, "sha256=", hmac::HMAC_SHA256),
        (None, Some(old)) => (old, "sha1=", hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        (None, None) => return Err(Unverified::Absent),
    };
    let tag = given.trim().strip_prefix(prefix).and_then(from_hex);
    let tag = tag.ok_or(Unverified::Invalid)?;
    let fits = |secret: &&String| {
        let key = hmac::Key::new(algorithm, secret.as_bytes());
        hmac::verify(&key, delivery.body, &tag).is_ok()
    };
    if known.iter().any(fits) {
        Ok(())
    } else {
        Err(Unverified::Invalid)
    }
}

/// The challenge to echo, where `query` shows the token that was agreed on.
pub(crate) fn handshake(
    secrets: &Secrets,
    query: &[(String, String)],
) -> Result<String, Unverified> {
    let secrets = of_meta(secrets)?;
    let parameter = |name: &str| {
        let found = query.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    };
    if parameter("hub.mode") != Some("subscribe") {
        return Err(Unverified::NoHandshake);
    }
    let token = parameter("hub.verify_token").ok_or(Unverified::Absent)?;
    let challenge = parameter("hub.challenge").ok_or(Unverified::NoHandshake)?;
    if secrets.verify_token.is_empty() {
        return Err(Unverified::NoSecret);
    }
    if !is_same(&secrets.verify_token, token) {
        return Err(Unverified::Invalid);
    }
    // What is echoed must not be able to mean anything to whatever shows it.
    let is_plain = challenge
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if is_plain && challenge.len() <= MAX_CHALLENGE {
        Ok(challenge.to_owned())
    } else {
        Err(Unverified::NoHandshake)
    }
}

/// Checks that a body can be one of Meta's, which gateways pass on: its entries are no plain value.
///
/// # Errors
///
/// [`Malformed`] for anything else, which Meta sends to nobody.
pub(crate) fn check_shape(body: Node<'_>) -> Result<(), Malformed> {
    let entries = body.get("entry");
    match entries.value() {
        Some(value) if !value.is_object() && !value.is_array() => Err(Malformed {
            expected: json::WEBHOOK,
            detail: format!("its entry is {}", entries.kind()),
        }),
        _ => Ok(()),
    }
}

fn of_meta(secrets: &Secrets) -> Result<&MetaSecrets, Unverified> {
    match secrets {
        Secrets::Meta(secrets) => Ok(secrets),
        _ => Err(Unverified::NoSecret),
    }
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let nibbles: Option<Vec<u32>> = digits.chars().map(|digit| digit.to_digit(16)).collect();
    let nibbles = nibbles.filter(|nibbles| nibbles.len().is_multiple_of(2))?;
    nibbles
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] << 4 | pair[1]).ok())
        .collect()
}

#[cfg(test)]
mod tests;
