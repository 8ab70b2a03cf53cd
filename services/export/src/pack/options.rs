//! What a pack is asked to hold: checked as reporting would check it, and completed.

use acuse_domain::error::FieldViolation;
use acuse_domain::time::Timestamp;
use acuse_proto::convert::reporting;
use acuse_proto::export::PackOptions;
use acuse_proto::reporting as wire;
use acuse_proto::reporting::{Bucket, Dimension, Metric, ProactiveSends, RateBasis};

/// Breakdowns, and rankings, of a pack at most.
const MOST: usize = 12;

/// Breakdowns where none are asked for.
const BREAKDOWNS: [Dimension; 5] = [
    Dimension::Channel,
    Dimension::Source,
    Dimension::Type,
    Dimension::Subtype,
    Dimension::Department,
];

/// Rankings where none are asked for.
const RANKINGS: [(Dimension, Metric); 4] = [
    (Dimension::Agent, Metric::ReplyRate),
    (Dimension::Department, Metric::ReplyRate),
    (Dimension::Template, Metric::ReadRate),
    (Dimension::Campaign, Metric::ReplyRate),
];

/// Rows of a breakdown where nobody says how many: as many as a page shows.
pub(super) const ROWS: i32 = 25;

/// What is wrong with the options of a pack, by their paths.
pub(crate) fn violations(options: &PackOptions, now: Timestamp) -> Vec<FieldViolation> {
    let mut found = Vec::new();
    let consolidated = wire::GetConsolidatedRequest {
        bucket: options.bucket,
        ..wire::GetConsolidatedRequest::default()
    };
    found.extend(reporting::consolidated(consolidated, now).err());
    let funnel = wire::GetFunnelRequest {
        sends: options.sends,
        ..wire::GetFunnelRequest::default()
    };
    found.extend(reporting::funnel(funnel, now).err());
    let mut found: Vec<_> = found.into_iter().flatten().collect();
    let many = |field: &str, count: usize| {
        let text = format!("has {count}; at most {MOST} are allowed");
        (count > MOST).then(|| FieldViolation::new(field, text))
    };
    found.extend(many("breakdowns", options.breakdowns.len()));
    for (index, asked) in options.breakdowns.iter().take(MOST).enumerate() {
        let faults = breakdown_violations(asked, now).into_iter();
        found.extend(faults.map(|fault| fault.at(&format!("breakdowns[{index}]"))));
    }
    found.extend(many("rankings", options.rankings.len()));
    for (index, asked) in options.rankings.iter().take(MOST).enumerate() {
        let faults = ranking_violations(asked, now).into_iter();
        found.extend(faults.map(|fault| fault.at(&format!("rankings[{index}]"))));
    }
    found
}

/// What is wrong with what a consolidated report is asked beside the question.
pub(crate) fn consolidated_violations(
    asked: &wire::GetConsolidatedRequest,
    now: Timestamp,
) -> Vec<FieldViolation> {
    let checked = reporting::consolidated(asked.clone(), now).err();
    with_question(asked.question.is_some(), checked)
}

/// What is wrong with what a breakdown is asked beside the question.
pub(crate) fn breakdown_violations(
    asked: &wire::GetBreakdownRequest,
    now: Timestamp,
) -> Vec<FieldViolation> {
    let checked = reporting::breakdown(asked.clone(), now).err();
    with_question(asked.question.is_some(), checked)
}

/// What is wrong with what a ranking is asked beside the question.
pub(crate) fn ranking_violations(
    asked: &wire::GetRankingRequest,
    now: Timestamp,
) -> Vec<FieldViolation> {
    let checked = reporting::ranking(asked.clone(), now).err();
    with_question(asked.question.is_some(), checked)
}

/// What is wrong with what an overview of messages is asked beside the question.
pub(crate) fn overview_violations(
    asked: &wire::GetMessagesOverviewRequest,
    now: Timestamp,
) -> Vec<FieldViolation> {
    let checked = reporting::overview(asked.clone(), now).err();
    with_question(asked.question.is_some(), checked)
}

/// What is wrong with what a funnel is asked beside the question.
pub(crate) fn funnel_violations(
    asked: &wire::GetFunnelRequest,
    now: Timestamp,
) -> Vec<FieldViolation> {
    let checked = reporting::funnel(asked.clone(), now).err();
    with_question(asked.question.is_some(), checked)
}

fn with_question(given: bool, checked: Option<Vec<FieldViolation>>) -> Vec<FieldViolation> {
    let mut found = checked.unwrap_or_default();
    if given {
        // What it says itself does not matter.
        found.retain(|fault| !fault.field.starts_with("question"));
        let right = "must be left out; the export's own question is asked";
        found.push(FieldViolation::new("question", right));
    }
    found
}

/// The options with what was left out of them.
pub(crate) fn completed(options: Option<PackOptions>) -> PackOptions {
    let mut options = options.unwrap_or_default();
    options.bucket.get_or_insert(Bucket::Day.into());
    options.sends.get_or_insert(ProactiveSends::All.into());
    if options.breakdowns.is_empty() {
        let usual = BREAKDOWNS.map(|dimension| wire::GetBreakdownRequest {
            dimensions: vec![dimension.into()],
            ..wire::GetBreakdownRequest::default()
        });
        options.breakdowns = usual.into();
    }
    for asked in &mut options.breakdowns {
        asked.limit.get_or_insert(ROWS);
    }
    if options.rankings.is_empty() {
        let usual = RANKINGS.map(|(dimension, metric)| wire::GetRankingRequest {
            dimension: dimension.into(),
            metric: metric.into(),
            rate_basis: Some(RateBasis::Wilson.into()),
            ..wire::GetRankingRequest::default()
        });
        options.rankings = usual.into();
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    #[test]
    fn what_is_usual_is_what_reporting_takes() {
        let options = completed(None);
        assert!(violations(&options, NOW).is_empty());
        assert_eq!((options.breakdowns.len(), options.rankings.len()), (5, 4));
        assert_eq!(completed(Some(options.clone())), options);
    }

    #[test]
    fn faults_are_those_that_reporting_finds() {
        let breakdown = wire::GetBreakdownRequest {
            question: Some(wire::Question::default()),
            limit: Some(0),
            ..wire::GetBreakdownRequest::default()
        };
        let ranking = wire::GetRankingRequest {
            dimension: Dimension::Channel.into(),
            metric: Metric::Messages.into(),
            rate_basis: Some(RateBasis::Wilson.into()),
            ..wire::GetRankingRequest::default()
        };
        let options = PackOptions {
            bucket: Some(99),
            sends: Some(0),
            breakdowns: vec![breakdown; 13],
            rankings: vec![ranking],
        };
        let found = violations(&options, NOW);
        let fields: Vec<&str> = found.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields[..3], ["bucket", "sends", "breakdowns"]);
        assert_eq!(
            fields[3..6],
            [
                "breakdowns[0].dimensions",
                "breakdowns[0].limit",
                "breakdowns[0].question"
            ]
        );
        assert_eq!(
            fields[fields.len() - 2..],
            ["rankings[0].dimension", "rankings[0].rate_basis"]
        );
        assert_eq!(fields.len(), 3 + 12 * 3 + 2);
    }
}
