//! The columns that are kept with a report.

use acuse_proto::reporting::saved_report::Report;
use acuse_proto::reporting::{
    ListFailedMessagesRequest, Question, SavedReport, get_saved_report_request as get,
};
use acuse_testkit::service::wire::fields;

use super::{breakdown, find, named, save, update};
use crate::rig::Rig;

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_kept_and_have_to_fit_what_the_report_asks() {
    let mut rig = Rig::start().await;
    let ana = rig.administrator();
    let failed = || Report::FailedMessages(ListFailedMessagesRequest::default());
    let chosen = |columns: &[&str]| SavedReport {
        columns: ids(columns),
        ..named("Fallas", failed())
    };
    let error = save(&rig, &ana, chosen(&["error", "delivered_at"])).await;
    assert_eq!(fields(&error.unwrap_err()), ["saved_report.columns[1]"]);
    let saved = save(&rig, &ana, chosen(&["error", "user"])).await.unwrap();
    assert_eq!(saved.columns, ["error", "user"]);
    rig.restart().await;
    let by_id = get::Which::Id(saved.id.clone());
    assert_eq!(find(&rig, &ana, by_id.clone()).await.unwrap(), saved);

    // Other columns alone, of what it asks already; then something else, whose columns are others.
    let change = |columns: &[&str], report| SavedReport {
        id: saved.id.clone(),
        columns: ids(columns),
        ..named("Fallas", report)
    };
    let error = update(&rig, &ana, change(&["messages"], failed()), &["columns"]).await;
    assert_eq!(fields(&error.unwrap_err()), ["saved_report.columns[0]"]);
    let by_agent = || breakdown(Question::default());
    // What a breakdown has depends on what it asks: whether it has them is told when it is exported.
    let kept = update(&rig, &ana, change(&[], by_agent()), &["breakdown"]).await;
    assert_eq!(kept.unwrap().columns, ["error", "user"]);
    let both = ["breakdown", "columns"];
    let changed = update(
        &rig,
        &ana,
        change(&["agent", "messages"], by_agent()),
        &both,
    )
    .await;
    assert_eq!(changed.unwrap().columns, ["agent", "messages"]);
    let error = update(&rig, &ana, change(&[], failed()), &["failed_messages"]).await;
    let expected = ["saved_report.columns[0]", "saved_report.columns[1]"];
    assert_eq!(fields(&error.unwrap_err()), expected);
    let all = update(&rig, &ana, change(&[], failed()), &["*"])
        .await
        .unwrap();
    assert_eq!(all.columns, Vec::<String>::new());
    assert_eq!(find(&rig, &ana, by_id).await.unwrap(), all);
}
