//! What became of the rows.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::output::number;

/// Counts of rows, or of what webhooks say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Rows, or bodies of webhooks, that were read and answered for.
    pub(super) rows: u64,
    pub(super) applied: u64,
    pub(super) duplicate: u64,
    pub(super) late: u64,
    /// Rows, or bodies, in the file of those that were rejected.
    pub(super) rejected: u64,
    /// Of webhooks: things that are kept because nobody understands them.
    #[serde(default)]
    pub(super) not_understood: u64,
    /// The rejected by reason.
    #[serde(default)]
    pub(super) reasons: BTreeMap<String, u64>,
}

impl Tally {
    /// A row was rejected.
    pub(super) fn reject(&mut self, reason: &str) {
        self.rejected += 1;
        let known = self.reasons.len() < 100 || self.reasons.contains_key(reason);
        let reason = if known { reason } else { "OTHER" };
        *self.reasons.entry(reason.to_owned()).or_default() += 1;
    }

    /// As JSON, for programs.
    pub(super) fn json(&self) -> Value {
        json!({
            "rows": self.rows,
            "applied": self.applied,
            "duplicate": self.duplicate,
            "late": self.late,
            "rejected": self.rejected,
            "not_understood": self.not_understood,
            "rejected_by_reason": self.reasons,
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            (self.applied, "applied"),
            (self.duplicate, "duplicate"),
            (self.late, "late"),
            (self.rejected, "rejected"),
        ];
        let told: Vec<_> = all
            .map(|(count, what)| format!("{} {what}", number(count)))
            .into();
        f.write_str(&told.join(", "))?;
        if self.not_understood > 0 {
            write!(
                f,
                ", {} not understood and kept",
                number(self.not_understood)
            )?;
        }
        Ok(())
    }
}

/// So many a second, for people.
pub(super) fn rate(count: u64, took: Duration) -> String {
    let rate = count as f64 / took.as_secs_f64().max(0.001);
    // Far below the greatest number that a float holds exactly.
    number(rate.round() as u64)
}
