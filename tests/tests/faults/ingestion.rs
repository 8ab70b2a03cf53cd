//! Ingestion is killed.

use std::time::Duration;

use acuse_testkit::service::eventually;
use rand::Rng as _;

use crate::rig::dice;
use crate::rig::load::Door;
use crate::rig::suite::Suite;

#[tokio::test(flavor = "multi_thread")]
async fn killed_under_load_it_loses_nothing() {
    let mut dice = dice();
    let mut suite = Suite::start().await;
    let mut load = suite.load(400, &mut dice);
    for kill in 0..3 {
        let moment = f64::from(kill) * 0.25 + dice.random_range(0.05..0.25);
        load.reaches(moment).await;
        let under_way = [Door::Calls, Door::Webhooks].map(|door| load.counts.under_way(door));
        let failed = load.counts.failed(Door::Calls);
        suite.ingestions[0].kill();
        println!("killed at {moment:.3} with {under_way:?} calls and webhooks under way");
        load.until(|counts| counts.failed(Door::Calls) > failed)
            .await;
        suite.ingestions[0].start().await;
    }
    load.acknowledged().await;
    for door in [Door::Calls, Door::Webhooks] {
        assert!(load.counts.failed(door) > 0, "{door:?}");
        assert!(load.counts.retried(door) > 0, "{door:?}");
    }
    suite.holds_once(&load).await;
}

/// The one way that an acknowledged webhook is nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_in_the_inbox_outlives_whoever_put_it_there() {
    let mut dice = dice();
    let mut suite = Suite::start().await;
    let mut load = suite.load(300, &mut dice);
    load.reaches(dice.random_range(0.05..0.2)).await;
    suite.states[0].kill();
    let least = dice.random_range(10..50);
    eventually(Duration::from_secs(30), || async {
        (suite.acuse.waiting().await >= least).then_some(())
    })
    .await;
    suite.ingestions[0].kill();
    let waiting = suite.acuse.waiting().await;
    println!("killed with {waiting} webhooks in the inbox");
    assert!(waiting >= least);
    suite.states[0].start().await;
    suite.ingestions[0].start().await;
    // Once more, in the middle of applying them; what was claimed when it was killed comes again when the claim has ended.
    eventually(Duration::from_secs(60), || async {
        (suite.acuse.waiting().await < waiting).then_some(())
    })
    .await;
    suite.ingestions[0].kill();
    suite.ingestions[0].start().await;
    load.acknowledged().await;
    suite.holds_once(&load).await;
}
