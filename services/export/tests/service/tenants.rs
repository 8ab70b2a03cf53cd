//! Who may call what. The methods come from the descriptors: a new one that is not in the table here fails the tests.

use std::collections::BTreeMap;

use acuse_domain::scope::{Permission, Role};
use acuse_proto::export::ExportState;
use acuse_proto::export::{
    CancelExportRequest, CreateExportRequest, DeleteExportRequest, DownloadExportRequest,
    GetDownloadUrlRequest, GetExportRequest, ListExportsRequest, WatchExportRequest,
};
use acuse_rpc::auth::Claims;
use acuse_rpc::client::Credentials;
use acuse_testkit::service::wire::{first, reason, reflects};
use acuse_testkit::service::{digests, methods};
use prost::Message as _;
use tonic::Code;

use crate::planned;
use crate::rig::{ACME, OTHER, Rig, plain};

const PACKAGE: &str = "acuse.export.v1";

/// What a method is asked about the export and the schedule of an id; false of the second where a request names none.
fn probes(id: &str) -> BTreeMap<String, (Vec<u8>, bool)> {
    let id = id.to_owned();
    let create = CreateExportRequest {
        export: Some(plain()),
        request_id: None,
    };
    let get = GetExportRequest { id: id.clone() };
    let cancel = CancelExportRequest { id: id.clone() };
    let delete = DeleteExportRequest { id: id.clone() };
    let watch = WatchExportRequest { id: id.clone() };
    let url = GetDownloadUrlRequest {
        id: id.clone(),
        valid_seconds: None,
    };
    let download = DownloadExportRequest {
        id: id.clone(),
        offset: 0,
    };
    let list = ListExportsRequest::default();
    let all = [
        ("CancelExport", cancel.encode_to_vec(), true),
        ("CreateExport", create.encode_to_vec(), false),
        ("DeleteExport", delete.encode_to_vec(), true),
        ("DownloadExport", download.encode_to_vec(), true),
        ("GetDownloadUrl", url.encode_to_vec(), true),
        ("GetExport", get.encode_to_vec(), true),
        ("ListExports", list.encode_to_vec(), false),
        ("WatchExport", watch.encode_to_vec(), true),
    ];
    let exports = all.map(|(method, request, names)| {
        (
            format!("/{PACKAGE}.ExportService/{method}"),
            (request, names),
        )
    });
    exports.into_iter().chain(planned::probes(&id)).collect()
}

/// A rig with a finished export in each workspace; gives their ids, acme's first.
async fn rig() -> (Rig, [String; 2]) {
    let rig = Rig::of(3).await;
    let mut ids = Vec::new();
    for workspace in [ACME, OTHER] {
        let ana = rig.token(Claims::of("ana", Role::Analyst, Some(workspace)));
        let id = rig.create(&ana, plain()).await.unwrap().id;
        rig.until(&ana, &id, ExportState::Succeeded).await;
        planned::schedule_of_the_same_id(&rig, workspace, &id).await;
        ids.push(id);
    }
    (rig, ids.try_into().unwrap())
}

async fn stored(rig: &Rig) -> Vec<(String, String)> {
    let tables = [
        "export.jobs",
        "export.notifications",
        "export.schedule_runs",
        "export.schedules",
    ];
    digests(&rig.session().await, &tables).await
}

#[test]
fn no_method_is_forgotten() {
    let probed: Vec<String> = probes("").into_keys().collect();
    assert_eq!(probed, methods(PACKAGE));
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_tells_of_what_is_served_and_of_nothing_else() {
    let rig = Rig::of(1).await;
    reflects(&rig.channel(Credentials::None), PACKAGE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_good_token() {
    let (rig, [mine, _]) = rig().await;
    let before = stored(&rig).await;
    for (path, (request, _)) in probes(&mine) {
        for (name, credentials) in rig.keys.worthless(ACME) {
            let answer = first(rig.channel(credentials), &path, request.clone()).await;
            let code = answer.unwrap_err().code();
            assert_eq!(code, Code::Unauthenticated, "{path}, {name}");
        }
    }
    assert_eq!(stored(&rig).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_asks_for_the_permission_to_export() {
    use Permission::{Admin, Export, Ingest, Report};
    let (rig, [mine, _]) = rig().await;
    let before = stored(&rig).await;
    let without = [
        rig.keys.operator(),
        rig.keys
            .allowed(Role::Administrator, ACME, &[Admin, Ingest, Report]),
        rig.keys.allowed(Role::Analyst, ACME, &[]),
    ];
    for (path, (request, _)) in probes(&mine) {
        for token in &without {
            let channel = rig.channel(Credentials::Bearer(token.clone()));
            let error = first(channel, &path, request.clone()).await.unwrap_err();
            assert_eq!(error.code(), Code::PermissionDenied, "{path}");
        }
    }
    assert_eq!(stored(&rig).await, before);
    let (last, others): (Vec<_>, Vec<_>) = probes(&mine)
        .into_iter()
        .partition(|(path, _)| path.contains("Delete"));
    for (path, (request, _)) in others.into_iter().chain(last) {
        let token = rig.keys.allowed(Role::Administrator, ACME, &[Export]);
        let channel = rig.channel(Credentials::Bearer(token));
        match first(channel, &path, request).await {
            Ok(_) => {}
            // It is too late to cancel it; the permission was there.
            Err(error) => assert_eq!(reason(&error), "EXPORT_OVER", "{path}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_is_as_if_it_were_not() {
    let (rig, [mine, theirs]) = rig().await;
    let before = stored(&rig).await;
    let nowhere = probes("01890a5d-ac96-774b-bcce-b302099a8057");
    let ana = rig.analyst();
    for (path, (request, names)) in probes(&theirs) {
        if !names {
            continue;
        }
        let ask = async |message| {
            let channel = rig.channel(Credentials::Bearer(ana.clone()));
            let error = first(channel, &path, message).await.unwrap_err();
            (error.code(), error.message().to_owned())
        };
        let foreign = ask(request).await;
        assert_eq!(foreign.0, Code::NotFound, "{path}");
        assert_eq!(foreign, ask(nowhere[&path].0.clone()).await, "{path}");
    }
    let listed = rig.list(&ana, 0, String::new()).await.unwrap().exports;
    let ids: Vec<&str> = listed.iter().map(|export| export.id.as_str()).collect();
    assert_eq!(ids, [mine.as_str()]);
    assert_eq!(stored(&rig).await, before);
}
