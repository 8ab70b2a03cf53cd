//! Where a message stands, by what counts of its evidence.

use std::collections::BTreeMap;

use acuse_proto::types::{
    self, DispatchFailureReason, FailureCategory, MessageState, Provider, Stage, StageStatus,
    StatusKind,
};

use super::evidence::Piece;

/// A message's failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// When it failed, in microseconds.
    pub at: i64,
    /// Who said so, by number on the wire.
    pub provider: i32,
    /// The provider's code, or the dispatch reason's name; empty where none was given.
    pub code: String,
    /// The provider's short text; empty where none was given.
    pub title: String,
    /// The provider's longer text; empty where none was given.
    pub detail: String,
    /// Which stage the provider says failed.
    pub stage: Option<Stage>,
}

impl Failure {
    /// Its code with the provider whose it is; absent where there is none.
    #[must_use]
    pub fn error_code(&self) -> Option<String> {
        (!self.code.is_empty()).then(|| format!("{}:{}", self.provider, self.code))
    }
}

/// Where a message stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its state.
    pub state: MessageState,
    /// The stage at which it failed, if that is its state.
    pub failed_stage: Option<Stage>,
    /// Its four stages as their columns show them.
    pub stages: [StageStatus; 4],
    /// The last stage that it passed, whatever its channel can report.
    pub passed: Option<Stage>,
    /// Whether it has evidence of failure beside evidence of delivery.
    pub conflict: bool,
    /// Whether more can still be heard of it.
    pub pending: bool,
    /// Its failure, also one beside a delivery.
    pub failure: Option<Failure>,
}

impl Standing {
    /// Whether it has come through a stage, by that stage's evidence or by that of a later one.
    #[must_use]
    pub fn has_reached(&self, stage: Stage) -> bool {
        self.passed
            .is_some_and(|passed| index(passed) >= index(stage))
    }
}

/// The stage's place among the four.
pub(super) fn index(stage: Stage) -> usize {
    match stage {
        Stage::Unspecified | Stage::Dispatch => 0,
        Stage::Send => 1,
        Stage::Delivery => 2,
        Stage::Read => 3,
    }
}

/// The standing that `times` make, the earliest time of each kind within the window, and `failure`, the least one, where these
/// stages can be reported.
pub(super) fn of(
    times: &BTreeMap<StatusKind, i64>,
    failure: Option<Failure>,
    reportable: &[Stage],
) -> Standing {
    use StatusKind::{Delivered, DispatchFailed, Dispatched, Failed, Played, Read, Sent};
    let has = |kind| times.contains_key(&kind);
    let is_read = has(Read) || has(Played);
    let (state, failed_stage) = if is_read {
        (MessageState::Read, None)
    } else if has(Delivered) {
        (MessageState::Delivered, None)
    } else if has(Failed) {
        let stated = failure.as_ref().and_then(|failure| failure.stage);
        let derived = if has(Sent) {
            Stage::Delivery
        } else {
            Stage::Send
        };
        (MessageState::Failed, Some(stated.unwrap_or(derived)))
    } else if has(Sent) {
        (MessageState::Sent, None)
    } else if has(DispatchFailed) {
        (MessageState::DispatchFailed, Some(Stage::Dispatch))
    } else if has(Dispatched) {
        (MessageState::Dispatched, None)
    } else {
        (MessageState::Queued, None)
    };
    Standing {
        state,
        failed_stage,
        stages: columns(stages(state, failed_stage), reportable),
        passed: passed(state, failed_stage),
        conflict: (has(Failed) || has(DispatchFailed)) && (is_read || has(Delivered)),
        pending: is_pending(state, reportable),
        failure,
    }
}

fn stages(state: MessageState, failed: Option<Stage>) -> [StageStatus; 4] {
    use StageStatus::{Failed as F, NotApplicable as N, Pending as P, Succeeded as S};
    match (state, failed) {
        (MessageState::Dispatched, _) => [S, P, P, P],
        (MessageState::Sent, _) => [S, S, P, P],
        (MessageState::Delivered, _) => [S, S, S, P],
        (MessageState::Read, _) => [S, S, S, S],
        (MessageState::DispatchFailed, _) => [F, N, N, N],
        (MessageState::Failed, Some(Stage::Delivery)) => [S, S, F, N],
        (MessageState::Failed, _) => [S, F, N, N],
        (MessageState::Queued | MessageState::Unspecified, _) => [P, P, P, P],
    }
}

/// Nothing but a failure is shown of a stage that cannot be reported.
fn columns(mut stages: [StageStatus; 4], reportable: &[Stage]) -> [StageStatus; 4] {
    for stage in [Stage::Dispatch, Stage::Send, Stage::Delivery, Stage::Read] {
        let column = &mut stages[index(stage)];
        if !reportable.contains(&stage) && *column != StageStatus::Failed {
            *column = StageStatus::NotApplicable;
        }
    }
    stages
}

fn passed(state: MessageState, failed: Option<Stage>) -> Option<Stage> {
    match (state, failed) {
        (MessageState::Dispatched, _) => Some(Stage::Dispatch),
        (MessageState::Sent, _) => Some(Stage::Send),
        (MessageState::Delivered, _) => Some(Stage::Delivery),
        (MessageState::Read, _) => Some(Stage::Read),
        (MessageState::Failed, Some(Stage::Delivery)) => Some(Stage::Send),
        (MessageState::Failed, _) => Some(Stage::Dispatch),
        _ => None,
    }
}

/// Neither delivered, read nor failed, where a further stage could be reported.
fn is_pending(state: MessageState, reportable: &[Stage]) -> bool {
    let at = match state {
        MessageState::Queued => None,
        MessageState::Dispatched => Some(Stage::Dispatch),
        MessageState::Sent => Some(Stage::Send),
        _ => return false,
    };
    reportable.last().copied() > at
}

/// The failure that stands: the one that the state is of, else the one beside a delivery.
pub(super) fn failure(pieces: &[&Piece]) -> Option<Failure> {
    let least = |kind| {
        pieces
            .iter()
            .filter(|piece| piece.kind == kind)
            .map(|piece| stated(piece))
            .min_by(|a, b| order(a).cmp(&order(b)))
    };
    least(StatusKind::Failed).or_else(|| least(StatusKind::DispatchFailed))
}

fn order(failure: &Failure) -> (i64, i32, &str, &str, &str) {
    (
        failure.at,
        failure.provider,
        &failure.code,
        &failure.title,
        &failure.detail,
    )
}

fn stated(piece: &Piece) -> Failure {
    let words = piece.failure.clone().unwrap_or_default();
    let reason = words.dispatch_reason.map(|_| {
        let name = words.dispatch_reason().as_str_name();
        name.trim_start_matches("DISPATCH_FAILURE_REASON_")
            .to_owned()
    });
    Failure {
        at: piece.at,
        provider: piece.provider,
        code: words.code.clone().or(reason).unwrap_or_default(),
        title: words.title.clone().unwrap_or_default(),
        detail: words.detail.clone().unwrap_or_default(),
        stage: words.stage.map(|_| words.stage()),
    }
}

/// What went wrong. Only codes that histories use.
pub(super) fn category(failure: &Failure) -> FailureCategory {
    use FailureCategory as Is;
    if failure.provider == i32::from(Provider::Sender) {
        let name = format!("DISPATCH_FAILURE_REASON_{}", failure.code);
        return match DispatchFailureReason::from_str_name(&name) {
            Some(DispatchFailureReason::InternalError) => Is::ProviderFault,
            Some(DispatchFailureReason::InvalidNumber) => Is::InvalidRecipient,
            Some(DispatchFailureReason::InsufficientBalance) => Is::Billing,
            Some(
                DispatchFailureReason::HeaderTooLong
                | DispatchFailureReason::BodyTooLong
                | DispatchFailureReason::UnassignedVariables,
            ) => Is::TemplateProblem,
            Some(DispatchFailureReason::Unspecified) | None => Is::Unknown,
        };
    }
    if failure.provider != i32::from(types::Provider::MetaWhatsapp) {
        return Is::Unknown;
    }
    match failure.code.as_str() {
        "131026" => Is::InvalidRecipient,
        "131047" => Is::OutsideSessionWindow,
        "131050" => Is::NotOptedIn,
        "130429" | "130472" | "131048" | "131049" | "131056" => Is::RateLimit,
        "131042" => Is::Billing,
        "131053" => Is::ContentProblem,
        code if code.starts_with("132") => Is::TemplateProblem,
        _ => Is::Unknown,
    }
}
