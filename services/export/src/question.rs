//! Questions to reporting, as they are asked for with an export: checked before anything is stored, and settled in time.

use std::collections::BTreeSet;

use acuse_domain::calendar::{Interval, Preset, Zone};
use acuse_domain::error::FieldViolation;
use acuse_domain::time::Timestamp;
use acuse_proto::convert::{any_time, timestamp};
use acuse_proto::reporting as wire;
use acuse_proto::reporting::filter::Condition;
use acuse_proto::reporting::period::Period;

const MOST_FILTERS: usize = 20;
const MOST_VALUES: usize = 1_000;
const MOST_IDS: usize = 100;
const LONGEST: usize = 256;

/// What is wrong with a question, by paths within it.
pub(crate) fn violations(question: &wire::Question) -> Vec<FieldViolation> {
    let mut found = Vec::new();
    let mut add = |field: String, text: String| found.push(FieldViolation::new(field, text));
    let zone = question.time_zone.as_deref().map(str::parse::<Zone>);
    if let Some(Err(unknown)) = zone {
        add("time_zone".to_owned(), unknown.to_string());
    }
    if let Some(period) = &question.period {
        of_period(period, &mut add);
    }
    of_filters(&question.filters, &mut add);
    of_ids(&question.id_filters, &mut add);
    found
}

type Add<'a> = dyn FnMut(String, String) + 'a;

fn of_period(period: &wire::Period, add: &mut Add<'_>) {
    match period.period {
        None => add(
            "period".to_owned(),
            "must have a preset or custom".to_owned(),
        ),
        Some(Period::Preset(number)) => {
            if preset(number).is_none() {
                let text = format!("{number} is no preset; give one, or leave the period out");
                add("period.preset".to_owned(), text);
            }
        }
        Some(Period::Custom(custom)) => {
            let ends = [("start_at", custom.start_at), ("end_at", custom.end_at)];
            let [start, end] = ends.map(|(name, end)| {
                let missing = || "must be given: a time from 2009-01-01 on".to_owned();
                let end = end.ok_or_else(missing).and_then(any_time);
                end.map_err(|text| add(format!("period.custom.{name}"), text))
            });
            if let (Ok(start), Ok(end)) = (start, end)
                && end <= start
            {
                let text = "must be later than start_at".to_owned();
                add("period.custom.end_at".to_owned(), text);
            }
        }
    }
}

fn of_filters(filters: &[wire::Filter], add: &mut Add<'_>) {
    if filters.len() > MOST_FILTERS {
        let text = format!(
            "has {} entries; at most {MOST_FILTERS} are allowed",
            filters.len()
        );
        add("filters".to_owned(), text);
    }
    let mut values = 0;
    for (index, filter) in filters.iter().enumerate() {
        let at = format!("filters[{index}]");
        if filter.dimension == 0 || wire::Dimension::try_from(filter.dimension).is_err() {
            add(
                format!("{at}.dimension"),
                "must name a dimension".to_owned(),
            );
        }
        let (name, set) = match &filter.condition {
            Some(Condition::AnyOf(set)) => ("any_of", set),
            Some(Condition::NoneOf(set)) => ("none_of", set),
            None => {
                add(at, "must have any_of or none_of".to_owned());
                continue;
            }
        };
        values += set.values.len();
        of_texts(&set.values, &format!("{at}.{name}.values"), add);
    }
    if values > MOST_VALUES {
        let text = format!("have {values} values; at most {MOST_VALUES} are allowed together");
        add("filters".to_owned(), text);
    }
}

fn of_ids(filters: &[wire::IdFilter], add: &mut Add<'_>) {
    let mut kinds = BTreeSet::new();
    for (index, filter) in filters.iter().enumerate() {
        let at = format!("id_filters[{index}]");
        if filter.kind == 0 || wire::IdKind::try_from(filter.kind).is_err() {
            add(format!("{at}.kind"), "must name a kind of ids".to_owned());
        } else if !kinds.insert(filter.kind) {
            add(format!("{at}.kind"), "comes a second time".to_owned());
        }
        let count = filter.any_of.len();
        if !(1..=MOST_IDS).contains(&count) {
            let text = format!("has {count} entries; 1 to {MOST_IDS} are allowed");
            add(format!("{at}.any_of"), text);
        }
        of_texts(&filter.any_of, &format!("{at}.any_of"), add);
    }
}

fn of_texts(texts: &[String], at: &str, add: &mut Add<'_>) {
    for (index, text) in texts.iter().enumerate() {
        let length = text.len();
        if !(1..=LONGEST).contains(&length) {
            let problem = format!("has {length} bytes; 1 to {LONGEST} are allowed");
            add(format!("{at}[{index}]"), problem);
        }
    }
}

/// The question with what was left out of it: the last 7 days, and the workspace's zone.
pub(crate) fn completed(question: Option<wire::Question>, time_zone: &str) -> wire::Question {
    let mut question = question.unwrap_or_default();
    question.period.get_or_insert(wire::Period {
        period: Some(Period::Preset(wire::Preset::Last7Days.into())),
    });
    question
        .time_zone
        .get_or_insert_with(|| time_zone.to_owned());
    question
}

/// The question with the interval that its period meant at `asked_at`: an attempt after midnight is about the same days as the
/// one before it.
pub(crate) fn settled(
    mut question: wire::Question,
    asked_at: Timestamp,
    zone: &Zone,
) -> wire::Question {
    let period = question.period.and_then(|period| period.period);
    if let Some(Period::Preset(number)) = period
        && let Some(preset) = preset(number)
    {
        let Interval { start, end } = preset.interval(asked_at, zone);
        let custom = wire::Interval {
            start_at: Some(timestamp(start)),
            end_at: Some(timestamp(end)),
        };
        question.period = Some(wire::Period {
            period: Some(Period::Custom(custom)),
        });
    }
    question
}

/// The preset of that number; `None` for one that is unspecified or not known.
fn preset(number: i32) -> Option<Preset> {
    let preset = match wire::Preset::try_from(number).ok()? {
        wire::Preset::Unspecified => return None,
        wire::Preset::Today => Preset::Today,
        wire::Preset::Yesterday => Preset::Yesterday,
        wire::Preset::Last7Days => Preset::Last7Days,
        wire::Preset::Last14Days => Preset::Last14Days,
        wire::Preset::Last30Days => Preset::Last30Days,
        wire::Preset::Last90Days => Preset::Last90Days,
        wire::Preset::ThisMonth => Preset::ThisMonth,
        wire::Preset::LastMonth => Preset::LastMonth,
    };
    Some(preset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(period: Period) -> wire::Question {
        wire::Question {
            period: Some(wire::Period {
                period: Some(period),
            }),
            ..wire::Question::default()
        }
    }

    #[test]
    fn a_period_by_name_stays_what_it_was_when_it_was_asked_for() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().into();
        let zone: Zone = "America/Lima".parse().unwrap();
        let asked = at("2022-10-02T04:59:00Z");
        let today = of(Period::Preset(wire::Preset::Today.into()));
        let settled = settled(today, asked, &zone);
        let Some(Period::Custom(custom)) = settled.period.unwrap().period else {
            unreachable!()
        };
        assert_eq!(custom.start_at, Some(timestamp(at("2022-10-01T05:00:00Z"))));
        assert_eq!(custom.end_at, Some(timestamp(at("2022-10-02T05:00:00Z"))));
        assert!(violations(&super::settled(settled, asked, &zone)).is_empty());
    }

    #[test]
    fn every_fault_is_named() {
        let ids = |kind: i32, any_of: Vec<String>| wire::IdFilter { kind, any_of };
        let question = wire::Question {
            time_zone: Some("America/Lim".to_owned()),
            filters: vec![wire::Filter::default()],
            id_filters: vec![
                ids(0, vec![]),
                ids(2, vec!["x".to_owned(), String::new()]),
                ids(2, vec!["x".repeat(257)]),
            ],
            ..of(Period::Custom(wire::Interval::default()))
        };
        let found = violations(&question);
        let fields: Vec<&str> = found.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "time_zone",
                "period.custom.start_at",
                "period.custom.end_at",
                "filters[0].dimension",
                "filters[0]",
                "id_filters[0].kind",
                "id_filters[0].any_of",
                "id_filters[1].any_of[1]",
                "id_filters[2].kind",
                "id_filters[2].any_of[0]",
            ]
        );
        let unknown = violations(&of(Period::Preset(0)));
        assert_eq!(unknown[0].field, "period.preset");
        assert!(violations(&completed(None, "America/Lima")).is_empty());
    }
}
