//! What is kept aside: told, but nothing follows from it.

use acuse_domain::evidence::FailureReport;

use crate::json::Node;
use crate::limits::shown;
use crate::reading::{NotUnderstood, Reason};

/// Something to keep and count, about the message `id` and with the provider's own word for it, where there are such.
pub(crate) fn aside(
    reason: Reason,
    detail: impl Into<String>,
    id: Node<'_>,
    word: Option<&str>,
) -> NotUnderstood {
    let kind = word.map(shown).filter(|word| !word.is_empty());
    NotUnderstood {
        kind,
        ..NotUnderstood::new(reason, detail)
    }
    .about(id)
}

impl NotUnderstood {
    /// The same, about the message `id`.
    pub(crate) fn about(self, id: Node<'_>) -> Self {
        Self {
            id: id.short(),
            ..self
        }
    }
}

/// What is not the object that belongs there.
pub(crate) fn misshapen(node: Node<'_>) -> NotUnderstood {
    let detail = format!("{} where an object belongs", node.kind());
    NotUnderstood::new(Reason::Malformed, detail)
}

/// What is said of an error.
pub(crate) fn error_detail(report: &FailureReport) -> String {
    let code = match report.code.as_str() {
        "" => "no code".to_owned(),
        code => format!("code {}", shown(code)),
    };
    match report.title.as_str() {
        "" => code,
        title => format!("{code}: {}", shown(title)),
    }
}

/// An error beside something that is no failure.
pub(crate) fn provider_error(report: &FailureReport, id: Node<'_>) -> NotUnderstood {
    aside(
        Reason::ProviderError,
        error_detail(report),
        id,
        Some("error"),
    )
}
