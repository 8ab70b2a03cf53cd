//! The formats: which provider's reader a webhook goes to.

use acuse_domain::kinds::Provider;

use crate::dialog360::Dialog360;
use crate::gupshup::Gupshup;
use crate::infobip::Infobip;
use crate::json;
use crate::meta_messaging::MetaMessaging;
use crate::meta_whatsapp::MetaWhatsApp;
use crate::reading::{Delivery, Malformed, NotUnderstood, Reading, Reason};
use crate::secrets::{Secrets, Unverified};
use crate::sinch::Sinch;
use crate::sinch_latam::SinchLatam;
use crate::twilio::Twilio;
use crate::vonage::Vonage;

/// What each provider's folder gives.
pub(crate) trait Webhook {
    /// What a body says.
    fn read(&self, delivery: &Delivery<'_>) -> Result<Reading, Malformed>;

    /// Whether the provider sent it.
    fn verify(&self, secrets: &Secrets, delivery: &Delivery<'_>) -> Result<(), Unverified>;

    /// Whether it also calls with a GET request, whose query says what a form would.
    fn reads_queries(&self) -> bool {
        false
    }

    /// The parameters of the URL that a reading hangs on.
    fn parameters(&self) -> &'static [&'static str] {
        &[]
    }

    /// What to answer to a request that verifies the webhook's address; most providers make none.
    fn handshake(
        &self,
        _secrets: &Secrets,
        _query: &[(String, String)],
    ) -> Result<String, Unverified> {
        Err(Unverified::NoHandshake)
    }
}

/// Declares the formats, a line each, below what it is: its name in URLs, the providers whose it is, by their names in the
/// domain, the foremost first, and its reader.
macro_rules! formats {
    ($(#[doc = $doc:literal] $variant:ident = $name:literal, [$($provider:ident),+], $webhook:expr;)+) => {
        /// A provider's format of webhooks.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Format { $(#[doc = $doc] $variant,)+ }

        impl Format {
            /// Every format.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name in URLs.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it is, for people: a few words.
            pub fn about(self) -> &'static str {
                let sentence = match self { $(Self::$variant => $doc,)+ };
                sentence.trim().trim_end_matches('.')
            }

            /// Whose it is; the foremost first, and at least one.
            pub const fn providers(self) -> &'static [Provider] {
                match self { $(Self::$variant => &[$(Provider::$provider),+],)+ }
            }

            fn webhook(self) -> &'static dyn Webhook {
                match self { $(Self::$variant => &$webhook,)+ }
            }
        }
    };
}

formats! {
    /// Meta's WhatsApp Cloud API.
    MetaWhatsApp = "meta-whatsapp", [MetaWhatsApp], MetaWhatsApp;
    /// Meta's Messenger platform.
    MetaMessenger = "meta-messenger", [MetaMessenger], MetaMessaging::MESSENGER;
    /// Meta's Instagram messaging.
    MetaInstagram = "meta-instagram", [MetaInstagram], MetaMessaging::INSTAGRAM;
    /// 360dialog, which passes WhatsApp's webhooks on.
    Dialog360 = "360dialog", [Dialog360], Dialog360;
    /// Gupshup, which passes WhatsApp's webhooks on in its own way.
    Gupshup = "gupshup", [Gupshup], Gupshup;
    /// Sinch's Conversation API and SMS API.
    Sinch = "sinch", [SinchConversation, SinchSms], Sinch;
    /// Sinch's Latin American callbacks.
    SinchLatam = "sinch-latam", [SinchLatam], SinchLatam;
    /// Twilio's callbacks and Event Streams.
    Twilio = "twilio", [Twilio], Twilio;
    /// Vonage's Messages API and SMS API.
    Vonage = "vonage", [Vonage], Vonage;
    /// Infobip's reports and inbound messages.
    Infobip = "infobip", [Infobip], Infobip;
}

impl Format {
    /// The format of that name in URLs; `None` for one that is not known.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.as_str() == name)
    }

    /// The format of that provider's webhooks; `None` where they are not read.
    pub fn of(provider: Provider) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|it| it.providers().contains(&provider))
    }

    /// Whether it also comes as a GET request, whose query, taken for the body, says what a form would.
    pub fn reads_queries(self) -> bool {
        self.webhook().reads_queries()
    }

    /// The parameters of the webhook's URL that a reading hangs on, beside those that are taken for the body. None of them is a
    /// secret.
    pub fn parameters(self) -> &'static [&'static str] {
        self.webhook().parameters()
    }
}

/// What a body says: everything that is understood, and everything that is not. The same delivery always says the same.
/// No signature is looked at; see [`verify`].
///
/// # Errors
///
/// [`Malformed`] where the body is nothing of the format at all: no JSON, or nested too deep to be any.
pub fn read(format: Format, delivery: &Delivery<'_>) -> Result<Reading, Malformed> {
    match format.webhook().read(delivery) {
        // It is JSON all the same, and kept.
        Err(why) if json::is_crowded(&why) => Ok(Reading::of_nothing_but(NotUnderstood::new(
            Reason::TooMany,
            why.detail,
        ))),
        read => read,
    }
}

/// Checks that the provider sent it, in a time that does not depend on how much of the signature fits.
///
/// # Errors
///
/// Why it cannot be taken for the provider's.
pub fn verify(
    format: Format,
    secrets: &Secrets,
    delivery: &Delivery<'_>,
) -> Result<(), Unverified> {
    format.webhook().verify(secrets, delivery)
}

/// What to answer, as plain text, to a request by which the provider verifies the webhook's address. `query` is the
/// decoded query of the URL.
///
/// # Errors
///
/// [`Unverified`] where it is no such request or was not made by somebody who knows the secret.
pub fn handshake(
    format: Format,
    secrets: &Secrets,
    query: &[(String, String)],
) -> Result<String, Unverified> {
    format.webhook().handshake(secrets, query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_providers_lead_back() {
        for format in Format::ALL {
            assert_eq!(Format::parse(format.as_str()), Some(*format));
            for provider in format.providers() {
                assert_eq!(Format::of(*provider), Some(*format));
            }
            let about = format.about();
            assert!((1..60).contains(&about.len()) && !about.ends_with('.'));
        }
        assert_eq!(Format::parse("meta_whatsapp"), None);
        assert_eq!(Format::of(Provider::Sender), None);
    }
}
