//! Questions: which messages a report is about.

use acuse_domain::calendar::{Interval, Preset, Zone};
use acuse_domain::report::IdCondition;
use acuse_domain::time::Timestamp;

use super::counted::CountedIn;
use super::filter::Filter;
use crate::convert::faults::Faults;
use crate::reporting as wire;
use crate::reporting::period::Period as Wire;

/// Which messages a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        self.within("question", |faults| {
            let period = match wire.period {
                None => Some(Period::Preset(Preset::Last7Days)),
                Some(period) => faults.within("period", |faults| of_period(faults, period)),
            };
            let zone = wire.time_zone.map(|name| zone(faults, &name));
            let filters = faults.filters(wire.filters);
            let ids = faults.id_filters(wire.id_filters);
            let counted = faults.counted_in(&wire.counted_in);
            Some(Question {
                period: period?,
                zone: zone.unwrap_or_default(),
                filters: filters?,
                ids: ids?,
                counted: counted?,
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

fn zone(faults: &mut Faults, name: &str) -> Option<Zone> {
    match name.parse::<Zone>() {
        Ok(zone) => Some(zone),
        Err(unknown) => {
            faults.add("time_zone", unknown.to_string());
            None
        }
    }
}
