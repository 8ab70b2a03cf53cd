//! What all stories of one day share.

use acuse_proto::types::NamedRef;

use super::{
    days::Day,
    moment::{HOUR, MINUTE, Moment},
};
use crate::{
    business::{Business, Campaign, Contact},
    dice::{Dice, key},
};

/// One day of a business.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) business: &'a Business,
    /// Tells this traffic from another of the same business.
    pub(super) run: u64,
    pub(super) day: Day,
    /// How many contacts there are.
    pub(super) contacts: u64,
}

impl Scene<'_> {
    /// Dice for a story of a lane.
    pub(super) fn dice(&self, lane: u64, index: u64) -> Dice {
        Dice::of(self.run, &[self.day.number(), lane, index])
    }

    /// The sender's own id of a message of a lane.
    pub(super) fn id(&self, lane: &str, index: u64) -> String {
        format!(
            "{:08x}-{}-{lane}-{index}",
            self.run & 0xffff_ffff,
            self.day.number()
        )
    }

    /// What the messages of one call to a provider share.
    pub(super) fn call(&self, lane: u64, index: u64) -> String {
        format!(
            "01{:016x}",
            key(self.run, &[self.day.number(), lane, index, 1])
        )
    }

    /// Somebody; the first in the list more often than the last.
    pub(super) fn somebody(&self, dice: &mut Dice) -> Contact {
        let bound = dice.between(1..=self.contacts.max(1));
        self.business.contact(dice.below(bound))
    }
}

/// A broadcast: many messages, one after the other, of one campaign.
#[derive(Debug, Clone)]
pub(super) struct Broadcast<'a> {
    pub(super) lane: u64,
    pub(super) campaign: Campaign<'a>,
    pub(super) named: NamedRef,
    pub(super) messages: u64,
    begins: Moment,
    /// Milliseconds from one message to the next.
    step: u64,
    /// Where in the list of contacts it begins.
    offset: u64,
}

impl<'a> Broadcast<'a> {
    /// Broadcast `number` of the day.
    pub(super) fn new(scene: &Scene<'a>, number: u64, messages: u64) -> Self {
        let lane = 100 + number;
        let mut dice = scene.dice(lane, u64::MAX);
        let campaign = scene.business.campaign(scene.day.date, &mut dice);
        let id = format!(
            "bc-{:04x}-{}-{}",
            scene.run & 0xffff,
            scene.day.number(),
            number + 1
        );
        let name = campaign.named.name.clone().unwrap_or_default();
        let named = NamedRef {
            id,
            name: Some(format!("{name} · {} ({})", scene.day.date, number + 1)),
        };
        Self {
            lane,
            campaign,
            named,
            messages,
            begins: scene.day.begins.after(dice.between(9 * HOUR..=16 * HOUR)),
            // Everything is out within three hours.
            step: (3 * HOUR / messages.max(1)).clamp(1, MINUTE),
            offset: dice.below(scene.contacts),
        }
    }

    /// When the message with that index is sent.
    pub(super) fn at(&self, index: u64) -> Moment {
        self.begins.after(index * self.step)
    }

    /// To whom: nobody gets two of one broadcast unless it is longer than the list.
    pub(super) fn contact(&self, scene: &Scene<'_>, index: u64) -> Contact {
        scene
            .business
            .contact((self.offset + index) % scene.contacts.max(1))
    }

    /// How many of its messages are out at an instant.
    pub(super) fn sent_by(&self, at: Moment) -> u64 {
        if at < self.begins {
            return 0;
        }
        (at.since(self.begins) / self.step + 1).min(self.messages)
    }
}
