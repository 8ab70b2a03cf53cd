//! Rows: messages counted one by one.
//!
//! Rows of every month are looked at, found by their time in the index: a message's month is that of the first origin that
//! was known of it, and says nothing certain about its origin now.

use std::borrow::Cow;

use acuse_domain::calendar::Zone;
use acuse_domain::facts::STATUS_WINDOW;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::{Direction, InboundKind};
use acuse_domain::metrics;
use acuse_domain::report::{Dimension, Query};
use acuse_domain::rollup::Span;
use diesel::sql_types::{Array, Double, SmallInt};

use super::axis::Axis;
use super::columns;
use super::fit::Unfit;
use super::ids::Resolved;
use super::table::Table;
use crate::sql::Sql;

/// Outbound messages.
pub(super) struct Sent;

/// Inbound messages.
pub(super) struct Received;

impl Table for Sent {
    fn name(&self) -> String {
        "message_state.messages".to_owned()
    }

    fn at(&self) -> &'static str {
        "stored.origin"
    }

    fn axis(&self) -> Axis {
        Axis::Instants
    }

    fn value(&self, dimension: Dimension) -> Option<Cow<'static, str>> {
        Some(columns::sent_value(dimension))
    }

    fn column(&self, dimension: Dimension) -> Option<&'static str> {
        columns::sent_column(dimension)
    }

    /// As seconds since the epoch, rounded down to a quarter hour, within which no clock shows two hours; null without a
    /// reply.
    fn reply_hour(&self, _: &Zone) -> Result<&'static str, Unfit> {
        Ok(
            "extract(epoch FROM date_bin('15 minutes', CASE WHEN attached THEN replied_at END, \
            '2000-01-01 00:00:00+00'::timestamptz))",
        )
    }

    fn only(&self, sql: Sql, _: Direction) -> Sql {
        sql
    }
}

impl Table for Received {
    fn name(&self) -> String {
        "message_state.inbound_messages".to_owned()
    }

    fn at(&self) -> &'static str {
        "stored.received_at"
    }

    fn axis(&self) -> Axis {
        Axis::Instants
    }

    fn value(&self, dimension: Dimension) -> Option<Cow<'static, str>> {
        Some(columns::received_value(dimension))
    }

    fn column(&self, dimension: Dimension) -> Option<&'static str> {
        columns::received_column(dimension)
    }

    fn reply_hour(&self, _: &Zone) -> Result<&'static str, Unfit> {
        Ok("NULL")
    }

    /// The messages that count: neither reactions nor notices, nor what the contact deleted.
    fn only(&self, sql: Sql, _: Direction) -> Sql {
        sql.push(" AND stored.kind = ? AND NOT stored.deleted")
            .bind::<SmallInt, _>(InboundKind::Regular.code())
    }
}

/// A query over rows, with what is asked of their ids.
pub(super) struct Counted<'a> {
    pub(super) workspace: WorkspaceId,
    pub(super) query: &'a Query,
    pub(super) ids: &'a Resolved,
}

impl Counted<'_> {
    /// The query for the counts of each cell, by department where `departments` are wanted.
    ///
    /// # Errors
    /// Fails with nothing but a fault of its own: rows know everything.
    pub(super) fn cells(&self, departments: bool) -> Result<Sql, Unfit> {
        let (counts, pending) = match self.query.direction {
            Direction::Outbound => (columns::sent_counts(), "pending"),
            Direction::Inbound => (columns::received_counts(), "false"),
        };
        let sql = self.key()?;
        let (sql, grouped) = match self.query.direction {
            Direction::Outbound => Sent.department(sql, departments)?,
            Direction::Inbound => Received.department(sql, departments)?,
        };
        let sql = sql.push(&format!(
            ", ARRAY[{counts}] AS counts, count(*) FILTER (WHERE {pending} AND {} < ?) AS unconfirmed",
            self.at(),
        ));
        let sql = match self.query.direction {
            Direction::Outbound => Sent.bind_unconfirmed(sql, self.query)?,
            Direction::Inbound => Received.bind_unconfirmed(sql, self.query)?,
        };
        Ok(self.matching(sql)?.push(grouped))
    }

    /// The query for the bins of each cell; of outbound messages alone.
    ///
    /// # Errors
    /// As [`Self::cells`].
    pub(super) fn bins(&self, span: Span) -> Result<Sql, Unfit> {
        let (column, has_window) = match span {
            Span::ToDeliver => ("least(delivered_at, delivery_mark_at)", true),
            Span::ToRead => ("least(read_at, read_mark_at)", true),
            // How late a reply still is one was decided when it was attributed.
            Span::ToReply => ("replied_at", false),
        };
        // Half a microsecond above each edge: a time of exactly an edge belongs below it, and times are whole microseconds.
        let edges: Vec<f64> = (0..metrics::BINS - 1)
            .map(|bin| metrics::upper_edge(u16::try_from(bin).unwrap_or(u16::MAX)) + 0.5e-6)
            .collect();
        let sql = self.key()?.push(&format!(
            ", {}::int2 AS span, width_bucket(date_part('epoch', {column} - origin), ?)::int2 AS bin, \
             count(*) AS messages",
            span.code(),
        ));
        let sql = self.matching(sql.bind::<Array<Double>, _>(edges))?;
        let mut sql = sql.push(&format!(" AND attached AND {column} IS NOT NULL"));
        if has_window {
            let seconds = STATUS_WINDOW.as_secs();
            sql = sql.push(&format!(
                " AND {column} <= origin + interval '{seconds} seconds'"
            ));
        }
        Ok(sql.push(" GROUP BY 1, 2, 3"))
    }

    fn key(&self) -> Result<Sql, Unfit> {
        let sql = Sql::new("SELECT ").once();
        match self.query.direction {
            Direction::Outbound => Sent.key(sql, &self.query.group),
            Direction::Inbound => Received.key(sql, &self.query.group),
        }
    }

    fn at(&self) -> &'static str {
        match self.query.direction {
            Direction::Outbound => Sent.at(),
            Direction::Inbound => Received.at(),
        }
    }

    /// Adds the rows that count.
    fn matching(&self, sql: Sql) -> Result<Sql, Unfit> {
        let (workspace, query) = (self.workspace, self.query);
        let sql = match query.direction {
            Direction::Outbound => Sent.matching(sql, workspace, query)?,
            Direction::Inbound => Received.matching(sql, workspace, query)?,
        };
        Ok(self.ids.push(sql, workspace))
    }
}
