//! What contacts write: answers in the nick of time and just too late, quotes of all sorts, clicks, reactions, calls.

use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::{
    ButtonReply, Content, ContentType, InboundKind, InboundMessage, ProviderMessageId,
};
use rand::Rng;

use super::outbound::Sent;
use super::world::provider_id;
use super::{DAY, NOW, SECOND, Writer, wire_time};

impl Writer<'_> {
    pub(super) fn write_inbound(&mut self, count: usize) {
        let mut told: Vec<ProviderMessageId> = Vec::new();
        for number in 0..count {
            let to = self.pick(&self.sent.clone());
            let at = to.origin + self.delay();
            if at > NOW {
                continue;
            }
            let id = provider_id(&to.account, &to.person, format!("in-{number}"));
            let message = self.inbound_message(&to, id.clone(), at, &told);
            told.push(id);
            self.write_one_inbound(message, at);
        }
    }

    /// How long after a message somebody writes: often at an edge of what makes it an answer.
    fn delay(&mut self) -> i64 {
        match self.rng.random_range(0..20) {
            0..9 => self.rng.random_range(1..7_200) * SECOND,
            9..12 => self.rng.random_range(1..30 * 24) * DAY / 24,
            12..15 => self.window + self.pick(&[-1, 0, 1]),
            15..17 => 30 * DAY + self.pick(&[-1, 0, 1]),
            17 => self.pick(&[-SECOND, -1, 0, 1, 32 * DAY]),
            18 => DAY + self.pick(&[-1, 0, 1]),
            // Before it: a session that was open when it was sent, or just no longer.
            _ => -DAY + self.pick(&[-1, 0, 1, 3_600 * SECOND]),
        }
    }

    fn inbound_message(
        &mut self,
        to: &Sent,
        id: ProviderMessageId,
        at: i64,
        told: &[ProviderMessageId],
    ) -> InboundMessage {
        let is_click = self.chance(20);
        let kind = match self.rng.random_range(0..100) {
            0..86 => InboundKind::Regular,
            86..92 => InboundKind::Reaction,
            92..96 => InboundKind::Call,
            _ => InboundKind::System,
        };
        let content_type = match kind {
            InboundKind::Reaction => ContentType::Reaction,
            InboundKind::System | InboundKind::Call => ContentType::Unsupported,
            _ if is_click => self.pick(&[ContentType::Button, ContentType::Interactive]),
            _ => self.pick(&[ContentType::Text, ContentType::Image]),
        };
        InboundMessage {
            quoted_message_id: self.quoted(to, &id, told),
            provider_message_id: Some(id),
            channel: to.account.channel.into(),
            channel_account_id: to.account.id.clone(),
            contact: Some(to.person.named(self.rng, &to.account)),
            received_at: Some(wire_time(at)),
            kind: kind.into(),
            content_type: content_type.into(),
            content: self.chance(90).then(|| Content {
                body: Some("Sí".to_owned()),
                ..Content::default()
            }),
            button: (is_click && kind == InboundKind::Regular).then(|| ButtonReply {
                id: Some("yes".to_owned()),
                title: Some("Sí".to_owned()),
            }),
            deleted: false,
            channel_account_phone: None,
        }
    }

    /// What it quotes: the message that it is about, any other, another inbound one, one that nobody knows, or nothing.
    fn quoted(
        &mut self,
        to: &Sent,
        own: &ProviderMessageId,
        told: &[ProviderMessageId],
    ) -> Option<ProviderMessageId> {
        let lost = ProviderMessageId {
            id: format!("{}-lost", own.id),
            ..own.clone()
        };
        match self.rng.random_range(0..100) {
            0..35 if !to.provider_ids.is_empty() => Some(self.pick(&to.provider_ids)),
            35..45 => {
                let other = self.pick(&self.sent.clone());
                other.provider_ids.first().cloned()
            }
            45..55 if !told.is_empty() => Some(self.pick(told)),
            55..62 => Some(lost),
            _ => None,
        }
    }

    /// Tells it; at times again, as deleted, or only ever as deleted. A deletion may leave out what it said.
    fn write_one_inbound(&mut self, message: InboundMessage, at: i64) {
        let mut deleted = InboundMessage {
            deleted: true,
            ..message.clone()
        };
        if self.chance(50) {
            deleted.content = None;
        }
        if self.chance(8) {
            self.contradict(message.clone(), at);
        }
        let without_time = self.chance(5);
        let message = match self.rng.random_range(0..100) {
            0..90 => message,
            90..97 => {
                if !without_time {
                    self.tell(Item::Inbound(deleted), at);
                }
                message
            }
            _ => deleted,
        };
        if without_time {
            let message = InboundMessage {
                received_at: None,
                ..message
            };
            self.tell_without_time(Item::Inbound(message), at);
        } else {
            self.tell(Item::Inbound(message), at);
        }
    }

    /// Tells it of somebody else too, at a time before the other or after it: the earlier of the two stands.
    fn contradict(&mut self, message: InboundMessage, at: i64) {
        let other = self.pick(&self.sent.clone());
        let at = at + self.pick(&[-DAY, -SECOND, -1, 1, SECOND, DAY]);
        if at > NOW {
            return;
        }
        let message = InboundMessage {
            channel: other.account.channel.into(),
            channel_account_id: other.account.id.clone(),
            contact: Some(other.person.named(self.rng, &other.account)),
            received_at: Some(wire_time(at)),
            ..message
        };
        self.tell(Item::Inbound(message), at);
    }
}
