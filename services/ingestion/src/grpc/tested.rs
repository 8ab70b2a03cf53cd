//! Testing a payload: the request's parts, and what is made of them.

use acuse_domain::error::{Error, FieldViolation, Result};
use acuse_domain::time::Timestamp;
use acuse_proto::convert::{inbound_event, status_event, timestamp, watermark_event};
use acuse_proto::ingestion::webhook_finding::Meaning as Wire;
use acuse_proto::ingestion::{
    NotUnderstood, SignatureCheck, TestIntegrationResponse, WebhookFinding, WebhookHeader,
};
use acuse_proto::message_state::{Event, event};
use acuse_providers::{Finding, Meaning, Unverified};

use crate::test_integration::Tested;
use crate::webhook::MAX_BODY;

const MAX_HEADERS: usize = 100;
const MAX_HEADER_NAME: usize = 256;
const MAX_HEADER_VALUE: usize = 8 * 1024;

/// Checks payload and headers; gives the headers with their names in lower case.
///
/// # Errors
///
/// INVALID_ARGUMENT, with every field that is wrong.
pub(super) fn checked(
    payload: &[u8],
    headers: Vec<WebhookHeader>,
) -> Result<Vec<(String, String)>> {
    let mut faults = Vec::new();
    if payload.is_empty() || payload.len() > MAX_BODY {
        let length = payload.len();
        let fault = format!("has {length} bytes; 1 to {MAX_BODY} are allowed");
        faults.push(FieldViolation::new("payload", fault));
    }
    if headers.len() > MAX_HEADERS {
        let count = headers.len();
        let fault = format!("has {count} entries; at most {MAX_HEADERS} are allowed");
        faults.push(FieldViolation::new("headers", fault));
    }
    for (index, header) in headers.iter().enumerate().take(MAX_HEADERS) {
        if header.name.is_empty() || header.name.len() > MAX_HEADER_NAME {
            let fault = format!("must be 1 to {MAX_HEADER_NAME} bytes");
            faults.push(FieldViolation::new(format!("headers[{index}].name"), fault));
        }
        if header.value.len() > MAX_HEADER_VALUE {
            let fault = format!("must be at most {MAX_HEADER_VALUE} bytes");
            faults.push(FieldViolation::new(
                format!("headers[{index}].value"),
                fault,
            ));
        }
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let lower = |header: WebhookHeader| (header.name.to_ascii_lowercase(), header.value);
    Ok(headers.into_iter().map(lower).collect())
}

/// What a payload means, for the wire.
pub(super) fn to_wire(tested: Tested) -> TestIntegrationResponse {
    let signature = match tested.signature {
        Ok(()) => SignatureCheck::Valid,
        Err(Unverified::Absent) => SignatureCheck::Absent,
        Err(_) => SignatureCheck::Invalid,
    };
    let at = tested.received_at;
    let findings = tested.reading.findings.into_iter();
    TestIntegrationResponse {
        signature: signature.into(),
        findings: findings.filter_map(|found| finding(found, at)).collect(),
    }
}

/// A finding; `None` never, as an event that was made here is of a kind that is known here.
fn finding(found: Finding, received_at: Timestamp) -> Option<WebhookFinding> {
    let event = match found.meaning {
        Meaning::Status(status) => status_event(*status, received_at),
        Meaning::Inbound(inbound) => inbound_event(*inbound, received_at),
        Meaning::Watermark(watermark) => watermark_event(*watermark, received_at),
        Meaning::NotUnderstood(what) => {
            let meaning = Wire::NotUnderstood(NotUnderstood {
                reason: what.reason.as_str().to_owned(),
                detail: what.detail,
            });
            return Some(WebhookFinding {
                path: found.path,
                meaning: Some(meaning),
                time_is_receipt: false,
            });
        }
    };
    let time_is_receipt = event.time_is_receipt;
    Some(WebhookFinding {
        path: found.path,
        meaning: Some(meaning(event, received_at)?),
        time_is_receipt,
    })
}

/// What an event says, with the time at which it was read where it has none of its own.
fn meaning(event: Event, received_at: Timestamp) -> Option<Wire> {
    let now = timestamp(received_at);
    match event.event? {
        event::Event::Status(mut status) => {
            status.happened_at.get_or_insert(now);
            Some(Wire::Status(status))
        }
        event::Event::Inbound(mut inbound) => {
            inbound.received_at.get_or_insert(now);
            Some(Wire::Inbound(inbound))
        }
        event::Event::Watermark(watermark) => Some(Wire::Watermark(watermark)),
        event::Event::Registration(_) => None,
    }
}
