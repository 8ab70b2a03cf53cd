//! The taxonomy of failures: what a provider's error code means, and what to do about it.
//!
//! The codes are data, in `data/failures.tsv`. A code that nobody has described is [`FailureCategory::Unknown`]; the
//! raw code stays with the message, so that a later version can tell more.

mod table;

use crate::kinds::{Provider, vocabulary};
use table::TABLE;

/// The version of the data: goes up with each change of it. What is stored keeps its category until something new becomes
/// known of the message. Two versions may write side by side, so that a category which the version before does not know
/// comes a release before the first code that it stands for.
pub const VERSION: i32 = 1;

vocabulary! {
    /// The cause of a failure, comparable across providers.
    FailureCategory {
        /// The address is wrong, or cannot receive messages of this channel.
        InvalidRecipient = 1, "invalid_recipient";
        /// The contact has not agreed, has stopped messages, or has blocked the sender.
        NotOptedIn = 2, "not_opted_in";
        /// The contact has not written for too long to be answered freely.
        OutsideSessionWindow = 3, "outside_session_window";
        /// Too many messages: of the sender, to the contact, or of this kind.
        RateLimit = 4, "rate_limit";
        /// The template is missing, paused, rejected, or was filled in wrongly.
        TemplateProblem = 5, "template_problem";
        /// The content is malformed, too large, unsupported, or was filtered.
        ContentProblem = 6, "content_problem";
        /// It was not, or could not be, paid for.
        Billing = 7, "billing";
        /// The provider, a carrier or the sender's account with them is at fault.
        ProviderFault = 8, "provider_fault";
        /// It could not be delivered in time.
        Expired = 9, "expired";
        /// Nobody has told.
        Unknown = 99, "unknown";
    }
}

vocabulary! {
    /// What a sender can do about a failure.
    FailureAction {
        /// Send it again.
        Retry = 1, "retry";
        /// Send it again later, and more slowly.
        Wait = 2, "wait";
        /// Change the message or its template, then send it.
        FixMessage = 3, "fix_message";
        /// Stop writing to this contact on this channel.
        SuppressContact = 4, "suppress_contact";
        /// Pay.
        TopUp = 5, "top_up";
        /// Settle it with the provider: an account, a permission, a registration.
        CallProvider = 6, "call_provider";
    }
}

/// What a provider's code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Classification {
    /// The cause.
    pub category: FailureCategory,
    /// What to do about it.
    pub action: FailureAction,
}

/// What is said of codes that nobody has described.
const UNKNOWN: Classification = Classification {
    category: FailureCategory::Unknown,
    action: FailureAction::CallProvider,
};

/// What a provider's error code means. Codes are compared as text, without spaces around them.
///
/// Gateways pass Meta's codes on, and so may anybody who sends on WhatsApp: a code that a provider has no entry for is
/// looked up as Meta's, where it comes from a gateway or can only be Meta's.
pub fn classify(provider: Provider, code: &str) -> Classification {
    let code = code.trim();
    TABLE
        .find(provider, code)
        .or_else(|| {
            may_be_metas(provider, code)
                .then(|| TABLE.find(Provider::MetaWhatsApp, code))
                .flatten()
        })
        .unwrap_or(UNKNOWN)
}

/// Whether a code may be one of WhatsApp's that was passed on. Six digits from 130000 to 139999 are nobody else's.
fn may_be_metas(provider: Provider, code: &str) -> bool {
    let gateway = matches!(provider, Provider::Dialog360 | Provider::Gupshup);
    let digits = || code.bytes().all(|byte| byte.is_ascii_digit());
    gateway || (code.len() == 6 && code.starts_with("13") && digits())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dispatch::DispatchFailureReason;

    fn meaning(provider: Provider, code: &str) -> (FailureCategory, FailureAction) {
        let classification = classify(provider, code);
        (classification.category, classification.action)
    }

    #[test]
    fn whatsapp_codes_mean_what_meta_says() {
        use FailureAction::{FixMessage, SuppressContact, TopUp, Wait};
        use FailureCategory::{
            Billing, ContentProblem, InvalidRecipient, NotOptedIn, OutsideSessionWindow, RateLimit,
            TemplateProblem,
        };

        for (code, category, action) in [
            ("131026", InvalidRecipient, SuppressContact),
            ("131047", OutsideSessionWindow, FixMessage),
            ("131049", RateLimit, Wait),
            ("130472", RateLimit, Wait),
            ("131050", NotOptedIn, SuppressContact),
            ("131048", RateLimit, Wait),
            ("131056", RateLimit, Wait),
            ("130429", RateLimit, Wait),
            ("131042", Billing, TopUp),
            ("131053", ContentProblem, FixMessage),
            ("132000", TemplateProblem, FixMessage),
            ("132999", TemplateProblem, FixMessage),
            ("132015", TemplateProblem, Wait),
        ] {
            assert_eq!(
                meaning(Provider::MetaWhatsApp, code),
                (category, action),
                "{code}"
            );
        }
    }

    #[test]
    fn codes_belong_to_their_provider() {
        assert_eq!(
            meaning(Provider::Twilio, "21610").0,
            FailureCategory::NotOptedIn
        );
        assert_eq!(
            meaning(Provider::Twilio, " 63016 ").0,
            FailureCategory::OutsideSessionWindow
        );
        assert_eq!(
            meaning(Provider::SinchSms, "408").0,
            FailureCategory::ProviderFault
        );
        assert_eq!(
            meaning(Provider::MetaWhatsApp, "408").0,
            FailureCategory::Expired
        );
        assert_eq!(
            meaning(Provider::Vonage, "1340").0,
            FailureCategory::OutsideSessionWindow
        );
        assert_eq!(
            meaning(Provider::Infobip, "REJECTED_NOT_ENOUGH_CREDITS").1,
            FailureAction::TopUp
        );
    }

    #[test]
    fn metas_codes_are_known_wherever_they_come_from() {
        for provider in Provider::ALL.iter().copied() {
            assert_eq!(
                meaning(provider, "131026").0,
                FailureCategory::InvalidRecipient,
                "{provider:?}"
            );
        }
        assert_eq!(
            meaning(Provider::Dialog360, "470").0,
            FailureCategory::OutsideSessionWindow
        );
        // Gupshup's own 1008 is not Meta's.
        assert_eq!(
            meaning(Provider::Gupshup, "1008").0,
            FailureCategory::NotOptedIn
        );
        assert_eq!(classify(Provider::Twilio, "470"), UNKNOWN);
    }

    #[test]
    fn the_platforms_own_reasons_are_known() {
        for reason in DispatchFailureReason::ALL.iter().copied() {
            assert_ne!(
                classify(Provider::Sender, reason.as_str()),
                UNKNOWN,
                "{reason:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_code(provider in prop::sample::select(Provider::ALL), code in "\\PC{0,12}") {
            let found = classify(provider, &code);
            prop_assert!(FailureCategory::ALL.contains(&found.category));
        }
    }
}
