//! Watermarks: that all which was sent to somebody up to a time was delivered or read, told at edges of what they cover.

use acuse_proto::message_state::event::Event as Item;
use acuse_proto::types::{StatusKind, Watermark};
use rand::Rng;

use super::outbound::Sent;
use super::{DAY, NOW, SECOND, Writer, wire_time};

impl Writer<'_> {
    /// Tells up to `count` watermarks, of threads that can have them.
    pub(super) fn write_watermarks(&mut self, count: usize) {
        let covered: Vec<Sent> = self
            .sent
            .iter()
            .filter(|sent| sent.account.tells_watermarks())
            .cloned()
            .collect();
        if covered.is_empty() {
            return;
        }
        for _ in 0..count {
            let last = self.pick(&covered);
            let up_to = last.origin + self.reach();
            if up_to <= NOW {
                self.write_watermark(&last, up_to);
            }
        }
    }

    /// How long after a message's beginning a watermark reaches: often to an edge of what covers it.
    fn reach(&mut self) -> i64 {
        match self.rng.random_range(0..20) {
            0..8 => self.rng.random_range(0..7_200) * SECOND,
            8..11 => self.pick(&[-1, 0, 1]),
            11..14 => 30 * DAY + self.pick(&[-1, 0, 1]),
            14..17 => self.rng.random_range(1..30 * 24) * DAY / 24,
            _ => self.rng.random_range(-7_200..7_200) * SECOND,
        }
    }

    /// It happened some time after what it reaches to, at times before, or nobody says when.
    fn write_watermark(&mut self, last: &Sent, up_to: i64) {
        let edge = last.origin + 30 * DAY;
        let at = match self.rng.random_range(0..10) {
            0..5 => up_to + self.rng.random_range(0..600) * SECOND,
            5 => edge + self.pick(&[-1, 0, 1]),
            6 => up_to - SECOND,
            _ => up_to,
        };
        let at = at.min(NOW);
        let kind = self.pick(&[StatusKind::Delivered, StatusKind::Read, StatusKind::Read]);
        let contact = last.person.named(self.rng, &last.account);
        let watermark = Watermark {
            kind: kind.into(),
            up_to: Some(wire_time(up_to)),
            happened_at: (at != up_to || self.chance(50)).then(|| wire_time(at)),
            provider: last.account.provider.into(),
            channel: last.account.channel.into(),
            channel_account_id: last.account.id.clone(),
            contact: Some(contact),
        };
        self.tell(Item::Watermark(watermark), at.max(up_to));
    }
}
