//! Questions to reporting: filters, periods, dimensions, limits.

use acuse_domain::calendar::Zone;
use acuse_domain::error::FieldViolation;
use acuse_proto::convert::reporting as checked;
use acuse_proto::reporting as wire;

use crate::{NOW, wire::message};

/// Each request is checked the same way every time. What is wrong is said in short; of what is right the period is some time.
///
/// # Panics
///
/// Where that does not hold.
pub fn check(bytes: &[u8]) {
    one::<wire::GetConsolidatedRequest, _>(bytes, "GetConsolidatedRequest", |it| {
        checked::consolidated(it, NOW).map(|asked| asked.question)
    });
    one::<wire::GetBreakdownRequest, _>(bytes, "GetBreakdownRequest", |it| {
        checked::breakdown(it, NOW).map(|asked| asked.question)
    });
    one::<wire::GetRankingRequest, _>(bytes, "GetRankingRequest", |it| {
        checked::ranking(it, NOW).map(|asked| asked.question)
    });
    one::<wire::GetMessagesOverviewRequest, _>(bytes, "GetMessagesOverviewRequest", |it| {
        checked::overview(it, NOW).map(|asked| asked.question)
    });
    one::<wire::GetFunnelRequest, _>(bytes, "GetFunnelRequest", |it| {
        checked::funnel(it, NOW).map(|asked| asked.question)
    });
    one::<wire::GetReplyActivityRequest, _>(bytes, "GetReplyActivityRequest", |it| {
        checked::reply_activity(it, NOW)
    });
    one::<wire::ListOutboundMessagesRequest, _>(bytes, "ListOutboundMessagesRequest", |it| {
        checked::list(it.question, NOW)
    });
    one::<wire::StreamRowsRequest, _>(bytes, "StreamRowsRequest", |it| {
        checked::rows(it, NOW).map(|asked| asked.question)
    });
    saved(bytes);
}

/// What is saved is kept and read again as it was.
fn saved(bytes: &[u8]) {
    let name = "acuse.reporting.v1.SavedReport";
    let Some(wire) = message::<wire::SavedReport>(name, bytes) else {
        return;
    };
    match checked::saved_draft(Some(wire), NOW) {
        Ok(draft) => {
            let report = draft.report.report;
            let kept = checked::encoded(&report);
            assert_eq!(
                checked::decoded(checked::kind_of(&report), &kept),
                Some(report)
            );
        }
        Err(faults) => crate::events::check_faults(&faults),
    }
}

fn one<M, F>(bytes: &[u8], name: &str, check: F)
where
    M: prost::Message + Default + Clone,
    F: Fn(M) -> Result<checked::Question, Vec<FieldViolation>>,
{
    let Some(request) = message::<M>(&format!("acuse.reporting.v1.{name}"), bytes) else {
        return;
    };
    let first = check(request.clone());
    assert_eq!(format!("{:?}", check(request)), format!("{first:?}"));
    match first {
        Ok(question) => {
            let zone = question.zone.clone().unwrap_or(Zone::UTC);
            let interval = question.period.interval(NOW, &zone);
            assert!(interval.start <= interval.end, "{interval:?}");
        }
        Err(faults) => crate::events::check_faults(&faults),
    }
}
