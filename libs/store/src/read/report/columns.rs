//! Columns: what counts and dimensions are in the rows of messages.
//!
//! Each line says in SQL what `acuse_domain::counts` and [`Dimension::value_of`] say of a contribution. They stand beside
//! each other here, so that both can be read side by side; tests compare them over random messages.

use std::borrow::Cow;

use acuse_domain::counts::{Count, Counts};
use acuse_domain::kinds::Direction;
use acuse_domain::report::{Dimension, NO_VALUE};

/// Which outbound messages count in what. An unattached one counts in nothing else; it has reached no stage, and is
/// neither pending nor billable, whatever became of it. Stages are bits: 1 dispatch, 2 send, 4 delivery, 8 read.
pub(super) const SENT: [(&str, &str); Counts::NAMES.len()] = [
    ("messages", "attached"),
    ("tickets", "attached AND opened_ticket"),
    ("dispatched", "reached & 1 <> 0"),
    ("sent", "reached & 2 <> 0"),
    ("delivered", "reached & 4 <> 0"),
    ("read", "reached & 8 <> 0"),
    ("replied", "attached AND replied_at IS NOT NULL"),
    ("sent_base", "attached AND reportable & 2 <> 0"),
    ("sent_hits", "reportable & 2 <> 0 AND reached & 2 <> 0"),
    (
        "delivery_base",
        "reportable & 4 <> 0 AND reached & (CASE WHEN reportable & 2 <> 0 THEN 2 ELSE 1 END) <> 0",
    ),
    ("delivery_hits", "reportable & 4 <> 0 AND reached & 4 <> 0"),
    ("delivery_unreported", "attached AND reportable & 4 = 0"),
    (
        "read_base",
        "reportable & 8 <> 0 AND reached & (CASE WHEN reportable & 4 <> 0 THEN 4 \
           WHEN reportable & 2 <> 0 THEN 2 ELSE 1 END) <> 0",
    ),
    ("read_hits", "reportable & 8 <> 0 AND reached & 8 <> 0"),
    ("read_unreported", "attached AND reportable & 8 = 0"),
    (
        "reply_base",
        "attached AND (replied_at IS NOT NULL OR reached & (CASE WHEN reportable & 4 <> 0 THEN 4 \
           WHEN reportable & 2 <> 0 THEN 2 ELSE 1 END) <> 0)",
    ),
    ("in_queued", "attached AND state = 1"),
    ("in_dispatched", "attached AND state = 2"),
    ("in_sent", "attached AND state = 3"),
    ("in_delivered", "attached AND state = 4"),
    ("in_read", "attached AND state = 5"),
    ("failed_dispatch", "attached AND failed_stage = 1"),
    ("failed_send", "attached AND failed_stage = 2"),
    ("failed_delivery", "attached AND failed_stage = 3"),
    ("pending", "pending"),
    ("billable", "billable"),
    (
        "with_session",
        "attached AND coalesce(session_stated, session_derived)",
    ),
    ("unattached", "NOT attached"),
];

/// Which outbound messages count in a count.
pub(super) fn counts_in(count: Count) -> &'static str {
    let (_, condition) = SENT[count as usize];
    condition
}

/// The counts of outbound messages, as the elements of an array.
pub(super) fn sent_counts() -> String {
    let counts: Vec<String> = SENT
        .iter()
        .map(|(_, condition)| format!("count(*) FILTER (WHERE {condition})"))
        .collect();
    counts.join(", ")
}

/// The counts of inbound messages, as the elements of an array: they are messages, and nothing else.
pub(super) fn received_counts() -> String {
    let counts: Vec<&str> = Counts::NAMES
        .iter()
        .map(|name| if *name == "messages" { "count(*)" } else { "0" })
        .collect();
    counts.join(", ")
}

/// The value of a dimension of an outbound message.
pub(super) fn sent_value(dimension: Dimension) -> Cow<'static, str> {
    match dimension {
        Dimension::Direction => Direction::Outbound.code().to_string().into(),
        // In no count but its own, an unattached message is in none of these.
        Dimension::State => "CASE WHEN attached THEN state ELSE 0 END".into(),
        Dimension::FailureStage => {
            "CASE WHEN attached THEN coalesce(failed_stage, 0) ELSE 0 END".into()
        }
        Dimension::SessionOpen => {
            "CASE WHEN attached THEN coalesce(1 + coalesce(session_stated, session_derived)::int4, 0) \
             ELSE 0 END"
                .into()
        }
        Dimension::Conflict => "CASE WHEN attached THEN 1 + conflict::int4 ELSE 0 END".into(),
        other => or_none(sent_column(other)),
    }
}

/// The column of an outbound message that holds the value of a dimension, or null for none; `None` where it takes more
/// than a column.
pub(super) fn sent_column(dimension: Dimension) -> Option<&'static str> {
    Some(match dimension {
        Dimension::Direction
        | Dimension::State
        | Dimension::FailureStage
        | Dimension::SessionOpen
        | Dimension::Conflict => return None,
        Dimension::Channel => "stored.channel",
        Dimension::ChannelAccount => "stored.channel_account_id",
        Dimension::Account => "stored.account_id",
        Dimension::Source => "stored.source",
        Dimension::Type => "stored.kind",
        Dimension::Subtype => "stored.subtype_id",
        Dimension::Template => "stored.template_id",
        Dimension::TemplateCategory => "stored.template_category",
        Dimension::Campaign => "stored.campaign_id",
        Dimension::Broadcast => "stored.broadcast_id",
        Dimension::Agent => "stored.agent_id",
        Dimension::Team => "stored.team_id",
        Dimension::Department => "stored.department_id",
        Dimension::ContentType => "stored.content_type",
        Dimension::FailureCategory => "stored.failure_category",
        Dimension::ErrorCode => "stored.error_code_id",
        Dimension::ConversationType => "stored.conversation_type",
        Dimension::PricingCategory => "stored.pricing_category_id",
        Dimension::PricingType => "stored.pricing_type_id",
    })
}

/// The value of a dimension of an inbound message; those of outbound messages alone are none.
pub(super) fn received_value(dimension: Dimension) -> Cow<'static, str> {
    match dimension {
        Dimension::Direction => Direction::Inbound.code().to_string().into(),
        other => or_none(received_column(other)),
    }
}

/// As [`sent_column`], of an inbound message.
pub(super) fn received_column(dimension: Dimension) -> Option<&'static str> {
    Some(match dimension {
        Dimension::Channel => "stored.channel",
        Dimension::ChannelAccount => "stored.channel_account_id",
        Dimension::Account => "stored.account_id",
        Dimension::Campaign => "stored.campaign_id",
        Dimension::Agent => "stored.agent_id",
        Dimension::Team => "stored.team_id",
        Dimension::Department => "stored.department_id",
        Dimension::ContentType => "stored.content_type",
        _ => return None,
    })
}

fn or_none(column: Option<&'static str>) -> Cow<'static, str> {
    match column {
        Some(column) => format!("coalesce({column}, {NO_VALUE})").into(),
        None => NO_VALUE.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_stands_in_its_place() {
        assert_eq!(SENT.map(|(name, _)| name), *Counts::NAMES);
    }
}
