//! Capabilities: which stages of a message a channel can report at all.
//!
//! A stage that a channel never reports is not pending and not failed, and a rate over it would be a lie; it is
//! not applicable.

use serde::{Deserialize, Serialize};

use crate::kinds::{Channel, Stage};

/// The set of stages that a channel, or one channel account, can report.
///
/// Dispatch is always in it: it is the platform's own word, not the provider's. A stage is in the set whether the
/// provider reports it by a callback or by the answer to the send call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "i16", into = "i16")]
pub struct Capabilities(i16);

impl Capabilities {
    /// Dispatch alone: a channel that says nothing back.
    pub const NONE: Self = Self(bit(Stage::Dispatch));

    /// Every stage.
    pub const ALL: Self = Self::NONE
        .with(Stage::Send)
        .with(Stage::Delivery)
        .with(Stage::Read);

    /// What a channel reports unless its channel account says otherwise.
    pub const fn of(channel: Channel) -> Self {
        match channel {
            Channel::WhatsApp
            | Channel::Rcs
            | Channel::WebChat
            | Channel::Messenger
            | Channel::Viber
            | Channel::Email
            | Channel::Custom => Self::ALL,
            Channel::Sms => Self::NONE.with(Stage::Send).with(Stage::Delivery),
            // Tells when a message was seen, never that it arrived.
            Channel::Instagram => Self::NONE.with(Stage::Send).with(Stage::Read),
            // The answer to the send call is all there is.
            Channel::Telegram | Channel::Line => Self::NONE.with(Stage::Send),
        }
    }

    /// The same of a channel that may be unknown: then nothing is ruled out.
    pub fn usual(channel: Option<Channel>) -> Self {
        channel.map_or(Self::ALL, Self::of)
    }

    /// The set of these stages, dispatch included.
    pub fn from_stages(stages: impl IntoIterator<Item = Stage>) -> Self {
        stages.into_iter().fold(Self::NONE, Self::with)
    }

    /// The same set and `stage`.
    #[must_use]
    pub const fn with(self, stage: Stage) -> Self {
        Self(self.0 | bit(stage))
    }

    /// Whether `stage` can be reported.
    pub const fn reports(self, stage: Stage) -> bool {
        self.0 & bit(stage) != 0
    }

    /// The last stage that can be reported; a message that reached it awaits nothing more.
    pub fn last_stage(self) -> Stage {
        self.last_stage_up_to(Stage::Read)
    }

    /// The last stage up to and including `stage` that can be reported: the nearest thing to `stage` that is known of
    /// every message.
    pub fn last_stage_up_to(self, stage: Stage) -> Stage {
        Stage::ALL
            .iter()
            .copied()
            .rfind(|earlier| *earlier <= stage && self.reports(*earlier))
            .unwrap_or(Stage::Dispatch)
    }

    /// The nearest stage before `stage` that can be reported: what the rate of `stage` is measured over.
    /// `None` for dispatch, before which there is nothing.
    pub fn stage_before(self, stage: Stage) -> Option<Stage> {
        Stage::ALL
            .iter()
            .copied()
            .rfind(|earlier| *earlier < stage && self.reports(*earlier))
    }

    /// The stored form: bit 0 is dispatch, then send, delivery and read.
    pub const fn bits(self) -> i16 {
        self.0
    }

    /// The set of that stored form. Bits that mean no stage are dropped, and dispatch is added.
    pub const fn from_bits(bits: i16) -> Self {
        Self((bits & Self::ALL.0) | Self::NONE.0)
    }
}

impl From<i16> for Capabilities {
    fn from(bits: i16) -> Self {
        Self::from_bits(bits)
    }
}

impl From<Capabilities> for i16 {
    fn from(capabilities: Capabilities) -> Self {
        capabilities.bits()
    }
}

const fn bit(stage: Stage) -> i16 {
    1 << (stage.code() - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stages(capabilities: Capabilities) -> Vec<Stage> {
        let reported = |stage: &Stage| capabilities.reports(*stage);
        Stage::ALL.iter().copied().filter(reported).collect()
    }

    #[test]
    fn each_channel_reports_its_stages() {
        use Stage::{Delivery, Dispatch, Read, Send};

        let expected: [(Channel, &[Stage]); 11] = [
            (Channel::WhatsApp, &[Dispatch, Send, Delivery, Read]),
            (Channel::Messenger, &[Dispatch, Send, Delivery, Read]),
            (Channel::Instagram, &[Dispatch, Send, Read]),
            (Channel::Sms, &[Dispatch, Send, Delivery]),
            (Channel::Telegram, &[Dispatch, Send]),
            (Channel::WebChat, &[Dispatch, Send, Delivery, Read]),
            (Channel::Email, &[Dispatch, Send, Delivery, Read]),
            (Channel::Rcs, &[Dispatch, Send, Delivery, Read]),
            (Channel::Viber, &[Dispatch, Send, Delivery, Read]),
            (Channel::Line, &[Dispatch, Send]),
            (Channel::Custom, &[Dispatch, Send, Delivery, Read]),
        ];
        for (channel, reported) in expected {
            assert_eq!(stages(Capabilities::of(channel)), reported, "{channel:?}");
        }
        assert_eq!(expected.len(), Channel::ALL.len());
    }

    #[test]
    fn a_rate_skips_what_is_not_reported() {
        let instagram = Capabilities::of(Channel::Instagram);
        assert_eq!(instagram.stage_before(Stage::Read), Some(Stage::Send));
        assert_eq!(instagram.last_stage(), Stage::Read);
        assert_eq!(Capabilities::of(Channel::Line).last_stage(), Stage::Send);
        let arrived = |capabilities: Capabilities| capabilities.last_stage_up_to(Stage::Delivery);
        assert_eq!(arrived(instagram), Stage::Send);
        assert_eq!(arrived(Capabilities::ALL), Stage::Delivery);
        assert_eq!(arrived(Capabilities::NONE), Stage::Dispatch);
        assert_eq!(
            Capabilities::NONE.stage_before(Stage::Read),
            Some(Stage::Dispatch)
        );
        assert_eq!(Capabilities::ALL.stage_before(Stage::Dispatch), None);
    }

    #[test]
    fn the_stored_bits_are_fixed() {
        assert_eq!(Capabilities::NONE.bits(), 0b0001);
        assert_eq!(Capabilities::of(Channel::Sms).bits(), 0b0111);
        assert_eq!(Capabilities::of(Channel::Instagram).bits(), 0b1011);
        assert_eq!(Capabilities::ALL.bits(), 0b1111);
    }

    proptest! {
        #[test]
        fn any_stored_bits_are_a_set_with_dispatch(bits: i16) {
            let capabilities = Capabilities::from_bits(bits);
            prop_assert!(capabilities.reports(Stage::Dispatch));
            prop_assert_eq!(Capabilities::from_bits(capabilities.bits()), capabilities);
            prop_assert_eq!(Capabilities::from_stages(stages(capabilities)), capabilities);
        }
    }
}
