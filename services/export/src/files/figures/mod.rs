//! Tables of figures: what a consolidated report, a breakdown and a ranking say, a row for each part, value or place.

mod columns;
mod row;
pub(crate) mod values;

use acuse_proto::reporting::{
    Dimension, GetBreakdownRequest, GetConsolidatedRequest, GetRankingRequest, RateBasis,
};

use super::table::{Column, Picked};

pub(crate) use row::{Row, of_breakdown, of_consolidated, of_ranking};

/// The columns of a consolidated report.
pub(crate) fn consolidated(asked: &GetConsolidatedRequest) -> Picked<Row> {
    let mut columns = Vec::new();
    if asked.compare_with_previous {
        columns.push(columns::PERIOD);
    }
    columns.extend(columns::PARTS);
    table("consolidated", columns, asked.with_times)
}

/// The columns of a breakdown.
pub(crate) fn breakdown(asked: &GetBreakdownRequest) -> Picked<Row> {
    let mut columns = Vec::new();
    for (index, dimension) in asked.dimensions().enumerate().take(2) {
        columns.extend(columns::of_dimension(dimension, index == 1));
    }
    columns.push(columns::VALUES);
    columns.push(columns::SHARE);
    table("breakdown", columns, asked.with_times)
}

/// The columns of a ranking.
pub(crate) fn ranking(asked: &GetRankingRequest) -> Picked<Row> {
    let mut columns = vec![columns::RANK];
    columns.extend(columns::of_dimension(asked.dimension(), false));
    if matches!(asked.dimension(), Dimension::Agent | Dimension::Template) {
        columns.push(columns::DEPARTMENTS);
    }
    columns.push(columns::FIGURE);
    if asked.rate_basis() == RateBasis::Wilson {
        columns.push(columns::SCORE);
    }
    columns.extend(columns::BEFORE);
    table("ranking", columns, asked.with_times)
}

fn table(table: &'static str, mut columns: Vec<Column<Row>>, with_times: bool) -> Picked<Row> {
    columns.extend(columns::METRICS);
    if with_times {
        columns.extend(columns::TIMES);
    }
    Picked { table, columns }
}

/// The id of the column of a dimension's values.
fn dimension_id(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Unspecified => "none",
        Dimension::Direction => "direction",
        Dimension::Channel => "channel",
        Dimension::ChannelAccount => "channel_account",
        Dimension::Account => "account",
        Dimension::Source => "source",
        Dimension::Type => "type",
        Dimension::Subtype => "subtype",
        Dimension::Template => "template",
        Dimension::TemplateCategory => "template_category",
        Dimension::Campaign => "campaign",
        Dimension::Broadcast => "broadcast",
        Dimension::Agent => "agent",
        Dimension::Team => "team",
        Dimension::Department => "department",
        Dimension::ContentType => "content_type",
        Dimension::State => "state",
        Dimension::FailureStage => "failure_stage",
        Dimension::FailureCategory => "failure_category",
        Dimension::ErrorCode => "error_code",
        Dimension::SessionOpen => "session_open",
        Dimension::ConversationType => "conversation_type",
        Dimension::Hour => "hour",
        Dimension::Day => "day",
        Dimension::Week => "week",
        Dimension::Month => "month",
        Dimension::Weekday => "weekday",
        Dimension::HourOfDay => "hour_of_day",
        Dimension::PricingCategory => "pricing_category",
        Dimension::PricingType => "pricing_type",
        Dimension::Conflict => "conflict",
    }
}

#[cfg(test)]
mod tests;
