//! Saved reports.

mod access;
mod columns;
mod kept;
mod many;

use acuse_proto::reporting::saved_report::Report;
use acuse_proto::reporting::{
    CreateSavedReportRequest, DeleteSavedReportRequest, Dimension, GetBreakdownRequest,
    GetSavedReportRequest, ListSavedReportsRequest, ListSavedReportsResponse, Question,
    RunSavedReportRequest, RunSavedReportResponse, SavedReport, UpdateSavedReportRequest,
    get_saved_report_request as get, run_saved_report_request as run,
};
use acuse_rpc::Secret;
use prost_types::FieldMask;
use tonic::Status;

use crate::rig::Rig;

fn breakdown(question: Question) -> Report {
    Report::Breakdown(GetBreakdownRequest {
        question: Some(question),
        dimensions: vec![Dimension::Agent.into()],
        ..GetBreakdownRequest::default()
    })
}

fn named(name: &str, report: Report) -> SavedReport {
    SavedReport {
        name: name.to_owned(),
        report: Some(report),
        ..SavedReport::default()
    }
}

async fn save(rig: &Rig, token: &Secret, saved_report: SavedReport) -> Result<SavedReport, Status> {
    let request = CreateSavedReportRequest {
        saved_report: Some(saved_report),
        request_id: None,
    };
    let answer = rig.saved(token).create_saved_report(request).await?;
    Ok(answer.into_inner().saved_report.unwrap())
}

async fn update(
    rig: &Rig,
    token: &Secret,
    saved_report: SavedReport,
    paths: &[&str],
) -> Result<SavedReport, Status> {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let request = UpdateSavedReportRequest {
        saved_report: Some(saved_report),
        update_mask: Some(FieldMask { paths }),
    };
    let answer = rig.saved(token).update_saved_report(request).await?;
    Ok(answer.into_inner().saved_report.unwrap())
}

async fn delete(rig: &Rig, token: &Secret, id: &str) -> Result<(), Status> {
    let request = DeleteSavedReportRequest {
        id: id.to_owned(),
        etag: None,
    };
    rig.saved(token).delete_saved_report(request).await?;
    Ok(())
}

async fn find(rig: &Rig, token: &Secret, which: get::Which) -> Result<SavedReport, Status> {
    let request = GetSavedReportRequest { which: Some(which) };
    let answer = rig.saved(token).get_saved_report(request).await?;
    Ok(answer.into_inner().saved_report.unwrap())
}

async fn run_it(
    rig: &Rig,
    token: &Secret,
    which: run::Which,
) -> Result<RunSavedReportResponse, Status> {
    let request = RunSavedReportRequest { which: Some(which) };
    Ok(rig
        .saved(token)
        .run_saved_report(request)
        .await?
        .into_inner())
}

async fn list(
    rig: &Rig,
    token: &Secret,
    request: ListSavedReportsRequest,
) -> ListSavedReportsResponse {
    let answer = rig.saved(token).list_saved_reports(request).await;
    answer.unwrap().into_inner()
}

/// The names of what is listed, in order.
async fn names(rig: &Rig, token: &Secret, shared: Option<bool>) -> Vec<String> {
    let request = ListSavedReportsRequest {
        shared,
        ..ListSavedReportsRequest::default()
    };
    let listed = list(rig, token, request).await;
    assert_eq!(listed.next_page_token, "");
    let mut names: Vec<_> = listed.saved_reports.into_iter().map(|it| it.name).collect();
    names.sort();
    names
}
