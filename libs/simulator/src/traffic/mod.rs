//! What happens: a business's messages over some days, as the people concerned would tell it.

mod conversations;
mod course;
mod days;
mod failures;
mod lanes;
mod moment;
mod reply;
mod report;
mod scene;
mod send;
mod words;

use std::collections::VecDeque;

use acuse_proto::types::{InboundMessage, OutboundRegistration, StatusEvidence};
use jiff::{Timestamp, civil::Date};

pub use moment::Moment;
pub(crate) use moment::{DAY, HOUR, MINUTE, SECOND};

use crate::{
    business::Business,
    dice::{key, key_of},
};
use conversations::Conversations;
use days::{Day, days};
use lanes::{API, WORKFLOW, ZAPIER, automatic, broadcast};
use scene::{Broadcast, Scene};

/// How much happens, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Outbound messages in all.
    pub messages: u64,
    /// Over how many days; at least one.
    pub days: u16,
    /// The last of them.
    pub last_day: Date,
    /// What would happen later has not happened yet, and is not told.
    pub now: Timestamp,
}

/// A message with all that becomes of it, or a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// When it begins.
    pub begins: Moment,
    /// What is told, in order of the time at which it is.
    pub happenings: Vec<Happening>,
}

/// One thing that somebody tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// When whoever it is tells it: a moment after it happened.
    pub told_at: Moment,
    /// What it is.
    pub what: What,
}

/// What is told.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)] // most are statuses, and none is kept for long
pub enum What {
    /// The business tells of a message that it sends.
    Registered(OutboundRegistration),
    /// A provider tells what became of it.
    Status(StatusEvidence),
    /// A provider passes on what a contact wrote.
    Inbound(InboundMessage),
}

impl Story {
    fn new(begins: Moment, mut happenings: Vec<Happening>) -> Self {
        happenings.sort_by_key(|happening| happening.told_at);
        Self { begins, happenings }
    }
}

impl Business {
    /// What happens, told in the order in which it begins.
    ///
    /// The same traffic of the same business is the same stories, also when `now` is another: a later one tells more of
    /// them. Other traffic is other messages, with ids of their own.
    pub fn stories(&self, traffic: &Traffic) -> Stories<'_> {
        let Traffic {
            messages,
            days: count,
            last_day,
            now,
        } = *traffic;
        let run = key(
            self.seed,
            &[messages, u64::from(count), key_of(&last_day.to_string())],
        );
        Stories {
            business: self,
            run,
            contacts: (messages / 8).max(40),
            now: now.into(),
            days: days(self.seed, last_day, count, messages, self.zone()).into(),
            lanes: Vec::new(),
        }
    }
}

/// Stories in the order in which they begin.
pub struct Stories<'a> {
    business: &'a Business,
    run: u64,
    contacts: u64,
    now: Moment,
    days: VecDeque<Day>,
    /// What is under way today, each with the story that it tells next.
    lanes: Vec<Lane<'a>>,
}

struct Lane<'a> {
    head: Story,
    rest: Box<dyn Iterator<Item = Story> + Send + 'a>,
}

impl std::fmt::Debug for Stories<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stories")
            .field("business", &self.business.slug())
            .field("days", &self.days.len())
            .finish_non_exhaustive()
    }
}

impl<'a> Stories<'a> {
    /// Begins a day: most messages are broadcasts, the rest is shared by programs, automations and people.
    fn begin(&mut self, day: Day) {
        let scene = Scene {
            business: self.business,
            run: self.run,
            day,
            contacts: self.contacts,
        };
        let talk = day.messages * 14 / 100;
        let api = day.messages * 9 / 100;
        let workflow = day.messages * 8 / 100;
        let zapier = day.messages / 100;
        let broadcasts = self.broadcasts(&scene, day.messages - talk - api - workflow - zapier);
        for one in broadcasts.clone() {
            self.add(Box::new(broadcast(scene, one)));
        }
        self.add(Box::new(automatic(scene, API, api)));
        self.add(Box::new(automatic(scene, WORKFLOW, workflow)));
        self.add(Box::new(automatic(scene, ZAPIER, zapier)));
        self.add(Box::new(Conversations::new(scene, broadcasts, talk)));
    }

    /// One to four broadcasts, of which the first is the largest.
    fn broadcasts(&self, scene: &Scene<'a>, messages: u64) -> Vec<Broadcast<'a>> {
        let mut dice = scene.dice(0, 0);
        let count = if messages < 20 {
            1
        } else {
            dice.between(1..=4)
        };
        let mut left = messages;
        (0..count)
            .map(|number| {
                let last = number + 1 == count;
                let size = if last {
                    left
                } else {
                    left * dice.between(30..=60) / 100
                };
                left -= size;
                Broadcast::new(scene, number, size)
            })
            .collect()
    }

    fn add(&mut self, mut lane: Box<dyn Iterator<Item = Story> + Send + 'a>) {
        if let Some(head) = lane.next() {
            self.lanes.push(Lane { head, rest: lane });
        }
    }

    /// The story that begins next today.
    fn today(&mut self) -> Option<Story> {
        let first = (0..self.lanes.len()).min_by_key(|lane| self.lanes[*lane].head.begins)?;
        match self.lanes[first].rest.next() {
            Some(next) => Some(std::mem::replace(&mut self.lanes[first].head, next)),
            None => Some(self.lanes.swap_remove(first).head),
        }
    }
}

impl Iterator for Stories<'_> {
    type Item = Story;

    fn next(&mut self) -> Option<Story> {
        loop {
            let Some(mut story) = self.today() else {
                let day = self.days.pop_front()?;
                self.begin(day);
                continue;
            };
            story
                .happenings
                .retain(|happening| happening.told_at <= self.now);
            if !story.happenings.is_empty() {
                return Some(story);
            }
        }
    }
}

#[cfg(test)]
mod tests;
