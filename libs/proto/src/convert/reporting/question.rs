//! Questions: which messages a report is about.

use std::collections::BTreeSet;

use acuse_domain::calendar::{Interval, Preset, Zone};
use acuse_domain::report::{IdCondition, Value};
use acuse_domain::time::Timestamp;

use super::axis::TimeAxis;
use super::counted::CountedIn;
use super::filter::{Filter, each};
use super::label::Label;
use crate::convert::faults::Faults;
use crate::reporting as wire;
use crate::reporting::period::Period as Wire;

/// Which messages a report is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// What it covers.
    pub period: Period,
    /// The zone that cuts it; `None` for the workspace's own.
    pub zone: Option<Zone>,
    /// Conditions on dimensions; all have to be met.
    pub filters: Vec<Filter>,
    /// Conditions on ids; all have to be met.
    pub ids: Vec<IdCondition>,
    /// Figures in all of which the messages count.
    pub counted: Vec<CountedIn>,
    /// Hours of the week at one of which the first reply came: 1 + 24 x weekday + hour, Monday's being 0.
    pub first_reply: Option<BTreeSet<Value>>,
    /// As it came.
    pub wire: wire::Question,
}

/// What a report covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// An interval by name.
    Preset(Preset),
    /// An interval by its ends; never empty.
    Custom(Interval),
}

impl Period {
    /// The interval at `now`, in the days of `zone`.
    pub fn interval(self, now: Timestamp, zone: &Zone) -> Interval {
        match self {
            Self::Preset(preset) => preset.interval(now, zone),
            Self::Custom(interval) => interval,
        }
    }
}

impl Faults {
    /// The question of a request; one that is absent asks for everything.
    pub(super) fn question(&mut self, wire: Option<wire::Question>) -> Option<Question> {
        let wire = wire.unwrap_or_default();
        let as_it_came = wire.clone();
        self.within("question", |faults| {
            let period = match wire.period {
                None => Some(Period::Preset(Preset::Last7Days)),
                Some(period) => faults.within("period", |faults| of_period(faults, period)),
            };
            let zone = wire.time_zone.map(|name| zone(faults, &name));
            let filters = faults.filters(wire.filters);
            let ids = faults.id_filters(wire.id_filters);
            let counted = faults.counted_in(&wire.counted_in);
            let first_reply = wire
                .first_reply
                .map(|wire| faults.within("first_reply", |faults| reply_hours(faults, wire)));
            Some(Question {
                period: period?,
                zone: zone.unwrap_or_default(),
                filters: filters?,
                ids: ids?,
                counted: counted?,
                first_reply: match first_reply {
                    Some(hours) => Some(hours?),
                    None => None,
                },
                wire: as_it_came,
            })
        })
    }
}

fn of_period(faults: &mut Faults, wire: wire::Period) -> Option<Period> {
    match wire.period {
        None => {
            faults.add("period", "must be given: preset or custom");
            None
        }
        Some(Wire::Preset(number)) => {
            let preset = faults.optional_kind("preset", Some(number))?;
            Some(Period::Preset(preset))
        }
        Some(Wire::Custom(custom)) => {
            let custom = faults.within("custom", |faults| interval(faults, custom))?;
            Some(Period::Custom(custom))
        }
    }
}

fn interval(faults: &mut Faults, wire: wire::Interval) -> Option<Interval> {
    let mut instant = |field: &str, wire: Option<prost_types::Timestamp>| {
        if wire.is_none() {
            faults.add(field, "must be given: a time from 2009-01-01 on");
        }
        faults.any_time(field, wire)
    };
    let start = instant("start_at", wire.start_at);
    let end = instant("end_at", wire.end_at);
    let interval = Interval::new(start?, end?);
    if interval.is_empty() {
        faults.add("end_at", "must be later than start_at");
        return None;
    }
    Some(interval)
}

/// The hours of the week at which a contact replied; without weekdays, or hours, on any of them.
fn reply_hours(faults: &mut Faults, wire: wire::FirstReply) -> Option<BTreeSet<Value>> {
    if wire.weekdays.is_empty() && wire.hours_of_day.is_empty() {
        faults.add("weekdays", "must be given, or hours_of_day, or both");
        return None;
    }
    let mut fits = true;
    for (field, count, most) in [
        ("weekdays", wire.weekdays.len(), 7),
        ("hours_of_day", wire.hours_of_day.len(), 24),
    ] {
        if count > most {
            let fault = format!("has {count} entries; there are {most}");
            faults.add(field, fault);
            fits = false;
        }
    }
    // What is beyond the limit is not looked at.
    if !fits {
        return None;
    }
    let hours: Vec<String> = wire.hours_of_day.iter().map(i32::to_string).collect();
    let weekdays = labels(faults, "weekdays", TimeAxis::Weekdays, wire.weekdays, 7);
    let hours = labels(faults, "hours_of_day", TimeAxis::HoursOfDay, hours, 24);
    let (weekdays, hours) = (weekdays?, hours?);
    let of_week = |weekday: &u8| {
        let first = 1 + 24 * Value::from(*weekday);
        hours.iter().map(move |hour| first + Value::from(*hour))
    };
    Some(weekdays.iter().flat_map(of_week).collect())
}

/// The numbers of some weekdays or hours; where none are given, of all that there are.
fn labels(
    faults: &mut Faults,
    field: &str,
    axis: TimeAxis,
    given: Vec<String>,
    all: u8,
) -> Option<BTreeSet<u8>> {
    if given.is_empty() {
        return Some((0..all).collect());
    }
    let labels = each(faults, field, given, |text| Label::parse(axis, text))?;
    let numbers = labels.into_iter().filter_map(|label| match label {
        Label::Weekday(number) | Label::HourOfDay(number) => Some(number),
        Label::Hour(_) | Label::Day(_) | Label::Week(_) | Label::Month(_) => None,
    });
    Some(numbers.collect())
}

fn zone(faults: &mut Faults, name: &str) -> Option<Zone> {
    match name.parse::<Zone>() {
        Ok(zone) => Some(zone),
        Err(unknown) => {
            faults.add("time_zone", unknown.to_string());
            None
        }
    }
}
