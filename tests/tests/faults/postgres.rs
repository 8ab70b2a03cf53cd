//! Postgres is killed.

use acuse_testkit::Postgres;
use rand::Rng as _;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::rig::load::Door;
use crate::rig::suite::Suite;
use crate::rig::{Installation, dice};

#[tokio::test(flavor = "multi_thread")]
async fn killed_under_load_it_takes_nothing_with_it_that_was_acknowledged() {
    let mut dice = dice();
    let mut postgres = Postgres::start();
    let acuse = Installation::on(&postgres).await;
    let mut suite = Suite::of(acuse, 1, 1).await;
    let redis = std::env::var("REDIS_URL").expect("REDIS_URL is not set");
    let mut export = suite.acuse.export(&[suite.reporting.address], &redis).await;
    let mut load = suite.load(300, &mut dice);
    for kill in 0..2 {
        let moment = f64::from(kill) * 0.3 + dice.random_range(0.05..0.3);
        load.reaches(moment).await;
        let under_way = load.counts.under_way(Door::Calls);
        let failed = load.counts.failed(Door::Calls);
        postgres.kill();
        println!("killed at {moment:.3} with {under_way} calls under way");
        for said in [ServingStatus::NotServing, ServingStatus::Serving] {
            if said == ServingStatus::Serving {
                load.until(|counts| counts.failed(Door::Calls) > failed)
                    .await;
                postgres.resume();
            }
            let told = tokio::join!(
                suite.states[0].says(said),
                suite.ingestions[0].says(said),
                suite.reporting.says(said),
                export.says(said),
            );
            println!("{said:?} after {told:?}");
        }
    }
    load.acknowledged().await;
    assert!(load.counts.retried(Door::Calls) > 0);
    assert!(load.counts.retried(Door::Webhooks) > 0);
    suite.holds_once(&load).await;
}
