//! Webhooks that are handed over: the request's parts, and what is made of them.

use acuse_domain::error::{Error, FieldViolation, Result};
use acuse_domain::time::Timestamp;
use acuse_proto::convert::{inbound_event, status_event, timestamp, watermark_event};
use acuse_proto::ingestion::webhook_finding::Meaning as Wire;
use acuse_proto::ingestion::{
    IngestWebhookResponse, NotUnderstood, SignatureCheck, TestIntegrationResponse, WebhookFinding,
    WebhookHeader,
};
use acuse_proto::message_state::{Event, event};
use acuse_providers::{Finding, Meaning, Reading, Unverified};

use super::explained;
use crate::handed::Handed;
use crate::ingest_webhook::Ingested;
use crate::test_integration::Tested;
use crate::webhook::MAX_BODY;

const MAX_HEADERS: usize = 100;
const MAX_HEADER_NAME: usize = 256;
const MAX_HEADER_VALUE: usize = 8 * 1024;
const MAX_URL: usize = 8 * 1024;

/// Checks what is handed over; names of headers become lower case.
///
/// # Errors
///
/// INVALID_ARGUMENT, with every field that is wrong.
pub(super) fn checked(
    payload: Vec<u8>,
    headers: Vec<WebhookHeader>,
    url: Option<String>,
) -> Result<Handed> {
    let mut faults = Vec::new();
    // Whether it may be empty hangs on the format.
    if (payload.is_empty() && url.is_none()) || payload.len() > MAX_BODY {
        let length = payload.len();
        let fault = format!("has {length} bytes; 1 to {MAX_BODY} are allowed");
        faults.push(FieldViolation::new("payload", fault));
    }
    check_headers(&headers, &mut faults);
    if url.as_deref().is_some_and(|url| !is_url(url)) {
        let fault = format!(
            "must be an absolute URL of http or https, at most {MAX_URL} bytes long, or left out"
        );
        faults.push(FieldViolation::new("url", fault));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let lower = |header: WebhookHeader| (header.name.to_ascii_lowercase(), header.value);
    let headers = headers.into_iter().map(lower).collect();
    Ok(Handed::new(payload, headers, url))
}

fn check_headers(headers: &[WebhookHeader], faults: &mut Vec<FieldViolation>) {
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
}

fn is_url(url: &str) -> bool {
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme));
    let clean = !url.contains(|sign: char| sign.is_whitespace() || sign.is_control());
    url.len() <= MAX_URL && clean && rest.is_some_and(|rest| !rest.is_empty())
}

/// What a payload means, for the wire.
pub(super) fn to_wire(tested: Tested) -> TestIntegrationResponse {
    TestIntegrationResponse {
        signature: signature(tested.signature).into(),
        findings: findings(tested.reading, tested.received_at),
    }
}

/// What became of a webhook, for the wire.
pub(super) fn ingested(ingested: Ingested) -> IngestWebhookResponse {
    let mut findings = findings(ingested.reading, ingested.received_at);
    for (finding, result) in findings.iter_mut().zip(ingested.results) {
        finding.result = result;
    }
    IngestWebhookResponse {
        signature: signature(ingested.signature).into(),
        findings,
    }
}

fn signature(checked: std::result::Result<(), Unverified>) -> SignatureCheck {
    match checked {
        Ok(()) => SignatureCheck::Valid,
        Err(Unverified::Absent) => SignatureCheck::Absent,
        Err(Unverified::NoUrl) => SignatureCheck::NoUrl,
        Err(_) => SignatureCheck::Invalid,
    }
}

/// Every finding, with what it means to people.
fn findings(reading: Reading, received_at: Timestamp) -> Vec<WebhookFinding> {
    let explanations = explained::all(&reading);
    let findings = reading.findings.into_iter().zip(explanations);
    findings
        .map(|(found, explanation)| WebhookFinding {
            explanation: Some(explanation),
            ..finding(found, received_at)
        })
        .collect()
}

fn finding(found: Finding, received_at: Timestamp) -> WebhookFinding {
    let path = found.path;
    let event = match found.meaning {
        Meaning::Status(status) => status_event(*status, received_at),
        Meaning::Inbound(inbound) => inbound_event(*inbound, received_at),
        Meaning::Watermark(watermark) => watermark_event(*watermark, received_at),
        Meaning::NotUnderstood(what) => {
            let meaning = Wire::NotUnderstood(NotUnderstood {
                reason: what.reason.as_str().to_owned(),
                detail: what.detail,
            });
            return WebhookFinding {
                path,
                meaning: Some(meaning),
                ..WebhookFinding::default()
            };
        }
    };
    WebhookFinding {
        path,
        time_is_receipt: event.time_is_receipt,
        meaning: meaning(event, received_at),
        ..WebhookFinding::default()
    }
}

/// What an event says, with its time of receipt where it has none of its own. `None` never, as an event that was made here is of
/// a kind that is known here.
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
