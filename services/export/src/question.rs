//! Questions to reporting, as they are asked for with an export: checked before anything is stored, and settled in time.

use acuse_domain::calendar::{Interval, Preset, Zone};
use acuse_domain::error::FieldViolation;
use acuse_domain::time::Timestamp;
use acuse_proto::convert::{reporting, timestamp};
use acuse_proto::reporting as wire;
use acuse_proto::reporting::period::Period;

/// What is wrong with a question, by paths that begin with "question": what reporting itself would say.
pub(crate) fn violations(
    question: &wire::Question,
    preset: wire::RowPreset,
    now: Timestamp,
) -> Vec<FieldViolation> {
    let request = wire::StreamRowsRequest {
        question: Some(question.clone()),
        preset: preset.into(),
        batch_size: None,
    };
    reporting::rows(request, now).err().unwrap_or_default()
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
pub(crate) fn preset(number: i32) -> Option<Preset> {
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

    const PRESET: wire::RowPreset = wire::RowPreset::HsmManagement;

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
        assert!(violations(&super::settled(settled, asked, &zone), PRESET, asked).is_empty());
    }

    #[test]
    fn faults_are_those_that_reporting_finds() {
        let now = Timestamp::from_seconds(1_790_000_000);
        let question = wire::Question {
            time_zone: Some("America/Lim".to_owned()),
            filters: vec![wire::Filter::default()],
            ..of(Period::Preset(0))
        };
        let found = violations(&question, PRESET, now);
        let fields: Vec<&str> = found.iter().map(|one| one.field.as_str()).collect();
        assert!(fields.contains(&"question.time_zone"), "{fields:?}");
        assert!(fields.contains(&"question.period.preset"), "{fields:?}");
        assert!(violations(&completed(None, "America/Lima"), PRESET, now).is_empty());
    }
}
