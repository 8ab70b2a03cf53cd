//! What contacts send: answers, clicks, quotes, reactions, and what they delete again.

use acuse_proto::types::{
    ButtonReply, Channel, Content, ContentType, InboundKind, InboundMessage, ProviderMessageId,
};

use super::{
    Happening, What,
    moment::{MINUTE, Moment, SECOND},
    words,
};
use crate::{
    business::{Contact, Language, Sender},
    dice::Dice,
};

/// Of what contacts send, what they take back.
const REGRETS: f64 = 0.005;

/// Who writes to whom.
pub(super) struct Author<'a> {
    pub(super) sender: &'a Sender,
    pub(super) contact: &'a Contact,
    pub(super) language: Language,
}

impl Author<'_> {
    /// Writes something of their own accord.
    pub(super) fn write(&self, at: Moment, dice: &mut Dice, told: &mut Vec<Happening>) {
        let content = words::opening(self.language, dice);
        let message = self.message(at, ContentType::Text, content, dice);
        self.tell(message, at, dice, told);
    }

    /// Answers a message: clicks one of its buttons where it has some, quotes it, or just writes.
    pub(super) fn answer(
        &self,
        to: &ProviderMessageId,
        buttons: &[&str],
        at: Moment,
        dice: &mut Dice,
        told: &mut Vec<Happening>,
    ) {
        let text = words::answer(self.language, dice);
        let message = if !buttons.is_empty() && dice.chance(0.6) {
            self.click(to, dice.pick::<&str>(buttons), at, dice)
        } else if dice.chance(0.06) {
            let emoji = words::text("❤️");
            InboundMessage {
                kind: InboundKind::Reaction.into(),
                quoted_message_id: Some(to.clone()),
                ..self.message(at, ContentType::Reaction, emoji, dice)
            }
        } else {
            let quoted = dice.chance(0.25).then(|| to.clone());
            InboundMessage {
                quoted_message_id: quoted,
                ..self.message(at, ContentType::Text, text, dice)
            }
        };
        self.tell(message, at, dice, told);
    }

    fn click(
        &self,
        to: &ProviderMessageId,
        title: &str,
        at: Moment,
        dice: &mut Dice,
    ) -> InboundMessage {
        InboundMessage {
            quoted_message_id: Some(to.clone()),
            button: Some(ButtonReply {
                id: Some(title.to_uppercase().replace(' ', "_")),
                title: Some(title.to_owned()),
            }),
            ..self.message(at, ContentType::Button, words::text(title), dice)
        }
    }

    fn message(
        &self,
        at: Moment,
        content_type: ContentType,
        content: Content,
        dice: &mut Dice,
    ) -> InboundMessage {
        let channel = self.sender.channel;
        // Meta tells whole seconds.
        let at = match channel {
            Channel::Whatsapp => at.in_seconds(),
            _ => at,
        };
        let run = format!("in-{:x}", dice.number());
        InboundMessage {
            provider_message_id: Some(self.sender.message_id(dice, self.contact, &run)),
            channel: channel.into(),
            channel_account_id: self.sender.id.clone(),
            contact: Some(self.contact.as_author(channel)),
            received_at: (!self.sender.is_timeless()).then(|| at.wire()),
            kind: InboundKind::Regular.into(),
            content_type: content_type.into(),
            content: Some(content),
            ..InboundMessage::default()
        }
    }

    fn tell(
        &self,
        message: InboundMessage,
        at: Moment,
        dice: &mut Dice,
        told: &mut Vec<Happening>,
    ) {
        let mut tell = |at: Moment, mut message: InboundMessage| {
            // Whoever passes on what has no time notes when it was told.
            message.received_at.get_or_insert_with(|| at.wire());
            told.push(Happening {
                told_at: at,
                what: What::Inbound(message),
            });
        };
        let regretted = dice
            .chance(REGRETS)
            .then(|| dice.between(5 * SECOND..=10 * MINUTE));
        if let Some(pause) = regretted {
            let at = at.after(pause);
            let gone = InboundMessage {
                deleted: true,
                received_at: Some(at.in_seconds().wire()),
                ..message.clone()
            };
            tell(at, gone);
        }
        tell(at.after(dice.between(300..=2 * SECOND)), message);
    }
}
