//! Standing: where an outbound message is on its way, derived from its facts.

use crate::calendar::Zone;
use crate::capabilities::Capabilities;
use crate::evidence::Failure;
use crate::facts::Facts;
use crate::kinds::{MessageState, Stage, StageStatus, StatusKind};
use crate::time::Timestamp;

/// How many local days a message may wait for word before it counts as unconfirmed.
const UNCONFIRMED_AFTER_DAYS: i32 = 30;

/// The instant before which a message that waits for word at `now` counts as unconfirmed, by the days of the workspace's
/// own zone.
pub fn unconfirmed_before(zone: &Zone, now: Timestamp) -> Timestamp {
    zone.day_start(zone.day_of(now).plus(-UNCONFIRMED_AFTER_DAYS))
}

/// A message's state with its four stages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: MessageState,
    /// Dispatch, send, delivery and read, in this order: what their columns show. A stage that the channel cannot report
    /// is not applicable, also where a later one implies it; that it was reached, [`Self::reached`] tells.
    pub stages: [StageStatus; 4],
    /// The same, whatever the channel can report.
    way: [StageStatus; 4],
    /// The failure that counts, or that stays on a message that arrived all the same.
    pub failure: Option<Failure>,
    /// Whether something failed although the message was delivered.
    pub conflict: bool,
}

impl Standing {
    /// Derives the standing from facts within their window, on a channel that can report `capabilities`.
    pub fn of(facts: &Facts, capabilities: Capabilities) -> Self {
        let state = state_of(facts);
        let stated = &facts.stated;
        let failure = match state {
            MessageState::DispatchFailed => stated.dispatch_failure.clone(),
            _ => stated
                .failure
                .clone()
                .or_else(|| stated.dispatch_failure.clone()),
        };
        let delivered = matches!(state, MessageState::Delivered | MessageState::Read);
        let way = way_of(state, facts);
        Self {
            state,
            stages: columns_of(way, capabilities),
            way,
            conflict: failure.is_some() && delivered,
            failure,
        }
    }

    /// What the column of one stage shows.
    pub fn stage(&self, stage: Stage) -> StageStatus {
        self.stages[index(stage)]
    }

    /// Whether the stage was reached, by its own evidence or by that of a later one: what cumulative counts go by. The
    /// channel need not be able to report it.
    pub fn reached(&self, stage: Stage) -> bool {
        self.way[index(stage)] == StageStatus::Succeeded
    }

    /// The stage at which it failed; `None` where it did not.
    pub fn failed_stage(&self) -> Option<Stage> {
        Stage::ALL
            .iter()
            .copied()
            .find(|stage| self.way[index(*stage)] == StageStatus::Failed)
    }

    /// Whether word of it is still to come: neither delivered, read nor failed, on a channel that can say more.
    pub fn is_pending(&self) -> bool {
        let arrived = matches!(
            self.state,
            MessageState::Delivered
                | MessageState::Read
                | MessageState::Failed
                | MessageState::DispatchFailed
        );
        !arrived && self.stages.contains(&StageStatus::Pending)
    }
}

/// The first line that holds.
fn state_of(facts: &Facts) -> MessageState {
    let seen = |kind| facts.times.get(kind).is_some();
    if seen(StatusKind::Read) || seen(StatusKind::Played) {
        MessageState::Read
    } else if seen(StatusKind::Delivered) {
        MessageState::Delivered
    } else if seen(StatusKind::Failed) {
        MessageState::Failed
    } else if seen(StatusKind::Sent) {
        MessageState::Sent
    } else if seen(StatusKind::DispatchFailed) {
        MessageState::DispatchFailed
    } else if seen(StatusKind::Dispatched) {
        MessageState::Dispatched
    } else {
        MessageState::Queued
    }
}

fn index(stage: Stage) -> usize {
    usize::from(stage.code().unsigned_abs()) - 1
}

/// How far it came on its way through the stages.
fn way_of(state: MessageState, facts: &Facts) -> [StageStatus; 4] {
    use StageStatus::{Failed, NotApplicable, Pending, Succeeded};

    match state {
        MessageState::Queued => [Pending; 4],
        MessageState::Dispatched => [Succeeded, Pending, Pending, Pending],
        MessageState::Sent => [Succeeded, Succeeded, Pending, Pending],
        MessageState::Delivered => [Succeeded, Succeeded, Succeeded, Pending],
        MessageState::Read => [Succeeded; 4],
        MessageState::DispatchFailed => [Failed, NotApplicable, NotApplicable, NotApplicable],
        MessageState::Failed => match failed_stage(facts) {
            Stage::Send => [Succeeded, Failed, NotApplicable, NotApplicable],
            _ => [Succeeded, Succeeded, Failed, NotApplicable],
        },
    }
}

/// What the columns show of it on a channel that can report `capabilities`. A failure is shown wherever it was: it is the
/// provider's own word.
fn columns_of(way: [StageStatus; 4], capabilities: Capabilities) -> [StageStatus; 4] {
    let mut columns = way;
    for (status, stage) in columns.iter_mut().zip(Stage::ALL) {
        if *status != StageStatus::Failed && !capabilities.reports(*stage) {
            *status = StageStatus::NotApplicable;
        }
    }
    columns
}

/// Where a failed message failed: as the provider states it, else at delivery where it is known to have been sent,
/// else at sending.
fn failed_stage(facts: &Facts) -> Stage {
    let stated = facts
        .stated
        .failure
        .as_ref()
        .and_then(|failure| failure.report.stage)
        .filter(|stage| matches!(stage, Stage::Send | Stage::Delivery));
    match (stated, facts.times.get(StatusKind::Sent)) {
        (Some(stage), _) => stage,
        (None, Some(_)) => Stage::Delivery,
        (None, None) => Stage::Send,
    }
}
