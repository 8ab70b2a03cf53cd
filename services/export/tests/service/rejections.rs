//! Bad input: every fault is named, and nothing comes of it.

use acuse_proto::export::{CreateExportRequest, CsvOptions, ExportFormat, ExportRequest};
use acuse_proto::reporting::{Filter, IdFilter, Period, Question, period};
use acuse_testkit::service::wire::{fields, reason};
use tonic::Code;
use uuid::Uuid;

use crate::rig::{Rig, plain};

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_request_is_named() {
    let rig = Rig::of(1).await;
    let ana = rig.analyst();
    let question = Question {
        period: Some(Period {
            period: Some(period::Period::Preset(99)),
        }),
        time_zone: Some("Lima".to_owned()),
        filters: vec![Filter::default(); 25],
        id_filters: vec![IdFilter::default()],
        counted_in: Vec::new(),
        first_reply: None,
    };
    let everything = ExportRequest {
        report: 99,
        format: -1,
        name: Some("x".repeat(201)),
        language: 9,
        question: Some(question),
        csv: Some(CsvOptions {
            delimiter: Some(",,".to_owned()),
            byte_order_mark: true,
        }),
        columns: vec!["state".to_owned()],
        compression: 7,
        saved_report: None,
        figures: None,
    };
    let named = |name: &str| ExportRequest {
        name: Some(name.to_owned()),
        ..plain()
    };
    let error = rig.create(&ana, everything).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    let found = fields(&error);
    assert_eq!(
        found[..9],
        [
            "export.report",
            "export.format",
            "export.name",
            "export.language",
            "export.csv.delimiter",
            "export.compression",
            "export.question.period.preset",
            "export.question.time_zone",
            "export.question.filters",
        ]
    );
    // What is in a filter is not looked at where there are too many; what is in an id filter is.
    assert_eq!(found.len(), 9 + 2);
    let columns = |ids: &[&str]| ExportRequest {
        columns: ids.iter().map(|id| (*id).to_owned()).collect(),
        ..plain()
    };
    let json_lines = ExportRequest {
        format: ExportFormat::JsonLines.into(),
        csv: Some(CsvOptions::default()),
        ..plain()
    };
    for (request, field) in [
        (ExportRequest::default(), "export.report"),
        (named("\u{1b}[31mred"), "export.name"),
        (columns(&["state", "color"]), "export.columns[1]"),
        (columns(&["state", "agent", "state"]), "export.columns[2]"),
        (json_lines, "export.csv"),
        (named(""), "export.name"),
        (named(&"ñ".repeat(101)), "export.name"),
    ] {
        let error = rig.create(&ana, request).await.unwrap_err();
        assert!(
            fields(&error).contains(&field.to_owned()),
            "{field}: {error}"
        );
    }
    let mut client = rig.client(&ana);
    let nothing = client.create_export(CreateExportRequest::default());
    assert_eq!(fields(&nothing.await.unwrap_err()), ["export"]);
    for id in ["", "7", "not a uuid"] {
        let error = rig
            .ask(&ana, plain(), Some(id.to_owned()))
            .await
            .unwrap_err();
        assert_eq!(fields(&error), ["request_id"]);
        assert_eq!(fields(&rig.get(&ana, id).await.unwrap_err()), ["id"]);
        let error = rig.download(&ana, id, 0).await.unwrap_err();
        assert_eq!(fields(&error), ["id"]);
        for error in [
            rig.cancel(&ana, id).await.unwrap_err(),
            rig.delete(&ana, id).await.unwrap_err(),
            rig.watch(&ana, id).await.map(drop).unwrap_err(),
            rig.url(&ana, id, None).await.unwrap_err(),
        ] {
            assert_eq!(fields(&error), ["id"]);
        }
    }
    let id = Uuid::now_v7().to_string();
    let error = rig.download(&ana, &id, -1).await.unwrap_err();
    assert_eq!(fields(&error), ["offset"]);
    for (size, token, field) in [(-1, "", "page_size"), (0, "x", "page_token")] {
        let error = rig.list(&ana, size, token.to_owned()).await.unwrap_err();
        assert_eq!(fields(&error), [field]);
    }
    assert!(
        rig.list(&ana, i32::MAX, String::new())
            .await
            .unwrap()
            .exports
            .is_empty()
    );
    let long = ExportRequest {
        columns: vec!["x".repeat(63); 600],
        ..plain()
    };
    let error = rig.create(&ana, long).await.unwrap_err();
    assert_eq!(fields(&error), ["export"]);
    assert!(rig.peer.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_does_not_exist_has_no_exports() {
    let rig = Rig::of(1).await;
    let claims =
        acuse_rpc::auth::Claims::of("ana", acuse_domain::scope::Role::Analyst, Some("nowhere"));
    let token = rig.token(claims);
    let id = Uuid::now_v7().to_string();
    for error in [
        rig.create(&token, plain()).await.unwrap_err(),
        rig.get(&token, &id).await.unwrap_err(),
        rig.list(&token, 0, String::new()).await.unwrap_err(),
        rig.download(&token, &id, 0).await.unwrap_err(),
        rig.cancel(&token, &id).await.unwrap_err(),
        rig.delete(&token, &id).await.unwrap_err(),
        rig.watch(&token, &id).await.map(drop).unwrap_err(),
        rig.url(&token, &id, None).await.unwrap_err(),
    ] {
        let told = (error.code(), reason(&error));
        assert_eq!(told, (Code::NotFound, "WORKSPACE_NOT_FOUND".to_owned()));
    }
}
