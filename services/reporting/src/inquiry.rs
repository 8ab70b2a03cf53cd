//! The inquiry: which messages a report is about, settled once and then asked as of one moment.

mod ask;

use std::collections::BTreeSet;

use acuse_domain::calendar::{Interval, Zone};
use acuse_domain::error::{Error, Result};
use acuse_domain::kinds::Direction;
use acuse_domain::report::{
    Condition, Counted, Dimension, IdCondition, NO_VALUE, RepliedAt, Value, counts_unattached,
};
use acuse_domain::scope::Scope;
use acuse_domain::standing::unconfirmed_before;
use acuse_domain::time::Timestamp;
use acuse_proto::convert::reporting::{Axis, CountedIn, Filter, Question, Values, any_of, word_of};
use acuse_proto::convert::timestamp;
use acuse_proto::reporting as wire;
use acuse_store::read::{Kept, Scoped};
use acuse_store::workspaces::Workspace;

use crate::config::Sources;
use crate::cut::{TimeFilter, check_parts};
use crate::parts::Parts;

pub(crate) use ask::{Told, Wanted};

/// A question as it stands in one workspace, at one time.
#[derive(Debug)]
pub(crate) struct Inquiry {
    pub(crate) scoped: Scoped,
    pub(crate) now: Timestamp,
    /// What cuts the report's days.
    pub(crate) zone: Zone,
    /// The interval that was asked for.
    pub(crate) requested: Interval,
    /// What keeps inbound messages out: the names of conditions that have no meaning for them.
    pub(crate) not_inbound: Vec<&'static str>,
    conditions: Vec<Condition>,
    times: Vec<TimeFilter>,
    ids: Vec<IdCondition>,
    counted: Vec<Counted>,
    replied: Option<RepliedAt>,
    unconfirmed_before: Timestamp,
    sources: Sources,
    /// What is whole although retention dropped rows.
    kept: Kept,
    /// From when on everything is there that the answer needs.
    whole_from: Option<Timestamp>,
    /// What is asked, as it came.
    asked: wire::Question,
}

impl Inquiry {
    /// Opens the workspace of a scope to a question about figures. All of the answer is read as of one moment.
    ///
    /// # Errors
    ///
    /// NOT_FOUND where there is no such workspace, INVALID_ARGUMENT where the period is longer than it allows or has too many
    /// of the parts of time that a filter is by, UNAVAILABLE while the database is away.
    pub(crate) async fn open(parts: &Parts, scope: &Scope, question: Question) -> Result<Self> {
        let now = parts.clock.now();
        let scoped = Scoped::hold(&parts.database, scope, now).await?;
        Self::of(parts, scoped, now, question).await
    }

    /// The same about messages themselves, which are read page by page.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub(crate) async fn open_to_rows(
        parts: &Parts,
        scope: &Scope,
        question: Question,
    ) -> Result<Self> {
        let scoped = Scoped::open(&parts.database, scope).await?;
        let now = parts.clock.now();
        let scoped = scoped.map(|scoped| scoped.telling_lag(now));
        let mut inquiry = Self::of(parts, scoped, now, question).await?;
        inquiry.whole_from = inquiry.kept.rows_from;
        Ok(inquiry)
    }

    async fn of(
        parts: &Parts,
        scoped: Option<Scoped>,
        now: Timestamp,
        question: Question,
    ) -> Result<Self> {
        let scoped = scoped.ok_or_else(Error::workspace_not_found)?;
        let (zone, requested) = requested(&question, scoped.workspace(), now)?;
        let mut inquiry = Self::new(parts, scoped, zone, requested, now).await?;
        inquiry.ids = question.ids;
        inquiry.asked = question.wire;
        for (index, filter) in question.filters.into_iter().enumerate() {
            inquiry.add(index, filter).await?;
        }
        let ids = inquiry.ids.iter().map(|condition| condition.kind);
        let without = ids.filter(|kind| !kind.applies_to(Direction::Inbound));
        inquiry
            .not_inbound
            .extend(without.map(|kind| kind.as_str()));
        for counted in question.counted {
            inquiry.count_in(counted);
        }
        if let Some(hours) = question.first_reply {
            inquiry.leave_inbound_out("first_reply");
            let zone = inquiry.zone.clone();
            inquiry.replied = Some(RepliedAt { zone, hours });
        }
        Ok(inquiry)
    }

    /// The inquiry about all that a scope shows of the present day and the days before it, as many as a report may cover.
    ///
    /// # Errors
    ///
    /// UNAVAILABLE while the database is away.
    pub(crate) async fn lately(parts: &Parts, scoped: Scoped) -> Result<Self> {
        let now = parts.clock.now();
        let zone = scoped.workspace().zone();
        let today = zone.day_of(now);
        let first = today.plus(1 - scoped.workspace().report_max_days);
        let requested = Interval::new(zone.day_start(first), zone.day_start(today.plus(1)));
        Self::new(parts, scoped, zone, requested, now).await
    }

    async fn new(
        parts: &Parts,
        scoped: Scoped,
        zone: Zone,
        requested: Interval,
        now: Timestamp,
    ) -> Result<Self> {
        let scoped = match parts.sources {
            Sources::Planned => scoped.with_copies(parts.copies.clone()),
            Sources::RowsAlone => scoped,
        };
        Ok(Self {
            now,
            zone,
            requested,
            not_inbound: Vec::new(),
            conditions: Vec::new(),
            times: Vec::new(),
            ids: Vec::new(),
            counted: Vec::new(),
            replied: None,
            unconfirmed_before: unconfirmed_before(&scoped.workspace().zone(), now),
            sources: parts.sources,
            kept: scoped.kept().await?,
            whole_from: None,
            asked: wire::Question::default(),
            scoped,
        })
    }

    async fn add(&mut self, index: usize, filter: Filter) -> Result<()> {
        let dimension = match filter.axis {
            Axis::Values(dimension) => dimension,
            Axis::Time(axis) => {
                // Every message has its time: whether "(none)" is named makes no difference.
                if let Values::Times(_, labels) = filter.values {
                    if let Some(covered) = self.covered(self.requested) {
                        check_parts(covered, axis, &format!("question.filters[{index}]"))?;
                    }
                    self.times.push(TimeFilter {
                        axis,
                        negated: filter.negated,
                        labels,
                    });
                }
                return Ok(());
            }
        };
        let mut values: BTreeSet<Value> = match filter.values {
            Values::Codes(codes) => codes,
            Values::Names(_, ids) => {
                let known = self.scoped.values_of(dimension, ids).await?;
                known.into_values().collect()
            }
            Values::Times(..) => BTreeSet::new(),
        };
        values.extend(filter.none.then_some(NO_VALUE));
        self.only(Condition {
            dimension,
            negated: filter.negated,
            values,
        });
        Ok(())
    }

    /// Adds a condition.
    pub(crate) fn only(&mut self, condition: Condition) {
        let dimension = condition.dimension;
        if !dimension.applies_to(Direction::Inbound) {
            self.leave_inbound_out(dimension.as_str());
        }
        self.conditions.push(condition);
    }

    /// Adds a condition on what messages count in.
    fn count_in(&mut self, counted: CountedIn) {
        match counted {
            CountedIn::Sent(counted) => {
                self.leave_inbound_out("counted_in");
                self.counted.push(counted);
            }
            CountedIn::Received => {
                let inbound = Value::from(Direction::Inbound.code());
                self.only(Condition::any_of(Dimension::Direction, [inbound]));
            }
        }
    }

    /// Notes that what is called so has no meaning for inbound messages.
    pub(crate) fn leave_inbound_out(&mut self, name: &'static str) {
        if !self.not_inbound.contains(&name) {
            self.not_inbound.push(name);
        }
    }

    /// What of an interval is covered: what does not lie before the workspace's data begin, nor before all is there that the
    /// answer needs.
    pub(crate) fn covered(&self, interval: Interval) -> Option<Interval> {
        let from = self.scoped.workspace().data_available_from;
        let from = from.max(self.whole_from);
        let start = from.map_or(interval.start, |from| interval.start.max(from));
        let covered = Interval::new(start, interval.end);
        (!covered.is_empty()).then_some(covered)
    }

    /// Covers nothing before an instant from which on everything was there earlier; gives whether all since then is there still.
    pub(crate) fn covers_from(&mut self, earlier: Timestamp) -> bool {
        self.whole_from = self.whole_from.max(Some(earlier));
        let covered = self.covered(self.requested);
        covered.is_some_and(|covered| covered.start <= earlier)
    }

    /// What is asked, with its interval by its ends; `None` where nothing of that is covered.
    pub(crate) fn settled(&self) -> Option<wire::Question> {
        let covered = self.covered(self.requested)?;
        let interval = wire::Interval {
            start_at: Some(timestamp(covered.start)),
            end_at: Some(timestamp(covered.end)),
        };
        Some(wire::Question {
            period: Some(wire::Period {
                period: Some(wire::period::Period::Custom(interval)),
            }),
            time_zone: Some(self.zone.name().to_owned()),
            ..self.asked.clone()
        })
    }

    /// Whether there can be figures of messages of a direction.
    pub(crate) fn asks_for(&self, direction: Direction) -> bool {
        self.directions().any(|asked| asked == direction)
    }

    /// What the messages have to count in.
    pub(crate) fn counted(&self) -> &[Counted] {
        &self.counted
    }

    /// Whether it is about unattached messages.
    pub(crate) fn counts_unattached(&self) -> bool {
        counts_unattached(&self.counted)
    }

    /// Whether a message that belongs to an instant is waited for no more.
    pub(crate) fn is_unconfirmed(&self, origin: Timestamp) -> bool {
        origin < self.unconfirmed_before
    }

    /// Leaves the messages alone that have a word of a dimension, which is also noted in the question.
    pub(crate) fn narrow(&mut self, dimension: Dimension, code: i16) {
        let value = Value::from(code);
        self.only(Condition::any_of(dimension, [value]));
        let word = word_of(dimension, value).map(str::to_owned);
        let axis = Axis::Values(dimension).to_wire().into();
        self.asked.filters.push(any_of(axis, word));
    }

    /// Leaves the messages alone that have a value of a dimension, which is also noted in the question.
    pub(crate) fn narrow_to_values(&mut self, dimension: Dimension) {
        self.only(Condition::none_of(dimension, [NO_VALUE]));
        self.asked.filters.push(wire::Filter {
            dimension: Axis::Values(dimension).to_wire().into(),
            condition: Some(wire::filter::Condition::NoneOf(wire::ValueSet {
                values: Vec::new(),
                none: true,
            })),
        });
    }

    /// Notes in the question that messages count in a figure.
    pub(crate) fn note_figure(&mut self, metric: wire::Metric) {
        self.asked.counted_in.push(wire::CountedIn {
            metric: metric.into(),
            part: None,
        });
    }

    /// Pending messages that belong to an instant before this one are unconfirmed.
    pub(crate) fn unconfirmed_before(&self) -> Timestamp {
        self.unconfirmed_before
    }
}

/// The interval that a question asks for in a workspace, and the zone that cuts its days.
///
/// # Errors
///
/// INVALID_ARGUMENT where it is longer than the workspace allows.
pub(crate) fn requested(
    question: &Question,
    workspace: &Workspace,
    now: Timestamp,
) -> Result<(Zone, Interval)> {
    let zone = question.zone.clone();
    let zone = zone.unwrap_or_else(|| workspace.zone());
    let requested = question.period.interval(now, &zone);
    check_length(requested, &zone, workspace.report_max_days)?;
    Ok((zone, requested))
}

/// At most so many days, whole or begun anywhere in them.
fn check_length(requested: Interval, zone: &Zone, most: i32) -> Result<()> {
    let first = zone.day_of(requested.start);
    let into_day = requested.start.micros_since(zone.day_start(first));
    let latest = zone
        .day_start(first.plus(most))
        .micros()
        .saturating_add(into_day);
    if requested.end.micros() > latest {
        let fault = format!(
            "covers more than {most} days, the most that this workspace allows (report_max_days)"
        );
        return Err(Error::invalid_field("question.period", fault));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse::<jiff::Timestamp>().unwrap().into()
    }

    fn fits(start: &str, end: &str, zone: &str, most: i32) -> bool {
        let interval = Interval::new(at(start), at(end));
        check_length(interval, &zone.parse().unwrap(), most).is_ok()
    }

    #[test]
    fn the_longest_period_is_counted_in_local_days() {
        let fits_in = |end| fits("2026-03-01T10:00:00Z", end, "UTC", 7);
        assert!(fits_in("2026-03-08T10:00:00Z"));
        assert!(!fits_in("2026-03-08T10:00:01Z"));
        // Of these two days in Santiago the second has 23 hours.
        let fits_in = |end| fits("2026-09-05T04:00:00Z", end, "America/Santiago", 2);
        assert!(fits_in("2026-09-07T03:00:00Z"));
        assert!(!fits_in("2026-09-07T04:00:00Z"));
    }
}
