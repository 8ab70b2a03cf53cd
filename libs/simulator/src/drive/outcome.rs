//! What came of sending.

use acuse_proto::types::{ItemError, ItemOutcome, ItemResult};

/// Kinds of rejections that are told apart in an [`Outcome`].
const MAX_REASONS: usize = 10;

/// What was acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Of what was sent by calls: taken in.
    pub applied: u64,
    /// Known already.
    pub duplicate: u64,
    /// Kept in the timeline alone, being too late.
    pub late: u64,
    /// Not taken in.
    pub rejected: u64,
    /// Of what was sent by webhooks: told in one that was answered with 200. What came of it the answer does not say.
    pub by_webhook: u64,
    /// Calls that were answered.
    pub calls: u64,
    /// Webhooks that were answered.
    pub webhooks: u64,
    /// Calls and webhooks that were sent again, because the target was away or busy.
    pub retries: u64,
    /// Why items were rejected: the first few that differ.
    pub reasons: Vec<String>,
}

impl Outcome {
    /// How many events were acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.applied + self.duplicate + self.late + self.rejected + self.by_webhook
    }

    /// The same with another's counts.
    pub fn add(&mut self, other: &Self) {
        self.applied += other.applied;
        self.duplicate += other.duplicate;
        self.late += other.late;
        self.rejected += other.rejected;
        self.by_webhook += other.by_webhook;
        self.calls += other.calls;
        self.webhooks += other.webhooks;
        self.retries += other.retries;
        for reason in &other.reasons {
            self.note(reason.clone());
        }
    }

    /// An answer to a call.
    pub(super) fn count(&mut self, results: Vec<ItemResult>) {
        self.calls += 1;
        for result in results {
            match result.outcome() {
                ItemOutcome::Applied => self.applied += 1,
                ItemOutcome::Duplicate => self.duplicate += 1,
                ItemOutcome::Late => self.late += 1,
                ItemOutcome::Rejected | ItemOutcome::Unspecified => {
                    self.rejected += 1;
                    self.note(result.error.map(describe).unwrap_or_default());
                }
            }
        }
    }

    fn note(&mut self, reason: String) {
        if self.reasons.len() < MAX_REASONS && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

/// The reason and the fields at fault; never what is in them.
fn describe(error: ItemError) -> String {
    let fields: Vec<_> = error
        .field_violations
        .into_iter()
        .map(|violation| violation.field)
        .collect();
    if fields.is_empty() {
        return error.reason;
    }
    format!("{}: {}", error.reason, fields.join(", "))
}
