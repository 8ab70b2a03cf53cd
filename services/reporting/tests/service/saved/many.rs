//! Many reports, and many who change them at once.

use std::collections::BTreeSet;

use acuse_proto::reporting::{
    CreateSavedReportRequest, DeleteSavedReportRequest, ListSavedReportsRequest, Question,
    SavedReport, get_saved_report_request as get,
};
use acuse_testkit::service::wire::{fields, reason};
use futures::future::join_all;
use tonic::{Code, Status};

use super::{breakdown, delete, find, list, named, save, update};
use crate::rig::Rig;

#[tokio::test(flavor = "multi_thread")]
async fn names_are_told_apart_among_ones_own_and_among_the_shared_ones() {
    let rig = Rig::start().await;
    let ana = rig.administrator();
    let report = || breakdown(Question::default());
    let shared = |name: &str| SavedReport {
        shared: true,
        ..named(name, report())
    };
    let own = save(&rig, &ana, named("a", report())).await.unwrap();
    let everybody_s = save(&rig, &ana, shared("a")).await.unwrap();
    for again in [named("a", report()), shared("a")] {
        let refused = save(&rig, &ana, again).await.unwrap_err();
        assert_eq!(refused.code(), Code::AlreadyExists);
        assert_eq!(reason(&refused), "SAVED_REPORT_NAME_TAKEN");
    }
    // One's own goes before.
    let by_name = get::Which::Name("a".to_owned());
    assert_eq!(find(&rig, &ana, by_name.clone()).await.unwrap(), own);
    let other = save(&rig, &ana, named("b", report())).await.unwrap();
    let rename = SavedReport {
        id: other.id.clone(),
        shared: true,
        ..named("a", report())
    };
    for paths in [&["name"] as &[&str], &["name", "shared"]] {
        let refused = update(&rig, &ana, rename.clone(), paths).await.unwrap_err();
        assert_eq!(refused.code(), Code::AlreadyExists, "{paths:?}");
    }
    // To share it would give two shared ones that name.
    let share = SavedReport {
        id: own.id.clone(),
        shared: true,
        ..SavedReport::default()
    };
    let refused = update(&rig, &ana, share, &["shared"]).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    delete(&rig, &ana, &own.id).await.unwrap();
    assert_eq!(find(&rig, &ana, by_name).await.unwrap(), everybody_s);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_come_at_once_with_a_name_one_is_saved() {
    let rig = Rig::start().await;
    let ana = rig.administrator();
    let report = || breakdown(Question::default());
    let saved = join_all((0..16).map(|_| save(&rig, &ana, named("a", report())))).await;
    let refused = saved.iter().filter_map(|it| it.as_ref().err());
    let codes: Vec<Code> = refused.map(Status::code).collect();
    assert_eq!(codes, [Code::AlreadyExists; 15]);
    // Renamed at once, and by the same request.
    let others = join_all((0..8).map(|number| {
        let name = format!("b{number}");
        save(&rig, &ana, named(&name, report()))
    }));
    let renamed = others.await.into_iter().map(|other| {
        let change = SavedReport {
            id: other.unwrap().id,
            ..named("c", report())
        };
        update(&rig, &ana, change, &["name"])
    });
    let renamed = join_all(renamed).await;
    assert_eq!(renamed.iter().filter(|it| it.is_ok()).count(), 1);
    let request = CreateSavedReportRequest {
        saved_report: Some(named("d", report())),
        request_id: Some("01890a5d-ac96-774b-bcce-b302099a8057".to_owned()),
    };
    let created = join_all((0..16).map(|_| async {
        let answer = rig.saved(&ana).create_saved_report(request.clone()).await;
        answer.unwrap().into_inner().saved_report.unwrap().id
    }));
    let created: BTreeSet<String> = created.await.into_iter().collect();
    assert_eq!(created.len(), 1);
    // The id is looked at before what is to be saved, which may be of a name that is taken, or of none.
    for name in ["d2", "c", ""] {
        let other = CreateSavedReportRequest {
            saved_report: Some(named(name, report())),
            ..request.clone()
        };
        let refused = rig.saved(&ana).create_saved_report(other).await;
        let refused = refused.unwrap_err();
        let told = (refused.code(), &*reason(&refused));
        assert_eq!(told, (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    }
    // What an earlier version saved says nothing of what was asked for.
    let forget = "UPDATE reporting.saved_reports SET request_digest = NULL";
    rig.session().await.batch_execute(forget).await.unwrap();
    let other = CreateSavedReportRequest {
        saved_report: Some(named("e", report())),
        ..request
    };
    let answer = rig.saved(&ana).create_saved_report(other).await.unwrap();
    assert_eq!(answer.into_inner().saved_report.unwrap().name, "d");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_and_each_owner_keep_so_many() {
    let rig = Rig::start().await;
    let many = "INSERT INTO reporting.saved_reports SELECT workspace_id, gen_random_uuid(), NULL, 'eva', n::text, true, \
                'breakdown', '', 1, now(), now() FROM message_state.workspaces, generate_series(1, 997) AS n WHERE slug = 'acme'";
    rig.session().await.batch_execute(many).await.unwrap();
    let ana = rig.administrator();
    // What is shared is the workspace's, and what is not its owner's alone: neither takes the other's room.
    for (shared, count, room) in [(true, 8, 3), (false, 104, 100)] {
        let saved = join_all((0..count).map(|number| {
            let report = SavedReport {
                shared,
                ..named(&format!("n{number}"), breakdown(Question::default()))
            };
            let (rig, ana) = (&rig, &ana);
            async move { save(rig, ana, report).await }
        }));
        let saved = saved.await;
        let refused: Vec<&Status> = saved.iter().filter_map(|it| it.as_ref().err()).collect();
        assert_eq!(refused.len(), count - room, "{shared}");
        for refused in refused {
            assert_eq!(refused.code(), Code::ResourceExhausted);
            assert_eq!(reason(refused), "TOO_MANY_SAVED_REPORTS");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_stay_while_reports_come_and_go() {
    let rig = Rig::start().await;
    let ana = rig.administrator();
    let report = || breakdown(Question::default());
    let mut before = BTreeSet::new();
    for number in 0..7 {
        let name = format!("r{number}");
        before.insert(save(&rig, &ana, named(&name, report())).await.unwrap().id);
    }
    let mut request = ListSavedReportsRequest {
        page_size: 3,
        ..ListSavedReportsRequest::default()
    };
    let first = list(&rig, &ana, request.clone()).await;
    let mut seen: Vec<String> = first.saved_reports.into_iter().map(|it| it.id).collect();
    delete(&rig, &ana, &seen[0]).await.unwrap();
    let new = save(&rig, &ana, named("new", report())).await.unwrap().id;
    request.page_token = first.next_page_token;
    while !request.page_token.is_empty() {
        let page = list(&rig, &ana, request.clone()).await;
        assert!(page.saved_reports.len() <= 3);
        seen.extend(page.saved_reports.into_iter().map(|it| it.id));
        request.page_token = page.next_page_token;
    }
    let mut in_order = seen.clone();
    in_order.sort_by(|one, other| other.cmp(one));
    assert_eq!(seen, in_order, "the newest first, each once");
    seen.retain(|id| *id != new);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), before);
    // A token is good for its listing alone.
    let first = list(
        &rig,
        &ana,
        ListSavedReportsRequest {
            page_size: 1,
            ..Default::default()
        },
    );
    let other = ListSavedReportsRequest {
        page_token: first.await.next_page_token,
        shared: Some(false),
        page_size: 1,
    };
    let refused = rig.saved(&ana).list_saved_reports(other).await.unwrap_err();
    assert_eq!(fields(&refused), ["page_token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_was_changed_meanwhile_is_refused() {
    let rig = Rig::start().await;
    let ana = rig.administrator();
    let saved = save(&rig, &ana, named("a", breakdown(Question::default()))).await;
    let saved = saved.unwrap();
    let change = |name: &str| SavedReport {
        id: saved.id.clone(),
        name: name.to_owned(),
        etag: saved.etag.clone(),
        ..SavedReport::default()
    };
    update(&rig, &ana, change("b"), &["name"]).await.unwrap();
    let late = update(&rig, &ana, change("c"), &["name"])
        .await
        .unwrap_err();
    let request = DeleteSavedReportRequest {
        id: saved.id.clone(),
        etag: saved.etag.clone(),
    };
    let deletion = rig.saved(&ana).delete_saved_report(request).await;
    for refused in [late, deletion.unwrap_err()] {
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!(reason(&refused), "SAVED_REPORT_CHANGED");
    }
    let stands = find(&rig, &ana, get::Which::Id(saved.id.clone())).await;
    assert_eq!(stands.unwrap().name, "b");
    // Changes that mind no revision are all made, one after the other.
    let changes = (0..8).map(|number| {
        let change = SavedReport {
            etag: None,
            ..change(&format!("n{number}"))
        };
        update(&rig, &ana, change, &["name"])
    });
    let made = join_all(changes).await;
    let failed = made.iter().filter_map(|it| it.as_ref().err());
    for failed in failed {
        // Whoever came too late too often is told so.
        assert_eq!(reason(failed), "SAVED_REPORT_CHANGED");
    }
    assert!(made.iter().any(Result::is_ok));
}
