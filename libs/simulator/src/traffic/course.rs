//! What becomes of a message: how far it gets, and when.

use std::ops::RangeInclusive;

use acuse_proto::types::Channel;

use super::{
    failures::{Fault, fault},
    moment::{DAY, HOUR, MINUTE, Moment, SECOND},
};
use crate::{business::Sender, dice::Dice};

/// What people make of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Temper {
    /// Unasked for.
    Marketing,
    /// About something of theirs.
    Utility,
    /// A code that they wait for.
    Code,
    /// Part of a conversation.
    Session,
}

/// How far a message got.
#[derive(Debug, Clone, Default)]
pub(super) struct Course {
    pub(super) sent: Option<Moment>,
    pub(super) delivered: Option<Moment>,
    pub(super) read: Option<Moment>,
    pub(super) failed: Option<(Moment, Fault)>,
}

/// Shares of messages.
struct Habits {
    /// Of all, those that fail.
    fails: f64,
    /// Of those that do not, those that never arrive, or of which no receipt comes.
    lost: f64,
    /// Of those that arrive, those that are read.
    read: f64,
}

fn habits(channel: Channel, temper: Temper) -> Habits {
    let (fails, lost, read) = match (channel, temper) {
        (Channel::Whatsapp, Temper::Marketing) => (0.07, 0.07, 0.62),
        (Channel::Whatsapp, Temper::Utility) => (0.03, 0.03, 0.80),
        (Channel::Whatsapp, Temper::Code) => (0.02, 0.01, 0.86),
        (Channel::Whatsapp, Temper::Session) => (0.012, 0.01, 0.93),
        (Channel::Sms, _) => (0.04, 0.12, 0.0),
        (Channel::Rcs, _) => (0.05, 0.10, 0.60),
        (Channel::Telegram, _) => (0.01, 1.0, 0.0),
        (Channel::WebChat, _) => (0.02, 0.04, 0.90),
        _ => (0.03, 0.04, 0.75),
    };
    Habits { fails, lost, read }
}

/// Of messages that failed, those of which a second device says that they arrived.
const CONFLICTS: f64 = 0.004;
/// Of messages that were delivered, those that are read when nobody counts any more.
const FORGOTTEN: f64 = 0.001;

/// A wait, of which each part comes as often as its weight says.
type Wait = &'static [(u32, RangeInclusive<u64>)];

const TO_SEND: Wait = &[
    (90, 200..=2 * SECOND),
    (9, 2 * SECOND..=30 * SECOND),
    (1, MINUTE..=20 * MINUTE),
];
const TO_DELIVER: Wait = &[
    (75, 500..=5 * SECOND),
    (15, 5 * SECOND..=5 * MINUTE),
    (8, 5 * MINUTE..=10 * HOUR),
    (2, 10 * HOUR..=3 * DAY),
];
const TO_READ: Wait = &[
    (35, 10 * SECOND..=5 * MINUTE),
    (30, 5 * MINUTE..=HOUR),
    (25, HOUR..=10 * HOUR),
    (10, 10 * HOUR..=3 * DAY),
];
/// Of a conversation that somebody waits for.
const TO_READ_AT_ONCE: Wait = &[
    (80, SECOND..=40 * SECOND),
    (18, 40 * SECOND..=10 * MINUTE),
    (2, 10 * MINUTE..=5 * HOUR),
];
const TO_FORGET: Wait = &[(1, 31 * DAY..=45 * DAY)];

/// How long something takes.
pub(super) fn wait(wait: Wait, dice: &mut Dice) -> u64 {
    let range = dice.weigh(wait).clone();
    dice.between(range)
}

/// The course of a message that left the platform at `dispatched`.
pub(super) fn course(
    sender: &Sender,
    temper: Temper,
    dispatched: Moment,
    dice: &mut Dice,
) -> Course {
    let habits = habits(sender.channel, temper);
    // Meta tells whole seconds.
    let told = |at: Moment| match sender.channel {
        Channel::Whatsapp => at.in_seconds(),
        _ => at,
    };
    let mut course = Course::default();
    let sent = dispatched.after(wait(TO_SEND, dice));
    if dice.chance(habits.fails) {
        let fault = fault(sender.provider, temper, dice);
        let failed = if fault.is_delivery {
            course.sent = Some(told(sent));
            sent.after(wait(TO_DELIVER, dice))
        } else {
            sent
        };
        course.failed = Some((told(failed), fault));
        if !dice.chance(CONFLICTS) {
            return course;
        }
    }
    course.sent = Some(told(sent));
    if dice.chance(habits.lost) {
        return course;
    }
    let delivered = sent.after(wait(TO_DELIVER, dice));
    // Instagram says that a message was seen, never that it arrived.
    if sender.channel != Channel::Instagram {
        course.delivered = Some(told(delivered));
    }
    let pause = match temper {
        _ if dice.chance(FORGOTTEN) => TO_FORGET,
        Temper::Session | Temper::Code => TO_READ_AT_ONCE,
        Temper::Marketing | Temper::Utility => TO_READ,
    };
    if dice.chance(habits.read) {
        course.read = Some(told(delivered.after(wait(pause, dice))));
    }
    course
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Business;

    #[test]
    fn marketing_gets_as_far_as_it_does_in_life() {
        let business = Business::new(1, 0);
        let mut dice = Dice::new(1);
        let sender = business.senders.all().next().unwrap();
        let begins = Moment::from(jiff::Timestamp::UNIX_EPOCH);
        let courses: Vec<_> = (0..20_000)
            .map(|_| course(sender, Temper::Marketing, begins, &mut dice))
            .collect();
        let share = |reached: fn(&Course) -> bool| {
            courses.iter().filter(|course| reached(course)).count() * 100 / courses.len()
        };
        assert!((5..=9).contains(&share(|course| course.failed.is_some())));
        assert!((82..=90).contains(&share(|course| course.delivered.is_some())));
        assert!((48..=58).contains(&share(|course| course.read.is_some())));
    }
}
