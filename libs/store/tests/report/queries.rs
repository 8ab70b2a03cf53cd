//! Random questions, of every kind that a path can and cannot express.

use acuse_domain::calendar::{Bucket, Interval, Zone, buckets, quarter_hour};
use acuse_domain::contribution::Contribution;
use acuse_domain::counts::Count;
use acuse_domain::kinds::Direction;
use acuse_domain::report::{Condition, Counted, Dimension, Group, Query, RepliedAt, Windows};
use acuse_domain::rollup::{Facet, Span};
use acuse_domain::time::Timestamp;
use acuse_store::read::{Asked, Path, Scoped};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::fixture::{NOW, ZONE};

/// Every path that has answers, in order.
pub(crate) fn paths() -> Vec<Path> {
    let facets = Facet::ALL.iter().copied();
    // It holds histograms alone, which others answer with.
    let facets = facets.filter(|facet| *facet != Facet::All);
    let mut paths: Vec<Path> = facets.map(Path::Facets).collect();
    paths.extend([Path::Totals, Path::Rows]);
    paths.sort_unstable();
    paths
}

/// All outbound messages by the values of each dimension, and by the hour of their replies; between them they can be read
/// by every path.
pub(crate) fn plain(zone: &Zone) -> impl Iterator<Item = Query> {
    let days_ago = |days| zone.day_start(zone.day_of(NOW - acuse_domain::time::days(days)));
    let interval = Interval::new(days_ago(80), days_ago(0));
    let dimensions = Dimension::ALL.iter().copied().map(Group::values);
    let groups = dimensions.chain([Group::ReplyHours(zone.clone()), Group::Proactive]);
    groups.map(move |group| Query {
        direction: Direction::Outbound,
        interval,
        windows: None,
        conditions: Vec::new(),
        counted: Vec::new(),
        replied: None,
        group,
        unconfirmed_before: interval.start,
    })
}

/// A question by all paths that can answer it, each with as much as it can tell beside the counts.
pub(crate) fn by_all_paths(scoped: &Scoped, query: &Query, zone: &Zone) -> Vec<Asked> {
    let question = scoped.question(query.clone(), Vec::new());
    let asked = |path, durations| Asked {
        question: question.clone(),
        path,
        durations,
        departments: true,
    };
    paths()
        .into_iter()
        .filter_map(|path| {
            let fits = |asked: &Asked| asked.fits(zone).is_ok();
            [asked(path, true), asked(path, false)]
                .into_iter()
                .find(fits)
        })
        .collect()
}

/// A question asked piece by piece of its interval, which is cut anywhere, each by a path that can answer it: by rows
/// alone where no other can.
pub(crate) fn split(dice: &mut StdRng, scoped: &Scoped, query: &Query, zone: &Zone) -> Vec<Asked> {
    let grains = [Grain::Days, Grain::Micros, Grain::QuarterHours, Grain::Days];
    let cuts = dice.random_range(2..=grains.len());
    let mut bounds: Vec<Timestamp> = grains[..cuts]
        .iter()
        .map(|grain| grain.moment(dice, zone))
        .filter(|cut| query.interval.contains(*cut))
        .collect();
    bounds.extend([query.interval.start, query.interval.end]);
    bounds.sort_unstable();
    let question = scoped.question(query.clone(), Vec::new());
    let durations = dice.random_ratio(1, 2);
    let pieces = bounds.windows(2).map(|ends| {
        let question = question.within(Interval::new(ends[0], ends[1]));
        let asked = paths().into_iter().map(|path| Asked {
            question: question.clone(),
            path,
            durations,
            departments: true,
        });
        let mut fit: Vec<Asked> = asked.filter(|asked| asked.fits(zone).is_ok()).collect();
        if fit.len() > 1 {
            fit.retain(|asked| asked.path != Path::Rows);
        }
        fit.swap_remove(dice.random_range(0..fit.len()))
    });
    pieces.collect()
}

/// A random query. The coarser its times, the more paths can answer.
pub(crate) fn query(dice: &mut StdRng, contributions: &[Contribution]) -> Query {
    let zone: Zone = ZONE.parse().unwrap();
    let grain = *[Grain::Days, Grain::Days, Grain::QuarterHours, Grain::Micros]
        .choose(dice)
        .unwrap();
    let mut bounds = [(); 2].map(|()| grain.moment(dice, &zone));
    bounds.sort_unstable();
    let interval = Interval::new(bounds[0], bounds[1]);
    Query {
        direction: *[Direction::Outbound, Direction::Outbound, Direction::Inbound]
            .choose(dice)
            .unwrap(),
        interval,
        windows: dice.random_ratio(1, 3).then(|| {
            let spans = dice.random_range(0..4);
            Windows::new((0..spans).map(|_| {
                let mut ends = [(); 2].map(|()| grain.moment(dice, &zone));
                ends.sort_unstable();
                Interval::new(ends[0], ends[1])
            }))
        }),
        conditions: conditions(dice, contributions),
        counted: counted(dice),
        replied: dice.random_ratio(1, 10).then(|| replied(dice)),
        group: group(dice, grain, interval, &zone),
        unconfirmed_before: grain.moment(dice, &zone),
    }
}

#[derive(Clone, Copy)]
enum Grain {
    Days,
    QuarterHours,
    Micros,
}

impl Grain {
    fn moment(self, dice: &mut StdRng, zone: &Zone) -> Timestamp {
        let back = dice.random_range(0..80 * 24 * 3_600 * 1_000_000i64);
        let at = Timestamp::from_micros(NOW.micros() + 3_600_000_000 - back);
        match self {
            Self::Days => zone.day_start(zone.day_of(at)),
            Self::QuarterHours => quarter_hour(at),
            Self::Micros => at,
        }
    }
}

/// Few conditions, and often such that rollups know them.
fn conditions(dice: &mut StdRng, contributions: &[Contribution]) -> Vec<Condition> {
    let count = *[0, 0, 1, 1, 2, 3].choose(dice).unwrap();
    (0..count)
        .map(|_| {
            let known = [Dimension::Channel, Dimension::Department];
            let dimension = if dice.random_ratio(1, 2) {
                *known.choose(dice).unwrap()
            } else {
                *Dimension::ALL.choose(dice).unwrap()
            };
            let values = dice.random_range(0..4);
            let values: Vec<i32> = (0..values)
                .map(|_| dimension.value_of(contributions.choose(dice).unwrap()))
                .collect();
            if dice.random_ratio(1, 3) {
                Condition::none_of(dimension, values)
            } else {
                Condition::any_of(dimension, values)
            }
        })
        .collect()
}

/// Most hours of the week, or few, by the clock of some zone.
fn replied(dice: &mut StdRng) -> RepliedAt {
    let zones = [ZONE, "UTC", "Asia/Kathmandu", "Australia/Lord_Howe"];
    let share = *[1, 5, 9].choose(dice).unwrap();
    RepliedAt {
        zone: zones.choose(dice).unwrap().parse().unwrap(),
        hours: (1..=168).filter(|_| dice.random_ratio(share, 10)).collect(),
    }
}

/// Seldom: rollups know nothing of it.
fn counted(dice: &mut StdRng) -> Vec<Counted> {
    let all = [
        Counted::In(&[Count::Messages]),
        Counted::In(&[Count::Unattached]),
        Counted::In(&[Count::FailedSend, Count::FailedDelivery]),
        Counted::In(&[Count::WithSession]),
        Counted::In(&[]),
        Counted::NotIn(Count::SentBase),
        Counted::NotIn(Count::WithSession),
        Counted::Pending { unconfirmed: true },
        Counted::Pending { unconfirmed: false },
        Counted::Timed(Span::ToDeliver),
        Counted::Timed(Span::ToReply),
    ];
    let count = *[0, 0, 0, 0, 1, 2].choose(dice).unwrap();
    all.choose_multiple(dice, count).copied().collect()
}

/// Now and then a pair.
fn group(dice: &mut StdRng, grain: Grain, interval: Interval, zone: &Zone) -> Group {
    let first = one_group(dice, grain, interval, zone);
    if !dice.random_ratio(1, 3) {
        return first;
    }
    let second = one_group(dice, grain, interval, zone);
    match (first, second) {
        (Group::By(first), Group::By(second)) => Group::Both(first, second),
        (first, _) => first,
    }
}

fn one_group(dice: &mut StdRng, grain: Grain, interval: Interval, zone: &Zone) -> Group {
    let starts = |bucket, zone: &Zone| {
        let cut = buckets(interval, zone, bucket).into_iter();
        Group::parts(cut.map(|bucket| bucket.start).collect())
    };
    match dice.random_range(0..10) {
        0 => [Group::All, Group::Proactive].choose(dice).unwrap().clone(),
        1 => starts(Bucket::Week, zone),
        2 | 3 => starts(Bucket::Day, zone),
        4 => starts(Bucket::Hour, &"Asia/Kathmandu".parse().unwrap()),
        5 => Group::ReplyHours(zone.clone()),
        6 => Group::ReplyHours("Asia/Kathmandu".parse().unwrap()),
        7 if matches!(grain, Grain::Micros) => {
            let mut starts: Vec<Timestamp> = (0..4).map(|_| grain.moment(dice, zone)).collect();
            starts.retain(|start| *start > interval.start);
            starts.push(interval.start);
            starts.sort_unstable();
            Group::parts(starts)
        }
        _ => Group::values(*Dimension::ALL.choose(dice).unwrap()),
    }
}
