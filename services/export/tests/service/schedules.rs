//! Schedules: what they may be, who has them, and how they change.

use std::time::Duration;

use acuse_domain::scope::{Limit, Role};
use acuse_domain::time::Timestamp;
use acuse_proto::convert::timestamp;
use acuse_proto::export::schedule::Cadence;
use acuse_proto::export::{
    CreateScheduleRequest, DeleteScheduleRequest, ExportRequest, ExportState, GetScheduleRequest,
    ListSchedulesRequest, MonthlyCadence, PauseScheduleRequest, ResumeScheduleRequest,
    RunScheduleRequest, Schedule, ScheduleRun, TimeOfDay, UpdateScheduleRequest, WeeklyCadence,
};
use acuse_proto::reporting::{Filter, Period, Preset, Question, period};
use acuse_rpc::Secret;
use acuse_rpc::auth::Claims;
use acuse_testkit::service::wire::{fields, reason};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::planned::{daily, weekly};
use crate::rig::{ACME, NOW, Rig, plain};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse::<jiff::Timestamp>().unwrap().into()
}

/// Eight in the morning in Lima on a day.
pub(crate) fn eight(day: &str) -> Timestamp {
    at(&format!("{day}T13:00:00Z"))
}

pub(crate) fn wire(at: Timestamp) -> Option<prost_types::Timestamp> {
    Some(timestamp(at))
}

pub(crate) async fn update(
    rig: &Rig,
    token: &Secret,
    schedule: Schedule,
    paths: &[&str],
) -> Result<Schedule, Status> {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let request = UpdateScheduleRequest {
        schedule: Some(schedule),
        update_mask: Some(prost_types::FieldMask { paths }),
    };
    let answer = rig.schedules(token).update_schedule(request).await?;
    Ok(answer.into_inner().schedule.unwrap())
}

pub(crate) async fn pause(rig: &Rig, token: &Secret, id: &str) -> Result<Schedule, Status> {
    let request = PauseScheduleRequest {
        id: id.to_owned(),
        etag: None,
    };
    let answer = rig.schedules(token).pause_schedule(request).await?;
    Ok(answer.into_inner().schedule.unwrap())
}

pub(crate) async fn resume(rig: &Rig, token: &Secret, id: &str) -> Result<Schedule, Status> {
    let request = ResumeScheduleRequest {
        id: id.to_owned(),
        etag: None,
    };
    let answer = rig.schedules(token).resume_schedule(request).await?;
    Ok(answer.into_inner().schedule.unwrap())
}

pub(crate) async fn run_now(
    rig: &Rig,
    token: &Secret,
    id: &str,
    request_id: Option<Uuid>,
) -> Result<ScheduleRun, Status> {
    let request = RunScheduleRequest {
        id: id.to_owned(),
        request_id: request_id.map(|id| id.to_string()),
    };
    let answer = rig.schedules(token).run_schedule(request).await?;
    Ok(answer.into_inner().run.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_created_shown_and_deleted() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    let request_id = Some(Uuid::now_v7().to_string());
    let request = CreateScheduleRequest {
        schedule: Some(weekly(&[1, 5])),
        request_id,
    };
    let create = async || {
        let answer = rig.schedules(&ana).create_schedule(request.clone()).await;
        answer.unwrap().into_inner().schedule.unwrap()
    };
    let created = create().await;
    assert_eq!(created.owner, "ana");
    assert_eq!(created.time_zone.as_deref(), Some("America/Lima"));
    // In Lima it is still Saturday, the first.
    assert_eq!(created.next_run_time, wire(eight("2022-10-03")));
    assert_eq!(created.create_time, wire(NOW));
    assert_eq!((created.paused, &created.export), (false, &Some(plain())));
    assert_eq!(create().await, created, "the same request made another");
    for schedule in [daily(), Schedule::default()] {
        let request = CreateScheduleRequest {
            schedule: Some(schedule),
            ..request.clone()
        };
        let error = rig.schedules(&ana).create_schedule(request).await;
        let error = error.unwrap_err();
        assert_eq!(
            (error.code(), &*reason(&error)),
            (Code::AlreadyExists, "REQUEST_ID_REUSED")
        );
    }
    assert_eq!(rig.scheduled(&ana, &created.id).await.unwrap(), created);

    rig.set_now(NOW + Duration::from_secs(1));
    let other = rig.schedule(&ana, daily()).await.unwrap();
    let list = |page_size, page_token| ListSchedulesRequest {
        page_size,
        page_token,
    };
    let first = rig
        .schedules(&ana)
        .list_schedules(list(1, String::new()))
        .await;
    let first = first.unwrap().into_inner();
    assert_eq!(first.schedules, [other]);
    let rest = rig
        .schedules(&ana)
        .list_schedules(list(1, first.next_page_token))
        .await;
    let rest = rest.unwrap().into_inner();
    assert_eq!(
        (rest.schedules, rest.next_page_token),
        (vec![created.clone()], String::new())
    );

    let delete = async |etag: Option<String>| {
        let request = DeleteScheduleRequest {
            id: created.id.clone(),
            etag,
        };
        rig.schedules(&ana).delete_schedule(request).await
    };
    let stale = delete(Some("7".to_owned())).await.unwrap_err();
    assert_eq!(reason(&stale), "SCHEDULE_CHANGED");
    delete(created.etag.clone()).await.unwrap();
    let gone = rig.scheduled(&ana, &created.id).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    assert_eq!(delete(None).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_schedule_is_named() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    let everything = Schedule {
        id: "x".to_owned(),
        name: " ".to_owned(),
        export: Some(ExportRequest {
            report: 99,
            question: Some(Question {
                period: Some(Period {
                    period: Some(period::Period::Preset(Preset::Today.into())),
                }),
                time_zone: Some("Lima".to_owned()),
                ..Question::default()
            }),
            ..plain()
        }),
        cadence: Some(Cadence::Weekly(WeeklyCadence {
            weekdays: vec![1, 0, 8],
        })),
        time_of_day: Some(TimeOfDay {
            hour: 24,
            minute: 0,
        }),
        time_zone: Some("America/Lim".to_owned()),
        preset: Some(99),
        ..Schedule::default()
    };
    let error = rig.schedule(&ana, everything).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    let mut found = fields(&error);
    found.sort();
    assert_eq!(
        found,
        [
            "schedule.export.question.period",
            "schedule.export.question.time_zone",
            "schedule.export.report",
            "schedule.id",
            "schedule.name",
            "schedule.preset",
            "schedule.time_of_day",
            "schedule.time_zone",
            "schedule.weekly.weekdays[1]",
            "schedule.weekly.weekdays[2]",
        ]
    );
    let mut nothing = fields(&rig.schedule(&ana, Schedule::default()).await.unwrap_err());
    nothing.sort();
    let needed = ["cadence", "export", "name", "time_of_day"];
    assert_eq!(nothing, needed.map(|field| format!("schedule.{field}")));
    for (days, field) in [
        (Cadence::Weekly(WeeklyCadence::default()), "weekly.weekdays"),
        (Cadence::Monthly(MonthlyCadence { day: 0 }), "monthly.day"),
        (Cadence::Monthly(MonthlyCadence { day: 32 }), "monthly.day"),
    ] {
        let schedule = Schedule {
            cadence: Some(days),
            ..daily()
        };
        let error = rig.schedule(&ana, schedule).await.unwrap_err();
        assert_eq!(fields(&error), [format!("schedule.{field}")]);
    }
    let long = ExportRequest {
        question: Some(Question {
            filters: vec![Filter::default(); 20_000],
            ..Question::default()
        }),
        ..plain()
    };
    let long = Schedule {
        export: Some(long),
        ..daily()
    };
    let error = rig.schedule(&ana, long).await.unwrap_err();
    assert!(
        fields(&error).contains(&"schedule.export".to_owned()),
        "{error}"
    );
    let none = rig
        .schedules(&ana)
        .create_schedule(CreateScheduleRequest::default())
        .await;
    assert_eq!(fields(&none.unwrap_err()), ["schedule"]);
    for id in ["", "7"] {
        let request = GetScheduleRequest { id: id.to_owned() };
        let error = rig.schedules(&ana).get_schedule(request).await.unwrap_err();
        assert_eq!(fields(&error), ["id"]);
    }
    assert!(rig.peer.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_changes_as_the_mask_says() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    let created = rig.schedule(&ana, weekly(&[1])).await.unwrap();
    let id = created.id.clone();
    let wanted = Schedule {
        id: id.clone(),
        name: "Otro".to_owned(),
        preset: Some(Preset::Last30Days.into()),
        etag: created.etag.clone(),
        ..Schedule::default()
    };
    let named = update(&rig, &ana, wanted.clone(), &["name"]).await.unwrap();
    assert_eq!((named.name.as_str(), named.preset), ("Otro", None));
    assert_eq!(named.next_run_time, created.next_run_time);
    // The revision that was given is not the present one any more.
    let stale = update(&rig, &ana, wanted.clone(), &[]).await.unwrap_err();
    let told = (stale.code(), reason(&stale));
    assert_eq!(
        told,
        (Code::FailedPrecondition, "SCHEDULE_CHANGED".to_owned())
    );
    let fresh = |schedule: Schedule| Schedule {
        id: id.clone(),
        etag: None,
        ..schedule
    };
    let set = update(&rig, &ana, fresh(wanted), &[]).await.unwrap();
    assert_eq!(set.preset, Some(Preset::Last30Days.into()));
    let unset = update(&rig, &ana, fresh(Schedule::default()), &["preset"]);
    assert_eq!(unset.await.unwrap().preset, None);
    let noon = Schedule {
        time_of_day: Some(TimeOfDay {
            hour: 0,
            minute: 30,
        }),
        time_zone: Some("America/Santiago".to_owned()),
        cadence: daily().cadence,
        ..Schedule::default()
    };
    let moved = update(&rig, &ana, fresh(noon), &[]).await.unwrap();
    assert_eq!(moved.next_run_time, wire(at("2022-10-02T03:30:00Z")));
    let home = update(&rig, &ana, fresh(Schedule::default()), &["time_zone"]);
    assert_eq!(
        home.await.unwrap().time_zone.as_deref(),
        Some("America/Lima")
    );
    // What may not be left out is missed.
    let emptied = update(&rig, &ana, fresh(Schedule::default()), &["*"]);
    let found = fields(&emptied.await.unwrap_err());
    assert_eq!(found.len(), 4, "{found:?}");
    let unknown = update(&rig, &ana, fresh(daily()), &["paused", "weekly"]);
    let paths = [0, 1].map(|index| format!("update_mask.paths[{index}]"));
    assert_eq!(fields(&unknown.await.unwrap_err()), paths);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_a_schedule_and_who_may_change_it() {
    let rig = Rig::of(1).await;
    let owner = rig.supervisor("sup", &["soporte", "ventas"]);
    let created = rig.schedule(&owner, daily()).await.unwrap();
    let id = &created.id;
    let admin = rig.token(Claims::of("root", Role::Administrator, Some(ACME)));
    let wider = rig.supervisor("jefe", &["norte", "soporte", "ventas"]);
    // They see it, and may not touch it.
    for token in [rig.analyst(), wider] {
        assert_eq!(rig.scheduled(&token, id).await.unwrap(), created);
        for error in [
            pause(&rig, &token, id).await.unwrap_err(),
            run_now(&rig, &token, id, None).await.unwrap_err(),
            update(&rig, &token, created.clone(), &["name"])
                .await
                .unwrap_err(),
        ] {
            let told = (error.code(), reason(&error));
            assert_eq!(told, (Code::PermissionDenied, "OWNER_REQUIRED".to_owned()));
        }
    }
    for token in [
        rig.supervisor("otra", &["soporte"]),
        rig.token(Claims::of("diana", Role::Agent, Some(ACME))),
    ] {
        let hidden = rig.scheduled(&token, id).await.unwrap_err();
        let nowhere = rig.scheduled(&token, &Uuid::now_v7().to_string()).await;
        assert_eq!(hidden.message(), nowhere.unwrap_err().message());
        assert_eq!(hidden.code(), Code::NotFound);
        let list = rig
            .schedules(&token)
            .list_schedules(ListSchedulesRequest::default())
            .await;
        assert!(list.unwrap().into_inner().schedules.is_empty());
        let error = run_now(&rig, &token, id, None).await.unwrap_err();
        assert_eq!(error.code(), Code::NotFound);
    }
    // An administrator's change leaves it the owner's, with what they saw.
    pause(&rig, &admin, id).await.unwrap();
    let run = run_now(&rig, &admin, id, None).await.unwrap();
    let export = run.export_id.unwrap();
    rig.until(&owner, &export, ExportState::Succeeded).await;
    let asked = rig.peer.calls();
    assert_eq!(asked[0].caller.subject, "sup");
    let seen = asked[0].caller.scope.clone().unwrap().departments;
    let both = ["soporte", "ventas"].map(str::to_owned);
    assert_eq!(seen, Limit::Only(both.into()));
    // The owner has it with what they see now, once they write to it.
    let moved = rig.supervisor("sup", &["norte"]);
    resume(&rig, &moved, id).await.unwrap();
    assert_eq!(rig.scheduled(&owner, id).await.unwrap().owner, "sup");
    let narrow = rig.supervisor("otra", &["norte"]);
    assert_eq!(rig.scheduled(&narrow, id).await.unwrap().owner, "sup");
}
