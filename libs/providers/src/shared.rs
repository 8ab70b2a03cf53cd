//! Secrets that are shown instead of a signature, by providers that sign nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use crate::reading::Delivery;
use crate::secrets::{Secrets, SharedSecrets, Unverified};

/// The parameter of the URL that shows a secret.
const PARAMETER: &str = "secret";

/// Whether the provider shows one of the secrets that it was told.
pub(crate) fn verify(secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
    match secrets {
        Secrets::Shared(secrets) => shown(secrets, delivery),
        _ => Err(Unverified::NoSecret),
    }
}

/// The same of secrets that are a part of others. Every secret is compared with everything shown, so that the time taken
/// tells neither which one nearly fits nor how much of it.
pub(crate) fn shown(secrets: &SharedSecrets, delivery: &Delivery<'_>) -> Result<(), Unverified> {
    let known: Vec<&String> = secrets
        .secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .collect();
    if known.is_empty() {
        return Err(Unverified::NoSecret);
    }
    let parameters = delivery.query.iter();
    let given: Vec<String> = parameters
        .filter(|(name, _)| name == PARAMETER)
        .map(|(_, value)| value.clone())
        .chain(delivery.header("authorization").filter_map(password))
        .collect();
    if given.is_empty() {
        return Err(Unverified::Absent);
    }
    let pairs = known
        .iter()
        .flat_map(|secret| given.iter().map(move |given| is_same(secret, given)));
    if pairs.fold(false, |fits, same| fits | same) {
        Ok(())
    } else {
        Err(Unverified::Invalid)
    }
}

/// The password of basic authentication.
fn password(authorization: &str) -> Option<String> {
    let (scheme, credentials) = authorization.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (_, password) = decoded.split_once(':')?;
    Some(password.to_owned())
}

/// Compares without telling by the time it takes how much is the same.
pub(crate) fn is_same(expected: &str, given: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, expected.as_bytes());
    let tag = hmac::sign(&key, expected.as_bytes());
    hmac::verify(&key, given.as_bytes(), tag.as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use acuse_domain::time::Timestamp;

    use super::*;

    fn verified(
        secrets: &[&str],
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Result<(), Unverified> {
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let pairs = pairs.iter();
            pairs
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect()
        };
        let (query, headers) = (owned(query), owned(headers));
        let secrets = SharedSecrets {
            secrets: secrets.iter().map(|&one| one.to_owned()).collect(),
        };
        let delivery = Delivery {
            headers: &headers,
            query: &query,
            ..Delivery::of(b"{}", Timestamp::from_seconds(1_750_000_000))
        };
        verify(&Secrets::Shared(secrets), &delivery)
    }

    #[test]
    fn a_secret_is_shown_in_the_url_or_as_a_password() {
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let both = ["hunter22", "hunter23"];
        assert_eq!(verified(&both, &[("secret", "hunter23")], &[]), Ok(()));
        for credentials in ["acuse:hunter22", ":hunter22", "a:hunter22"] {
            let header = basic(credentials);
            assert_eq!(verified(&both, &[], &[("authorization", &header)]), Ok(()));
        }
        let wrong = basic("hunter22:");
        let nothing = Err(Unverified::Invalid);
        assert_eq!(verified(&both, &[], &[("authorization", &wrong)]), nothing);
        assert_eq!(verified(&both, &[("secret", "hunter2")], &[]), nothing);
        assert_eq!(verified(&both, &[("secret", "")], &[]), nothing);
    }

    #[test]
    fn nothing_shown_and_nothing_to_compare_with_are_told_apart() {
        let absent = Err(Unverified::Absent);
        assert_eq!(
            verified(&["hunter22"], &[("other", "hunter22")], &[]),
            absent
        );
        for header in ["Bearer hunter22", "Basic", "Basic %%%", "Basic aGk="] {
            assert_eq!(
                verified(&["hunter22"], &[], &[("authorization", header)]),
                absent,
                "{header}"
            );
        }
        let none = Err(Unverified::NoSecret);
        assert_eq!(verified(&[], &[("secret", "")], &[]), none);
        assert_eq!(verified(&[""], &[("secret", "")], &[]), none);
    }
}
