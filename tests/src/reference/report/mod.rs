//! Reports by plain loops over messages in memory: what an answer should be, whatever the path that gives it.
//!
//! Written from the meaning of the words alone, like the rest of the reference. Time is cut by walking over it in quarters
//! of an hour and asking the clock each time, quantiles are read from the sorted times, and every row of a breakdown is a
//! loop over all messages.

mod clock;
mod dimension;
mod figure;
mod ids;
mod people;
mod ranking;
mod row;
mod sums;
mod table;
mod template;

use std::collections::{BTreeMap, BTreeSet};

use acuse_proto::message_state::Event;
use acuse_proto::types::Direction;

pub use clock::Clock;
pub use dimension::{Dimension, RANKED, TIMES};
pub use figure::{Figure, Part};
pub use ids::{IdFilter, IdKind};
pub use ranking::{Order, Ranked, rank};
pub use row::Row;
pub use sums::{Sums, edge, wilson_lower_bound, wilson_upper_bound};
pub use table::{Columns, Said, TableRow};
use table::{received_rows, sent_rows};
use template::template_rows;
pub use template::{StageCell, TemplateRow};

use super::{Settings, evidence, expect};

/// A value of a dimension: an external id, a number of the wire or a part of time as text; `None` for "(none)".
pub type Value = Option<String>;

/// Everything of one workspace that reports can be asked about.
#[derive(Debug)]
pub struct Population {
    /// Outbound messages and the inbound ones that count.
    pub rows: Vec<Row>,
    /// Template messages, as the table of them shows them.
    pub templates: Vec<TemplateRow>,
    /// Outbound messages, as tables show them.
    pub sent: Vec<TableRow>,
    /// The inbound messages that count, likewise.
    pub received: Vec<TableRow>,
    /// IANA name of the workspace's own zone: it says when a message is unconfirmed.
    pub home_zone: String,
}

/// What all parts of a report have in common.
#[derive(Debug, Clone)]
pub struct Request {
    /// The first instant, in microseconds.
    pub start: i64,
    /// The first instant after it.
    pub end: i64,
    /// IANA name of the zone that cuts time.
    pub zone: String,
    /// Filters, all of which have to be met.
    pub filters: Vec<Filter>,
    /// Filters by ids, likewise.
    pub id_filters: Vec<IdFilter>,
    /// Figures in all of which the messages count.
    pub counted_in: Vec<Figure>,
    /// When the first reply came, by the weekday from Monday on and the hour that the zone's clock showed; `None` for
    /// whenever.
    pub first_reply: Option<(BTreeSet<usize>, BTreeSet<usize>)>,
    /// What the caller may see.
    pub scope: Scope,
    /// When it is asked.
    pub now: i64,
}

/// A filter by one dimension.
#[derive(Debug, Clone)]
pub struct Filter {
    /// By what.
    pub dimension: Dimension,
    /// Whether the values are those to leave out.
    pub none_of: bool,
    /// The values.
    pub values: BTreeSet<Value>,
}

/// The part of a workspace that a caller sees, by external ids; `None` for no limit.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Departments.
    pub departments: Option<BTreeSet<String>>,
    /// Accounts.
    pub accounts: Option<BTreeSet<String>>,
    /// Agents.
    pub agents: Option<BTreeSet<String>>,
}

impl Population {
    /// What there is to report once all of `events` are known.
    #[must_use]
    pub fn of(events: &[Event], settings: &Settings) -> Self {
        let expected = expect(events, settings);
        let evidence = evidence::Evidence::of(events);
        let outbound = expected.messages.values();
        let outbound = outbound.map(|message| Row::of_outbound(message, &evidence));
        let inbound = || expected.inbound.values().filter(|inbound| inbound.counted);
        Self {
            rows: outbound
                .chain(inbound().map(|inbound| Row::of_inbound(inbound, &evidence)))
                .collect(),
            templates: template_rows(expected.messages.values(), &evidence),
            sent: sent_rows(expected.messages.values(), &evidence),
            received: received_rows(inbound(), &evidence),
            home_zone: settings.time_zone.clone(),
        }
    }

    /// The messages that a request is about: outbound ones, and inbound ones where the filters say anything about them.
    #[must_use]
    pub fn select(&self, request: &Request) -> Vec<&Row> {
        let clock = Clock::named(&request.zone);
        let with_inbound = request.is_of_inbound();
        self.rows
            .iter()
            .filter(|row| with_inbound || row.direction == Direction::Outbound)
            .filter(|row| self.admits(request, row, &clock))
            .collect()
    }

    /// Whether a message is in a request.
    #[must_use]
    pub fn admits(&self, request: &Request, row: &Row, clock: &Clock) -> bool {
        request.admits(row, clock)
            && (request.counted_in.is_empty() || {
                let sums = self.sum([row], request.now);
                let mut figures = request.counted_in.iter();
                figures.all(|figure| figure.counts(row, &sums))
            })
    }

    /// What they add up to.
    #[must_use]
    pub fn sum<'a>(&self, rows: impl IntoIterator<Item = &'a Row>, now: i64) -> Sums {
        let home = Clock::named(&self.home_zone);
        let today = home.date(now);
        let mut sums = Sums::default();
        for row in rows {
            // More than 30 days back, by the days of the calendar.
            let is_old = home
                .date(row.at)
                .until(today)
                .is_ok_and(|days| days.get_days() > 30);
            sums.add(row, is_old);
        }
        sums
    }

    /// What the messages of each part of the interval add up to: every hour, day, week or month, also one without any.
    #[must_use]
    pub fn series(&self, request: &Request, unit: Dimension) -> Vec<(i64, i64, Sums)> {
        let rows = self.select(request);
        let clock = Clock::named(&request.zone);
        clock
            .parts(request.start, request.end, unit)
            .into_iter()
            .map(|(start, end)| {
                let inside = rows
                    .iter()
                    .copied()
                    .filter(|row| start <= row.at && row.at < end);
                (start, end, self.sum(inside, request.now))
            })
            .collect()
    }

    /// What the messages with each value add up to. Messages without a subtype have no place among subtypes, nor have
    /// inbound ones where they cannot have a value.
    #[must_use]
    pub fn groups(&self, request: &Request, by: Dimension) -> BTreeMap<Value, Sums> {
        let groups = self.groups_by(request, &[by]).into_iter();
        groups
            .filter_map(|(mut values, sums)| Some((values.pop()?, sums)))
            .collect()
    }

    /// The same by the values of several dimensions.
    #[must_use]
    pub fn groups_by(&self, request: &Request, by: &[Dimension]) -> BTreeMap<Vec<Value>, Sums> {
        let clock = Clock::named(&request.zone);
        let of_inbound = by.iter().all(|by| by.is_of_inbound());
        let mut groups: BTreeMap<Vec<Value>, Vec<&Row>> = BTreeMap::new();
        for row in self.select(request) {
            if row.direction == Direction::Inbound && !of_inbound {
                continue;
            }
            let values: Vec<Value> = by.iter().map(|by| row.value(*by, &clock)).collect();
            let has_place =
                |(by, value): (&Dimension, &Value)| *by != Dimension::Subtype || value.is_some();
            if by.iter().zip(&values).all(has_place) {
                groups.entry(values).or_default().push(row);
            }
        }
        groups
            .into_iter()
            .map(|(value, rows)| (value, self.sum(rows, request.now)))
            .collect()
    }
}

impl Population {
    /// Messages with a reply by what the report's clock showed at the first one: the weekday from Monday on, and the hour.
    #[must_use]
    pub fn reply_hours(&self, request: &Request) -> BTreeMap<(usize, usize), i64> {
        let clock = Clock::named(&request.zone);
        let mut hours = BTreeMap::new();
        for row in self.select(request) {
            if let Some(at) = row.replied_at {
                *hours.entry(clock.hour_of_week(at)).or_default() += 1;
            }
        }
        hours
    }

    /// What the template messages add up to, and those of them that opened a ticket; where `individual`, the ones that a user
    /// sent.
    #[must_use]
    pub fn funnel(&self, request: &Request, individual: bool) -> (Sums, Sums) {
        let is = |row: &Row, dimension, word: &str| row.own(dimension).as_deref() == Some(word);
        let sends: Vec<&Row> = self
            .select(request)
            .into_iter()
            .filter(|row| row.counts.0.contains_key("messages"))
            .filter(|row| is(row, Dimension::Type, "template"))
            .filter(|row| !individual || is(row, Dimension::Source, "user"))
            .collect();
        let with_ticket = sends.iter().copied();
        let with_ticket = with_ticket.filter(|row| row.counts.0.contains_key("tickets"));
        let tickets = self.sum(with_ticket, request.now);
        (self.sum(sends, request.now), tickets)
    }

    /// The departments from which the messages with each value were sent.
    #[must_use]
    pub fn departments(
        &self,
        request: &Request,
        by: Dimension,
    ) -> BTreeMap<Value, BTreeSet<String>> {
        let mut departments: BTreeMap<Value, BTreeSet<String>> = BTreeMap::new();
        for row in self.select(request) {
            let is_sent = row.counts.0.contains_key("messages");
            if let Some(department) = row.own(Dimension::Department).filter(|_| is_sent) {
                departments
                    .entry(row.own(by))
                    .or_default()
                    .insert(department);
            }
        }
        departments
    }
}

impl Request {
    /// Whether a message is in it, but for the figures that it has to count in.
    fn admits(&self, row: &Row, clock: &Clock) -> bool {
        self.start <= row.at
            && row.at < self.end
            && self.scope.shows(row)
            && self.filters.iter().all(|filter| {
                let is_named = filter.values.contains(&row.value(filter.dimension, clock));
                is_named != filter.none_of
            })
            && self.id_filters.iter().all(|filter| filter.admits(&row.ids))
            && self.first_reply.as_ref().is_none_or(|(weekdays, hours)| {
                let shown = row.replied_at.map(|at| clock.hour_of_week(at));
                shown.is_some_and(|(weekday, hour)| {
                    weekdays.contains(&weekday) && hours.contains(&hour)
                })
            })
    }

    /// Whether its filters say anything about inbound messages.
    #[must_use]
    pub fn is_of_inbound(&self) -> bool {
        self.filters
            .iter()
            .all(|filter| filter.dimension.is_of_inbound())
            && self
                .id_filters
                .iter()
                .all(|filter| filter.kind.is_of_inbound())
            && self
                .counted_in
                .iter()
                .all(|figure| figure.name == "received")
            && self.first_reply.is_none()
    }

    /// The part of it from when data is available on; `None` where nothing is left.
    #[must_use]
    pub fn covered(&self, available_from: Option<i64>) -> Option<Self> {
        let start = available_from.map_or(self.start, |from| from.max(self.start));
        (start < self.end).then(|| Self {
            start,
            ..self.clone()
        })
    }

    /// The same for the period before.
    #[must_use]
    pub fn before(&self) -> Self {
        let clock = Clock::named(&self.zone);
        let (start, end) = clock.period_before(self.start, self.end, self.now);
        Self {
            start,
            end,
            ..self.clone()
        }
    }
}

impl Scope {
    fn shows(&self, row: &Row) -> bool {
        let covers = |limit: &Option<BTreeSet<String>>, value: Value| {
            limit
                .as_ref()
                .is_none_or(|ids| value.is_some_and(|id| ids.contains(&id)))
        };
        covers(&self.departments, row.own(Dimension::Department))
            && covers(&self.accounts, row.own(Dimension::Account))
            && covers(&self.agents, row.own(Dimension::Agent))
    }
}

#[cfg(test)]
mod tests;
