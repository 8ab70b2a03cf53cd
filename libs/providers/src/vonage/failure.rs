//! Errors of the Messages API.

use acuse_domain::evidence::FailureReport;

use crate::json::Node;
use crate::limits::{DETAIL, SHORT, cut};

/// What stands between the title and the rest in an error's detail.
const DASH: &str = " - ";

/// An error; `None` for one that says nothing. Its code is its title where that is a number, else what its type's URL ends
/// with; version 0.1 has a code and a reason.
pub(super) fn report(error: Node<'_>) -> Option<FailureReport> {
    let title = error.get("title").text();
    let numeric = title.clone().filter(|it| is_code(it));
    let by_type = error.get("type").text().and_then(|url| {
        let (_, code) = url.rsplit_once('#')?;
        is_code(code).then(|| code.to_owned())
    });
    let code = error.get("code").text();
    let code = code
        .or(numeric.clone())
        .or(by_type)
        .and_then(|code| cut(code, SHORT));
    let detail = error.first(&["detail", "reason"]).cut(DETAIL);
    let title = match (numeric, title) {
        (None, Some(title)) => cut(title, DETAIL),
        // The title's words come before the rest of the detail.
        _ => detail.as_deref().map(|detail| {
            let (title, _) = detail.split_once(DASH).unwrap_or((detail, ""));
            title.to_owned()
        }),
    };
    let detail = detail.filter(|detail| Some(detail) != title.as_ref());
    let report = FailureReport {
        code: code.unwrap_or_default(),
        title: title.unwrap_or_default(),
        detail: detail.unwrap_or_default(),
        stage: None,
    };
    Some(report).filter(|report| *report != FailureReport::default())
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.len() <= SHORT && text.bytes().all(|byte| byte.is_ascii_digit())
}
