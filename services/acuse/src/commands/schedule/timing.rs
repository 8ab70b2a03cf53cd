//! When a schedule runs, as people type it and read it.

use std::str::FromStr;

use acuse_proto::export::schedule::Cadence;
use acuse_proto::export::{
    DailyCadence, MonthlyCadence, Schedule, TimeOfDay, Weekday, WeeklyCadence,
};
use acuse_proto::reporting::Preset;

/// Days of the week by the first three letters of their names.
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// On which days.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(super) struct Days {
    /// Every day
    #[arg(long)]
    daily: bool,
    /// On these days of the week: mon, tue, wed, thu, fri, sat, sun
    #[arg(long, value_name = "DAY,…", value_delimiter = ',', value_parser = weekday)]
    weekly: Vec<Weekday>,
    /// On this day of the month, 1 to 31; on the last one where the month is shorter
    #[arg(long, value_name = "DAY", value_parser = clap::value_parser!(i32).range(1..=31))]
    monthly: Option<i32>,
}

impl Days {
    /// As the API takes them; `None` where none are named.
    pub(super) fn cadence(&self) -> Option<Cadence> {
        if self.daily {
            return Some(Cadence::Daily(DailyCadence {}));
        }
        if let Some(day) = self.monthly {
            return Some(Cadence::Monthly(MonthlyCadence { day }));
        }
        let weekdays: Vec<i32> = self.weekly.iter().map(|day| (*day).into()).collect();
        (!weekdays.is_empty()).then_some(Cadence::Weekly(WeeklyCadence { weekdays }))
    }
}

fn weekday(text: &str) -> Result<Weekday, &'static str> {
    let text = text.to_lowercase();
    let short = text.get(..3).unwrap_or_default();
    let found = DAYS.into_iter().find(|(name, _)| *name == short);
    found
        .filter(|(name, day)| {
            text == *name || day.as_str_name() == format!("WEEKDAY_{}", text.to_uppercase())
        })
        .map(|(_, day)| day)
        .ok_or("there are mon, tue, wed, thu, fri, sat, sun")
}

/// A time of day: `08:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At(pub(super) TimeOfDay);

impl FromStr for At {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "not a time of day, such as 08:00 or 17:45";
        let (hour, minute) = text.split_once(':').ok_or(SHAPE)?;
        let number = |text: &str, most: i32| {
            let digits =
                (1..=2).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
            let number = text.parse().ok().filter(|number| digits && *number <= most);
            number.ok_or(SHAPE)
        };
        Ok(Self(TimeOfDay {
            hour: number(hour, 23)?,
            minute: number(minute, 59)?,
        }))
    }
}

/// A period by its name.
pub(super) fn preset(text: &str) -> Result<Preset, String> {
    let name = format!("PRESET_{}", text.to_uppercase().replace('-', "_"));
    Preset::from_str_name(&name)
        .filter(|preset| *preset != Preset::Unspecified)
        .ok_or_else(|| {
            "there are today, yesterday, last_7_days, last_14_days, last_30_days, last_90_days, this_month and last_month"
                .to_owned()
        })
}

/// When a schedule runs, in words.
pub(super) fn described(schedule: &Schedule) -> String {
    let days = match &schedule.cadence {
        Some(Cadence::Daily(_)) => "daily".to_owned(),
        Some(Cadence::Weekly(weekly)) => {
            let names = weekly.weekdays.iter().map(|number| {
                let found = DAYS.iter().find(|(_, day)| i32::from(*day) == *number);
                found.map_or("?", |(name, _)| name)
            });
            names.collect::<Vec<_>>().join(", ")
        }
        Some(Cadence::Monthly(monthly)) => format!("day {} of the month", monthly.day),
        None => "on days that are unknown here".to_owned(),
    };
    let TimeOfDay { hour, minute } = schedule.time_of_day.unwrap_or_default();
    let zone = schedule.time_zone.as_deref().unwrap_or_default();
    format!("{days} at {hour:02}:{minute:02} {zone}")
}

/// What the runs of a schedule cover, in words.
pub(super) fn covering(schedule: &Schedule) -> String {
    match (schedule.preset.map(Preset::try_from), &schedule.cadence) {
        (Some(Ok(preset)), _) => {
            let name = preset.as_str_name();
            name.strip_prefix("PRESET_").unwrap_or(name).to_lowercase()
        }
        (Some(Err(_)), _) => "a period that is unknown here".to_owned(),
        (None, Some(Cadence::Weekly(_))) => "the week before".to_owned(),
        (None, Some(Cadence::Monthly(_))) => "the month before".to_owned(),
        (None, _) => "the day before".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_read() {
        assert_eq!(weekday("mon"), Ok(Weekday::Monday));
        assert_eq!(weekday("Thursday"), Ok(Weekday::Thursday));
        for wrong in ["", "mo", "mond", "lunes", "ñam"] {
            assert!(weekday(wrong).is_err(), "{wrong}");
        }
        let at = |text: &str| text.parse::<At>().map(|At(it)| (it.hour, it.minute)).ok();
        assert_eq!(at("08:05"), Some((8, 5)));
        assert_eq!(at("7:30"), Some((7, 30)));
        for wrong in ["", "8", "24:00", "08:60", "+8:00", "08:-1", "8:00pm"] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
        assert_eq!(preset("last-30-days"), Ok(Preset::Last30Days));
        assert!(preset("unspecified").is_err());
    }

    #[test]
    fn a_schedule_is_told_in_words() {
        let schedule = Schedule {
            cadence: Some(Cadence::Weekly(WeeklyCadence {
                weekdays: vec![1, 5],
            })),
            time_of_day: Some(TimeOfDay { hour: 8, minute: 0 }),
            time_zone: Some("America/Lima".to_owned()),
            ..Schedule::default()
        };
        assert_eq!(described(&schedule), "mon, fri at 08:00 America/Lima");
        assert_eq!(covering(&schedule), "the week before");
        let named = Schedule {
            preset: Some(Preset::ThisMonth.into()),
            ..schedule
        };
        assert_eq!(covering(&named), "this_month");
    }
}
