//! For whom an export exists, and who may have its file.

use acuse_domain::scope::Role;
use acuse_proto::export::ExportState;
use acuse_rpc::auth::Claims;
use acuse_testkit::service::wire::reason;
use tonic::{Code, Status};

use crate::rig::{ACME, OTHER, Rig, plain};

/// What a refusal tells, but for the request's own id.
fn said(status: &Status) -> (Code, String, String) {
    (status.code(), status.message().to_owned(), reason(status))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_exists_for_its_asker_and_for_those_who_see_as_much() {
    let rig = Rig::of(3).await;
    let asker = rig.supervisor("sup", &["ventas"]);
    let id = rig.create(&asker, plain()).await.unwrap().id;
    rig.until(&asker, &id, ExportState::Succeeded).await;
    let limited = |accounts: &str| {
        rig.token(Claims {
            accounts: Some([accounts.to_owned()].into()),
            ..Claims::of("acc", Role::Analyst, Some(ACME))
        })
    };
    for token in [
        asker.clone(),
        rig.analyst(),
        rig.token(Claims::of("root", Role::Administrator, Some(ACME))),
        rig.supervisor("other", &["soporte", "ventas"]),
    ] {
        assert_eq!(rig.get(&token, &id).await.unwrap().id, id);
        assert_eq!(
            rig.list(&token, 0, String::new())
                .await
                .unwrap()
                .exports
                .len(),
            1
        );
        assert!(!rig.download(&token, &id, 0).await.unwrap().is_empty());
    }
    let nowhere = uuid::Uuid::now_v7().to_string();
    for token in [
        rig.supervisor("other", &["soporte"]),
        rig.supervisor("other", &[]),
        rig.token(Claims::of("diana", Role::Agent, Some(ACME))),
        limited("norte"),
        rig.token(Claims::of("ana", Role::Analyst, Some(OTHER))),
        rig.token(Claims::of("sup", Role::Supervisor, Some(OTHER))),
    ] {
        let hidden = rig.get(&token, &id).await.unwrap_err();
        let missing = rig.get(&token, &nowhere).await.unwrap_err();
        assert_eq!(
            (hidden.code(), said(&hidden)),
            (Code::NotFound, said(&missing))
        );
        for hidden in [
            rig.download(&token, &id, 0).await.unwrap_err(),
            rig.watch(&token, &id).await.map(drop).unwrap_err(),
            rig.url(&token, &id, None).await.unwrap_err(),
            rig.cancel(&token, &id).await.unwrap_err(),
            rig.delete(&token, &id).await.unwrap_err(),
        ] {
            assert_eq!(said(&hidden), said(&missing));
        }
        assert!(
            rig.list(&token, 0, String::new())
                .await
                .unwrap()
                .exports
                .is_empty()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_less_now_than_then_gets_no_file() {
    let rig = Rig::of(3).await;
    let then = rig.supervisor("sup", &["soporte", "ventas"]);
    let id = rig.create(&then, plain()).await.unwrap().id;
    rig.until(&then, &id, ExportState::Succeeded).await;
    // Moved to another department: the export is still theirs, what it holds is not.
    for departments in [&["ventas"][..], &[], &["otra"]] {
        let now = rig.supervisor("sup", departments);
        assert_eq!(rig.get(&now, &id).await.unwrap().id, id);
        assert_eq!(
            rig.list(&now, 0, String::new())
                .await
                .unwrap()
                .exports
                .len(),
            1
        );
        let error = rig.download(&now, &id, 0).await.unwrap_err();
        let told = (error.code(), reason(&error));
        assert_eq!(
            told,
            (Code::PermissionDenied, "EXPORT_OUT_OF_SCOPE".to_owned())
        );
    }
    assert!(!rig.download(&then, &id, 0).await.unwrap().is_empty());
}
