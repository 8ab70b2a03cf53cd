use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind, FieldViolation};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{from_error, to_error};
use crate::context::{CallContext, RequestId};

fn kinds() -> Vec<(ErrorKind, Code)> {
    let after = Duration::from_millis(1500);
    vec![
        (
            ErrorKind::InvalidArgument(vec![FieldViolation::new("items[3].channel", "is missing")]),
            Code::InvalidArgument,
        ),
        (ErrorKind::NotFound, Code::NotFound),
        (ErrorKind::AlreadyExists, Code::AlreadyExists),
        (ErrorKind::FailedPrecondition, Code::FailedPrecondition),
        (ErrorKind::OutOfRange, Code::OutOfRange),
        (ErrorKind::PermissionDenied, Code::PermissionDenied),
        (
            ErrorKind::ResourceExhausted {
                retry_after: Some(after),
            },
            Code::ResourceExhausted,
        ),
        (
            ErrorKind::ResourceExhausted { retry_after: None },
            Code::ResourceExhausted,
        ),
        (
            ErrorKind::Unavailable { retry_after: after },
            Code::Unavailable,
        ),
        (ErrorKind::DeadlineExceeded, Code::DeadlineExceeded),
    ]
}

#[test]
fn what_a_peer_tells_is_what_it_meant() {
    for (kind, code) in kinds() {
        let status = from_error(Error::new(kind.clone(), "SOME_REASON", "the sentence"));
        assert_eq!(status.code(), code);
        let read = to_error(status);
        assert_eq!(read.kind, kind);
        assert_eq!(read.reason, "SOME_REASON");
        assert_eq!(read.message, "the sentence");
    }
}

#[tokio::test]
async fn every_status_names_its_reason_and_the_request() {
    let id = RequestId::parse("call-7").unwrap();
    let status = CallContext::new(id)
        .scope(async { from_error(Error::not_found("report")) })
        .await;
    let info = status.get_details_error_info().unwrap();
    assert_eq!(
        (info.reason.as_str(), info.domain.as_str()),
        ("NOT_FOUND", "acuse")
    );
    assert_eq!(info.metadata["request_id"], "call-7");
    assert_eq!(
        status.get_details_request_info().unwrap().request_id,
        "call-7"
    );
}

#[test]
fn a_violation_is_told_by_field() {
    let status = from_error(Error::invalid_field("page_size", "must be at most 1000"));
    let details = status.get_details_bad_request().unwrap();
    assert_eq!(details.field_violations[0].field, "page_size");
    assert_eq!(
        details.field_violations[0].description,
        "must be at most 1000"
    );
}

#[test]
fn an_internal_error_tells_nothing_of_itself() {
    let status = from_error(Error {
        kind: ErrorKind::Internal,
        reason: "TABLE_BROKEN",
        message: "select * from messages".to_owned(),
        source: Some("password=hunter2 at /var/lib/secret".into()),
    });
    let seen = format!("{status:?} {}", String::from_utf8_lossy(status.details()));
    for leak in ["TABLE_BROKEN", "select", "hunter2", "/var/lib"] {
        assert!(!seen.contains(leak), "{leak} in {seen}");
    }
    assert_eq!(status.code(), Code::Internal);
    assert_eq!(status.get_details_error_info().unwrap().reason, "INTERNAL");
}

#[test]
fn what_lies_between_peers_is_not_the_callers_fault() {
    for code in [
        Code::Unauthenticated,
        Code::Unimplemented,
        Code::Internal,
        Code::Unknown,
    ] {
        assert_eq!(
            to_error(Status::new(code, "x")).kind,
            ErrorKind::Internal,
            "{code:?}"
        );
    }
    let mut broken = Status::unknown("transport error");
    broken.set_source(std::sync::Arc::new(std::io::Error::other(
        "connection reset",
    )));
    assert!(matches!(
        to_error(broken).kind,
        ErrorKind::Unavailable { .. }
    ));
}

#[test]
fn reasons_of_strangers_are_not_taken() {
    let strange = Status::not_found("no");
    assert_eq!(to_error(strange).reason, "NOT_FOUND");
    let mut lower = Error::not_found("x");
    lower.reason = "not a reason";
    assert_eq!(to_error(from_error(lower)).reason, "NOT_FOUND");
}
