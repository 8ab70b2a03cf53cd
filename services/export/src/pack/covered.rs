//! What all reports of a pack cover.

use std::time::Duration;

use acuse_domain::calendar::Interval;
use acuse_proto::convert::{any_time, timestamp};
use acuse_proto::reporting as wire;

/// The period that all of these cover, where they do not cover the same; `None` where they do. Where one covers nothing, it is
/// an instant of which none tells anything without it.
pub(super) fn shared<'a>(
    bases: impl IntoIterator<Item = Option<&'a wire::Basis>>,
) -> Option<wire::Period> {
    let covered: Vec<Option<Interval>> = bases
        .into_iter()
        .map(|basis| interval(basis?.covered))
        .collect();
    if covered.windows(2).all(|pair| pair[0] == pair[1]) {
        return None;
    }
    let some = || covered.iter().flatten();
    let (start, end) = (
        some().map(|of| of.start).max()?,
        some().map(|of| of.end).min()?,
    );
    let last = end - Duration::from_micros(1);
    let start = match covered.contains(&None) {
        true => last,
        false => start.min(last),
    };
    let custom = wire::Interval {
        start_at: Some(timestamp(start)),
        end_at: Some(timestamp(end)),
    };
    Some(wire::Period {
        period: Some(wire::period::Period::Custom(custom)),
    })
}

fn interval(wire: Option<wire::Interval>) -> Option<Interval> {
    let (start, end) = (wire?.start_at?, wire?.end_at?);
    Some(Interval::new(any_time(start).ok()?, any_time(end).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: i64) -> Option<prost_types::Timestamp> {
        Some(prost_types::Timestamp { seconds, nanos: 0 })
    }

    fn covers(ends: Option<(i64, i64)>) -> wire::Basis {
        wire::Basis {
            covered: ends.map(|(start, end)| wire::Interval {
                start_at: seconds(start),
                end_at: seconds(end),
            }),
            ..wire::Basis::default()
        }
    }

    fn of(all: &[Option<(i64, i64)>]) -> Option<wire::Interval> {
        let bases: Vec<wire::Basis> = all.iter().copied().map(covers).collect();
        match shared(bases.iter().map(Some))?.period? {
            wire::period::Period::Custom(interval) => Some(interval),
            wire::period::Period::Preset(preset) => panic!("{preset}"),
        }
    }

    #[test]
    fn what_covers_the_same_is_asked_once() {
        assert_eq!(of(&[Some((2_000_000_000, 2_000_000_900)); 3]), None);
        assert_eq!(of(&[None, None]), None);
    }

    #[test]
    fn the_least_is_what_all_cover() {
        let (start, later, end) = (2_000_000_000, 2_000_000_300, 2_000_000_900);
        let found = of(&[Some((start, end)), Some((later, end)), Some((start, end))]).unwrap();
        assert_eq!(
            (found.start_at, found.end_at),
            (seconds(later), seconds(end))
        );
        let nothing = of(&[Some((start, end)), None]).unwrap();
        let last = prost_types::Timestamp {
            seconds: end - 1,
            nanos: 999_999_000,
        };
        assert_eq!(
            (nothing.start_at, nothing.end_at),
            (Some(last), seconds(end))
        );
    }
}
