//! Rollups: totals by quarter hour, facets and histograms by day.

use std::borrow::Cow;

use acuse_domain::calendar::Zone;
use acuse_domain::counts::Counts;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::Direction;
use acuse_domain::report::{Dimension, Group, Query};
use acuse_domain::rollup::Facet;
use diesel::sql_types::SmallInt;

use super::axis::Axis;
use super::fit::Unfit;
use super::table::Table;
use crate::message_state::rollup_set::RollupSet;
use crate::sql::Sql;

/// Which rollups of a workspace are in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InUse {
    /// In which tables they are.
    pub(super) set: RollupSet,
    /// The zone whose days the facets are cut by.
    pub(super) zone: Zone,
}

/// The table of totals.
pub(super) struct Totals(pub(super) RollupSet);

/// The rows of one facet.
pub(super) struct Facets {
    /// Which.
    pub(super) facet: Facet,
    /// Where they are, and by whose days.
    pub(super) in_use: InUse,
}

/// The histograms of one facet.
pub(super) struct Histograms(pub(super) Facets);

impl Table for Totals {
    fn name(&self) -> String {
        self.0.table("totals")
    }

    fn at(&self) -> &'static str {
        "stored.at"
    }

    fn axis(&self) -> Axis {
        Axis::QuarterHours
    }

    fn value(&self, dimension: Dimension) -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(match dimension {
            Dimension::Direction => "stored.direction",
            Dimension::Channel => "stored.channel",
            Dimension::Department => "stored.department_id",
            _ => return None,
        }))
    }

    fn only(&self, sql: Sql, direction: Direction) -> Sql {
        sql.push(" AND stored.direction = ?")
            .bind::<SmallInt, _>(direction.code())
    }
}

impl Facets {
    /// The rows of a facet, of messages of a direction.
    ///
    /// # Errors
    /// Fails where none are kept of them.
    pub(super) fn new(facet: Facet, in_use: &InUse, direction: Direction) -> Result<Self, Unfit> {
        let kept = match dimension_of(facet) {
            Some(dimension) => dimension.applies_to(direction),
            None => facet != Facet::All && direction == Direction::Outbound,
        };
        let in_use = in_use.clone();
        if kept {
            Ok(Self { facet, in_use })
        } else {
            Err(Unfit::Facet(facet, direction))
        }
    }

    /// The histograms that say how long the messages of a query took. Those of everything do where the facet's own
    /// dimension plays no part; otherwise the facet needs its own.
    pub(super) fn histograms(&self, query: &Query) -> Histograms {
        let own = dimension_of(self.facet);
        let grouped = match &query.group {
            Group::ReplyHours(_) | Group::Proactive => true,
            group => group.dimensions().any(|dimension| Some(dimension) == own),
        };
        let mut conditions = query.conditions.iter();
        let plays = grouped || conditions.any(|condition| Some(condition.dimension) == own);
        let facet = if plays { self.facet } else { Facet::All };
        Histograms::of(facet, &self.in_use)
    }
}

impl Table for Facets {
    fn name(&self) -> String {
        self.in_use.set.table("facets")
    }

    fn at(&self) -> &'static str {
        "stored.day"
    }

    fn axis(&self) -> Axis {
        Axis::Days(self.in_use.zone.clone())
    }

    fn value(&self, dimension: Dimension) -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(match dimension {
            Dimension::Direction => "stored.direction",
            Dimension::Department => "stored.department_id",
            own if Some(own) == dimension_of(self.facet) => "stored.value",
            _ => return None,
        }))
    }

    fn reply_hour(&self, zone: &Zone) -> Result<&'static str, Unfit> {
        if self.facet == Facet::ReplyHour && *zone == self.in_use.zone {
            Ok("stored.value")
        } else {
            Err(Unfit::ReplyHours)
        }
    }

    fn proactive(&self) -> Result<Cow<'static, str>, Unfit> {
        match self.facet {
            Facet::Proactive => Ok(Cow::Borrowed("stored.value")),
            _ => Err(Unfit::Proactive),
        }
    }

    fn only(&self, sql: Sql, direction: Direction) -> Sql {
        sql.push(" AND stored.direction = ? AND stored.facet = ?")
            .bind::<SmallInt, _>(direction.code())
            .bind::<SmallInt, _>(self.facet.code())
    }
}

impl Histograms {
    /// The histograms of a facet.
    pub(super) fn of(facet: Facet, in_use: &InUse) -> Self {
        let in_use = in_use.clone();
        Self(Facets { facet, in_use })
    }

    /// The query for the bins of each cell.
    ///
    /// # Errors
    /// Fails where the histograms cannot tell.
    pub(super) fn bins(&self, workspace: WorkspaceId, query: &Query) -> Result<Sql, Unfit> {
        if !self.0.facet.has_histograms() {
            return Err(Unfit::Facet(self.0.facet, query.direction));
        }
        let sql = self.key(Sql::new("SELECT "), &query.group)?;
        let sql = sql.push(&format!(
            ", stored.metric AS span, held.bin, sum(held.messages) AS messages FROM {} AS stored \
             CROSS JOIN LATERAL unnest(stored.bins, stored.counts) AS held(bin, messages)",
            self.name()
        ));
        let sql = self.conditions(sql, workspace, query)?;
        Ok(sql.push(" GROUP BY 1, 2, 3"))
    }
}

impl Table for Histograms {
    fn name(&self) -> String {
        self.0.in_use.set.table("histograms")
    }

    fn at(&self) -> &'static str {
        self.0.at()
    }

    fn axis(&self) -> Axis {
        self.0.axis()
    }

    fn value(&self, dimension: Dimension) -> Option<Cow<'static, str>> {
        match dimension {
            // Kept of outbound messages alone.
            Dimension::Direction => Some(Direction::Outbound.code().to_string().into()),
            other => self.0.value(other),
        }
    }

    fn only(&self, sql: Sql, _: Direction) -> Sql {
        sql.push(" AND stored.facet = ?")
            .bind::<SmallInt, _>(self.0.facet.code())
    }
}

/// The query for the counts of each cell, by department where `departments` are wanted.
///
/// # Errors
/// Fails where the table cannot tell.
pub(super) fn cells<T: Table>(
    table: &T,
    workspace: WorkspaceId,
    query: &Query,
    departments: bool,
) -> Result<Sql, Unfit> {
    // Inbound ones are messages, and nothing else.
    let is_counted = |count: &str| query.direction == Direction::Outbound || count == "messages";
    let sum = |count: &&str| match is_counted(count) {
        true => format!("sum(stored.{count})"),
        false => "0".to_owned(),
    };
    let sums: Vec<String> = Counts::NAMES.iter().map(sum).collect();
    let sql = table.key(Sql::new("SELECT "), &query.group)?;
    let (sql, grouped) = table.department(sql, departments)?;
    let sql = sql.push(&format!(
        ", ARRAY[{}] AS counts, coalesce(sum(stored.pending) FILTER (WHERE {} < ?), 0) AS unconfirmed",
        sums.join(", "),
        table.at(),
    ));
    let sql = table.bind_unconfirmed(sql, query)?;
    let sql = table.matching(sql, workspace, query)?;
    Ok(sql.push(grouped))
}

/// The dimension that a facet is of.
fn dimension_of(facet: Facet) -> Option<Dimension> {
    let mut dimensions = Dimension::ALL.iter().copied();
    dimensions.find(|dimension| dimension.facet() == Some(facet))
}
