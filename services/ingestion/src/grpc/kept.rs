//! Payloads that were not understood, and which of them are meant: from the wire, and for it.

use acuse_domain::error::{Error, FieldViolation, Result};
use acuse_domain::ids::Digest;
use acuse_domain::kinds::Provider;
use acuse_domain::time::Timestamp;
use acuse_proto::convert::{any_time, timestamp};
use acuse_proto::ingestion::{
    KeptFinding, KeptPayload, NotUnderstoodCount, NotUnderstoodFilter, ReplayFailure,
};
use acuse_proto::types;
use acuse_store::ingestion::{Counted, Filter, Finding, NotUnderstood, Place};
use uuid::Uuid;

const MAX_REASON: usize = 64;

/// Bytes of a time in a token.
const TIME: usize = 8;

/// A payload that failed when it was read again.
pub(super) fn failure((digest, reason): (Digest, &'static str)) -> ReplayFailure {
    ReplayFailure {
        id: Uuid::from_bytes(digest.0).to_string(),
        reason: reason.to_owned(),
    }
}

/// Which payloads are meant; `None` stands for all of them.
///
/// # Errors
///
/// INVALID_ARGUMENT, with every field that is wrong.
pub(super) fn filter(wire: Option<NotUnderstoodFilter>) -> Result<Filter> {
    let wire = wire.unwrap_or_default();
    let mut faults = Vec::new();
    let mut wrong = |field: &str, fault: String| {
        faults.push(FieldViolation::new(format!("filter.{field}"), fault));
    };
    let integration = wire.integration_id.as_deref().map(Uuid::try_parse);
    let integration = integration.transpose().unwrap_or_else(|_| {
        wrong("integration_id", "must be a UUID, or left out".to_owned());
        None
    });
    let provider = provider(wire.provider).unwrap_or_else(|()| {
        wrong(
            "provider",
            "is none; give one of those known, or leave it out".to_owned(),
        );
        None
    });
    if let Some(reason) = &wire.reason
        && !(1..=MAX_REASON).contains(&reason.len())
    {
        let length = reason.len();
        let fault = format!("has {length} bytes; 1 to {MAX_REASON} are allowed");
        wrong("reason", fault);
    }
    let mut time = |field, at: Option<prost_types::Timestamp>| -> Option<Timestamp> {
        at.map(any_time).transpose().unwrap_or_else(|fault| {
            wrong(field, fault);
            None
        })
    };
    let received_from = time("received_from", wire.received_from);
    let received_before = time("received_before", wire.received_before);
    if let (Some(from), Some(before)) = (received_from, received_before)
        && from >= before
    {
        let fault = format!("is {before}; must be after received_from, which is {from}");
        wrong("received_before", fault);
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    Ok(Filter {
        digest: None,
        integration,
        provider,
        reason: wire.reason,
        received_from,
        received_before,
    })
}

/// A provider by its number on the wire; `None` for none.
fn provider(wire: Option<i32>) -> std::result::Result<Option<Provider>, ()> {
    let wire = types::Provider::try_from(wire.unwrap_or_default()).map_err(|_| ())?;
    if wire == types::Provider::Unspecified {
        return Ok(None);
    }
    let mut all = Provider::ALL.iter().copied();
    let found = all.find(|one| types::Provider::from(*one) == wire);
    found.map(Some).ok_or(())
}

/// The id of a payload from a request.
///
/// # Errors
///
/// INVALID_ARGUMENT for what is no UUID, by the name of its field.
pub(super) fn digest(field: &str, text: &str) -> Result<Digest> {
    let id = Uuid::try_parse(text).map_err(|_| {
        Error::invalid_field(field, "must be given: the payload's id, which is a UUID")
    })?;
    Ok(Digest(id.into_bytes()))
}

/// A place as it stands in tokens.
pub(super) fn place_bytes(place: Place) -> Vec<u8> {
    let mut bytes = place.first_received_at.micros().to_be_bytes().to_vec();
    bytes.extend_from_slice(&place.digest.0);
    bytes
}

/// The place in a token.
///
/// # Errors
///
/// INTERNAL where it is none: only places are put into such tokens.
pub(super) fn place(bytes: &[u8]) -> Result<Place> {
    let none = || Error::internal("a page token holds no place");
    let (time, digest) = bytes.split_first_chunk::<TIME>().ok_or_else(none)?;
    Ok(Place {
        first_received_at: Timestamp::from_micros(i64::from_be_bytes(*time)),
        digest: Digest(digest.try_into().map_err(|_| none())?),
    })
}

/// A payload, with its body where that was asked for.
pub(super) fn payload(found: NotUnderstood, with_payload: bool) -> KeptPayload {
    let parcel = found.parcel;
    KeptPayload {
        id: Uuid::from_bytes(found.digest.0).to_string(),
        integration_id: parcel.integration.id.to_string(),
        provider: types::Provider::from(parcel.integration.provider).into(),
        first_receive_time: Some(timestamp(parcel.received_at)),
        last_receive_time: Some(timestamp(found.last_received_at)),
        times: found.times,
        reasons: found.reasons,
        payload_bytes: u32::try_from(found.body_bytes).unwrap_or(u32::MAX),
        findings: found.findings.into_iter().map(finding).collect(),
        content_type: parcel.content_type,
        payload: with_payload.then_some(parcel.body),
    }
}

fn finding(found: Finding) -> KeptFinding {
    KeptFinding {
        path: found.path,
        reason: found.reason,
        detail: found.detail,
    }
}

/// How many payloads are kept for one reason.
pub(super) fn count(counted: Counted) -> NotUnderstoodCount {
    NotUnderstoodCount {
        provider: types::Provider::from(counted.provider).into(),
        reason: counted.reason,
        payloads: counted.payloads,
        times: counted.times,
        last_receive_time: Some(timestamp(counted.last_received_at)),
    }
}

#[cfg(test)]
mod tests {
    use acuse_domain::error::ErrorKind;

    use super::*;

    #[test]
    fn every_fault_of_a_filter_is_told() {
        let wrong = NotUnderstoodFilter {
            integration_id: Some("7".to_owned()),
            provider: Some(77),
            reason: Some(String::new()),
            received_from: Some(timestamp(Timestamp::from_seconds(1_790_000_000))),
            received_before: Some(timestamp(Timestamp::from_seconds(1_790_000_000))),
        };
        let fields = match filter(Some(wrong)).map_err(|error| error.kind) {
            Err(ErrorKind::InvalidArgument(faults)) => {
                faults.into_iter().map(|fault| fault.field).collect()
            }
            _ => Vec::new(),
        };
        assert_eq!(
            fields,
            [
                "filter.integration_id",
                "filter.provider",
                "filter.reason",
                "filter.received_before"
            ]
        );
        assert_eq!(filter(None).unwrap(), Filter::default());
    }

    #[test]
    fn a_place_is_read_again() {
        let there = Place {
            first_received_at: Timestamp::from_micros(1_790_000_000_000_001),
            digest: Digest([7; 16]),
        };
        assert_eq!(place(&place_bytes(there)).unwrap(), there);
        assert!(place(&[1; 23]).is_err());
    }
}
