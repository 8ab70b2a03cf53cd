//! Workspaces and their settings.

use std::time::Duration;

use acuse_domain::scope::{Permission, Role};
use acuse_domain::time::CLOCK_SKEW;
use acuse_proto::convert::timestamp;
use acuse_proto::message_state::{
    AttributionWindow, ExportLimits, GetWorkspaceRequest, ListWorkspacesRequest,
    UpdateWorkspaceRequest, Workspace,
};
use acuse_rpc::Secret;
use acuse_testkit::service::wire::{fields, reason};
use prost_types::FieldMask;
use tonic::{Code, Status};

use acuse_testkit::service::eventually;

use crate::maintenance::differences;
use crate::rig::{ACME, OTHER, Rig};
use crate::samples::{NOW, registration, text};

fn minimal(slug: &str) -> Workspace {
    Workspace {
        slug: slug.to_owned(),
        ..Workspace::default()
    }
}

/// A workspace as it is answered where nothing was set.
fn usual(slug: &str) -> Workspace {
    Workspace {
        slug: slug.to_owned(),
        display_name: text(slug),
        time_zone: text("UTC"),
        language_code: text("es"),
        data_available_from: None,
        attribution_window: Some(window(24 * 3_600)),
        report_max_days: Some(90),
        export_limits: Some(ExportLimits {
            max_concurrent: Some(4),
        }),
        retention_months: Some(13),
        not_understood_retention_days: Some(90),
        created_at: Some(timestamp(NOW)),
        updated_at: Some(timestamp(NOW)),
    }
}

fn window(seconds: i64) -> AttributionWindow {
    AttributionWindow {
        length: Some(prost_types::Duration { seconds, nanos: 0 }),
        applies_from: None,
    }
}

async fn fetch(rig: &Rig, token: Secret, slug: &str) -> Result<Workspace, Status> {
    let request = GetWorkspaceRequest {
        slug: slug.to_owned(),
    };
    let answer = rig.workspaces(token).get_workspace(request).await?;
    Ok(answer.into_inner().workspace.unwrap())
}

async fn update(
    rig: &Rig,
    token: Secret,
    workspace: Workspace,
    paths: &[&str],
) -> Result<Workspace, Status> {
    let request = UpdateWorkspaceRequest {
        workspace: Some(workspace),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
    };
    let answer = rig.workspaces(token).update_workspace(request).await?;
    Ok(answer.into_inner().workspace.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_is_made_found_and_changed() {
    let rig = Rig::start().await;
    assert_eq!(rig.create(minimal("new")).await.unwrap(), usual("new"));
    let full = Workspace {
        display_name: text("Acme, S. A."),
        time_zone: text("america/santiago"),
        language_code: text("pt"),
        data_available_from: Some(timestamp(NOW)),
        attribution_window: Some(window(3_600)),
        report_max_days: Some(3_660),
        export_limits: Some(ExportLimits {
            max_concurrent: Some(100),
        }),
        retention_months: Some(120),
        not_understood_retention_days: Some(3_650),
        ..usual("full")
    };
    let made = rig.create(full.clone()).await.unwrap();
    let expected = Workspace {
        time_zone: text("America/Santiago"),
        ..full
    };
    assert_eq!(made, expected);
    assert_eq!(
        fetch(&rig, rig.keys.operator(), "full").await.unwrap(),
        expected
    );

    let taken = rig.create(minimal("full")).await.unwrap_err();
    assert_eq!(
        (taken.code(), &*reason(&taken)),
        (Code::AlreadyExists, "WORKSPACE_EXISTS")
    );

    let later = NOW + Duration::from_secs(3_600);
    rig.set_now(later);
    let wanted = Workspace {
        attribution_window: Some(window(7_200)),
        ..minimal("full")
    };
    let paths = ["attribution_window", "language_code", "data_available_from"];
    let changed = update(&rig, rig.keys.operator(), wanted, &paths)
        .await
        .unwrap();
    let expected = Workspace {
        language_code: text("es"),
        data_available_from: None,
        attribution_window: Some(AttributionWindow {
            applies_from: Some(timestamp(later + CLOCK_SKEW + Duration::from_micros(1))),
            ..window(7_200)
        }),
        updated_at: Some(timestamp(later)),
        ..expected
    };
    assert_eq!(changed, expected);
    assert_eq!(
        fetch(&rig, rig.keys.operator(), "full").await.unwrap(),
        expected
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_look_after_their_own() {
    let rig = Rig::start().await;
    let admin = || {
        rig.keys
            .allowed(Role::Administrator, ACME, &[Permission::Admin])
    };
    assert_eq!(fetch(&rig, admin(), ACME).await.unwrap(), usual(ACME));
    let wanted = Workspace {
        report_max_days: Some(30),
        ..minimal(ACME)
    };
    let changed = update(&rig, admin(), wanted, &[]).await.unwrap();
    assert_eq!(changed.report_max_days, Some(30));

    let foreign = fetch(&rig, admin(), OTHER).await.unwrap_err();
    let missing = fetch(&rig, admin(), "nowhere").await.unwrap_err();
    let really = fetch(&rig, rig.keys.operator(), "nowhere")
        .await
        .unwrap_err();
    for error in [foreign, missing, really] {
        assert_eq!(
            (error.code(), error.message()),
            (Code::NotFound, "workspace not found")
        );
    }
    let wanted = Workspace {
        report_max_days: Some(1),
        ..minimal(OTHER)
    };
    let error = update(&rig, admin(), wanted, &[]).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    assert_eq!(
        fetch(&rig, rig.keys.operator(), OTHER).await.unwrap(),
        usual(OTHER)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_zone_changes_and_rollups_follow() {
    let rig = Rig::start().await;
    let zoned = |zone: &str| Workspace {
        time_zone: text(zone),
        ..minimal(ACME)
    };
    let moved = update(&rig, rig.keys.operator(), zoned("America/Lima"), &[]).await;
    assert_eq!(moved.unwrap().time_zone, text("America/Lima"));
    rig.apply(vec![registration("m1")]).await.unwrap();
    let moved = update(&rig, rig.keys.operator(), zoned("Asia/Kathmandu"), &[]).await;
    assert_eq!(moved.unwrap().time_zone, text("Asia/Kathmandu"));
    let error = update(&rig, rig.keys.operator(), zoned("Mars/Olympus"), &[]).await;
    assert_eq!(fields(&error.unwrap_err()), ["workspace.time_zone"]);

    // By itself, in the background.
    let session = rig.session().await;
    let select = "SELECT facet_zone IS NULL AND rollup_set = 1 FROM message_state.workspaces WHERE slug = 'acme'";
    eventually(Duration::from_secs(30), async || {
        let row = session.query_one(select, &[]).await.unwrap();
        row.get::<_, bool>(0).then_some(())
    })
    .await;
    assert_eq!(differences(&rig).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_changes_a_hundred_times_at_most() {
    let rig = Rig::start().await;
    let change = async |number: u32| {
        rig.set_now(NOW + Duration::from_secs(number.into()));
        let wanted = Workspace {
            attribution_window: Some(window(i64::from(60 + number))),
            ..minimal(ACME)
        };
        update(&rig, rig.keys.operator(), wanted, &[]).await
    };
    for number in 0..100 {
        assert!(change(number).await.is_ok(), "{number}");
    }
    let error = change(100).await.unwrap_err();
    assert_eq!(
        (error.code(), &*reason(&error)),
        (Code::FailedPrecondition, "TOO_MANY_WINDOW_CHANGES")
    );
    let kept = fetch(&rig, rig.keys.operator(), ACME).await.unwrap();
    let length = kept.attribution_window.unwrap().length.unwrap();
    assert_eq!(length.seconds, 60 + 99);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_in_the_order_of_slugs() {
    let rig = Rig::start().await;
    for number in (0..5).rev() {
        rig.create(minimal(&format!("w{number}"))).await.unwrap();
    }
    let (mut slugs, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListWorkspacesRequest {
            page_size: 2,
            page_token: token.clone(),
        };
        let page = rig
            .workspaces(rig.keys.operator())
            .list_workspaces(request)
            .await;
        let page = page.unwrap().into_inner();
        assert!(page.workspaces.len() <= 2);
        slugs.extend(page.workspaces.into_iter().map(|workspace| workspace.slug));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(slugs, [ACME, OTHER, "w0", "w1", "w2", "w3", "w4"]);
    let request = ListWorkspacesRequest {
        page_size: 0,
        page_token: "nonsense".to_owned(),
    };
    let error = rig
        .workspaces(rig.keys.operator())
        .list_workspaces(request)
        .await;
    assert_eq!(fields(&error.unwrap_err()), ["page_token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_be_read_are_an_error_and_not_others() {
    let rig = Rig::start().await;
    let owner = rig.session().await;
    let spoil = "UPDATE message_state.workspaces SET reported_stages = '[[7]]' WHERE slug = 'acme'";
    owner.batch_execute(spoil).await.unwrap();
    let events = || vec![registration("m1")];
    for refused in [
        rig.apply(events()).await.map(drop),
        fetch(&rig, rig.anything(ACME), ACME).await.map(drop),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.code(), Code::Internal, "{error:?}");
        assert!(error.metadata().contains_key("x-request-id"), "{error:?}");
        // What is wrong is for the log.
        assert!(!error.message().contains("reported_stages"), "{error:?}");
    }
    // It is nobody else's trouble.
    rig.apply_to(OTHER, events()).await.unwrap();
}
