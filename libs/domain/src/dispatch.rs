//! Dispatch: why a message did not leave the platform, and the checks that are made before it tries.

use crate::kinds::{Channel, vocabulary};
use crate::phone;

/// The longest header of a template, in characters (Unicode scalar values).
pub const MAX_HEADER_CHARS: usize = 60;

/// The longest body of a template that has other components too, in characters (Unicode scalar values).
pub const MAX_BODY_CHARS: usize = 1024;

vocabulary! {
    /// Why a message did not leave the platform. The name is the code of the failure that it is recorded as.
    DispatchFailureReason {
        /// A fault of the platform; sending again may work.
        InternalError = 1, "INTERNAL_ERROR";
        /// The header has over [`MAX_HEADER_CHARS`] characters.
        HeaderTooLong = 2, "HEADER_TOO_LONG";
        /// The destination is no possible phone number.
        InvalidNumber = 3, "INVALID_NUMBER";
        /// The body has over [`MAX_BODY_CHARS`] characters.
        BodyTooLong = 4, "BODY_TOO_LONG";
        /// The balance does not cover the message.
        InsufficientBalance = 5, "INSUFFICIENT_BALANCE";
        /// Variables of the template have no value.
        UnassignedVariables = 6, "UNASSIGNED_VARIABLES";
    }
}

/// What can be checked of a message that has not left yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspection<'a> {
    /// Where it is to travel.
    pub channel: Channel,
    /// Whether it is a template.
    pub is_template: bool,
    /// The destination's phone number as given; `None` where another address is used.
    pub phone: Option<&'a str>,
    /// The text of the header; `None` where there is none, or one without text.
    pub header: Option<&'a str>,
    /// The text of the body.
    pub body: Option<&'a str>,
    /// Whether there is a header, a footer or a button beside the body.
    pub has_other_components: bool,
}

/// Whether people are addressed by their phone number on this channel.
pub const fn is_phone_channel(channel: Channel) -> bool {
    matches!(
        channel,
        Channel::WhatsApp | Channel::Sms | Channel::Rcs | Channel::Viber
    )
}

/// The first reason for which the message cannot leave; `None` where nothing speaks against it.
pub fn inspect(message: &Inspection<'_>) -> Option<DispatchFailureReason> {
    let longer = |text: Option<&str>, limit| text.is_some_and(|text| has_more_chars(text, limit));

    let phone = message.phone.filter(|_| is_phone_channel(message.channel));
    if phone.is_some_and(|phone| !phone::is_possible(phone)) {
        return Some(DispatchFailureReason::InvalidNumber);
    }
    if !message.is_template {
        return None;
    }
    if longer(message.header, MAX_HEADER_CHARS) {
        return Some(DispatchFailureReason::HeaderTooLong);
    }
    if message.has_other_components && longer(message.body, MAX_BODY_CHARS) {
        return Some(DispatchFailureReason::BodyTooLong);
    }
    None
}

/// Stops at the limit, however long the text is.
fn has_more_chars(text: &str, limit: usize) -> bool {
    text.chars().nth(limit).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: Inspection<'static> = Inspection {
        channel: Channel::WhatsApp,
        is_template: true,
        phone: Some("+51 977 452 931"),
        header: Some("Te damos la bienvenida"),
        body: Some("Hola"),
        has_other_components: true,
    };

    #[test]
    fn a_sound_template_may_leave() {
        assert_eq!(inspect(&FINE), None);
    }

    #[test]
    fn a_number_is_checked_on_phone_channels_alone() {
        for channel in Channel::ALL.iter().copied() {
            let reason = inspect(&Inspection {
                channel,
                phone: Some("12"),
                ..FINE
            });
            let expected =
                is_phone_channel(channel).then_some(DispatchFailureReason::InvalidNumber);
            assert_eq!(reason, expected, "{channel:?}");
        }
        assert_eq!(
            inspect(&Inspection {
                phone: None,
                ..FINE
            }),
            None
        );
        let session = Inspection {
            is_template: false,
            phone: Some(""),
            ..FINE
        };
        assert_eq!(
            inspect(&session),
            Some(DispatchFailureReason::InvalidNumber)
        );
    }

    #[test]
    fn a_header_has_60_characters_at_most() {
        // Characters, not bytes: each of these takes two bytes.
        let (fits, long) = ("ñ".repeat(60), "ñ".repeat(61));
        assert_eq!(
            inspect(&Inspection {
                header: Some(&fits),
                ..FINE
            }),
            None
        );
        let long = Inspection {
            header: Some(&long),
            ..FINE
        };
        assert_eq!(inspect(&long), Some(DispatchFailureReason::HeaderTooLong));
        assert_eq!(
            inspect(&Inspection {
                is_template: false,
                ..long
            }),
            None
        );
    }

    #[test]
    fn a_body_has_1024_characters_at_most_beside_other_components() {
        let (fits, long) = ("á".repeat(1024), "á".repeat(1025));
        assert_eq!(
            inspect(&Inspection {
                body: Some(&fits),
                ..FINE
            }),
            None
        );
        let long = Inspection {
            body: Some(&long),
            ..FINE
        };
        assert_eq!(inspect(&long), Some(DispatchFailureReason::BodyTooLong));
        assert_eq!(
            inspect(&Inspection {
                has_other_components: false,
                header: None,
                ..long
            }),
            None
        );
        assert_eq!(
            inspect(&Inspection {
                is_template: false,
                ..long
            }),
            None
        );
    }

    #[test]
    fn names_lead_back_to_their_reason() {
        for reason in DispatchFailureReason::ALL.iter().copied() {
            assert_eq!(DispatchFailureReason::parse(reason.as_str()), Some(reason));
            assert_eq!(
                DispatchFailureReason::from_code(reason.code()),
                Some(reason)
            );
        }
    }
}
