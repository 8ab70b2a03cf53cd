//! How Vonage signs: the Messages API with a token, the SMS API, where an account is set so, with a parameter.

use std::collections::BTreeMap;

use ring::hmac;

use super::token;
use crate::form;
use crate::json::Node;
use crate::reading::Delivery;
use crate::secrets::{Secrets, Unverified};
use crate::shared::is_same;

/// The parameter with the signature of the SMS API.
const PARAMETER: &str = "sig";

/// How the SMS API may sign. MD5, its oldest way, proves nothing any more and is not among them.
const ALGORITHMS: [hmac::Algorithm; 3] = [
    hmac::HMAC_SHA256,
    hmac::HMAC_SHA512,
    hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
];

/// Whether one of the account's signature secrets signed it.
pub(super) fn verify(secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
    let Secrets::Vonage(secrets) = secrets else {
        return Err(Unverified::NoSecret);
    };
    let known: Vec<&String> = secrets
        .signature_secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .collect();
    if known.is_empty() {
        return Err(Unverified::NoSecret);
    }
    let token = delivery.header("authorization").find_map(|header| {
        let (scheme, token) = header.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    match token {
        Some(token) => {
            let keys: Vec<hmac::Key> = known
                .iter()
                .map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
                .collect();
            token::verify(token, &keys, delivery)
        }
        None => of_parameters(&known, delivery),
    }
}

/// Whether the parameter `sig` is the hash, under one of the secrets, of all others: `&name=value`, in the order of their names,
/// with `&` and `=` within values replaced.
fn of_parameters(secrets: &[&String], delivery: &Delivery<'_>) -> Result<(), Unverified> {
    let parsed = form::or_json(delivery.body).map_err(|_| Unverified::Absent)?;
    let body = Node::of(&parsed);
    let given = body.get(PARAMETER).word().ok_or(Unverified::Absent)?;
    let parameters: BTreeMap<&str, String> = body
        .keys()
        .filter(|name| *name != PARAMETER)
        .map(|name| (name, body.get(name).text().unwrap_or_default()))
        .collect();
    let mut signed = String::new();
    for (name, value) in parameters {
        let value = value.replace(['&', '='], "_");
        signed.push_str(&format!("&{name}={value}"));
    }
    let fits = secrets.iter().any(|secret| {
        ALGORITHMS.into_iter().any(|algorithm| {
            let key = hmac::Key::new(algorithm, secret.as_bytes());
            let expected = hex(hmac::sign(&key, signed.as_bytes()).as_ref());
            is_same(&expected, &given)
        })
    });
    if fits {
        Ok(())
    } else {
        Err(Unverified::Invalid)
    }
}

/// Bytes as hexadecimal digits in lower case.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
