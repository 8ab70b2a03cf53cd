//! Secrets of integrations: from requests, and in the form in which they are sealed.

use acuse_domain::error::{Error, FieldViolation, Result};
use acuse_domain::kinds::Provider;
use acuse_proto::ingestion::integration_secrets::Secrets as Wire;
use acuse_proto::ingestion::{IntegrationSecrets, MetaSecrets};
use acuse_providers::Secrets;
use prost::Message as _;

use crate::create_integration::SecretsToSeal;

/// Lengths of a secret, in bytes.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=256;

/// App secrets at once: one, the one that replaces it, and one to spare.
const MAX_APP_SECRETS: usize = 3;

/// Checks secrets that came in the field `secrets`, for an integration of `provider`.
pub(super) fn checked(
    wire: Option<IntegrationSecrets>,
    provider: Provider,
    faults: &mut Vec<FieldViolation>,
) -> Option<SecretsToSeal> {
    let Some(Wire::Meta(meta)) = wire.and_then(|wire| wire.secrets) else {
        faults.push(FieldViolation::new(
            "secrets",
            "must be given: those of the integration's provider, which are meta",
        ));
        return None;
    };
    if !is_meta(provider) {
        let fault = "are not those of the integration's provider";
        faults.push(FieldViolation::new("secrets.meta", fault));
    }
    let count = meta.app_secrets.len();
    if !(1..=MAX_APP_SECRETS).contains(&count) {
        faults.push(FieldViolation::new(
            "secrets.meta.app_secrets",
            format!("has {count} entries; 1 to {MAX_APP_SECRETS} are allowed"),
        ));
    }
    for (index, secret) in meta.app_secrets.iter().enumerate() {
        check(
            &format!("secrets.meta.app_secrets[{index}]"),
            secret,
            faults,
        );
    }
    check("secrets.meta.verify_token", &meta.verify_token, faults);
    let set = ["meta.app_secrets", "meta.verify_token"];
    Some(SecretsToSeal {
        bytes: to_bytes(meta),
        set: set.map(str::to_owned).to_vec(),
    })
}

/// Whether a provider's webhooks are signed with the secrets of Meta's apps.
fn is_meta(provider: Provider) -> bool {
    matches!(
        provider,
        Provider::MetaWhatsApp | Provider::MetaMessenger | Provider::MetaInstagram
    )
}

fn check(field: &str, secret: &str, faults: &mut Vec<FieldViolation>) {
    if !LENGTH.contains(&secret.len()) {
        let (least, most) = LENGTH.into_inner();
        let length = secret.len();
        let fault = format!("has {length} bytes; {least} to {most} are allowed");
        faults.push(FieldViolation::new(field, fault));
    }
}

/// What is sealed: the message of the proto, whose fields keep their meaning.
fn to_bytes(meta: MetaSecrets) -> Vec<u8> {
    let secrets = Some(Wire::Meta(meta));
    IntegrationSecrets { secrets }.encode_to_vec()
}

/// Reads what was sealed.
///
/// # Errors
///
/// INTERNAL where it is nothing that this build seals.
pub(crate) fn secrets_from_bytes(bytes: &[u8]) -> Result<Secrets> {
    // What is wrong with the bytes is left out: it could show some of them.
    let unknown = || Error::internal("sealed secrets are none that this build knows");
    let wire = IntegrationSecrets::decode(bytes).map_err(|_| unknown())?;
    match wire.secrets {
        Some(Wire::Meta(meta)) => Ok(Secrets::Meta(acuse_providers::MetaSecrets {
            app_secrets: meta.app_secrets,
            verify_token: meta.verify_token,
        })),
        None => Err(unknown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(app_secrets: &[&str], verify_token: &str) -> MetaSecrets {
        MetaSecrets {
            app_secrets: app_secrets.iter().map(|&one| one.to_owned()).collect(),
            verify_token: verify_token.to_owned(),
        }
    }

    fn faults(wire: Option<IntegrationSecrets>, provider: Provider) -> Vec<String> {
        let mut faults = Vec::new();
        checked(wire, provider, &mut faults);
        assert!(!format!("{faults:?}").contains("hunter"), "{faults:?}");
        faults.into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn every_fault_is_named_and_no_secret_shown() {
        let with = |meta| {
            let secrets = Some(Wire::Meta(meta));
            Some(IntegrationSecrets { secrets })
        };
        let good = with(meta(&["hunter22"], "hunter22"));
        assert!(faults(good.clone(), Provider::MetaWhatsApp).is_empty());
        assert_eq!(faults(good, Provider::Twilio), ["secrets.meta"]);
        assert_eq!(faults(None, Provider::MetaWhatsApp), ["secrets"]);
        let empty = Some(IntegrationSecrets { secrets: None });
        assert_eq!(faults(empty, Provider::MetaWhatsApp), ["secrets"]);
        let many = with(meta(&["hunter2", "hunter22", "hunter22", "hunter22"], ""));
        assert_eq!(
            faults(many, Provider::MetaWhatsApp),
            [
                "secrets.meta.app_secrets",
                "secrets.meta.app_secrets[0]",
                "secrets.meta.verify_token"
            ]
        );
        let none = with(meta(&[], &"x".repeat(257)));
        assert_eq!(faults(none, Provider::MetaWhatsApp).len(), 2);
    }

    #[test]
    fn what_is_sealed_is_read_again() {
        let bytes = to_bytes(meta(&["hunter22", "hunter23"], "hunter24"));
        let Secrets::Meta(read) = secrets_from_bytes(&bytes).unwrap() else {
            panic!("of another provider");
        };
        assert_eq!(read.app_secrets, ["hunter22", "hunter23"]);
        assert_eq!(read.verify_token, "hunter24");
        for bad in [&b""[..], b"\xff", b"nonsense"] {
            assert!(secrets_from_bytes(bad).is_err());
        }
    }
}
