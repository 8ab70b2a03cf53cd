//! What exports need is killed while one runs, and their own worker is.

use acuse_proto::export::ExportState;

use crate::rig::exporting::Exporting;

#[tokio::test(flavor = "multi_thread")]
async fn reporting_is_killed_while_an_export_reads_from_it() {
    let mut rig = Exporting::start().await;
    let id = rig.begin().await;
    rig.reporting.kill();
    rig.hurry();
    rig.reporting.start().await;
    let attempts = rig.succeeds_once(&id).await;
    assert!(attempts > 1, "it was not in its midst");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_is_killed_while_it_writes() {
    let mut rig = Exporting::start().await;
    let id = rig.begin().await;
    rig.export.kill();
    rig.hurry();
    rig.export.start().await;
    assert_eq!(rig.succeeds_once(&id).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_killed_and_comes_back_empty() {
    let mut rig = Exporting::start().await;
    let id = rig.begin().await;
    rig.redis.kill();
    // What is true of it is elsewhere.
    let found = rig.get(&id).await.unwrap();
    assert_eq!(found.state(), ExportState::Running);
    rig.redis.resume().await;
    rig.hurry();
    assert_eq!(rig.succeeds_once(&id).await, 1);
}
