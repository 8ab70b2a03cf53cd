//! Of several replicas one goes.

use rand::Rng as _;

use crate::rig::load::Door;
use crate::rig::suite::Suite;
use crate::rig::{Installation, dice};

/// Calls that have to be acknowledged while a replica is away.
const WITHOUT_IT: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_message_states_is_killed_and_the_load_goes_on() {
    let mut dice = dice();
    let mut suite = Suite::of(Installation::new().await, 2, 1).await;
    let mut load = suite.load(400, &mut dice);
    let mut preferred = 0;
    for kill in 0..2 {
        let moment = f64::from(kill) * 0.35 + dice.random_range(0.05..0.3);
        load.reaches(moment).await;
        // First the one that is called for the workspace, whose calls have to go to the other; then that one.
        if kill == 0 {
            let served = served(&suite);
            preferred = usize::from(served[1] > served[0]);
        }
        let replica = if kill == 0 { preferred } else { 1 - preferred };
        suite.states[replica].kill();
        let acknowledged = load.counts.acknowledged(Door::Calls);
        println!("replica {replica} killed at {moment:.3}");
        load.until(|counts| counts.acknowledged(Door::Calls) >= acknowledged + WITHOUT_IT)
            .await;
        suite.states[replica].start().await;
    }
    load.acknowledged().await;
    let served = served(&suite);
    println!("calls served by each: {served:?}");
    assert!(served.iter().all(|served| *served > 0));
    assert_eq!(load.counts.failed(Door::Webhooks), 0);
    suite.holds_once(&load).await;
}

/// How many calls with events each replica served.
fn served(suite: &Suite) -> Vec<usize> {
    let states = suite.states.iter();
    states.map(|state| state.served("ApplyEvents")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_under_load_fails_nothing_for_good() {
    let mut dice = dice();
    let mut suite = Suite::of(Installation::new().await, 2, 2).await;
    let mut load = suite.load(400, &mut dice);
    let Suite {
        states,
        ingestions,
        reporting,
        ..
    } = &mut suite;
    let all = states.iter_mut().chain(ingestions).chain([reporting]);
    for (number, process) in (0..).zip(all) {
        load.reaches(f64::from(number) * 0.15 + dice.random_range(0.02..0.15))
            .await;
        process.stop().await;
        process.start().await;
    }
    // A sender panics where it is told anything but to come again.
    load.acknowledged().await;
    suite.holds_once(&load).await;
}
