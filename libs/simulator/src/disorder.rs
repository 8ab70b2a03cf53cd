//! How what happens reaches Acuse: twice, early, late, in another order, or never.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use crate::{
    dice::Dice,
    traffic::{DAY, HOUR, Happening, MINUTE, Moment, SECOND, Story, What},
};

/// How many events wait for their time at most. Beyond that the earliest goes out early: what comes days later would
/// otherwise be held by the million.
const MAX_WAITING: usize = 16 * 1024;

/// What goes wrong on the way, as shares of what is told: 0 for nothing, 1 for everything.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Disorder {
    /// Comes again, seconds to days later.
    pub duplicates: f64,
    /// Comes some minutes later than told, so that what was told after it overtakes it.
    pub reordered: f64,
    /// Of registrations: comes after the provider's statuses.
    pub early: f64,
    /// Of statuses: comes hours or days later, as after an outage.
    pub late: f64,
    /// Of what providers tell: never comes.
    pub lost: f64,
}

impl Disorder {
    /// Everything at once, each as often as it is in bad weeks.
    pub const BAD_WEEK: Self = Self {
        duplicates: 0.08,
        reordered: 0.2,
        early: 0.05,
        late: 0.02,
        lost: 0.0,
    };
}

/// An event on its way to Acuse.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// When it reaches the business's side.
    pub at: Moment,
    /// What is told.
    pub what: What,
}

/// How much was told, and what went wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Outbound messages.
    pub registrations: u64,
    /// Statuses.
    pub statuses: u64,
    /// Messages from contacts, and news that they deleted one.
    pub inbound: u64,
    /// Of these, how many come twice.
    pub duplicates: u64,
    /// Of these, how many never come.
    pub lost: u64,
}

impl Tally {
    /// How many events arrive.
    pub fn arrivals(&self) -> u64 {
        self.registrations + self.statuses + self.inbound + self.duplicates - self.lost
    }
}

/// Stories as they reach Acuse, event by event in the order of arrival.
#[derive(Debug)]
pub struct Arrivals<I> {
    stories: I,
    disorder: Disorder,
    dice: Dice,
    /// Nothing arrives later: what is still under way then comes at the very end.
    now: Moment,
    tally: Tally,
    waiting: BinaryHeap<Reverse<(Moment, u64)>>,
    events: HashMap<u64, Happening>,
    next: u64,
    /// Nothing that is yet to be told arrives before this.
    told_up_to: Moment,
    is_over: bool,
}

impl<I: Iterator<Item = Story>> Arrivals<I> {
    /// Stories, and what happens to them on the way; the same seed does the same to the same stories. `now` is that of
    /// the stories' traffic.
    pub fn new(stories: I, disorder: Disorder, seed: u64, now: Moment) -> Self {
        Self {
            stories,
            disorder,
            dice: Dice::new(seed),
            now,
            tally: Tally::default(),
            waiting: BinaryHeap::new(),
            events: HashMap::new(),
            next: 0,
            told_up_to: Moment::from(jiff::Timestamp::MIN),
            is_over: false,
        }
    }

    /// What was told so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Puts a story's events on their way.
    fn send(&mut self, story: Story) {
        let last = story.happenings.last().map(|happening| happening.told_at);
        let is_early = self.dice.chance(self.disorder.early);
        for happening in story.happenings {
            let at = happening.told_at;
            let at = match &happening.what {
                What::Registered(_) => {
                    self.tally.registrations += 1;
                    match last.filter(|_| is_early) {
                        Some(last) => last.min(at.after(6 * HOUR)).after(self.pause()),
                        None => at,
                    }
                }
                What::Status(_) | What::Inbound(_) => match self.provider(&happening.what, at) {
                    Some(at) => at,
                    None => continue,
                },
            };
            let at = if self.dice.chance(self.disorder.reordered) {
                at.after(self.pause())
            } else {
                at
            };
            if self.dice.chance(self.disorder.duplicates) {
                self.tally.duplicates += 1;
                let again = self.again(at);
                self.put(again, happening.clone());
            }
            self.put(at, happening);
        }
    }

    /// When something that a provider tells arrives, if it does.
    fn provider(&mut self, what: &What, at: Moment) -> Option<Moment> {
        let is_status = matches!(what, What::Status(_));
        if is_status {
            self.tally.statuses += 1;
        } else {
            self.tally.inbound += 1;
        }
        if self.dice.chance(self.disorder.lost) {
            self.tally.lost += 1;
            return None;
        }
        let is_late = is_status && self.dice.chance(self.disorder.late);
        Some(if is_late {
            at.after(self.dice.between(HOUR..=3 * DAY))
        } else {
            at
        })
    }

    fn pause(&mut self) -> u64 {
        self.dice.between(SECOND..=10 * MINUTE)
    }

    /// When a repetition comes: mostly at once, sometimes after as many days as providers go on trying.
    fn again(&mut self, at: Moment) -> Moment {
        let range = self
            .dice
            .weigh(&[
                (70, 100..=30 * SECOND),
                (25, 30 * SECOND..=4 * HOUR),
                (5, 4 * HOUR..=7 * DAY),
            ])
            .clone();
        at.after(self.dice.between(range))
    }

    fn put(&mut self, at: Moment, happening: Happening) {
        self.waiting.push(Reverse((at.min(self.now), self.next)));
        self.events.insert(self.next, happening);
        self.next += 1;
    }

    /// The earliest that waits, if nothing can come before it or too much is waiting.
    fn due(&mut self) -> Option<Arrival> {
        let Reverse((at, _)) = self.waiting.peek()?;
        let is_due = self.is_over || *at <= self.told_up_to || self.waiting.len() > MAX_WAITING;
        if !is_due {
            return None;
        }
        let Reverse((at, number)) = self.waiting.pop()?;
        let happening = self.events.remove(&number)?;
        Some(Arrival {
            at,
            what: happening.what,
        })
    }
}

impl<I: Iterator<Item = Story>> Iterator for Arrivals<I> {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        loop {
            if let Some(arrival) = self.due() {
                return Some(arrival);
            }
            if self.is_over {
                return None;
            }
            match self.stories.next() {
                Some(story) => {
                    self.told_up_to = self.told_up_to.max(story.begins);
                    self.send(story);
                }
                None => self.is_over = true,
            }
        }
    }
}

#[cfg(test)]
mod tests;
