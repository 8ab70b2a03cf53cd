use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::calendar::Zone;
use crate::capabilities::Capabilities;
use crate::contribution::{Dimensions, Measures, SentMeasures};
use crate::counts::Count;
use crate::ids::NameId;
use crate::kinds::{Channel, MessageState, MessageType, Source, Stage};
use crate::report::{Axis, Condition, Counted, Dimension, Group, RepliedAt, Windows};
use crate::rollup::Span;
use crate::taxonomy::FailureCategory;

/// The first of the days that messages are of.
const FIRST: i64 = 20_000;
/// As many days have messages.
const DAYS: i64 = 4;

fn instant() -> impl Strategy<Value = Timestamp> {
    // Few enough that messages meet each other, and the bounds of what is asked.
    (FIRST * 96..(FIRST + DAYS) * 96, 0..3_i64)
        .prop_map(|(quarter, micros)| Timestamp::from_micros(quarter * 900_000_000 + micros))
}

fn name() -> impl Strategy<Value = Option<NameId>> {
    prop::option::of((1..4).prop_map(NameId))
}

prop_compose! {
    fn dimensions()(
        channel in prop::option::of(select(Channel::ALL)),
        (template, campaign, agent, department, error_code) in (name(), name(), name(), name(), name()),
        kind in prop::option::of(select(MessageType::ALL)),
        source in select(Source::ALL),
        failure_category in prop::option::of(select(FailureCategory::ALL)),
    ) -> Dimensions {
        Dimensions {
            channel, template, campaign, agent, department, error_code, kind, failure_category,
            source: Some(source),
            ..Dimensions::default()
        }
    }
}

prop_compose! {
    fn sent()(
        at in instant(),
        state in select(MessageState::ALL),
        reached in 0..16_u8,
        reportable in prop::sample::subsequence(Stage::ALL.to_vec(), 0..=4),
        failed_stage in prop::option::of(select(Stage::ALL)),
        (pending, opened_ticket, billable, session_open) in any::<(bool, bool, bool, Option<bool>)>(),
        times in prop::array::uniform3(prop::option::of(0..3_000_000_i64)),
        conflict in any::<bool>(),
    ) -> (Timestamp, SentMeasures) {
        let [replied_at, delivered_at, read_at] = times
            .map(|after| after.map(|seconds| Timestamp::from_micros(at.micros() + seconds * 1_000_000)));
        let reportable = Capabilities::from_stages(reportable);
        (at, SentMeasures {
            state, reached, reportable, failed_stage, pending, opened_ticket, billable, session_open,
            replied_at, delivered_at, read_at, conflict,
        })
    }
}

fn contribution() -> impl Strategy<Value = Contribution> {
    let (outbound, inbound) = (Direction::Outbound, Direction::Inbound);
    let measures = prop_oneof![
        6 => sent().prop_map(move |(at, sent)| (outbound, at, Measures::Sent(sent))),
        1 => instant().prop_map(move |at| (outbound, at, Measures::Unattached)),
        2 => instant().prop_map(move |at| (inbound, at, Measures::Received)),
    ];
    (measures, dimensions()).prop_map(|((direction, at, measures), dimensions)| Contribution {
        direction,
        at,
        dimensions,
        measures,
    })
}

fn interval() -> impl Strategy<Value = Interval> {
    (instant(), instant()).prop_map(|(one, other)| Interval::new(one.min(other), one.max(other)))
}

fn zone() -> impl Strategy<Value = Zone> {
    const ZONES: [&str; 3] = ["UTC", "Asia/Kathmandu", "America/Santiago"];
    select(ZONES.as_slice()).prop_map(|name| name.parse().unwrap())
}

fn condition() -> impl Strategy<Value = Condition> {
    let values = prop::collection::btree_set(0..4, 0..4);
    (select(Dimension::ALL), any::<bool>(), values).prop_map(|(dimension, negated, values)| {
        Condition {
            dimension,
            negated,
            values,
        }
    })
}

fn counted() -> impl Strategy<Value = Counted> {
    select(
        [
            Counted::FAILED,
            Counted::In(&[Count::Replied]),
            Counted::In(&[Count::Unattached]),
            Counted::NotIn(Count::Delivered),
            Counted::Pending { unconfirmed: true },
            Counted::Pending { unconfirmed: false },
            Counted::Timed(Span::ToRead),
        ]
        .as_slice(),
    )
}

fn axis() -> impl Strategy<Value = Axis> {
    prop_oneof![
        3 => select(Dimension::ALL).prop_map(Axis::Values),
        1 => prop::collection::vec(instant(), 0..5).prop_map(Axis::Parts),
    ]
}

fn group() -> impl Strategy<Value = Group> {
    prop_oneof![
        1 => Just(Group::All),
        3 => axis().prop_map(Group::By),
        3 => (axis(), axis()).prop_map(|(first, second)| Group::Both(first, second)),
        1 => zone().prop_map(Group::ReplyHours),
        1 => Just(Group::Proactive),
    ]
}

/// Has its parts begin where the interval does, as they do in every question.
fn from_start(group: Group, start: Timestamp) -> Group {
    let begun = |axis| match axis {
        Axis::Parts(mut starts) => {
            starts.push(start);
            starts.iter_mut().for_each(|at| *at = start.max(*at));
            starts.sort();
            Axis::Parts(starts)
        }
        axis => axis,
    };
    match group {
        Group::By(axis) => Group::By(begun(axis)),
        Group::Both(first, second) => Group::Both(begun(first), begun(second)),
        group => group,
    }
}

prop_compose! {
    fn query()(
        inbound in prop::bool::weighted(0.2),
        interval in interval(),
        windows in prop::option::weighted(0.3, prop::collection::vec(interval(), 0..4)),
        conditions in prop::collection::vec(condition(), 0..3),
        counted in prop::collection::vec(counted(), 0..2),
        replied in prop::option::weighted(0.2, (zone(), prop::collection::btree_set(1..169, 0..80))),
        group in group(),
        unconfirmed_before in instant(),
    ) -> Query {
        Query {
            direction: if inbound { Direction::Inbound } else { Direction::Outbound },
            windows: windows.map(Windows::new),
            replied: replied.map(|(zone, hours)| RepliedAt { zone, hours }),
            group: from_start(group, interval.start),
            interval, conditions, counted, unconfirmed_before,
        }
    }
}

fn asked(query: &Query, count: impl FnOnce(&mut Tally)) -> Tally {
    let durations = query.direction == Direction::Outbound;
    let mut tally = Tally::new(durations, durations);
    count(&mut tally);
    tally.retain_nonzero();
    tally
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Days that are loaded one after the other, with changes before and after, count what the messages do.
    #[test]
    fn columns_count_what_is_counted_one_by_one(
        mut held in prop::collection::vec(contribution(), 0..40),
        changes in prop::collection::vec((any::<Index>(), prop::option::of(contribution()), any::<bool>()), 40),
        open in FIRST..FIRST + DAYS + 2,
        loads in prop::collection::vec(0..40_usize, DAYS as usize),
        queries in prop::collection::vec(query(), 12),
    ) {
        let open = UtcDay(open);
        // Nothing is there from that day on when it begins.
        held.retain(|one| UtcDay::of(one.at) < open);
        let mut columns = Columns::new(open);
        for (step, (which, after, unite)) in changes.iter().enumerate() {
            let due = loads.iter().enumerate().filter(|(_, when)| **when == step);
            let days: BTreeSet<UtcDay> = due
                .map(|(day, _)| UtcDay(FIRST + day as i64))
                .filter(|day| *day < open)
                .collect();
            let before = (!held.is_empty() && !after.is_none_or(|_| step % 3 == 0))
                .then(|| held.swap_remove(which.index(held.len())));
            held.extend(*after);
            // What a load finds holds the change already.
            let found = held.iter().copied().filter(|one| days.contains(&UtcDay::of(one.at)));
            columns.load(days.iter().copied(), found);
            columns.change([[before, *after]], &days);
            if *unite {
                columns.unite().unwrap();
            }
        }
        for query in &queries {
            if columns.missing(query.interval).is_empty() {
                let expected = asked(query, |tally| {
                    for one in &held {
                        tally.add(query, one, 1);
                    }
                });
                let found = asked(query, |tally| columns.count(query, tally, usize::MAX).unwrap());
                prop_assert_eq!(found, expected, "{:?}", query);
            }
        }
        columns.unite().unwrap();
        prop_assert_eq!(columns.changed_of().0, 0);
    }
}

#[test]
fn what_was_never_held_cannot_be_taken_away() {
    let one = Contribution {
        direction: Direction::Inbound,
        at: Timestamp::from_micros(7),
        dimensions: Dimensions::default(),
        measures: Measures::Received,
    };
    let mut columns = Columns::new(UtcDay(0));
    columns.change([[Some(one), None]], &BTreeSet::new());
    assert_eq!(columns.unite(), Err(NotHeld));
    let mut columns = Columns::new(UtcDay(0));
    columns.change([[None, Some(one)]], &BTreeSet::new());
    columns.unite().unwrap();
    assert_eq!(columns.changed_of(), (0, 1));
    assert!(columns.bytes() > 0);
}

#[test]
fn days_that_are_missing_come_newest_first() {
    let mut columns = Columns::new(UtcDay(10));
    let interval = |first: i64, end: i64| {
        Interval::new(UtcDay(first).interval().start, UtcDay(end).interval().start)
    };
    assert_eq!(columns.missing(interval(8, 30)), [UtcDay(9), UtcDay(8)]);
    columns.load([UtcDay(9)], []);
    assert_eq!(columns.missing(interval(8, 30)), [UtcDay(8)]);
    assert!(columns.missing(interval(9, 30)).is_empty());
    assert!(columns.missing(interval(10, 10)).is_empty());
}
