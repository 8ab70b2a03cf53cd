//! A year of schedules, with several replicas on one database: each run once, of the right period, with its export.

use std::collections::BTreeSet;
use std::time::Duration;

use acuse_domain::scope::Role;
use acuse_domain::time::Timestamp;
use acuse_proto::export::schedule::Cadence;
use acuse_proto::export::{ExportState, MonthlyCadence, Schedule, ScheduleRunState, TimeOfDay};
use acuse_rpc::auth::Claims;
use acuse_testkit::service::eventually;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};

use crate::peer::Answer;
use crate::planned::{daily, weekly};
use crate::rig::{OTHER, PATIENCE, Rig};

/// A year in which Santiago's clocks go back on 2 April and forward, at midnight, on 3 September.
const YEAR: i16 = 2023;

fn first_instant(day: Date, zone: &TimeZone) -> i64 {
    // The civil day begins when the clock first shows it.
    let midnight: Zoned = day.to_zoned(zone.clone()).unwrap();
    let start = midnight.start_of_day().unwrap();
    start.timestamp().as_second()
}

fn seconds(at: Option<prost_types::Timestamp>) -> i64 {
    at.unwrap().seconds
}

/// When a schedule runs on a day at an hour, and what it covers: as seconds, written with jiff's own civil days.
fn expected(day: Date, hour: i8, zone: &TimeZone, (first, end): (Date, Date)) -> (i64, i64, i64) {
    let due = day.at(hour, 0, 0, 0).to_zoned(zone.clone()).unwrap();
    let covers = (first_instant(first, zone), first_instant(end, zone));
    (due.timestamp().as_second(), covers.0, covers.1)
}

fn days_of_the_year() -> impl Iterator<Item = Date> {
    date(YEAR, 1, 1)
        .series(Span::new().days(1))
        .take_while(|day| day.year() == YEAR)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_runs_once_however_many_look() {
    let redis = std::env::var("REDIS_URL").expect("REDIS_URL is not set");
    let quick = |config: &mut acuse_export::Config| config.work.poll = Duration::from_millis(5);
    let rig = Rig::with(redis, |_| Ok(Answer::of(1)), quick).await;
    let zone = TimeZone::get("America/Santiago").unwrap();
    let start: Timestamp = zone
        .to_timestamp(date(YEAR, 1, 1).at(0, 0, 0, 0))
        .unwrap()
        .into();
    rig.set_now(start);
    let others = [rig.replica_with(quick).await, rig.replica_with(quick).await];
    let ana = rig.analyst();
    let there = rig.token(Claims::of("ana", Role::Analyst, Some(OTHER)));
    let at = |hour, schedule: Schedule| Schedule {
        time_of_day: Some(TimeOfDay { hour, minute: 0 }),
        time_zone: Some("America/Santiago".to_owned()),
        ..schedule
    };
    let monthly = Schedule {
        cadence: Some(Cadence::Monthly(MonthlyCadence { day: 31 })),
        ..daily()
    };
    let (every_week, every_month) = (at(8, weekly(&[1, 4])), at(0, monthly));
    let week = rig.schedule(&ana, every_week).await.unwrap().id;
    let month = rig.schedule(&there, every_month).await.unwrap().id;

    let mut weeks = Vec::new();
    let mut months = Vec::new();
    for day in days_of_the_year() {
        let monday = day - Span::new().days(day.weekday().to_monday_zero_offset());
        if [0, 3].contains(&day.weekday().to_monday_zero_offset()) {
            let covers = (monday - Span::new().days(7), monday);
            weeks.push(expected(day, 8, &zone, covers));
        }
        if day == day.last_of_month() {
            let this = day.first_of_month();
            let covers = ((this - Span::new().days(1)).first_of_month(), this);
            months.push(expected(day, 0, &zone, covers));
        }
    }
    // All times at which anything is due, each for itself: nothing is missed.
    let times: BTreeSet<i64> = weeks.iter().chain(&months).map(|(due, ..)| *due).collect();
    let session = rig.session().await;
    let over = "SELECT NOT EXISTS (SELECT FROM export.jobs WHERE due_at IS NOT NULL)";
    for due in times {
        rig.set_now(Timestamp::from_seconds(due));
        eventually(PATIENCE, || async {
            let mut next = Vec::new();
            for (token, id) in [(&ana, &week), (&there, &month)] {
                next.push(seconds(
                    rig.scheduled(token, id).await.unwrap().next_run_time,
                ));
            }
            let over: bool = session.query_one(over, &[]).await.unwrap().get(0);
            (over && next.iter().all(|next| *next > due)).then_some(())
        })
        .await;
    }
    let count = weeks.len() + months.len();
    for (token, id, expected) in [(&ana, &week, weeks), (&there, &month, months)] {
        let runs = rig.runs(token, id).await;
        let told: Vec<_> = runs
            .iter()
            .map(|run| {
                assert_eq!(run.state(), ScheduleRunState::Made, "{run:?}");
                let period = run.period.unwrap();
                (
                    seconds(run.due_time),
                    seconds(period.start_at),
                    seconds(period.end_at),
                )
            })
            .collect();
        assert_eq!(told, expected);
        for run in &runs {
            let export = run.export_id.as_deref().unwrap();
            // Files expire in a week; that it was made is what counts.
            let found = rig.get(token, export).await.unwrap();
            let made = [ExportState::Succeeded, ExportState::Expired];
            assert!(made.contains(&found.state()), "{found:?}");
            assert_eq!(found.attempts, 1);
        }
    }
    let made = "SELECT count(*) FROM export.jobs";
    let made: i64 = session.query_one(made, &[]).await.unwrap().get(0);
    assert_eq!((usize::try_from(made).unwrap(), count), (count, 104 + 12));
    for other in others {
        other.stop().await;
    }
}
