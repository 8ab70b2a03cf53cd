//! What proves that Sinch sent it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use crate::reading::Delivery;
use crate::secrets::{Secrets, SinchSecrets, Unverified};
use crate::shared;

/// The headers of one interface.
struct Headers {
    /// With the signature.
    signature: &'static str,
    /// With what the body is joined to by dots before it is signed, in this order.
    joined: &'static [&'static str],
    /// With the algorithm's name.
    algorithm: &'static str,
}

/// The Conversation API's, and the older WhatsApp API's, which has no time. Of a body that is signed twice the first counts.
const SIGNED: [Headers; 2] = [
    Headers {
        signature: "x-sinch-webhook-signature",
        joined: &[
            "x-sinch-webhook-signature-nonce",
            "x-sinch-webhook-signature-timestamp",
        ],
        algorithm: "x-sinch-webhook-signature-algorithm",
    },
    Headers {
        signature: "sinch-whatsapp-callback-signature",
        joined: &["sinch-whatsapp-callback-signature-nonce"],
        algorithm: "sinch-whatsapp-callback-signature-algorithm",
    },
];

/// Whether one of the webhook's secrets signed the body. Without a signature, or a secret to check one with, the shared
/// secret has to be shown instead, as for what the SMS API sends. Nonce and time are not remembered: to say the same again
/// changes nothing.
pub(super) fn verify(secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
    let Secrets::Sinch(secrets) = secrets else {
        return Err(Unverified::NoSecret);
    };
    let keys = keys(secrets);
    let mut signed = SIGNED.iter().filter_map(|headers| {
        let given = delivery.header(headers.signature).next()?;
        Some((headers, given))
    });
    match signed.next() {
        Some((headers, given)) if !keys.is_empty() => fits(headers, given, &keys, delivery),
        _ => match shared::shown(&secrets.shared, delivery) {
            // There is a secret, but nothing that was made with it.
            Err(Unverified::NoSecret) if !keys.is_empty() => Err(Unverified::Absent),
            shown => shown,
        },
    }
}

fn keys(secrets: &SinchSecrets) -> Vec<hmac::Key> {
    let secrets = secrets.webhook_secrets.iter();
    secrets
        .filter(|secret| !secret.is_empty())
        .map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
        .collect()
}

fn fits(
    headers: &Headers,
    given: &str,
    keys: &[hmac::Key],
    delivery: &Delivery<'_>,
) -> Result<(), Unverified> {
    let algorithm = delivery.header(headers.algorithm).next();
    if algorithm.is_some_and(|algorithm| !is_known(algorithm)) {
        return Err(Unverified::Invalid);
    }
    let mut signed = delivery.body.to_vec();
    for name in headers.joined {
        let value = delivery.header(name).next().ok_or(Unverified::Invalid)?;
        signed.push(b'.');
        signed.extend_from_slice(value.as_bytes());
    }
    let tag = STANDARD.decode(given.trim());
    let tag = tag.map_err(|_| Unverified::Invalid)?;
    let fits = |key| hmac::verify(key, &signed, &tag).is_ok();
    if keys.iter().any(fits) {
        Ok(())
    } else {
        Err(Unverified::Invalid)
    }
}

/// `HmacSHA256` and `HMAC_SHA_256` are one.
fn is_known(algorithm: &str) -> bool {
    let letters = algorithm.chars().filter(char::is_ascii_alphanumeric);
    letters
        .collect::<String>()
        .eq_ignore_ascii_case("hmacsha256")
}

#[cfg(test)]
mod tests {
    use acuse_domain::time::Timestamp;

    use super::*;
    use crate::secrets::SharedSecrets;

    const BODY: &[u8] = br#"{"app_id":"01ACUSE","message_delivery_report":{"status":"READ"}}"#;
    const SECRET: &str = "un secreto de prueba";
    const NONCE: &str = "01J0ACUSE0NONCE";
    const TIME: &str = "1777895940";
    /// Made with `openssl dgst -sha256 -hmac SECRET -binary | base64` of body, nonce and time.
    const SIGNATURE: &str = "EBQre9FjVFAg18FiniRkVVlU9XWIwfhjk95Jg+NGj8U=";
    /// The same of body and nonce.
    const OLDER: &str = "nn+PsEuWxu6xI6HawrOZo+cu0UBFKVK4+bgO45SI7rw=";

    fn verified(
        (webhook, shared): (&[&str], &[&str]),
        headers: &[(&str, &str)],
        query: &[(&str, &str)],
    ) -> Result<(), Unverified> {
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let pairs = pairs.iter();
            pairs
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect()
        };
        let all = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let (headers, query) = (owned(headers), owned(query));
        let secrets = Secrets::Sinch(SinchSecrets {
            webhook_secrets: all(webhook),
            shared: SharedSecrets {
                secrets: all(shared),
            },
        });
        let delivery = Delivery {
            headers: &headers,
            query: &query,
            ..Delivery::of(BODY, Timestamp::from_seconds(1_777_896_000))
        };
        verify(&secrets, &delivery)
    }

    fn signed<'a>(signature: &'a str, algorithm: &'a str) -> [(&'a str, &'a str); 4] {
        [
            ("x-sinch-webhook-signature-timestamp", TIME),
            ("x-sinch-webhook-signature-nonce", NONCE),
            ("x-sinch-webhook-signature-algorithm", algorithm),
            ("x-sinch-webhook-signature", signature),
        ]
    }

    #[test]
    fn a_signature_fits_one_of_the_secrets() {
        let headers = signed(SIGNATURE, "HmacSHA256");
        let older = [
            ("sinch-whatsapp-callback-signature", OLDER),
            ("sinch-whatsapp-callback-signature-nonce", NONCE),
            (
                "sinch-whatsapp-callback-signature-algorithm",
                "HMAC_SHA_256",
            ),
        ];
        for headers in [
            &headers[..],
            &headers[..2]
                .iter()
                .chain(&headers[3..])
                .copied()
                .collect::<Vec<_>>(),
            &older,
        ] {
            assert_eq!(verified((&[SECRET], &[]), headers, &[]), Ok(()));
            assert_eq!(verified((&["old", SECRET], &["s"]), headers, &[]), Ok(()));
            let invalid = Err(Unverified::Invalid);
            assert_eq!(verified((&["old"], &[]), headers, &[]), invalid);
        }
    }

    #[test]
    fn a_signature_that_is_there_has_to_fit() {
        let shown = [("secret", "hunter22")];
        let other = format!("B{}", &SIGNATURE[1..]);
        let good = signed(SIGNATURE, "HmacSHA256");
        let headers = [
            signed(&other, "HmacSHA256").to_vec(),
            signed("", "HmacSHA256").to_vec(),
            signed("%", "HmacSHA256").to_vec(),
            signed(SIGNATURE, "HmacSHA1").to_vec(),
            good[1..].to_vec(),
            [&good[..1], &good[2..]].concat(),
        ];
        for headers in headers {
            let got = verified((&[SECRET], &["hunter22"]), &headers, &shown);
            assert_eq!(got, Err(Unverified::Invalid), "{headers:?}");
        }
        let moved = [("x-sinch-webhook-signature-timestamp", "1777895941")];
        let got = verified((&[SECRET], &[]), &[&moved[..], &good[1..]].concat(), &[]);
        assert_eq!(got, Err(Unverified::Invalid));
    }

    #[test]
    fn without_a_signature_the_shared_secret_counts() {
        let both: (&[&str], &[&str]) = (&[SECRET], &["hunter22"]);
        assert_eq!(verified(both, &[], &[("secret", "hunter22")]), Ok(()));
        assert_eq!(
            verified(both, &[], &[("secret", "hunter23")]),
            Err(Unverified::Invalid)
        );
        assert_eq!(verified(both, &[], &[]), Err(Unverified::Absent));
        assert_eq!(
            verified((&[SECRET], &[]), &[], &[("secret", "")]),
            Err(Unverified::Absent)
        );
        assert_eq!(verified((&[], &[]), &[], &[]), Err(Unverified::NoSecret));
        let headers = signed(SIGNATURE, "HmacSHA256");
        assert_eq!(
            verified((&[], &["hunter22"]), &headers, &[("secret", "hunter22")]),
            Ok(())
        );
        assert_eq!(
            verified((&[""], &[]), &headers, &[]),
            Err(Unverified::NoSecret)
        );
    }
}
