//! The runs of schedules: when they are made, of what, and with what their owner sees.

use std::time::Duration;

use acuse_domain::scope::Limit;
use acuse_domain::time::days;
use acuse_proto::export::{ExportState, NotificationKind, Schedule, ScheduleRun, ScheduleRunState};
use acuse_proto::reporting::{self, Preset, period};
use acuse_rpc::Secret;
use acuse_testkit::service::eventually;
use acuse_testkit::service::wire::reason;
use prost::Message as _;
use tonic::Code;
use uuid::Uuid;

use crate::planned::{daily, weekly};
use crate::rig::{NOW, PATIENCE, Rig};
use crate::schedules::{at, eight, pause, resume, run_now, wire};

fn interval(start: &str, end: &str) -> Option<reporting::Interval> {
    Some(reporting::Interval {
        start_at: wire(at(start)),
        end_at: wire(at(end)),
    })
}

/// The runs of a schedule once there are so many.
async fn until_runs(rig: &Rig, token: &Secret, id: &str, count: usize) -> Vec<ScheduleRun> {
    eventually(PATIENCE, || async {
        let runs = rig.runs(token, id).await;
        (runs.len() >= count).then_some(runs)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_an_export_of_what_lies_behind() {
    let rig = Rig::of(3).await;
    let ana = rig.analyst();
    let id = rig.schedule(&ana, daily()).await.unwrap().id;
    rig.set_now(eight("2022-10-02"));
    let runs = until_runs(&rig, &ana, &id, 1).await;
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].state(), ScheduleRunState::Made);
    assert_eq!(runs[0].due_time, wire(eight("2022-10-02")));
    let saturday = interval("2022-10-01T05:00:00Z", "2022-10-02T05:00:00Z");
    assert_eq!(runs[0].period, saturday);
    let export = runs[0].export_id.clone().unwrap();
    let done = rig.until(&ana, &export, ExportState::Succeeded).await;
    assert_eq!(done.requested_by, "ana");
    assert_eq!(done.schedule_id.as_deref(), Some(id.as_str()));
    assert_eq!(done.request.unwrap().name.as_deref(), Some("Diario"));
    assert_eq!(done.file.unwrap().name, "Diario-2022-10-02.csv");
    let asked = rig.peer.calls();
    let period = asked[0].question.period.and_then(|period| period.period);
    assert_eq!(period, saturday.map(period::Period::Custom));
    let after = rig.runs(&ana, &id).await;
    assert_eq!(after[0].export_state, Some(ExportState::Succeeded.into()));
    let next = rig.scheduled(&ana, &id).await.unwrap().next_run_time;
    assert_eq!(next, wire(eight("2022-10-03")));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_what_an_outage_missed_the_last_is_made_up() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    let preset = Schedule {
        preset: Some(Preset::Last7Days.into()),
        ..daily()
    };
    let id = rig.schedule(&ana, preset).await.unwrap().id;
    // Nobody looked for four days.
    rig.set_now(eight("2022-10-05") + Duration::from_secs(3_600));
    let runs = until_runs(&rig, &ana, &id, 4).await;
    let told: Vec<_> = runs.iter().map(|run| (run.due_time, run.state())).collect();
    let missed = |day| (wire(eight(day)), ScheduleRunState::Missed);
    let expected = [
        missed("2022-10-02"),
        missed("2022-10-03"),
        missed("2022-10-04"),
        (wire(eight("2022-10-05")), ScheduleRunState::Made),
    ];
    assert_eq!(told, expected);
    assert!(runs[0].export_id.is_none() && runs[0].period.is_none());
    // As of when it was due.
    let week = interval("2022-09-29T05:00:00Z", "2022-10-06T05:00:00Z");
    assert_eq!(runs[3].period, week);
    // A schedule that rests misses nothing.
    let paused = pause(&rig, &ana, &id).await.unwrap();
    assert_eq!((paused.paused, paused.next_run_time), (true, None));
    assert_eq!(pause(&rig, &ana, &id).await.unwrap(), paused);
    rig.set_now(eight("2022-10-09"));
    let resumed = resume(&rig, &ana, &id).await.unwrap();
    assert_eq!(resumed.next_run_time, wire(eight("2022-10-10")));
    assert_eq!(resume(&rig, &ana, &id).await.unwrap(), resumed);
    rig.set_now(eight("2022-10-10"));
    let runs = until_runs(&rig, &ana, &id, 5).await;
    assert_eq!(runs[4].due_time, wire(eight("2022-10-10")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_asked_for_moves_nothing() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    let created = rig.schedule(&ana, weekly(&[1])).await.unwrap();
    pause(&rig, &ana, &created.id).await.unwrap();
    let request_id = Some(Uuid::now_v7());
    let run = run_now(&rig, &ana, &created.id, request_id).await.unwrap();
    assert_eq!((run.state(), run.due_time), (ScheduleRunState::Made, None));
    // The week from Monday to Sunday before that of Saturday, the first.
    let week = interval("2022-09-19T05:00:00Z", "2022-09-26T05:00:00Z");
    assert_eq!(run.period, week);
    let again = run_now(&rig, &ana, &created.id, request_id).await.unwrap();
    assert_eq!(again.id, run.id);
    let other = run_now(&rig, &ana, &created.id, None).await.unwrap();
    assert_ne!(other.id, run.id);
    for run in [&run, &other] {
        let export = run.export_id.as_deref().unwrap();
        rig.until(&ana, export, ExportState::Succeeded).await;
    }
    assert_eq!(rig.runs(&ana, &created.id).await.len(), 2);
    let resumed = resume(&rig, &ana, &created.id).await.unwrap();
    assert_eq!(resumed.next_run_time, created.next_run_time);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_cut_to_what_the_directory_says_of_its_owner() {
    let rig = Rig::of(1).await;
    let owner = rig.supervisor("sup", &["soporte", "ventas"]);
    let id = rig.schedule(&owner, daily()).await.unwrap().id;
    let seen = async |day: &str, count: usize| {
        rig.set_now(eight(day));
        let runs = until_runs(&rig, &owner, &id, count).await;
        let export = runs[count - 1].export_id.clone().unwrap();
        rig.until(&owner, &export, ExportState::Succeeded).await;
        let last = rig.peer.calls().pop().unwrap();
        match last.caller.scope.unwrap().departments {
            Limit::Only(ids) => ids.into_iter().collect::<Vec<_>>(),
            Limit::All => unreachable!(),
        }
    };
    assert_eq!(seen("2022-10-02", 1).await, ["soporte", "ventas"]);
    rig.directory("sup", &["norte", "ventas"], false).await;
    assert_eq!(seen("2022-10-03", 2).await, ["ventas"]);
    rig.directory("sup", &[], false).await;
    assert!(seen("2022-10-04", 3).await.is_empty());
    // What is said of somebody else says nothing.
    rig.directory("sup", &["soporte", "ventas"], false).await;
    assert_eq!(seen("2022-10-05", 4).await, ["soporte", "ventas"]);

    rig.directory("sup", &[], true).await;
    rig.set_now(eight("2022-10-06"));
    let runs = until_runs(&rig, &owner, &id, 5).await;
    let failed = &runs[4];
    assert_eq!(failed.state(), ScheduleRunState::Failed);
    assert_eq!(failed.failure.as_ref().unwrap().reason, "OWNER_LEFT");
    assert!(failed.export_id.is_none() && failed.period.is_some());
    let told = rig.told(&owner).await.notifications;
    assert_eq!(told[0].kind(), NotificationKind::ScheduleRunFailed);
    assert_eq!(
        (told[0].schedule_id.as_deref(), told[0].period),
        (Some(id.as_str()), failed.period)
    );
    assert_eq!(told[0].failure.as_ref().unwrap().reason, "OWNER_LEFT");
    let error = run_now(&rig, &owner, &id, None).await.unwrap_err();
    let told = (error.code(), reason(&error));
    assert_eq!(told, (Code::FailedPrecondition, "OWNER_LEFT".to_owned()));
    // They are back, and so are their runs.
    rig.directory("sup", &["ventas"], false).await;
    assert_eq!(seen("2022-10-07", 6).await, ["ventas"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_any_more_fails_and_goes_on() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    let id = rig.schedule(&ana, daily()).await.unwrap().id;
    // Another version took what this one does not know.
    let session = rig.session().await;
    let kept: Vec<u8> = session
        .query_one("SELECT definition FROM export.schedules", &[])
        .await
        .unwrap()
        .get(0);
    let mut definition = Schedule::decode(kept.as_slice()).unwrap();
    definition.export.as_mut().unwrap().report = 99;
    let write = "UPDATE export.schedules SET definition = $1";
    session
        .execute(write, &[&definition.encode_to_vec()])
        .await
        .unwrap();
    rig.set_now(eight("2022-10-02"));
    let runs = until_runs(&rig, &ana, &id, 1).await;
    assert_eq!(runs[0].state(), ScheduleRunState::Failed);
    assert_eq!(runs[0].failure.as_ref().unwrap().reason, "REQUEST_REFUSED");
    let error = run_now(&rig, &ana, &id, None).await.unwrap_err();
    assert_eq!(reason(&error), "REQUEST_REFUSED");
    assert_eq!(rig.told(&ana).await.unread_count, 1);
    session.execute(write, &[&kept]).await.unwrap();
    rig.set_now(eight("2022-10-03"));
    let runs = until_runs(&rig, &ana, &id, 2).await;
    assert_eq!(runs[1].state(), ScheduleRunState::Made);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_limits() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    let id = rig.schedule(&ana, daily()).await.unwrap().id;
    let session = rig.session().await;
    let fill = "INSERT INTO export.schedules (workspace_id, schedule_id, owner, role, name, definition, is_paused, revision, \
                created_at, updated_at) SELECT workspace_id, gen_random_uuid(), owner, role, name, definition, true, 1, \
                created_at, updated_at FROM export.schedules, generate_series(2, 200)";
    assert_eq!(session.execute(fill, &[]).await.unwrap(), 199);
    let error = rig.schedule(&ana, daily()).await.unwrap_err();
    let told = (error.code(), reason(&error));
    assert_eq!(
        told,
        (Code::ResourceExhausted, "TOO_MANY_SCHEDULES".to_owned())
    );

    // Exports that are not over, and never will be while this lasts.
    let open = "INSERT INTO export.jobs (workspace_id, job_id, request, requested_by, role, state, due_at, created_at) \
                SELECT workspace_id, gen_random_uuid(), '', 'ana', 'analyst', 1, '2100-01-01', now() \
                FROM export.schedules, generate_series(1, 300) WHERE NOT is_paused";
    assert_eq!(session.execute(open, &[]).await.unwrap(), 300);
    let error = run_now(&rig, &ana, &id, None).await.unwrap_err();
    assert_eq!(reason(&error), "TOO_MANY_EXPORTS");
    rig.set_now(eight("2022-10-02"));
    let runs = until_runs(&rig, &ana, &id, 1).await;
    assert_eq!(runs[0].failure.as_ref().unwrap().reason, "TOO_MANY_EXPORTS");

    // Runs are listed for 400 days.
    rig.set_now(NOW + days(402));
    let cleaning = rig.replica().await;
    eventually(PATIENCE, || async {
        let due: Vec<_> = rig.runs(&ana, &id).await;
        let first = due.first()?.due_time?.seconds;
        (first > eight("2022-10-02").micros() / 1_000_000).then_some(())
    })
    .await;
    cleaning.stop().await;
}
