//! The period and the zone of a request for an export, wherever it holds them.

use acuse_domain::calendar::Interval;
use acuse_proto::convert::timestamp;
use acuse_proto::export::ExportRequest;
use acuse_proto::reporting::{self as wire, period};

/// The period that a request names.
pub(super) fn period_of(request: &ExportRequest) -> Option<&wire::Period> {
    request.question.as_ref()?.period.as_ref()
}

/// The time zone that a request names.
pub(super) fn zone_of(request: &ExportRequest) -> Option<&str> {
    request.question.as_ref()?.time_zone.as_deref()
}

/// The same request of that period, or of none.
pub(super) fn within(mut request: ExportRequest, period: Option<Interval>) -> ExportRequest {
    let custom = |Interval { start, end }| wire::Period {
        period: Some(period::Period::Custom(wire::Interval {
            start_at: Some(timestamp(start)),
            end_at: Some(timestamp(end)),
        })),
    };
    request.question.get_or_insert_default().period = period.map(custom);
    request
}

/// Names the time zone of a request that names none.
pub(super) fn default_zone(request: &mut ExportRequest, zone: &str) {
    let question = request.question.get_or_insert_default();
    question.time_zone.get_or_insert_with(|| zone.to_owned());
}
