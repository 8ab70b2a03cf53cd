//! How Twilio signs: base64 of the HMAC-SHA1, under the account's token, of the URL followed by the names and values of the
//! parameters posted, in the order of the names. Of a body that is no form the URL tells the hash, as `bodySHA256`.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac};

use super::body;
use crate::form::is_json;
use crate::reading::Delivery;
use crate::secrets::{Secrets, Unverified};
use crate::shared::is_same;

/// The header.
const SIGNATURE: &str = "x-twilio-signature";

/// The parameter of the URL with the hash of a body that is no form.
const BODY_HASH: &str = "bodySHA256";

/// Whether one of the account's tokens signed it. Of several signatures the first counts, which is the sender's own.
pub(super) fn verify(secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
    let Secrets::Twilio(secrets) = secrets else {
        return Err(Unverified::NoSecret);
    };
    let keys: Vec<hmac::Key> = secrets
        .auth_tokens
        .iter()
        .filter(|token| !token.is_empty())
        .map(|token| hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes()))
        .collect();
    if keys.is_empty() {
        return Err(Unverified::NoSecret);
    }
    let given = delivery.header(SIGNATURE).next();
    let given = given.ok_or(Unverified::Absent)?;
    let url = delivery.url.ok_or(Unverified::NoUrl)?;
    let tag = STANDARD.decode(given.trim());
    let tag = tag.map_err(|_| Unverified::Invalid)?;
    let tail = signed_tail(url, delivery)?;
    let fits = variants(url).iter().any(|url| {
        let signed = [url.as_bytes(), tail.as_bytes()].concat();
        keys.iter()
            .any(|key| hmac::verify(key, &signed, &tag).is_ok())
    });
    if fits {
        Ok(())
    } else {
        Err(Unverified::Invalid)
    }
}

/// What is signed behind the URL.
fn signed_tail(url: &str, delivery: &Delivery<'_>) -> Result<String, Unverified> {
    let query = url.split_once('?').map(|(_, query)| query);
    let query = query.unwrap_or_default();
    let query = query.split('#').next().unwrap_or_default();
    let query = body::parameters(query.as_bytes());
    if is_json(delivery.body) {
        let hash = query.into_iter().find(|(name, _)| name == BODY_HASH);
        let (_, hash) = hash.ok_or(Unverified::Absent)?;
        let actual = hex(digest::digest(&digest::SHA256, delivery.body).as_ref());
        return match is_same(&actual, &hash.to_ascii_lowercase()) {
            true => Ok(String::new()),
            false => Err(Unverified::Invalid),
        };
    }
    let parameters = body::parameters(delivery.body);
    // A GET request has all of them in the URL.
    if parameters == query {
        return Ok(String::new());
    }
    // The same parameter with the same value is signed once.
    let parameters: BTreeSet<_> = parameters.into_iter().collect();
    let mut tail = String::new();
    for (name, value) in &parameters {
        tail.push_str(name);
        tail.push_str(value);
    }
    Ok(tail)
}

/// The URL with and without its port, as servers and proxies write it and Twilio signs it.
fn variants(url: &str) -> Vec<String> {
    let mut variants = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else {
        return variants;
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let port = match scheme.to_ascii_lowercase().as_str() {
        "https" => 443,
        _ => 80,
    };
    variants.push(format!("{scheme}://{host}{path}"));
    if host == authority {
        variants.push(format!("{scheme}://{host}:{port}{path}"));
    }
    variants
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_tried_with_and_without_its_port() {
        let expected = [
            "https://h/p?q=a:1",
            "https://h/p?q=a:1",
            "https://h:443/p?q=a:1",
        ];
        assert_eq!(variants("https://h/p?q=a:1"), expected);
        assert_eq!(
            variants("https://h:8443/p"),
            ["https://h:8443/p", "https://h/p"]
        );
        assert_eq!(
            variants("http://h"),
            ["http://h", "http://h", "http://h:80"]
        );
        let expected = ["https://[::1]:8443/p", "https://[::1]/p"];
        assert_eq!(variants("https://[::1]:8443/p"), expected);
        assert_eq!(variants("nothing"), ["nothing"]);
    }
}
