//! What is measured with: businesses whose traffic has the shape of real traffic.
//!
//! A few are large and most are small. Of each one's messages most are broadcasts, whose campaign fixes template, channel
//! account, agent and department; the rest is sent by programs, automations and people. It is told in rounds, one part of
//! the time after the other, so that what is stored grows as it does in life. The same day tells the same.

use std::iter::Peekable;

use acuse_proto::types::{InboundMessage, OutboundRegistration, Provider, StatusEvidence};
use acuse_simulator::{
    Business, Moment, Stories, Traffic, What,
    cloud_api::{Update, tells_status},
};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

pub(crate) const SEED: u64 = 20_261_129;
const WORKSPACES: u32 = 40;
/// Percent of all messages that the large ones have; the others share the rest.
const LARGE: [u64; 5] = [28, 17, 11, 7, 5];

/// Days that the messages are spread over.
pub(crate) const DAYS: u16 = 90;

/// Everybody, and how much each sends.
pub(crate) struct World {
    /// The largest first.
    pub(crate) businesses: Vec<Business>,
    shares: Vec<u64>,
    days: u16,
    last_day: Date,
}

impl World {
    /// Businesses that send `messages` over the 90 days before today.
    pub(crate) fn new(messages: u64, today: Date) -> Self {
        Self::over(DAYS, messages, today)
    }

    /// The same businesses over another number of days: other messages.
    pub(crate) fn over(days: u16, messages: u64, today: Date) -> Self {
        Self {
            businesses: (0..WORKSPACES)
                .map(|number| Business::new(SEED, number))
                .collect(),
            shares: shares(messages),
            days,
            // What is under way today has no end yet.
            last_day: today.saturating_sub(1.day()),
        }
    }

    /// One business that sends all of the messages.
    pub(crate) fn of_one(messages: u64, today: Date) -> Self {
        let all = Self::new(messages, today);
        Self {
            businesses: all.businesses.into_iter().take(1).collect(),
            shares: vec![messages],
            ..all
        }
    }

    /// The first instant after the last day, where the largest business is.
    pub(crate) fn end(&self) -> anyhow::Result<Timestamp> {
        self.end_in(self.businesses[0].time_zone())
    }

    /// The first instant after the last day in a zone.
    pub(crate) fn end_in(&self, zone: &str) -> anyhow::Result<Timestamp> {
        let zone = TimeZone::get(zone)?;
        let next = self.last_day.checked_add(1.day())?;
        Ok(next.to_zoned(zone)?.timestamp())
    }

    /// Tells what happens, in so many rounds.
    pub(crate) fn tell(&self, rounds: usize, now: Timestamp) -> Telling<'_> {
        let traffic = |messages: u64| Traffic {
            messages,
            days: self.days,
            last_day: self.last_day,
            now,
        };
        let businesses = self.businesses.iter().zip(&self.shares);
        let tales = businesses.map(|(business, &messages)| Tale {
            stories: business.stories(&traffic(messages)).peekable(),
            messages,
            told: 0,
        });
        Telling {
            tales: tales.collect(),
            rounds,
            round: 0,
        }
    }
}

/// `messages` shared out among the workspaces.
fn shares(messages: u64) -> Vec<u64> {
    let small = u64::from(WORKSPACES) - LARGE.len() as u64;
    let large: Vec<u64> = LARGE.iter().map(|share| messages * share / 100).collect();
    let rest = messages - large.iter().sum::<u64>();
    let each = rest / small;
    let mut shares = large;
    shares.extend((0..small).map(|_| each));
    // What division left over.
    shares[0] += messages - shares.iter().sum::<u64>();
    shares
}

/// What is yet to be told.
pub(crate) struct Telling<'a> {
    tales: Vec<Tale<'a>>,
    rounds: usize,
    round: usize,
}

struct Tale<'a> {
    stories: Peekable<Stories<'a>>,
    messages: u64,
    told: u64,
}

/// Things with the workspace that they belong to, by its place among the businesses, and when they are told.
pub(crate) type Told<T> = Vec<(usize, Moment, T)>;

/// One part of the time.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Round {
    /// Messages as their senders register them.
    pub(crate) registrations: Told<OutboundRegistration>,
    /// What the senders themselves say later: that a message left, or could not.
    pub(crate) own_word: Told<StatusEvidence>,
    /// What providers say.
    pub(crate) statuses: Told<StatusEvidence>,
    /// Of that a part which Meta itself says, kept apart to come by webhook.
    pub(crate) by_webhook: Told<Update>,
    /// What contacts write.
    pub(crate) inbound: Told<InboundMessage>,
}

impl Telling<'_> {
    /// The next round; of its messages one in `webhook_every` has what Meta says of it come by webhook, where that is said.
    pub(crate) fn next_round(&mut self, webhook_every: Option<usize>) -> Round {
        self.round += 1;
        let mut round = Round::default();
        for (workspace, tale) in self.tales.iter_mut().enumerate() {
            let due = if self.round >= self.rounds {
                u64::MAX
            } else {
                tale.messages * self.round as u64 / self.rounds as u64
            };
            let mut number = 0_usize;
            while tale.told < due {
                let Some(story) = tale.stories.next() else {
                    break;
                };
                number += 1;
                let by_webhook = webhook_every.is_some_and(|every| number.is_multiple_of(every));
                for happening in story.happenings {
                    let (at, what) = (happening.told_at, happening.what);
                    if matches!(what, What::Registered(_)) {
                        tale.told += 1;
                    }
                    round.add(workspace, at, what, by_webhook);
                }
            }
        }
        round.sort();
        round
    }
}

impl Round {
    fn add(&mut self, workspace: usize, at: Moment, what: What, by_webhook: bool) {
        match what {
            What::Registered(message) => self.registrations.push((workspace, at, message)),
            What::Inbound(message) => self.inbound.push((workspace, at, message)),
            What::Status(status) if status.provider() == Provider::Sender => {
                self.own_word.push((workspace, at, status));
            }
            // A failure to leave is the sender's word as well, and has no provider's id.
            What::Status(status) if status.provider_message_id.is_none() => {
                self.own_word.push((workspace, at, status));
            }
            What::Status(status) if by_webhook && tells_status(&status) => {
                self.by_webhook
                    .push((workspace, at, Update::Status(status)));
            }
            What::Status(status) => self.statuses.push((workspace, at, status)),
        }
    }

    fn sort(&mut self) {
        fn by_time<T>(told: &mut Told<T>) {
            told.sort_by_key(|(workspace, at, _)| (*at, *workspace));
        }
        by_time(&mut self.registrations);
        by_time(&mut self.own_word);
        by_time(&mut self.statuses);
        by_time(&mut self.by_webhook);
        by_time(&mut self.inbound);
    }

    /// How many events there are.
    pub(crate) fn len(&self) -> usize {
        self.registrations.len()
            + self.own_word.len()
            + self.statuses.len()
            + self.by_webhook.len()
            + self.inbound.len()
    }
}

#[cfg(test)]
mod tests {
    use acuse_proto::types::Source;
    use jiff::civil::date;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-29T12:00:00Z".parse().unwrap()
    }

    fn rounds(messages: u64, count: usize) -> Vec<Round> {
        let world = World::new(messages, date(2026, 11, 29));
        let mut telling = world.tell(count, now());
        (0..count).map(|_| telling.next_round(Some(4))).collect()
    }

    #[test]
    fn messages_are_shared_out_whole_and_the_largest_has_its_part() {
        for messages in [1_000_u64, 99_999, 1_000_000] {
            let shares = shares(messages);
            assert_eq!(shares.iter().sum::<u64>(), messages);
            assert_eq!(shares.len(), 40);
            let percent = shares[0] * 1_000 / messages;
            assert!((280..300).contains(&percent), "{percent}");
        }
    }

    #[test]
    fn the_same_day_tells_the_same() {
        assert_eq!(rounds(4_000, 2), rounds(4_000, 2));
    }

    #[test]
    fn rounds_are_alike_and_follow_each_other() {
        let rounds = rounds(20_000, 4);
        let counts: Vec<_> = rounds
            .iter()
            .map(|round| round.registrations.len())
            .collect();
        assert_eq!(counts.iter().sum::<usize>(), 20_000);
        assert!(
            counts.iter().all(|count| (4_000..6_000).contains(count)),
            "{counts:?}"
        );
        let first = |round: &Round| round.registrations[0].1;
        assert!(first(&rounds[0]) < first(&rounds[1]) && first(&rounds[2]) < first(&rounds[3]));
    }

    #[test]
    fn traffic_has_the_shape_of_real_traffic() {
        let all = rounds(20_000, 1).remove(0);
        let count = |is: fn(&OutboundRegistration) -> bool| {
            all.registrations
                .iter()
                .filter(|(_, _, one)| is(one))
                .count()
        };
        assert!(count(|one| one.source() == Source::Broadcast) > 12_000);
        assert!(count(|one| one.source() == Source::User) > 500);
        assert!(count(|one| one.source() == Source::Api) > 500);
        assert!(all.statuses.len() > 30_000 && all.by_webhook.len() > 3_000);
        assert!(all.inbound.len() > 300 && !all.own_word.is_empty());
        assert_eq!(
            all.len(),
            20_000
                + all.own_word.len()
                + all.statuses.len()
                + all.by_webhook.len()
                + all.inbound.len()
        );
    }
}
