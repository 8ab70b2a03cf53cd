//! Secrets of integrations: from requests, and in the form in which they are sealed.

use acuse_domain::error::{Error, FieldViolation, Result};
use acuse_domain::kinds::Provider;
use acuse_proto::ingestion::IntegrationSecrets;
use acuse_proto::ingestion::integration_secrets::Secrets as Wire;
use acuse_providers::Secrets;
use prost::Message as _;

use crate::create_integration::SecretsToSeal;

/// Lengths of a secret, in bytes.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=256;

/// Secrets of one kind at once: one, the one that replaces it, and one to spare.
const MAX_OF_A_KIND: usize = 3;

/// The kinds of secrets, by the names of their fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Meta,
    Twilio,
    Sinch,
    Vonage,
    Shared,
}

impl Kind {
    /// Those that a provider's webhooks are checked with; providers that sign nothing show a secret.
    fn of(provider: Provider) -> Self {
        match provider {
            Provider::MetaWhatsApp | Provider::MetaMessenger | Provider::MetaInstagram => {
                Self::Meta
            }
            Provider::Twilio => Self::Twilio,
            Provider::SinchConversation | Provider::SinchSms => Self::Sinch,
            Provider::Vonage => Self::Vonage,
            Provider::SinchLatam
            | Provider::Infobip
            | Provider::Dialog360
            | Provider::Gupshup
            | Provider::Telegram
            | Provider::Sender
            | Provider::Other => Self::Shared,
        }
    }

    fn given(wire: &Wire) -> Self {
        match wire {
            Wire::Meta(_) => Self::Meta,
            Wire::Twilio(_) => Self::Twilio,
            Wire::Sinch(_) => Self::Sinch,
            Wire::Vonage(_) => Self::Vonage,
            Wire::Shared(_) => Self::Shared,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Twilio => "twilio",
            Self::Sinch => "sinch",
            Self::Vonage => "vonage",
            Self::Shared => "shared",
        }
    }
}

/// Checks secrets that came in the field `secrets`, for an integration of `provider`.
pub(super) fn checked(
    wire: Option<IntegrationSecrets>,
    provider: Provider,
    faults: &mut Vec<FieldViolation>,
) -> Option<SecretsToSeal> {
    let wanted = Kind::of(provider).as_str();
    let Some(given) = wire.and_then(|wire| wire.secrets) else {
        let fault =
            format!("must be given: those of the integration's provider, which are {wanted}");
        faults.push(FieldViolation::new("secrets", fault));
        return None;
    };
    let kind = Kind::given(&given);
    if kind != Kind::of(provider) {
        let fault = format!("are not those of the integration's provider, which are {wanted}");
        let field = format!("secrets.{}", kind.as_str());
        faults.push(FieldViolation::new(field, fault));
    }
    let mut fields = Fields {
        kind,
        faults,
        set: Vec::new(),
    };
    match &given {
        Wire::Meta(meta) => {
            fields.list("app_secrets", &meta.app_secrets, 1);
            fields.one("verify_token", &meta.verify_token);
        }
        Wire::Twilio(twilio) => fields.list("auth_tokens", &twilio.auth_tokens, 1),
        Wire::Sinch(sinch) => {
            let none = sinch.webhook_secrets.is_empty() && sinch.shared_secrets.is_empty();
            fields.list("webhook_secrets", &sinch.webhook_secrets, none.into());
            fields.list("shared_secrets", &sinch.shared_secrets, 0);
        }
        Wire::Vonage(vonage) => fields.list("signature_secrets", &vonage.signature_secrets, 1),
        Wire::Shared(shared) => fields.list("secrets", &shared.secrets, 1),
    }
    let set = fields.set;
    Some(SecretsToSeal {
        bytes: to_bytes(given),
        set,
    })
}

/// The fields of one kind of secrets, as they are checked.
struct Fields<'a> {
    kind: Kind,
    faults: &'a mut Vec<FieldViolation>,
    /// Those that are set, by name.
    set: Vec<String>,
}

impl Fields<'_> {
    /// Secrets of which one after the other is used; at least so many are wanted.
    fn list(&mut self, name: &str, secrets: &[String], least: usize) {
        let own = format!("{}.{name}", self.kind.as_str());
        let count = secrets.len();
        if !(least..=MAX_OF_A_KIND).contains(&count) {
            let fault = format!("has {count} entries; {least} to {MAX_OF_A_KIND} are allowed");
            let field = format!("secrets.{own}");
            self.faults.push(FieldViolation::new(field, fault));
        }
        for (index, secret) in secrets.iter().enumerate() {
            self.check(&format!("secrets.{own}[{index}]"), secret);
        }
        if count > 0 {
            self.set.push(own);
        }
    }

    fn one(&mut self, name: &str, secret: &str) {
        let own = format!("{}.{name}", self.kind.as_str());
        self.check(&format!("secrets.{own}"), secret);
        self.set.push(own);
    }

    fn check(&mut self, field: &str, secret: &str) {
        if !LENGTH.contains(&secret.len()) {
            let (least, most) = LENGTH.into_inner();
            let length = secret.len();
            let fault = format!("has {length} bytes; {least} to {most} are allowed");
            self.faults.push(FieldViolation::new(field, fault));
        }
    }
}

/// What is sealed: the message of the proto, whose fields keep their meaning.
fn to_bytes(secrets: Wire) -> Vec<u8> {
    let secrets = Some(secrets);
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
    Ok(match wire.secrets.ok_or_else(unknown)? {
        Wire::Meta(meta) => Secrets::Meta(acuse_providers::MetaSecrets {
            app_secrets: meta.app_secrets,
            verify_token: meta.verify_token,
        }),
        Wire::Twilio(twilio) => Secrets::Twilio(acuse_providers::TwilioSecrets {
            auth_tokens: twilio.auth_tokens,
        }),
        Wire::Sinch(sinch) => Secrets::Sinch(acuse_providers::SinchSecrets {
            webhook_secrets: sinch.webhook_secrets,
            shared: acuse_providers::SharedSecrets {
                secrets: sinch.shared_secrets,
            },
        }),
        Wire::Vonage(vonage) => Secrets::Vonage(acuse_providers::VonageSecrets {
            signature_secrets: vonage.signature_secrets,
        }),
        Wire::Shared(shared) => Secrets::Shared(acuse_providers::SharedSecrets {
            secrets: shared.secrets,
        }),
    })
}

#[cfg(test)]
mod tests {
    use acuse_proto::ingestion::{
        MetaSecrets, SharedSecrets, SinchSecrets, TwilioSecrets, VonageSecrets,
    };

    use super::*;

    fn texts(secrets: &[&str]) -> Vec<String> {
        secrets.iter().map(|&one| one.to_owned()).collect()
    }

    fn meta(app_secrets: &[&str], verify_token: &str) -> Wire {
        Wire::Meta(MetaSecrets {
            app_secrets: texts(app_secrets),
            verify_token: verify_token.to_owned(),
        })
    }

    fn shared(secrets: &[&str]) -> Wire {
        let secrets = texts(secrets);
        Wire::Shared(SharedSecrets { secrets })
    }

    fn sinch(webhook: &[&str], shared: &[&str]) -> Wire {
        Wire::Sinch(SinchSecrets {
            webhook_secrets: texts(webhook),
            shared_secrets: texts(shared),
        })
    }

    fn twilio(auth_tokens: &[&str]) -> Wire {
        let auth_tokens = texts(auth_tokens);
        Wire::Twilio(TwilioSecrets { auth_tokens })
    }

    fn vonage(secrets: &[&str]) -> Wire {
        let signature_secrets = texts(secrets);
        Wire::Vonage(VonageSecrets { signature_secrets })
    }

    fn faults(secrets: Wire, provider: Provider) -> Vec<String> {
        faults_of(
            Some(IntegrationSecrets {
                secrets: Some(secrets),
            }),
            provider,
        )
    }

    fn faults_of(wire: Option<IntegrationSecrets>, provider: Provider) -> Vec<String> {
        let mut faults = Vec::new();
        checked(wire, provider, &mut faults);
        assert!(!format!("{faults:?}").contains("hunter"), "{faults:?}");
        faults.into_iter().map(|fault| fault.field).collect()
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn every_fault_is_named_and_no_secret_shown() {
        let good = || meta(&["hunter22"], "hunter22");
        assert!(faults(good(), Provider::MetaWhatsApp).is_empty());
        assert_eq!(faults(good(), Provider::Twilio), ["secrets.meta"]);
        assert_eq!(faults_of(None, Provider::MetaWhatsApp), ["secrets"]);
        let empty = Some(IntegrationSecrets { secrets: None });
        assert_eq!(faults_of(empty, Provider::MetaWhatsApp), ["secrets"]);
        let many = meta(&["hunter2", "hunter22", "hunter22", "hunter22"], "");
        assert_eq!(
            faults(many, Provider::MetaWhatsApp),
            [
                "secrets.meta.app_secrets",
                "secrets.meta.app_secrets[0]",
                "secrets.meta.verify_token"
            ]
        );
        let none = meta(&[], &"x".repeat(257));
        assert_eq!(faults(none, Provider::MetaWhatsApp).len(), 2);
        assert_eq!(
            faults(twilio(&[]), Provider::Twilio),
            ["secrets.twilio.auth_tokens"]
        );
        assert_eq!(
            faults(vonage(&["hunter2"]), Provider::Vonage),
            ["secrets.vonage.signature_secrets[0]"]
        );
        assert_eq!(
            faults(shared(&["hunter2"]), Provider::Gupshup),
            ["secrets.shared.secrets[0]"]
        );
        let neither = sinch(&[], &[]);
        assert_eq!(
            faults(neither, Provider::SinchSms),
            ["secrets.sinch.webhook_secrets"]
        );
    }

    #[test]
    fn each_provider_has_its_kind_of_secrets() {
        let good = ["hunter22"];
        let kinds = [
            meta(&good, "hunter22"),
            twilio(&good),
            sinch(&good, &[]),
            vonage(&good),
            shared(&good),
        ];
        for (provider, kind) in [
            (Provider::MetaWhatsApp, 0),
            (Provider::MetaMessenger, 0),
            (Provider::MetaInstagram, 0),
            (Provider::Twilio, 1),
            (Provider::SinchConversation, 2),
            (Provider::SinchSms, 2),
            (Provider::Vonage, 3),
            (Provider::SinchLatam, 4),
            (Provider::Infobip, 4),
            (Provider::Dialog360, 4),
            (Provider::Gupshup, 4),
        ] {
            for (index, given) in kinds.iter().enumerate() {
                let found = faults(given.clone(), provider);
                let name = Kind::given(given).as_str();
                if index == kind {
                    assert_eq!(found, NONE, "{provider:?}");
                } else {
                    assert_eq!(found, [format!("secrets.{name}")], "{provider:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_set_is_told_by_name() {
        let set = |secrets, provider| {
            let secrets = Some(secrets);
            let wire = Some(IntegrationSecrets { secrets });
            checked(wire, provider, &mut Vec::new()).unwrap().set
        };
        let good = ["hunter22"];
        let both = sinch(&good, &good);
        assert_eq!(
            set(both, Provider::SinchSms),
            ["sinch.webhook_secrets", "sinch.shared_secrets"]
        );
        let one = sinch(&[], &good);
        assert_eq!(set(one, Provider::SinchSms), ["sinch.shared_secrets"]);
        assert_eq!(set(shared(&good), Provider::Infobip), ["shared.secrets"]);
        assert_eq!(
            set(meta(&good, "hunter22"), Provider::MetaInstagram),
            ["meta.app_secrets", "meta.verify_token"]
        );
    }

    #[test]
    fn what_is_sealed_is_read_again() {
        let two = ["hunter22", "hunter23"];
        let read = |wire| secrets_from_bytes(&to_bytes(wire)).unwrap();
        let expected = acuse_providers::MetaSecrets {
            app_secrets: texts(&two),
            verify_token: "hunter24".to_owned(),
        };
        assert_eq!(read(meta(&two, "hunter24")), Secrets::Meta(expected));
        let expected = acuse_providers::TwilioSecrets {
            auth_tokens: texts(&two),
        };
        assert_eq!(read(twilio(&two)), Secrets::Twilio(expected));
        let expected = acuse_providers::SinchSecrets {
            webhook_secrets: texts(&two),
            shared: acuse_providers::SharedSecrets {
                secrets: texts(&["hunter24"]),
            },
        };
        assert_eq!(read(sinch(&two, &["hunter24"])), Secrets::Sinch(expected));
        let expected = acuse_providers::VonageSecrets {
            signature_secrets: texts(&two),
        };
        assert_eq!(read(vonage(&two)), Secrets::Vonage(expected));
        let expected = acuse_providers::SharedSecrets {
            secrets: texts(&two),
        };
        assert_eq!(read(shared(&two)), Secrets::Shared(expected));
        for bad in [&b""[..], b"\xff", b"nonsense"] {
            assert!(secrets_from_bytes(bad).is_err());
        }
    }
}
