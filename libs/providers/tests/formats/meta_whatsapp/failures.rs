//! Failures, and errors that are none.

use acuse_domain::evidence::FailureReport;
use acuse_domain::kinds::StatusKind;
use acuse_providers::{Finding, Meaning, Reason};
use serde_json::{Value, json};

use crate::meta_whatsapp::rig::{message, of_status, of_value, status, text, unknown};

fn failed(errors: Value) -> Option<FailureReport> {
    let got = of_status(json!({"status": "failed", "errors": errors}));
    assert_eq!(got.evidence.kind, StatusKind::Failed);
    got.evidence.failure
}

fn report(code: &str, title: &str, detail: &str) -> Option<FailureReport> {
    Some(FailureReport {
        code: code.to_owned(),
        title: title.to_owned(),
        detail: detail.to_owned(),
        stage: None,
    })
}

#[test]
fn both_forms_of_errors_are_known() {
    let newer = json!([{
        "code": 131_026, "title": "Undeliverable", "message": "Undeliverable",
        "error_data": {"details": "Not on WhatsApp"}, "href": "/errors",
    }]);
    assert_eq!(
        failed(newer),
        report("131026", "Undeliverable", "Not on WhatsApp")
    );
    let older = json!([{"code": "470", "title": "Re-engagement", "details": "24 hours"}]);
    assert_eq!(failed(older), report("470", "Re-engagement", "24 hours"));
}

#[test]
fn parts_of_an_error_may_be_missing() {
    for (errors, expected) in [
        (json!(null), None),
        (json!([]), None),
        (json!([{}]), None),
        (json!([{"code": 131_049}]), report("131049", "", "")),
        (json!({"code": 131_049}), report("131049", "", "")),
        (json!([{"message": "No"}]), report("", "No", "")),
        (json!(["No"]), report("", "No", "")),
        (
            json!([{"title": "No", "message": "Not you"}]),
            report("", "No", "Not you"),
        ),
        (
            json!([{"code": 1, "error_data": "none"}]),
            report("1", "", ""),
        ),
    ] {
        assert_eq!(failed(errors.clone()), expected, "{errors}");
    }
}

#[test]
fn long_texts_are_cut() {
    let got = failed(json!([{"code": 1, "title": "ñ".repeat(1_000)}])).unwrap();
    assert_eq!(got.title, "ñ".repeat(512));
}

/// The notes on errors, after the evidence that they stand beside.
fn notes(findings: &[Finding]) -> Vec<(&str, Option<String>)> {
    assert!(!matches!(findings[0].meaning, Meaning::NotUnderstood(_)));
    unknown(findings)
        .into_iter()
        .inspect(|(_, what)| assert_eq!(what.reason, Reason::ProviderError))
        .map(|(_, what)| (what.detail.as_str(), what.id.clone()))
        .collect()
}

#[test]
fn further_errors_are_noted() {
    let findings = of_value(json!({"statuses": [status(json!({
        "status": "failed", "errors": [{"code": 1, "title": "one"}, {"code": 2, "title": "two"}],
    }))]}));
    assert_eq!(notes(&findings), [("code 2: two", text("wamid.out"))]);
}

#[test]
fn errors_beside_other_statuses_fail_nothing() {
    let errors = json!([{"code": 131_053, "title": "for 51977452931"}]);
    let findings = of_value(json!({"statuses": [status(json!({"errors": errors}))]}));
    assert_eq!(
        notes(&findings),
        [("code 131053: for #", text("wamid.out"))]
    );
    let warning = json!({"status": "warning", "errors": errors});
    let findings = of_value(json!({"statuses": [status(warning)]}));
    let reasons: Vec<_> = unknown(&findings)
        .iter()
        .map(|(_, what)| what.reason)
        .collect();
    assert_eq!(reasons, [Reason::UnknownStatus, Reason::ProviderError]);
}

#[test]
fn errors_of_a_message_are_noted_beside_it() {
    let findings = of_value(json!({"messages": [message(json!({
        "type": "unsupported", "text": null, "errors": [{"code": 131_051, "title": "Unknown"}],
    }))]}));
    assert_eq!(
        notes(&findings),
        [("code 131051: Unknown", text("wamid.in"))]
    );
}

#[test]
fn errors_of_a_value_are_noted() {
    let findings = of_value(json!({"errors": [{"code": 130_429, "title": "Rate limit hit"}]}));
    let (path, what) = unknown(&findings)[0];
    assert_eq!(path, "entry[0].changes[0].value");
    assert_eq!(what.detail, "code 130429: Rate limit hit");
    assert_eq!(findings.len(), 1);
}
