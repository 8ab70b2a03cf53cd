//! Reports kept, changed and run.

use acuse_proto::reporting::run_saved_report_response::Answer;
use acuse_proto::reporting::saved_report::Report;
use acuse_proto::reporting::{
    Dimension, GetConsolidatedRequest, GetFunnelRequest, GetMessagesOverviewRequest,
    GetRankingRequest, GetReplyActivityRequest, ListFailedMessagesRequest,
    ListInboundMessagesRequest, ListOutboundMessagesRequest, ListSavedReportsRequest, Metric,
    Preset, Question, RowPreset, SavedReport, StreamRowsRequest, get_saved_report_request as get,
    run_saved_report_request as run,
};
use acuse_testkit::service::wire::{fields, reason};
use tonic::Code;

use super::{breakdown, delete, find, list, named, names, run_it, save, update};
use crate::rig::Rig;
use crate::samples::{any_of, custom, filtered, preset, work};

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_kept_changed_and_deleted() {
    let mut rig = Rig::start().await;
    let ana = rig.administrator();
    let question = filtered([any_of(Dimension::Channel, &["whatsapp"])]);
    let asked = named("Agentes ñ 🎄", breakdown(question));
    let saved = save(&rig, &ana, asked.clone()).await.unwrap();
    assert_eq!(saved.owner, "someone");
    assert_eq!(
        (&saved.name, &saved.report, saved.shared),
        (&asked.name, &asked.report, false)
    );
    assert!(saved.create_time.is_some() && saved.create_time == saved.update_time);
    rig.restart().await;
    let by_id = get::Which::Id(saved.id.clone());
    let by_name = get::Which::Name(saved.name.clone());
    assert_eq!(find(&rig, &ana, by_id.clone()).await.unwrap(), saved);
    assert_eq!(find(&rig, &ana, by_name.clone()).await.unwrap(), saved);

    // What the mask does not name stays.
    let change = SavedReport {
        id: saved.id.clone(),
        shared: true,
        ..named("Otra", breakdown(Question::default()))
    };
    let renamed = update(&rig, &ana, change.clone(), &["name"]).await.unwrap();
    assert_eq!(renamed.name, "Otra");
    assert_eq!(
        (&renamed.report, renamed.shared, &renamed.owner),
        (&asked.report, false, &saved.owner)
    );
    assert_ne!(renamed.etag, saved.etag);
    let all = update(&rig, &ana, change.clone(), &["*"]).await.unwrap();
    assert_eq!((&all.report, all.shared), (&change.report, true));
    // Nothing is different: nothing happens.
    let again = update(&rig, &ana, change, &["*"]).await.unwrap();
    assert_eq!(again, all);
    assert_eq!(find(&rig, &ana, by_id.clone()).await.unwrap(), all);
    let gone = find(&rig, &ana, by_name).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);

    delete(&rig, &ana, &saved.id).await.unwrap();
    for refused in [
        find(&rig, &ana, by_id).await.unwrap_err(),
        delete(&rig, &ana, &saved.id).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), Code::NotFound, "{refused}");
    }
    assert_eq!(names(&rig, &ana, None).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_report_is_run_as_its_own_call() {
    let rig = Rig::start().await;
    rig.apply(work()).await;
    let ana = rig.administrator();
    let asked = preset(Preset::Last14Days);
    let question = Some(asked.clone());
    let ranking = GetRankingRequest {
        question: question.clone(),
        dimension: Dimension::Agent.into(),
        metric: Metric::Messages.into(),
        ..GetRankingRequest::default()
    };
    let consolidated = GetConsolidatedRequest {
        question: question.clone(),
        compare_with_previous: true,
        ..GetConsolidatedRequest::default()
    };
    let overview = GetMessagesOverviewRequest {
        question: question.clone(),
        ..GetMessagesOverviewRequest::default()
    };
    let funnel = GetFunnelRequest {
        question: question.clone(),
        sends: None,
    };
    let outbound = ListOutboundMessagesRequest {
        question: question.clone(),
        page_size: 4,
        ..ListOutboundMessagesRequest::default()
    };
    let inbound = ListInboundMessagesRequest {
        question: question.clone(),
        ..ListInboundMessagesRequest::default()
    };
    let failed = ListFailedMessagesRequest {
        question: question.clone(),
        ..ListFailedMessagesRequest::default()
    };
    let replies = GetReplyActivityRequest { question };
    let Report::Breakdown(by_agent) = breakdown(asked) else {
        unreachable!()
    };
    let mut client = rig.client(ana.clone());
    macro_rules! told {
        ($call:ident, $request:ident) => {
            client.$call($request.clone()).await.unwrap().into_inner()
        };
    }
    let expected = [
        Answer::Consolidated(told!(get_consolidated, consolidated)),
        Answer::MessagesOverview(told!(get_messages_overview, overview)),
        Answer::Breakdown(told!(get_breakdown, by_agent)),
        Answer::Ranking(told!(get_ranking, ranking)),
        Answer::ReplyActivity(told!(get_reply_activity, replies)),
        Answer::Funnel(told!(get_funnel, funnel)),
        Answer::OutboundMessages(told!(list_outbound_messages, outbound)),
        Answer::InboundMessages(told!(list_inbound_messages, inbound)),
        Answer::FailedMessages(told!(list_failed_messages, failed)),
    ];
    let reports = [
        Report::Consolidated(consolidated),
        Report::MessagesOverview(overview),
        Report::Breakdown(by_agent),
        Report::Ranking(ranking),
        Report::ReplyActivity(replies),
        Report::Funnel(funnel),
        Report::OutboundMessages(outbound),
        Report::InboundMessages(inbound),
        Report::FailedMessages(failed),
    ];
    for (number, (report, expected)) in reports.into_iter().zip(expected).enumerate() {
        let name = format!("report {number}");
        let saved = save(&rig, &ana, named(&name, report)).await.unwrap();
        for which in [run::Which::Id(saved.id.clone()), run::Which::Name(name)] {
            let answer = run_it(&rig, &ana, which).await.unwrap();
            assert_eq!(answer.answer.as_ref(), Some(&expected));
            assert_eq!(answer.saved_report.as_ref(), Some(&saved));
        }
    }
    let rows = Report::Rows(StreamRowsRequest {
        preset: RowPreset::HsmManagement.into(),
        ..StreamRowsRequest::default()
    });
    let rows = save(&rig, &ana, named("rows", rows)).await.unwrap();
    let refused = run_it(&rig, &ana, run::Which::Id(rows.id)).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "SAVED_REPORT_IS_STREAMED");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_version_saved_can_be_listed_and_deleted() {
    let rig = Rig::start().await;
    let ana = rig.administrator();
    let report = breakdown(Question::default());
    save(&rig, &ana, named("known", report.clone()))
        .await
        .unwrap();
    let unknown = "INSERT INTO reporting.saved_reports SELECT workspace_id, id::uuid, NULL, 'someone', kind, true, kind, bytes, 1, \
                   now(), now() FROM message_state.workspaces, (VALUES \
                   ('00000000-0000-7000-8000-000000000002', 'tomorrow', '\\x0a00'::bytea), \
                   ('00000000-0000-7000-8000-000000000001', 'breakdown', '\\xff'::bytea)) AS odd(id, kind, bytes) \
                   WHERE slug = 'acme'";
    rig.session().await.batch_execute(unknown).await.unwrap();
    let listed = list(&rig, &ana, ListSavedReportsRequest::default()).await;
    let listed = listed.saved_reports.into_iter();
    let listed: Vec<_> = listed.map(|it| (it.name, it.report)).collect();
    let expected = [
        ("known".to_owned(), Some(report.clone())),
        ("tomorrow".to_owned(), None),
        ("breakdown".to_owned(), None),
    ];
    assert_eq!(listed, expected, "the newest first");
    let tomorrow = "00000000-0000-7000-8000-000000000002".to_owned();
    let refused = run_it(&rig, &ana, run::Which::Id(tomorrow.clone())).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "SAVED_REPORT_NOT_UNDERSTOOD");
    // It keeps what it asks when it gets another name.
    let renamed = SavedReport {
        id: tomorrow.clone(),
        name: "later".to_owned(),
        ..SavedReport::default()
    };
    let renamed = update(&rig, &ana, renamed, &["name"]).await.unwrap();
    assert_eq!(renamed.report, None);
    let kept =
        "SELECT kind FROM reporting.saved_reports WHERE name = 'later' AND request = '\\x0a00'";
    let kept = rig.session().await.query_one(kept, &[]).await.unwrap();
    assert_eq!(kept.get::<_, String>(0), "tomorrow");
    let mended = SavedReport {
        id: tomorrow.clone(),
        report: Some(report),
        ..SavedReport::default()
    };
    update(&rig, &ana, mended, &["breakdown"]).await.unwrap();
    assert!(
        run_it(&rig, &ana, run::Which::Id(tomorrow.clone()))
            .await
            .is_ok()
    );
    delete(&rig, &ana, &tomorrow).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_is_held_against_the_workspace_when_it_is_saved_and_when_it_is_run() {
    let rig = Rig::set(|settings| settings.report_max_days = 20).await;
    let ana = rig.administrator();
    let long = breakdown(preset(Preset::Last30Days));
    let refused = save(&rig, &ana, named("a", long.clone()))
        .await
        .unwrap_err();
    assert_eq!(fields(&refused), ["saved_report.breakdown.question.period"]);
    let fits = breakdown(custom("2026-11-01T00:00:00Z", "2026-11-15T00:00:00Z"));
    let saved = save(&rig, &ana, named("a", fits)).await.unwrap();
    let change = SavedReport {
        id: saved.id.clone(),
        report: Some(long),
        ..SavedReport::default()
    };
    let refused = update(&rig, &ana, change, &["breakdown"])
        .await
        .unwrap_err();
    assert_eq!(fields(&refused), ["saved_report.breakdown.question.period"]);
    let which = || run::Which::Id(saved.id.clone());
    assert!(run_it(&rig, &ana, which()).await.is_ok());
    let shorter = "UPDATE message_state.workspaces SET report_max_days = 7";
    rig.session().await.batch_execute(shorter).await.unwrap();
    let refused = run_it(&rig, &ana, which()).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "SAVED_REPORT_OUTDATED");
    assert!(refused.message().contains("report_max_days"), "{refused}");
}
