//! Rows: messages counted one by one.
//!
//! Rows of every month are looked at, found by their time in the index: a message's month is that of the first origin that
//! was known of it, and says nothing certain about its origin now.

use std::borrow::Cow;

use acuse_domain::calendar::Zone;
use acuse_domain::counts::Count;
use acuse_domain::facts::STATUS_WINDOW;
use acuse_domain::ids::WorkspaceId;
use acuse_domain::kinds::{Direction, InboundKind, MessageType, Source};
use acuse_domain::metrics;
use acuse_domain::report::{Counted as CountedIn, Dimension, NO_VALUE, Query, RepliedAt};
use acuse_domain::rollup::{Proactive, Span};
use acuse_domain::time::Timestamp;
use diesel::sql_types::{Array, BigInt, Double, SmallInt, Timestamptz};

use super::axis::Axis;
use super::columns;
use super::fit::Unfit;
use super::ids::Resolved;
use super::table::Table;
use crate::sql::Sql;
use crate::types::At;

/// Between which clocks are known: 2009-01-01, before which nothing is taken in, to 2100-01-01.
const FIRST: Timestamp = Timestamp::from_seconds(1_230_768_000);
const LAST: Timestamp = Timestamp::from_seconds(4_102_444_800);

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

    fn proactive(&self) -> Result<Cow<'static, str>, Unfit> {
        let (template, user) = (MessageType::Template.code(), Source::User.code());
        let (individual, with_ticket) = (Proactive::INDIVIDUAL, Proactive::WITH_TICKET);
        Ok(format!(
            "CASE WHEN attached AND stored.kind = {template} \
             THEN 1 + {individual} * coalesce(stored.source = {user}, false)::int4 \
               + {with_ticket} * opened_ticket::int4 ELSE {NO_VALUE} END"
        )
        .into())
    }

    fn counted(&self, sql: Sql, counted: CountedIn, query: &Query) -> Result<Sql, Unfit> {
        Ok(match counted {
            CountedIn::In(any) => {
                let any: Vec<String> = any
                    .iter()
                    .map(|count| format!(" OR ({})", columns::counts_in(*count)))
                    .collect();
                sql.push(&format!(" AND (false{})", any.concat()))
            }
            CountedIn::NotIn(count) => {
                let counts = columns::counts_in(count);
                sql.push(&format!(" AND attached AND ({counts}) IS NOT TRUE"))
            }
            CountedIn::Pending { unconfirmed } => {
                let side = if unconfirmed { "<" } else { ">=" };
                let pending = columns::counts_in(Count::Pending);
                let sql = sql.push(&format!(" AND {pending} AND {} {side} ?", self.at()));
                self.axis().bind(sql, query.unconfirmed_before)
            }
            CountedIn::Timed(span) => sql.push(&timed(span)),
        })
    }

    /// The hour is reckoned here from the offsets of the zone, which are those of this build and not of the server.
    fn replied(&self, sql: Sql, replied: &RepliedAt) -> Result<Sql, Unfit> {
        let offsets = replied.zone.offsets(FIRST, LAST);
        let changes: Vec<At> = offsets.iter().skip(1).map(|(at, _)| At(*at)).collect();
        let ahead: Vec<i64> = offsets.iter().map(|(_, ahead)| *ahead).collect();
        let hours: Vec<i64> = replied.hours.iter().copied().map(i64::from).collect();
        // The first of January 1970 was a Thursday: its hours of the week begin at 72.
        Ok(sql
            .push(
                " AND attached AND replied_at IS NOT NULL \
                 AND ((floor(extract(epoch FROM replied_at))::int8 + (?)",
            )
            .bind::<Array<BigInt>, _>(ahead)
            .push("[1 + width_bucket(replied_at, ?)]) / 3600 + 72) % 168 + 1 = ANY(?)")
            .bind::<Array<Timestamptz>, _>(changes)
            .bind::<Array<BigInt>, _>(hours))
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

    fn proactive(&self) -> Result<Cow<'static, str>, Unfit> {
        Ok(NO_VALUE.to_string().into())
    }

    fn counted(&self, sql: Sql, _: CountedIn, _: &Query) -> Result<Sql, Unfit> {
        Ok(sql.push(" AND false"))
    }

    fn replied(&self, sql: Sql, _: &RepliedAt) -> Result<Sql, Unfit> {
        Ok(sql.push(" AND false"))
    }

    /// The messages that count: neither reactions nor notices, nor what the contact deleted.
    fn only(&self, sql: Sql, _: Direction) -> Sql {
        sql.push(" AND stored.kind = ? AND NOT stored.deleted")
            .bind::<SmallInt, _>(InboundKind::Regular.code())
    }
}

/// When a time that outbound messages took ended.
fn ended(span: Span) -> &'static str {
    match span {
        Span::ToDeliver => "least(delivered_at, delivery_mark_at)",
        Span::ToRead => "least(read_at, read_mark_at)",
        Span::ToReply => "replied_at",
    }
}

/// That outbound messages have a time.
fn timed(span: Span) -> String {
    let ended = ended(span);
    let has_time = format!(" AND attached AND {ended} IS NOT NULL");
    match span {
        Span::ToDeliver | Span::ToRead => {
            let seconds = STATUS_WINDOW.as_secs();
            format!("{has_time} AND {ended} <= origin + interval '{seconds} seconds'")
        }
        // How late a reply still is one was decided when it was attributed.
        Span::ToReply => has_time,
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
        // Half a microsecond above each edge: a time of exactly an edge belongs below it, and times are whole microseconds.
        let edges: Vec<f64> = (0..metrics::BINS - 1)
            .map(|bin| metrics::upper_edge(u16::try_from(bin).unwrap_or(u16::MAX)) + 0.5e-6)
            .collect();
        let sql = self.key()?.push(&format!(
            ", {}::int2 AS span, width_bucket(date_part('epoch', {} - origin), ?)::int2 AS bin, \
             count(*) AS messages",
            span.code(),
            ended(span),
        ));
        let sql = self.matching(sql.bind::<Array<Double>, _>(edges))?;
        let sql = sql.push(&timed(span));
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
