//! The questions: as Acuse is asked, and as SQL would be.

use acuse_proto::reporting::{
    Dimension, Filter, Interval, Period, Question, ValueSet, filter::Condition, period,
};
use anyhow::{Context as _, Result};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

/// The departments of the supervisor who asks.
pub(crate) const DEPARTMENTS: [&str; 2] = ["dep-1", "dep-2"];

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Totals and a series by day.
    Consolidated,
    /// The figures of each subtype.
    Subtypes,
    /// The agents, best first, beside the period before.
    Agents,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Consolidated, Self::Subtypes, Self::Agents];

    fn name(self) -> &'static str {
        match self {
            Self::Consolidated => "consolidated",
            Self::Subtypes => "by subtype",
            Self::Agents => "ranking of agents",
        }
    }
}

/// A question about the largest workspace.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// What is asked.
    pub(crate) kind: Kind,
    /// Over how many days.
    pub(crate) days: u16,
    /// Whether a supervisor asks, who sees some departments.
    pub(crate) scoped: bool,
    /// How many filters narrow it.
    pub(crate) filters: usize,
    /// Of which workspace, where that is not the largest.
    of: &'static str,
    interval: (Timestamp, Timestamp),
    /// The interval that a ranking is compared with.
    previous: Timestamp,
    zone: &'static str,
}

/// Filters, each with the column and value that it means.
const FILTERS: [(Dimension, &str, &str); 3] = [
    (
        Dimension::TemplateCategory,
        "template_category",
        "marketing",
    ),
    (Dimension::Channel, "channel", "whatsapp"),
    (Dimension::Source, "source", "broadcast"),
];

/// The figures of a group, by the names by which answers are compared.
const FIGURES: &str = "count(*) AS messages, count(*) FILTER (WHERE opened_ticket) AS tickets, \
    count(*) FILTER (WHERE dispatched) AS dispatched, count(*) FILTER (WHERE sent) AS sent, \
    count(*) FILTER (WHERE delivered) AS delivered, count(*) FILTER (WHERE read) AS read, \
    count(*) FILTER (WHERE replied) AS replied, count(*) FILTER (WHERE failed_stage IS NOT NULL) AS failed, \
    count(*) FILTER (WHERE failed_stage = 'dispatch') AS failed_dispatch, \
    count(*) FILTER (WHERE failed_stage = 'send') AS failed_send, \
    count(*) FILTER (WHERE failed_stage = 'delivery') AS failed_delivery, \
    count(*) FILTER (WHERE billable) AS billable, count(*) FILTER (WHERE state = 'queued') AS in_queued, \
    count(*) FILTER (WHERE state = 'dispatched') AS in_dispatched, count(*) FILTER (WHERE state = 'sent') AS in_sent, \
    count(*) FILTER (WHERE state = 'delivered') AS in_delivered, count(*) FILTER (WHERE state = 'read') AS in_read";

impl Case {
    /// All with so many filters, over intervals that end at `end`, a midnight of `zone`.
    pub(crate) fn all(filters: usize, end: Timestamp, zone: &'static str) -> Result<Vec<Self>> {
        let local = end.to_zoned(TimeZone::get(zone)?);
        let mut cases = Vec::new();
        for kind in Kind::ALL {
            for days in [7_u16, 30, 90] {
                let start = local.checked_sub(i32::from(days).days())?;
                let previous = start.checked_sub(i32::from(days).days())?;
                for scoped in [false, true] {
                    cases.push(Self {
                        kind,
                        days,
                        scoped,
                        filters,
                        of: "",
                        interval: (start.timestamp(), end),
                        previous: previous.timestamp(),
                        zone,
                    });
                }
            }
        }
        Ok(cases)
    }

    /// The same of a workspace that is called so.
    pub(crate) fn of(self, workspace: &'static str) -> Self {
        Self {
            of: workspace,
            ..self
        }
    }

    /// What it is called.
    pub(crate) fn name(&self) -> String {
        let scoped = if self.scoped { ", supervisor" } else { "" };
        let filters = match self.filters {
            0 => "",
            1 => ", 1 filter",
            _ => ", 3 filters",
        };
        let (kind, days, of) = (self.kind.name(), self.days, self.of);
        format!("{kind}, {days} days{scoped}{filters}{of}")
    }

    /// As Acuse is asked.
    pub(crate) fn question(&self) -> Question {
        let on_the_wire = |at: Timestamp| prost_types::Timestamp {
            seconds: at.as_second(),
            nanos: at.subsec_nanosecond(),
        };
        let interval = Interval {
            start_at: Some(on_the_wire(self.interval.0)),
            end_at: Some(on_the_wire(self.interval.1)),
        };
        let filters = FILTERS.iter().take(self.filters);
        let filters = filters.map(|(dimension, _, value)| Filter {
            dimension: (*dimension).into(),
            condition: Some(Condition::AnyOf(ValueSet {
                values: vec![(*value).to_owned()],
                none: false,
            })),
        });
        Question {
            period: Some(Period {
                period: Some(period::Period::Custom(interval)),
            }),
            filters: filters.collect(),
            ..Question::default()
        }
    }

    /// As SQL asks, in statements for Postgres and DuckDB alike, about the workspace of that number.
    pub(crate) fn sql(&self, workspace: i32) -> Vec<String> {
        let (start, end) = self.interval;
        let zone = self.zone;
        let mut narrowed = String::new();
        if self.scoped {
            let departments = DEPARTMENTS.map(|department| format!("'{department}'"));
            narrowed = format!(" AND department IN ({})", departments.join(", "));
        }
        let inbound_narrowed = narrowed.clone();
        for (_, column, value) in FILTERS.iter().take(self.filters) {
            narrowed.push_str(&format!(" AND {column} = '{value}'"));
        }
        let outbound = |start: Timestamp| {
            format!(
                "FROM baseline.wide WHERE workspace_id = {workspace} AND origin >= timestamptz '{start}' \
                 AND origin < timestamptz '{end}'{narrowed}"
            )
        };
        match self.kind {
            Kind::Consolidated => {
                let mut all = vec![format!(
                    "SELECT (origin AT TIME ZONE '{zone}')::date AS day, {FIGURES} {} GROUP BY 1 ORDER BY 1",
                    outbound(start)
                )];
                // Inbound messages have no template: with these filters Acuse counts none either.
                if self.filters == 0 {
                    all.push(format!(
                        "SELECT (received_at AT TIME ZONE '{zone}')::date AS day, count(*) AS received FROM baseline.inbound \
                         WHERE workspace_id = {workspace} AND received_at >= timestamptz '{start}' \
                         AND received_at < timestamptz '{end}'{inbound_narrowed} GROUP BY 1 ORDER BY 1"
                    ));
                }
                all
            }
            Kind::Subtypes => vec![format!(
                "SELECT subtype, {FIGURES} {} AND subtype IS NOT NULL GROUP BY 1 ORDER BY messages DESC",
                outbound(start)
            )],
            // Each agent's row names the departments that they sent from, and their place in the period before.
            Kind::Agents => vec![format!(
                "SELECT agent, department, origin >= timestamptz '{start}' AS is_current, {FIGURES} {} \
                 GROUP BY 1, 2, 3 ORDER BY messages DESC",
                outbound(self.previous)
            )],
        }
    }
}

/// The workspace's number inside, which SQL needs.
pub(crate) async fn workspace_number(client: &tokio_postgres::Client, slug: &str) -> Result<i32> {
    let asked = "SELECT workspace_id FROM message_state.workspaces WHERE slug = $1";
    let row = client.query_opt(asked, &[&slug]).await?;
    Ok(row.context("the workspace is there")?.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_asked_for_every_period_and_scope() {
        let end: Timestamp = "2026-11-29T05:00:00Z".parse().unwrap();
        let cases = Case::all(3, end, "America/Lima").unwrap();
        assert_eq!(cases.len(), 18);
        let case = cases
            .iter()
            .find(|case| case.name() == "ranking of agents, 30 days, supervisor, 3 filters")
            .unwrap();
        assert_eq!(case.question().filters.len(), 3);
        let sql = case.sql(7).remove(0);
        for part in [
            "workspace_id = 7",
            "origin >= timestamptz '2026-09-30T05:00:00Z'",
            "origin < timestamptz '2026-11-29T05:00:00Z'",
            "origin >= timestamptz '2026-10-30T05:00:00Z' AS is_current",
            "department IN ('dep-1', 'dep-2')",
            "AND template_category = 'marketing' AND channel = 'whatsapp' AND source = 'broadcast'",
        ] {
            assert!(sql.contains(part), "{part}: {sql}");
        }
    }
}
