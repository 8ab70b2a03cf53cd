use jiff::civil::{Date, DateTime};
use proptest::prelude::*;

use super::super::tests::{ZONES, any_instant, any_zone, at, zone};
use super::*;

const MINUTE: i64 = 60_000_000;

fn time(text: &str) -> TimeOfDay {
    let (hour, minute) = text.split_once(':').unwrap();
    TimeOfDay::new(hour.parse().unwrap(), minute.parse().unwrap()).unwrap()
}

fn table(cadence: Cadence, at: &str, name: &str) -> Timetable {
    Timetable {
        cadence,
        time: time(at),
        zone: zone(name),
    }
}

fn weekly(days: &[u8]) -> Cadence {
    let none = Weekdays::default();
    Cadence::Weekly(days.iter().fold(none, |days, day| days.with(*day)))
}

fn day(text: &str) -> LocalDay {
    LocalDay::from_date(text.parse().unwrap())
}

fn dues(table: &Timetable, from: &str, to: &str) -> Vec<String> {
    let found = table.between(at(from), at(to));
    found.map(|due| due.at.to_string()).collect()
}

/// When a timetable is due after an instant, by looking at the clock minute by minute.
fn walked(table: &Timetable, after: Timestamp) -> Timestamp {
    let wanted = table.time.0;
    let shown = |minute: i64| table.zone.local(Timestamp::from_micros(minute * MINUTE));
    let asked = after.micros().div_euclid(MINUTE);
    let start = asked - 3 * 24 * 60;
    // What the clock has shown at the latest, so that what comes twice comes once.
    let mut latest: DateTime = shown(start);
    for minute in start + 1.. {
        let now = shown(minute);
        if now <= latest {
            continue;
        }
        let came = dates(latest.date(), now.date()).filter(|date| {
            let moment = date.to_datetime(wanted);
            let is_there = *date == latest.date() || *date == now.date();
            latest < moment && moment <= now && is_wanted(table.cadence, *date, is_there)
        });
        let is_due = came.count() > 0;
        latest = now;
        if is_due && minute * MINUTE > after.micros() {
            return Timestamp::from_micros(minute * MINUTE);
        }
    }
    unreachable!()
}

fn dates(from: Date, to: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(from), |date| date.tomorrow().ok())
        .take_while(move |date| *date <= to)
}

fn is_wanted(cadence: Cadence, date: Date, is_there: bool) -> bool {
    match cadence {
        Cadence::Daily => is_there,
        Cadence::Weekly(Weekdays(days)) => days & 1 << date.weekday().to_monday_zero_offset() != 0,
        Cadence::Monthly(number) => {
            let last = date.last_of_month().day();
            date.day() == last.min(number.cast_signed())
        }
    }
}

#[test]
fn a_day_of_a_year_comes_once() {
    for name in ZONES {
        for clock in ["00:00", "00:30", "02:15", "02:30", "12:00", "23:59"] {
            let table = table(Cadence::Daily, clock, name);
            let (from, to) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
            let found: Vec<Due> = table.between(from, to).collect();
            assert!((364..=366).contains(&found.len()), "{name} at {clock}");
            for pair in found.windows(2) {
                assert!(pair[0].at < pair[1].at, "{name} at {clock}");
                assert_eq!(pair[0].day.plus(1), pair[1].day, "{name} at {clock}");
            }
        }
    }
}

#[test]
fn a_time_that_is_skipped_comes_when_the_clock_has_skipped_it() {
    // There is no midnight on the 6th: the clock goes from 23:59 to 01:00.
    let santiago = table(Cadence::Daily, "00:30", "America/Santiago");
    assert_eq!(
        dues(&santiago, "2026-09-05T12:00:00Z", "2026-09-07T12:00:00Z"),
        ["2026-09-06T04:00:00Z", "2026-09-07T03:30:00Z"]
    );
    // Half an hour is skipped at two.
    let lord_howe = table(Cadence::Daily, "02:15", "Australia/Lord_Howe");
    assert_eq!(
        dues(&lord_howe, "2026-10-02T20:00:00Z", "2026-10-04T20:00:00Z"),
        ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"]
    );
}

#[test]
fn a_time_that_comes_twice_is_due_the_first_time() {
    let havana = table(Cadence::Daily, "00:30", "America/Havana");
    assert_eq!(
        dues(&havana, "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z"),
        ["2026-11-01T04:30:00Z", "2026-11-02T05:30:00Z"]
    );
}

#[test]
fn a_day_that_never_was_has_no_run_of_its_own_but_by_its_name() {
    let (from, to) = ("2011-12-29T12:00:00Z", "2012-01-01T12:00:00Z");
    let daily = table(Cadence::Daily, "09:00", "Pacific/Apia");
    assert_eq!(
        dues(&daily, from, to),
        [
            "2011-12-29T19:00:00Z",
            "2011-12-30T19:00:00Z",
            "2011-12-31T19:00:00Z"
        ]
    );
    // The 30th was a Friday: what is due then is so when Saturday begins.
    for cadence in [weekly(&[4]), Cadence::Monthly(30)] {
        let table = table(cadence, "09:00", "Pacific/Apia");
        let due = table.after(at(from)).unwrap();
        assert_eq!(due.at, at("2011-12-30T10:00:00Z"));
        assert_eq!(due.day, day("2011-12-30"));
    }
    // Two that are due at one instant are one.
    let both = table(weekly(&[4, 5]), "00:00", "Pacific/Apia");
    let saturday = "2011-12-30T10:00:00Z";
    assert_eq!(dues(&both, from, to), [saturday]);
}

#[test]
fn months_that_are_shorter_end_earlier() {
    let table = table(Cadence::Monthly(31), "08:00", "Asia/Kathmandu");
    let found: Vec<String> = table
        .between(at("2027-12-31T12:00:00Z"), at("2028-06-01T00:00:00Z"))
        .map(|due| due.day.to_string())
        .collect();
    let days = [
        "2028-01-31",
        "2028-02-29",
        "2028-03-31",
        "2028-04-30",
        "2028-05-31",
    ];
    assert_eq!(found, days);
}

#[test]
fn what_lies_behind_is_a_whole_day_week_or_month() {
    let days = |cadence: Cadence, on: &str, name: &str| {
        let zone = zone(name);
        let Interval { start, end } = cadence.period_before(day(on), &zone);
        let last = Timestamp::from_micros(end.micros() - 1);
        assert_eq!(zone.day_start(zone.day_of(start)), start);
        assert_eq!(zone.day_start(zone.day_of(last).plus(1)), end);
        format!("{} {}", zone.day_of(start), zone.day_of(last))
    };
    let lima = "America/Lima";
    assert_eq!(
        days(Cadence::Daily, "2026-03-01", lima),
        "2026-02-28 2026-02-28"
    );
    // A Wednesday, a Monday and a Sunday.
    for on in ["2026-09-09", "2026-09-07", "2026-09-13"] {
        let week = days(weekly(&[0]), on, "America/Santiago");
        assert_eq!(week, "2026-08-31 2026-09-06", "{on}");
    }
    for on in ["2026-03-01", "2026-03-31"] {
        let month = days(Cadence::Monthly(31), on, lima);
        assert_eq!(month, "2026-02-01 2026-02-28", "{on}");
    }
    // Before the 31st there was the 29th.
    let apia = days(Cadence::Daily, "2011-12-31", "Pacific/Apia");
    assert_eq!(apia, "2011-12-29 2011-12-29");
}

#[test]
fn the_calendar_ends() {
    let table = table(Cadence::Monthly(31), "23:59", "UTC");
    assert_eq!(table.after(Timestamp::from_micros(i64::MAX)), None);
    assert!(table.after(Timestamp::from_micros(i64::MIN)).is_some());
}

fn any_cadence() -> impl Strategy<Value = Cadence> {
    prop_oneof![
        Just(Cadence::Daily),
        (1u8..128).prop_map(|days| Cadence::Weekly(Weekdays(days))),
        (1u8..=31).prop_map(Cadence::Monthly),
    ]
}

/// A time of day, often one at which clocks are set.
fn any_time() -> impl Strategy<Value = TimeOfDay> {
    let close = prop::sample::select(&[
        "00:00", "00:01", "00:30", "01:00", "01:45", "02:15", "23:30",
    ])
    .prop_map(time);
    let any = (0i8..24, 0i8..60).prop_map(|(hour, minute)| TimeOfDay::new(hour, minute).unwrap());
    prop_oneof![close, any]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_next_is_what_a_walk_by_the_clock_comes_to(
        zone in any_zone(), cadence in any_cadence(), time in any_time(), after in any_instant(),
    ) {
        let table = Timetable { cadence, time, zone };
        let due = table.after(after).unwrap();
        prop_assert_eq!(due.at, walked(&table, after));
    }

    #[test]
    fn a_period_lies_behind_and_touches_the_next(
        zone in any_zone(), cadence in any_cadence(), time in any_time(), after in any_instant(),
    ) {
        let table = Timetable { cadence, time, zone };
        let due = table.after(after).unwrap();
        let period = cadence.period_before(due.day, &table.zone);
        prop_assert!(!period.is_empty() && period.end <= due.at);
        let next = table.after(due.at).unwrap();
        let follows = cadence.period_before(next.day, &table.zone);
        let same = matches!(cadence, Cadence::Weekly(_)) && follows == period;
        prop_assert!(same || follows.start == period.end, "{:?} then {:?}", period, follows);
    }
}
