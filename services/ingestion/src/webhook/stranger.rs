//! Secrets of nobody, which whatever comes for no integration is checked with.

use acuse_domain::error::{Error, Result};
use acuse_domain::kinds::Provider;
use acuse_providers::{
    Delivery, Format, MetaSecrets, Secrets, SharedSecrets, SinchSecrets, TwilioSecrets,
    VonageSecrets, verify,
};
use ring::rand::{SecureRandom as _, SystemRandom};

/// Does the work of a check with one secret, for integrations that are not there.
#[derive(Debug)]
pub(crate) struct Stranger(String);

impl Stranger {
    /// With a secret that nobody has, this process included.
    ///
    /// # Errors
    ///
    /// INTERNAL where the operating system gives no randomness.
    pub(crate) fn new() -> Result<Self> {
        let mut bytes = [0_u8; 32];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| Error::internal("the operating system gave no randomness"))?;
        Ok(Self(
            bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }

    /// Checks a delivery in the format that was asked for, which nobody can have signed.
    pub(crate) fn check(&self, format: Option<Format>, delivery: &Delivery<'_>) {
        let format = format.unwrap_or(Format::MetaWhatsApp);
        let checked = verify(format, &self.secrets(format), delivery);
        // Or the whole of it could be left out, as its outcome is known.
        std::hint::black_box(checked.is_ok());
    }

    /// Secrets as integrations of that format have.
    fn secrets(&self, format: Format) -> Secrets {
        let one = || vec![self.0.clone()];
        let shared = || SharedSecrets { secrets: one() };
        match format.providers().first() {
            Some(Provider::MetaWhatsApp | Provider::MetaMessenger | Provider::MetaInstagram) => {
                Secrets::Meta(MetaSecrets {
                    app_secrets: one(),
                    verify_token: self.0.clone(),
                })
            }
            Some(Provider::Twilio) => Secrets::Twilio(TwilioSecrets { auth_tokens: one() }),
            Some(Provider::SinchConversation | Provider::SinchSms) => {
                Secrets::Sinch(SinchSecrets {
                    webhook_secrets: one(),
                    shared: shared(),
                })
            }
            Some(Provider::Vonage) => Secrets::Vonage(VonageSecrets {
                signature_secrets: one(),
            }),
            _ => Secrets::Shared(shared()),
        }
    }
}

#[cfg(test)]
mod tests {
    use acuse_domain::time::Timestamp;
    use acuse_providers::Unverified;

    use super::*;

    #[test]
    fn every_format_is_checked_with_secrets_of_its_own_kind() {
        let stranger = Stranger::new().unwrap();
        let delivery = Delivery::of(b"{}", Timestamp::from_seconds(1_790_000_000));
        for format in Format::ALL {
            let checked = verify(*format, &stranger.secrets(*format), &delivery);
            assert_eq!(checked, Err(Unverified::Absent), "{format:?}");
        }
    }
}
