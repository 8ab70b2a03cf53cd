//! Meta's errors: as the failure of a message, or beside one.

use acuse_domain::evidence::FailureReport;

use crate::aside::error_detail;
use crate::json::Node;
use crate::limits::{DETAIL, SHORT};
use crate::reading::{Findings, NotUnderstood, Reason};

/// An error as a failure; `None` for one that says nothing. Of a title and a message that say the same the title is kept.
/// Older versions have the details beside the code, newer ones in `error_data`.
pub(crate) fn report(error: Node<'_>) -> Option<FailureReport> {
    let plain = error.cut(DETAIL);
    let title = error.first(&["title", "message", "reason"]).cut(DETAIL);
    let title = title.or(plain);
    let message = error
        .get("message")
        .cut(DETAIL)
        .filter(|it| Some(it) != title.as_ref());
    let details = error.get("error_data").get("details").cut(DETAIL);
    let details = details.or_else(|| error.get("details").cut(DETAIL));
    let report = FailureReport {
        code: error.get("code").cut(SHORT).unwrap_or_default(),
        title: title.unwrap_or_default(),
        detail: details.or(message).unwrap_or_default(),
        stage: None,
    };
    Some(report).filter(|report| *report != FailureReport::default())
}

/// The errors of an item or a value.
pub(super) fn all(node: Node<'_>) -> impl Iterator<Item = FailureReport> {
    node.get("errors").elements().filter_map(report)
}

/// An error that is the failure of no message, about the item `id` if it is about one.
pub(super) fn note(report: &FailureReport, id: Option<&str>) -> NotUnderstood {
    NotUnderstood {
        id: id.map(str::to_owned),
        kind: Some("errors".to_owned()),
        ..NotUnderstood::new(Reason::ProviderError, error_detail(report))
    }
}

/// Notes every error of an item or a value.
pub(super) fn note_all(node: Node<'_>, path: &str, id: Option<&str>, findings: &mut Findings) {
    for report in all(node) {
        findings.not_understood(path, note(&report, id));
    }
}
