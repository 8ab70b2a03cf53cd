//! Who may do what with saved reports, what requests are refused, and what happens without a database.

use acuse_domain::scope::Role;
use acuse_proto::reporting::run_saved_report_response::Answer;
use acuse_proto::reporting::saved_report::Report;
use acuse_proto::reporting::{
    CreateSavedReportRequest, DeleteSavedReportRequest, Dimension, GetBreakdownRequest,
    GetConsolidatedRequest, GetSavedReportRequest, ListSavedReportsRequest, Question,
    RunSavedReportRequest, SavedReport, UpdateSavedReportRequest, get_saved_report_request as get,
    run_saved_report_request as run,
};
use acuse_rpc::Secret;
use acuse_rpc::auth::Claims;
use acuse_testkit::service::wire::{fields, reason};
use prost_types::FieldMask;
use tonic::Code;

use super::{breakdown, delete, find, named, names, run_it, save, update};
use crate::rig::{ACME, Rig};
use crate::samples::{any_of, filtered, work};

fn of(rig: &Rig, subject: &str, role: Role) -> Secret {
    rig.limited(Claims::of(subject, role, Some(ACME)))
}

fn shared(name: &str) -> SavedReport {
    SavedReport {
        shared: true,
        ..named(name, breakdown(Question::default()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_s_own_report_does_not_exist() {
    let rig = Rig::start().await;
    let eva = of(&rig, "eva", Role::Analyst);
    let own = named("mine", breakdown(Question::default()));
    let saved = save(&rig, &eva, own.clone()).await.unwrap();
    let change = SavedReport {
        id: saved.id.clone(),
        name: "yours".to_owned(),
        ..SavedReport::default()
    };
    for other in [rig.administrator(), of(&rig, "luis", Role::Analyst)] {
        let id = || saved.id.clone();
        let refused = [
            find(&rig, &other, get::Which::Id(id())).await.err(),
            find(&rig, &other, get::Which::Name("mine".to_owned()))
                .await
                .err(),
            run_it(&rig, &other, run::Which::Id(id())).await.err(),
            run_it(&rig, &other, run::Which::Name("mine".to_owned()))
                .await
                .err(),
            update(&rig, &other, change.clone(), &["name"]).await.err(),
            delete(&rig, &other, &saved.id).await.err(),
        ];
        for refused in refused {
            assert_eq!(refused.unwrap().code(), Code::NotFound);
        }
        assert_eq!(names(&rig, &other, None).await, Vec::<String>::new());
        // Its name is free for everybody else.
        assert!(save(&rig, &other, own.clone()).await.is_ok());
    }
    assert_eq!(names(&rig, &eva, Some(false)).await, ["mine"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_report_is_everybody_s_to_run_and_its_owner_s_to_change() {
    let rig = Rig::start().await;
    let eva = of(&rig, "eva", Role::Analyst);
    let saved = save(&rig, &eva, shared("all")).await.unwrap();
    save(&rig, &eva, named("own", breakdown(Question::default())))
        .await
        .unwrap();
    let change = |name: &str| SavedReport {
        id: saved.id.clone(),
        name: name.to_owned(),
        ..SavedReport::default()
    };
    for other in [
        of(&rig, "luis", Role::Analyst),
        of(&rig, "diana", Role::Agent),
        of(&rig, "robot", Role::Service),
        rig.supervisor(&["ventas"]),
    ] {
        let found = find(&rig, &other, get::Which::Name("all".to_owned())).await;
        assert_eq!(found.unwrap(), saved);
        assert!(
            run_it(&rig, &other, run::Which::Id(saved.id.clone()))
                .await
                .is_ok()
        );
        assert_eq!(names(&rig, &other, None).await, ["all"]);
        for refused in [
            update(&rig, &other, change("b"), &["name"])
                .await
                .unwrap_err(),
            delete(&rig, &other, &saved.id).await.unwrap_err(),
        ] {
            assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
            assert_eq!(reason(&refused), "OWNER_REQUIRED");
        }
    }
    assert_eq!(names(&rig, &eva, Some(true)).await, ["all"]);
    assert_eq!(names(&rig, &eva, Some(false)).await, ["own"]);
    assert_eq!(names(&rig, &eva, None).await, ["all", "own"]);
    let renamed = update(&rig, &rig.administrator(), change("b"), &["name"]).await;
    assert_eq!(renamed.unwrap().owner, "eva", "whoever changes it");
    delete(&rig, &rig.administrator(), &saved.id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_and_analysts_share_reports() {
    let rig = Rig::start().await;
    for (role, may) in [
        (Role::Administrator, true),
        (Role::Analyst, true),
        (Role::Supervisor, false),
        (Role::Agent, false),
        (Role::Service, false),
    ] {
        let token = of(&rig, role.as_str(), role);
        let created = save(&rig, &token, shared(role.as_str())).await;
        let own = named("own", breakdown(Question::default()));
        let own = save(&rig, &token, own).await.unwrap();
        let share = SavedReport {
            id: own.id,
            ..shared(&format!("{} too", role.as_str()))
        };
        let changed = update(&rig, &token, share, &["shared", "name"]).await;
        for result in [created, changed] {
            match result {
                Ok(saved) => assert!(may && saved.shared, "{role:?}"),
                Err(refused) => {
                    assert!(!may, "{role:?}: {refused}");
                    assert_eq!(reason(&refused), "SHARING_NOT_ALLOWED");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_shows_what_its_caller_may_see() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    save(&rig, &rig.administrator(), shared("agents"))
        .await
        .unwrap();
    let ran = async |token: &Secret| {
        let answer = run_it(&rig, token, run::Which::Name("agents".to_owned())).await;
        let Some(Answer::Breakdown(answer)) = answer.unwrap().answer else {
            panic!("another answer");
        };
        (answer.rows, answer.total)
    };
    for departments in [vec!["ventas"], vec!["soporte"], vec![]] {
        let filter = any_of(Dimension::Department, &departments);
        let Report::Breakdown(request) = breakdown(filtered([filter])) else {
            unreachable!()
        };
        let expected = rig.breakdown(request).await.unwrap();
        let (rows, total) = ran(&rig.supervisor(&departments)).await;
        assert_eq!((rows, total), (expected.rows, expected.total));
    }
    let (all, _) = ran(&rig.administrator()).await;
    let (diana_s, _) = ran(&of(&rig, "diana", Role::Agent)).await;
    assert_eq!((all.len(), diana_s.len()), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_faulty_field_is_named() {
    let rig = Rig::start().await;
    let mut client = rig.saved(&rig.administrator());
    let wrong = SavedReport {
        id: "x".to_owned(),
        report: Some(Report::Breakdown(GetBreakdownRequest {
            limit: Some(0),
            question: Some(filtered([any_of(Dimension::Unspecified, &["a"])])),
            ..GetBreakdownRequest::default()
        })),
        ..SavedReport::default()
    };
    let create = CreateSavedReportRequest {
        saved_report: Some(wrong.clone()),
        request_id: Some("1".to_owned()),
    };
    let refused = client.create_saved_report(create).await.unwrap_err();
    let expected = [
        "saved_report.id",
        "saved_report.name",
        "saved_report.breakdown.question.filters[0].dimension",
        "saved_report.breakdown.dimensions",
        "saved_report.breakdown.limit",
        "request_id",
    ];
    assert_eq!(fields(&refused), expected);
    let nothing = client.create_saved_report(CreateSavedReportRequest::default());
    assert_eq!(fields(&nothing.await.unwrap_err()), ["saved_report"]);
    let update = UpdateSavedReportRequest {
        saved_report: Some(wrong),
        update_mask: Some(FieldMask {
            paths: vec!["owner".to_owned(), "breakdown".to_owned()],
        }),
    };
    let refused = client.update_saved_report(update).await.unwrap_err();
    let expected = [
        "update_mask.paths[0]",
        "saved_report.breakdown.question.filters[0].dimension",
        "saved_report.breakdown.dimensions",
        "saved_report.breakdown.limit",
        "saved_report.id",
    ];
    assert_eq!(fields(&refused), expected);
    let nothing = client.update_saved_report(UpdateSavedReportRequest::default());
    let expected = ["update_mask", "saved_report.id"];
    assert_eq!(fields(&nothing.await.unwrap_err()), expected);
    let refused = client
        .get_saved_report(GetSavedReportRequest::default())
        .await;
    assert_eq!(fields(&refused.unwrap_err()), ["which"]);
    let refused = client
        .run_saved_report(RunSavedReportRequest::default())
        .await;
    assert_eq!(fields(&refused.unwrap_err()), ["which"]);
    let by_id = GetSavedReportRequest {
        which: Some(get::Which::Id("7".to_owned())),
    };
    assert_eq!(
        fields(&client.get_saved_report(by_id).await.unwrap_err()),
        ["id"]
    );
    let by_name = GetSavedReportRequest {
        which: Some(get::Which::Name("a\0b".to_owned())),
    };
    let refused = client.get_saved_report(by_name).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let refused = client
        .delete_saved_report(DeleteSavedReportRequest::default())
        .await;
    assert_eq!(fields(&refused.unwrap_err()), ["id"]);
    let list = ListSavedReportsRequest {
        page_size: -1,
        ..ListSavedReportsRequest::default()
    };
    let refused = client.list_saved_reports(list).await;
    assert_eq!(fields(&refused.unwrap_err()), ["page_size"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_go_on_while_the_primary_is_away() {
    let nowhere = "postgres://acuse@127.0.0.1:1/acuse".parse().unwrap();
    let rig = Rig::with(|_| {}, |config| config.primary = Some(nowhere)).await;
    assert!(
        rig.consolidated(GetConsolidatedRequest::default())
            .await
            .is_ok()
    );
    let saved = save(&rig, &rig.administrator(), shared("a")).await;
    let refused = saved.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(acuse_rpc::status::retry_delay(&refused).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_can_only_be_read_keeps_nothing_for_now() {
    let rig = Rig::start().await;
    let ana = rig.administrator();
    let saved = save(&rig, &ana, shared("a")).await.unwrap();
    let session = rig.session().await;
    let name = session.query_one("SELECT current_database()", &[]).await;
    let name: String = name.unwrap().get(0);
    let read_only = format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = on");
    session.batch_execute(&read_only).await.unwrap();
    let mut rig = rig;
    rig.restart().await;
    let found = find(&rig, &ana, get::Which::Id(saved.id.clone())).await;
    assert_eq!(found.unwrap(), saved);
    let refused = save(&rig, &ana, shared("b")).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused}");
}
