//! Schedules that name a saved report: looked up at each run, as their owner sees it then.

use std::time::Duration;

use acuse_domain::time::days;
use acuse_proto::export::notification_service_client::NotificationServiceClient;
use acuse_proto::export::schedule::Cadence;
use acuse_proto::export::schedule_service_client::ScheduleServiceClient;
use acuse_proto::export::{
    CreateScheduleRequest, DailyCadence, ExportRequest, ListNotificationsRequest,
    ListScheduleRunsRequest, NotificationKind, RunScheduleRequest, Schedule, ScheduleRun,
    ScheduleRunState, TimeOfDay, UpdateScheduleRequest,
};
use acuse_proto::reporting::saved_report::Report;
use acuse_proto::reporting::{
    DeleteSavedReportRequest, GetFunnelRequest, SavedReport, UpdateSavedReportRequest,
};
use acuse_rpc::Secret;
use acuse_rpc::client::{Channel, Credentials};
use acuse_testkit::service::wire::{fields, reason};
use acuse_testkit::service::{channel, eventually};
use tonic::{Code, Status};

use crate::rig::{MESSAGES, NOW, Rig};
use crate::saved::{by_department, header, keep, keeper, named};

fn schedules(rig: &Rig, token: &Secret) -> ScheduleServiceClient<Channel> {
    ScheduleServiceClient::new(channel(rig.export, Credentials::Bearer(token.clone())))
}

/// One that runs every day at one in the afternoon.
async fn scheduled(rig: &Rig, token: &Secret, export: ExportRequest) -> Result<Schedule, Status> {
    let schedule = Schedule {
        name: "Diario".to_owned(),
        export: Some(export),
        cadence: Some(Cadence::Daily(DailyCadence {})),
        time_of_day: Some(TimeOfDay {
            hour: 13,
            minute: 0,
        }),
        ..Schedule::default()
    };
    let request = CreateScheduleRequest {
        schedule: Some(schedule),
        request_id: None,
    };
    let created = schedules(rig, token).create_schedule(request).await?;
    Ok(created.into_inner().schedule.unwrap())
}

/// Runs it now.
async fn run(rig: &Rig, token: &Secret, id: &str) -> Result<ScheduleRun, Status> {
    let request = RunScheduleRequest {
        id: id.to_owned(),
        request_id: None,
    };
    let ran = schedules(rig, token).run_schedule(request).await?;
    Ok(ran.into_inner().run.unwrap())
}

/// The run of a day that is due, once it is made: the newest of so many.
async fn due(rig: &Rig, token: &Secret, id: &str, day: u64, count: usize) -> ScheduleRun {
    rig.set_now(NOW + days(day) + Duration::from_secs(2 * 3_600));
    eventually(Duration::from_secs(30), || async {
        let request = ListScheduleRunsRequest {
            schedule_id: id.to_owned(),
            ..ListScheduleRunsRequest::default()
        };
        let listed = schedules(rig, token).list_schedule_runs(request).await;
        let runs = listed.unwrap().into_inner().runs;
        (runs.len() == count).then(|| runs[0].clone())
    })
    .await
}

/// The columns of a run's file, and what stands last in it.
async fn written(rig: &Rig, token: &Secret, run: &ScheduleRun) -> (Vec<String>, String) {
    let (_, file) = rig.fetched(token, run.export_id.as_deref().unwrap()).await;
    let mut reader = csv::Reader::from_reader(file.as_slice());
    let last = reader.records().last().unwrap().unwrap();
    (header(&file), last[last.len() - 1].to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_run_exports_the_saved_report_as_its_owner_sees_it_then() {
    let rig = Rig::told().await;
    let (ana, sofia) = (rig.analyst(), rig.supervisor("ventas"));
    let areas = |columns: &[&str]| SavedReport {
        name: "Áreas".to_owned(),
        shared: true,
        columns: columns.iter().map(|id| (*id).to_owned()).collect(),
        report: Some(by_department()),
        ..SavedReport::default()
    };
    let saved = keep(&rig, &ana, areas(&["department", "messages"])).await;
    let created = scheduled(&rig, &sofia, named("Áreas")).await.unwrap();
    let kept = created.export.unwrap();
    assert_eq!(
        (kept.saved_report, kept.report),
        (named("Áreas").saved_report, 0)
    );
    let id = created.id;

    // The next day it is about the one before, whatever period was saved.
    let first = due(&rig, &sofia, &id, 1, 2).await;
    assert_eq!(first.state(), ScheduleRunState::Made);
    let (columns, total) = written(&rig, &sofia, &first).await;
    assert_eq!(columns, ["Department", "Messages"]);
    assert_eq!(total, (MESSAGES / 2).to_string());

    // What it asks by then, and what its owner may see by then.
    let change = UpdateSavedReportRequest {
        saved_report: Some(SavedReport {
            id: saved.clone(),
            ..areas(&["messages"])
        }),
        update_mask: None,
    };
    keeper(&rig, &ana)
        .update_saved_report(change)
        .await
        .unwrap();
    let now = run(&rig, &sofia, &id).await.unwrap();
    let half = (MESSAGES / 2).to_string();
    let expected = (vec!["Messages".to_owned()], half);
    assert_eq!(written(&rig, &sofia, &now).await, expected);
    rig.belongs("sofia", &["soporte"]).await;
    let now = run(&rig, &sofia, &id).await.unwrap();
    assert_eq!(written(&rig, &sofia, &now).await.1, "0");

    // It is gone: the run says so, and so is its owner told.
    let delete = DeleteSavedReportRequest {
        id: saved,
        etag: None,
    };
    keeper(&rig, &ana)
        .delete_saved_report(delete)
        .await
        .unwrap();
    let failed = due(&rig, &sofia, &id, 2, 5).await;
    assert_eq!(failed.state(), ScheduleRunState::Failed);
    assert_eq!(failed.failure.unwrap().reason, "SAVED_REPORT_NOT_FOUND");
    let to = channel(rig.export, Credentials::Bearer(sofia.clone()));
    let list = ListNotificationsRequest::default();
    let told = NotificationServiceClient::new(to)
        .list_notifications(list)
        .await;
    let told = told.unwrap().into_inner().notifications.remove(0);
    assert_eq!(told.kind(), NotificationKind::ScheduleRunFailed);
    assert_eq!((told.name.as_str(), told.period), ("Diario", failed.period));
    assert_eq!(told.failure.unwrap().reason, "SAVED_REPORT_NOT_FOUND");
    let error = run(&rig, &sofia, &id).await.unwrap_err();
    assert_eq!(error.code(), Code::FailedPrecondition);
    assert_eq!(reason(&error), "SAVED_REPORT_NOT_FOUND");
    // What has nothing to do with the report can be changed all the same.
    let renamed = UpdateScheduleRequest {
        schedule: Some(Schedule {
            id,
            name: "Cada día".to_owned(),
            ..Schedule::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["name".to_owned()],
        }),
    };
    let answer = schedules(&rig, &sofia).update_schedule(renamed).await;
    let schedule = answer.unwrap().into_inner().schedule.unwrap();
    assert_eq!(schedule.name, "Cada día");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_names_a_saved_report_that_its_owner_can_export() {
    let rig = Rig::told().await;
    let (ana, sofia) = (rig.analyst(), rig.supervisor("ventas"));
    let saved = |name: &str, report| SavedReport {
        name: name.to_owned(),
        report: Some(report),
        ..SavedReport::default()
    };
    keep(&rig, &ana, saved("Mía", by_department())).await;
    let funnel = Report::Funnel(GetFunnelRequest::default());
    keep(&rig, &ana, saved("Embudo", funnel)).await;
    for name in ["Mía", "Embudo"] {
        scheduled(&rig, &ana, named(name)).await.unwrap();
        let error = scheduled(&rig, &sofia, named(name)).await.unwrap_err();
        let told = (error.code(), reason(&error));
        assert_eq!(told, (Code::NotFound, "SAVED_REPORT_NOT_FOUND".to_owned()));
    }
    let odd = ExportRequest {
        columns: vec!["agent".to_owned()],
        ..named("Mía")
    };
    let error = scheduled(&rig, &ana, odd).await.unwrap_err();
    assert_eq!(fields(&error), ["schedule.export.columns[0]"]);
    let both = ExportRequest {
        report: 1,
        format: 0,
        ..named("Mía")
    };
    let error = scheduled(&rig, &ana, both).await.unwrap_err();
    let expected = ["schedule.export.report", "schedule.export.format"];
    assert_eq!(fields(&error), expected);
}
