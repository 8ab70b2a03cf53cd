//! What was found.

use serde::Serialize;

use crate::failure::{Failure, Result};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    /// It is as it should be.
    Fine,
    /// It could not be looked at.
    Unknown,
    /// It works, and should be looked at.
    Warning,
    /// Something does not work.
    Fault,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    /// What it is about: a service, or a part beside them.
    about: &'static str,
    severity: Severity,
    /// What was found.
    what: String,
    /// What to do; `None` where nothing is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Finding {
    pub(super) fn of(about: &'static str, severity: Severity, what: impl Into<String>) -> Self {
        Self {
            about,
            severity,
            what: what.into(),
            advice: None,
        }
    }

    pub(super) fn fine(about: &'static str, what: impl Into<String>) -> Self {
        Self::of(about, Severity::Fine, what)
    }

    /// The same with what to do.
    pub(super) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

/// All of it, in the order in which it was looked at.
#[derive(Debug, Default, Serialize)]
pub(super) struct Findings {
    findings: Vec<Finding>,
}

impl Findings {
    pub(super) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(super) fn count(&self, severity: Severity) -> usize {
        let found = self.findings.iter();
        found.filter(|one| one.severity == severity).count()
    }

    pub(super) fn json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).map_err(|error| Failure::new(error.to_string()))
    }

    /// A line each, with what to do below, and a line that sums them up.
    pub(super) fn text(&self) -> String {
        let mut lines = Vec::new();
        for one in &self.findings {
            let sign = match one.severity {
                Severity::Fine => "ok     ",
                Severity::Unknown => "unknown",
                Severity::Warning => "warning",
                Severity::Fault => "FAULT  ",
            };
            lines.push(format!("{sign}  {:<14} {}", one.about, one.what));
            if let Some(advice) = &one.advice {
                lines.push(format!("{:24} {advice}", ""));
            }
        }
        lines.push(String::new());
        lines.push(format!(
            "{} fine, {} unknown, {} warnings, {} faults",
            self.count(Severity::Fine),
            self.count(Severity::Unknown),
            self.count(Severity::Warning),
            self.count(Severity::Fault),
        ));
        lines.join("\n")
    }
}
