//! Failures that another version of the taxonomy classified.

use std::collections::BTreeMap;

use acuse_domain::capabilities::Capabilities;
use acuse_domain::event::Event;
use acuse_domain::evidence::FailureReport;
use acuse_domain::kinds::{Channel, StatusKind};
use acuse_domain::rollup::Facet;
use acuse_domain::taxonomy::FailureCategory;
use acuse_domain::time::Timestamp;
use acuse_store::rebuild::{self, Step};
use acuse_store::restage;
use acuse_testkit::build;
use acuse_testkit::build::IntoEvent;

use crate::fixture::{Fixture, NOON, minutes};

/// Cannot receive, as this build knows.
fn failed(id: &str, at: Timestamp) -> Event {
    let mut failed = build::status(id, StatusKind::Failed, at);
    failed.evidence.failure = Some(FailureReport {
        code: "131026".to_owned(),
        ..FailureReport::default()
    });
    failed.event()
}

async fn rebuild(fixture: &Fixture) {
    let (database, workspace) = (&fixture.database, fixture.workspace.id);
    let begun = rebuild::begin(database, workspace, "a test", NOON).await;
    assert!(begun.unwrap());
    while rebuild::step(database, workspace, NOON).await.unwrap() == Step::More {}
}

/// How many messages rollups and rows count by category of failure.
async fn by_category(fixture: &Fixture) -> BTreeMap<i64, i64> {
    fixture.verified().await;
    let client = fixture.client().await;
    let read = async |select: &str| -> BTreeMap<i64, i64> {
        let rows = client.query(select, &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    };
    let facets = format!(
        "SELECT value::int8, sum(messages)::int8 FROM \
           (SELECT * FROM message_state.facets UNION ALL SELECT * FROM message_state.facets_spare) AS facets \
         WHERE facet = {} GROUP BY 1 HAVING sum(messages) <> 0",
        Facet::FailureCategory.code()
    );
    let counted = read(&facets).await;
    let rows = "SELECT failure_category::int8, count(*) FROM message_state.messages \
         WHERE failure_category IS NOT NULL GROUP BY 1";
    let stored = read(rows).await;
    let failures = |(category, _): &(i64, i64)| *category > 0;
    assert_eq!(
        counted
            .into_iter()
            .filter(failures)
            .collect::<BTreeMap<_, _>>(),
        stored
    );
    stored
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_version_classified_is_taken_from_where_it_was_counted() {
    let fixture = Fixture::new().await;
    let ids = ["w1", "w2", "w3", "w4"];
    fixture
        .apply(ids.map(|id| build::status(id, StatusKind::Sent, NOON).event()))
        .await;
    fixture
        .apply(ids.map(|id| failed(id, NOON + minutes(5))))
        .await;
    let known = i64::from(FailureCategory::InvalidRecipient.code());
    let unknown = i64::from(FailureCategory::Unknown.code());
    assert_eq!(by_category(&fixture).await, BTreeMap::from([(known, 4)]));
    // As a build stored it, and counted it, that did not know the code.
    let client = fixture.client().await;
    let older = format!(
        "UPDATE message_state.messages SET failure_category = {unknown} WHERE failure_category = {known}"
    );
    client.batch_execute(&older).await.unwrap();
    rebuild(&fixture).await;
    assert_eq!(by_category(&fixture).await, BTreeMap::from([(unknown, 4)]));

    // It was delivered all the same.
    let delivered = build::status("w1", StatusKind::Delivered, NOON + minutes(6));
    fixture.apply([delivered.event()]).await;
    assert_eq!(by_category(&fixture).await, BTreeMap::from([(unknown, 3)]));
    // It failed sooner.
    fixture.apply([failed("w2", NOON + minutes(4))]).await;
    let both = BTreeMap::from([(known, 1), (unknown, 2)]);
    assert_eq!(by_category(&fixture).await, both);
    // What is told again changes nothing.
    fixture.apply([failed("w3", NOON + minutes(5))]).await;
    assert_eq!(by_category(&fixture).await, both);
    // Another row that it becomes part of.
    let registered = build::registration("m3", NOON);
    fixture.apply([registered.clone().event()]).await;
    let mut linked = registered;
    linked.names.provider = Some(build::wamid("w3"));
    fixture.apply([linked.event()]).await;
    let both = BTreeMap::from([(known, 2), (unknown, 1)]);
    assert_eq!(by_category(&fixture).await, both);
    // Its account turns out to report nothing.
    let database = &fixture.database;
    let stages = Some(Capabilities::NONE);
    let account = build::CHANNEL_ACCOUNT;
    let said = restage::say(database, "acme", Channel::WhatsApp, account, stages, NOON).await;
    said.unwrap().unwrap();
    let workspace = fixture.workspace.id;
    while restage::step(database, workspace, 2, NOON)
        .await
        .unwrap()
        .is_some()
    {}
    assert_eq!(by_category(&fixture).await, BTreeMap::from([(known, 3)]));
    rebuild(&fixture).await;
    assert_eq!(by_category(&fixture).await, BTreeMap::from([(known, 3)]));
}
