//! What happens to outbound messages, and when.

use acuse_proto::types::StatusKind;
use rand::Rng;

use super::outbound::Known;
use super::{DAY, NOW, SECOND, Writer};

/// One status that is to come.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) kind: StatusKind,
    pub(super) at: i64,
    /// In a group: to whom.
    pub(super) participant: Option<String>,
    /// Whether it is too late to count.
    pub(super) is_late: bool,
}

/// What happens to a message.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) queued: i64,
    /// What the registration says of its leaving.
    pub(super) registered_dispatch: Option<i64>,
    pub(super) steps: Vec<Step>,
    pub(super) conversation_id: Option<String>,
    pub(super) correlation_id: Option<String>,
    /// Whether some status bears the provider's id.
    pub(super) tells_provider_id: bool,
}

impl Way {
    /// The earliest time of a kind.
    pub(super) fn time_of(&self, kind: StatusKind) -> Option<i64> {
        let of_kind = self.steps.iter().filter(|step| step.kind == kind);
        of_kind.map(|step| step.at).min()
    }

    /// The time to which the message will belong.
    pub(super) fn origin(&self, known: &Known) -> i64 {
        let dispatched = self.time_of(StatusKind::Dispatched);
        let queued = self.time_of(StatusKind::Queued).unwrap_or(self.queued);
        [self.registered_dispatch, dispatched]
            .into_iter()
            .flatten()
            .min()
            .or(self.time_of(StatusKind::Sent))
            .or(known.is_registered().then(|| queued.min(self.queued)))
            .or(self.steps.iter().map(|step| step.at).min())
            .unwrap_or(self.queued)
    }
}

/// How far messages come, each with how often.
const ENDS: &[(u32, &[StatusKind])] = {
    use StatusKind::{Delivered, DispatchFailed, Dispatched, Failed, Played, Read, Sent};
    &[
        (8, &[]),
        (8, &[Dispatched]),
        (14, &[Dispatched, Sent]),
        (20, &[Dispatched, Sent, Delivered]),
        (20, &[Dispatched, Sent, Delivered, Read]),
        (3, &[Dispatched, Sent, Delivered, Read, Played]),
        (3, &[Sent, Played]),
        (6, &[Dispatched, Sent, Failed]),
        (6, &[Dispatched, Failed]),
        (5, &[Dispatched, Sent, Failed, Delivered]),
        (5, &[DispatchFailed]),
        (1, &[DispatchFailed, Dispatched]),
        (1, &[DispatchFailed, Dispatched, Sent, Delivered]),
    ]
};

/// How far messages come of which only the end is told.
const BARE_ENDS: &[(u32, &[StatusKind])] = {
    use StatusKind::{Delivered, Failed, Read};
    &[
        (4, &[Delivered]),
        (4, &[Delivered, Read]),
        (3, &[Read]),
        (3, &[Failed]),
        (1, &[Failed, Delivered]),
    ]
};

impl Writer<'_> {
    /// Decides what happens to a message that begins at `queued`.
    pub(super) fn way(&mut self, queued: i64, known: &Known) -> Way {
        let ends = if known.end_only { BARE_ENDS } else { ENDS };
        let mut steps = self.steps(queued, ends, known.end_only);
        steps.retain(|step| step.at <= NOW);
        let is_bound_to_leave = steps
            .iter()
            .all(|step| step.kind != StatusKind::DispatchFailed);
        let dispatched = steps
            .iter()
            .find(|step| step.kind == StatusKind::Dispatched);
        let registered_dispatch = dispatched.map(|step| step.at).filter(|_| is_bound_to_leave);
        let registered_dispatch = registered_dispatch.filter(|_| self.chance(60));
        // What a later step implies is left out at times; a message that nobody registers needs its beginning.
        let last = steps.last().map(|step| step.kind);
        let is_registered = known.is_registered();
        steps.retain(|step| {
            Some(step.kind) == last
                || (!is_registered && step.kind == StatusKind::Sent)
                || self.rng.random_ratio(75, 100)
        });
        let is_begun =
            is_registered || known.end_only || steps.iter().any(|step| is_beginning(step.kind));
        if !is_begun || (steps.is_empty() && !known.links.is_empty()) {
            steps.push(step(StatusKind::Sent, queued + 2 * SECOND));
        }
        let mut way = Way {
            queued,
            registered_dispatch,
            steps,
            conversation_id: self
                .chance(40)
                .then(|| format!("conversation-{}", queued % 1_000)),
            correlation_id: self.chance(40).then(|| format!("lot {}", queued % 5)),
            tells_provider_id: known
                .links
                .iter()
                .chain(&known.statuses)
                .any(|names| names.1.is_some()),
        };
        self.add_more(&mut way, known);
        way.steps.retain(|step| step.at <= NOW);
        way
    }

    fn steps(&mut self, queued: i64, ends: &[(u32, &[StatusKind])], end_only: bool) -> Vec<Step> {
        let weights: u32 = ends.iter().map(|(weight, _)| weight).sum();
        let mut drawn = self.rng.random_range(0..weights);
        let mut end: &[StatusKind] = &[];
        for (weight, kinds) in ends {
            end = kinds;
            if drawn < *weight {
                break;
            }
            drawn -= weight;
        }
        let mut at = queued;
        if self.chance(6) {
            // Planned long ahead: until it leaves, the message belongs to the day on which that was done.
            at += self.rng.random_range(1..36) * DAY;
        }
        let mut steps = Vec::new();
        for kind in end {
            // No time at all is common: providers tell whole seconds.
            let pause = match self.rng.random_range(0..10) {
                0..4 => 0,
                4..7 => self.rng.random_range(1..30),
                7..9 => self.rng.random_range(60..3_600),
                _ => self.rng.random_range(3_600..3 * 86_400),
            };
            at += pause * SECOND;
            steps.push(step(*kind, at));
        }
        if !end_only && self.chance(8) {
            // A provider's clock that runs behind the sender's.
            if let Some(step) = steps.last_mut() {
                step.at -= 5 * SECOND;
            }
        }
        steps
    }

    /// What else is heard: the same again at another time, members of a group, what comes at the end of the window and
    /// after it, a deletion.
    fn add_more(&mut self, way: &mut Way, known: &Known) {
        let told = way.steps.clone();
        for again in &told {
            if self.chance(10) {
                let pause = self.pick(&[SECOND, 60 * SECOND, 3_600 * SECOND, 0]);
                way.steps.push(step(again.kind, again.at + pause));
            }
            let of_group = matches!(again.kind, StatusKind::Delivered | StatusKind::Read);
            if of_group && self.chance(8) {
                for member in 0..self.rng.random_range(1..4) {
                    let at = again.at + self.rng.random_range(0..60) * SECOND;
                    way.steps.push(Step {
                        participant: Some(format!("member-{member}")),
                        ..step(again.kind, at)
                    });
                }
            }
        }
        if known.is_registered() && self.chance(10) {
            let at = way.queued + self.pick(&[0, 0, SECOND]);
            way.steps.push(step(StatusKind::Queued, at));
        }
        let origin = way.origin(known);
        if self.chance(20) {
            let kind = self.pick(&[
                StatusKind::Delivered,
                StatusKind::Read,
                StatusKind::Played,
                StatusKind::Failed,
            ]);
            let after = self.pick(&[0, 1, -1, DAY, 10 * DAY]);
            way.steps.push(Step {
                is_late: after > 0,
                ..step(kind, origin + 30 * DAY + after)
            });
        }
        if !known.end_only && !way.steps.is_empty() && self.chance(4) {
            let at = origin + self.rng.random_range(1..100) * 60 * SECOND;
            way.steps.push(step(StatusKind::Deleted, at));
        }
    }
}

fn step(kind: StatusKind, at: i64) -> Step {
    Step {
        kind,
        at,
        participant: None,
        is_late: false,
    }
}

fn is_beginning(kind: StatusKind) -> bool {
    matches!(
        kind,
        StatusKind::Queued | StatusKind::Dispatched | StatusKind::DispatchFailed | StatusKind::Sent
    )
}
