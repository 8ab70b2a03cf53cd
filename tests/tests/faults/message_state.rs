//! Message-state is killed, and away.

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
        let under_way = load.counts.under_way(Door::Calls);
        let failed = load.counts.failed(Door::Calls);
        suite.states[0].kill();
        println!("killed at {moment:.3} with {under_way} calls under way");
        load.until(|counts| counts.failed(Door::Calls) > failed)
            .await;
        suite.states[0].start().await;
    }
    load.acknowledged().await;
    assert!(load.counts.failed(Door::Calls) > 0);
    assert!(load.counts.retried(Door::Calls) > 0);
    // They had the inbox.
    assert_eq!(load.counts.failed(Door::Webhooks), 0);
    suite.holds_once(&load).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_that_come_while_it_is_away_wait_in_the_inbox() {
    let mut dice = dice();
    let mut suite = Suite::start().await;
    let held = dice.random_range(0.5..0.95);
    let mut load = suite.load_in_part(200, &mut dice, held);
    let (webhooks, held) = (load.webhooks(), load.held_back());
    load.until(|counts| counts.acknowledged(Door::Webhooks) == webhooks - held)
        .await;
    suite.states[0].kill();
    load.let_go();
    load.until(|counts| counts.acknowledged(Door::Webhooks) == webhooks)
        .await;
    let waiting = suite.acuse.waiting().await;
    println!("{held} of {webhooks} webhooks came meanwhile, {waiting} wait in the inbox");
    assert!(waiting >= i64::try_from(held).unwrap());
    assert_eq!(load.counts.failed(Door::Webhooks), 0);
    suite.states[0].start().await;
    load.acknowledged().await;
    suite.holds_once(&load).await;
}
