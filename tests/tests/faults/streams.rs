//! Streams of batches, while whoever takes them in is killed and cut off.

use rand::Rng as _;

use crate::rig::load::{Counts, Door, Load, Manner, Told};
use crate::rig::proxy::{Mode, Proxy};
use crate::rig::suite::Suite;
use crate::rig::{Installation, dice};

/// Batches that have to be unanswered when something happens to them.
const UNANSWERED: usize = 10;

/// Returns when so much of the load, from 0 to 1, is acknowledged, and much of it under way; gives how much.
async fn well_under_way(load: &Load, share: f64) -> usize {
    load.reaches(share).await;
    load.until(|counts| counts.under_way(Door::Calls) >= UNANSWERED)
        .await;
    load.counts.under_way(Door::Calls)
}

#[tokio::test(flavor = "multi_thread")]
async fn ingestion_is_killed_and_what_was_not_acknowledged_comes_again() {
    let mut dice = dice();
    let mut suite = Suite::start().await;
    let mut load = suite.send(Told::of(600), &mut dice, Manner::STREAMS);
    for kill in 0..3 {
        let moment = f64::from(kill) * 0.25 + dice.random_range(0.05..0.2);
        let under_way = well_under_way(&load, moment).await;
        let failed = load.counts.failed(Door::Calls);
        suite.ingestions[0].kill();
        load.until(|counts| counts.failed(Door::Calls) > failed)
            .await;
        let unanswered = load.counts.failed(Door::Calls) - failed;
        println!(
            "killed at {moment:.3} with {under_way} batches under way, {unanswered} of them in vain"
        );
        suite.ingestions[0].start().await;
    }
    load.acknowledged().await;
    assert!(load.counts.failed(Door::Calls) > 0);
    assert!(load.counts.retried(Door::Calls) > 0);
    suite.holds_once(&load).await;
}

/// Senders hear nothing of it: ingestion sends again what message-state had not answered.
#[tokio::test(flavor = "multi_thread")]
async fn message_state_is_killed_and_the_streams_wait_for_it() {
    let mut dice = dice();
    let mut suite = Suite::start().await;
    let mut load = suite.send(Told::of(600), &mut dice, Manner::STREAMS);
    for kill in 0..3 {
        let moment = f64::from(kill) * 0.25 + dice.random_range(0.05..0.2);
        well_under_way(&load, moment).await;
        suite.states[0].kill();
        // What it had answered before may still be on its way.
        suite.ingestions[0].takes_evidence(false).await;
        let unanswered = load.counts.under_way(Door::Calls);
        println!("killed at {moment:.3}, {unanswered} batches wait");
        assert!(unanswered > 0);
        suite.states[0].start().await;
    }
    load.acknowledged().await;
    assert_eq!(load.counts.failed(Door::Calls), 0);
    assert_eq!(load.counts.failed(Door::Webhooks), 0);
    suite.holds_once(&load).await;
}

/// Both, one after the other: nobody is left who knows of what was under way but the senders.
#[tokio::test(flavor = "multi_thread")]
async fn both_are_killed() {
    let mut dice = dice();
    let mut suite = Suite::start().await;
    let mut load = suite.send(Told::of(400), &mut dice, Manner::STREAMS);
    for kill in 0..2 {
        let moment = f64::from(kill) * 0.35 + dice.random_range(0.05..0.3);
        let under_way = well_under_way(&load, moment).await;
        let failed = load.counts.failed(Door::Calls);
        suite.states[0].kill();
        suite.ingestions[0].kill();
        println!("killed at {moment:.3} with {under_way} batches under way");
        load.until(|counts| counts.failed(Door::Calls) > failed)
            .await;
        suite.states[0].start().await;
        suite.ingestions[0].start().await;
    }
    load.acknowledged().await;
    assert!(load.counts.retried(Door::Calls) > 0);
    suite.holds_once(&load).await;
}

/// Returns when more than so many batches are acknowledged.
async fn goes_on(load: &Load, beyond: usize) {
    load.until(|counts: &Counts| counts.acknowledged(Door::Calls) > beyond)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_between_ingestion_and_message_state_are_cut_and_blackholed() {
    let mut dice = dice();
    let acuse = Installation::new().await;
    let state = acuse.message_state().await;
    let proxy = Proxy::to(state.address).await;
    let suite = Suite::before(acuse, vec![state], &[proxy.address], 1).await;
    let mut load = suite.send(Told::of(400), &mut dice, Manner::STREAMS);
    for (number, mode) in (0..).zip([Mode::Cut, Mode::Blackholed, Mode::Cut, Mode::Blackholed]) {
        let moment = f64::from(number) * 0.2 + dice.random_range(0.05..0.2);
        well_under_way(&load, moment).await;
        proxy.set(mode);
        suite.ingestions[0].takes_evidence(false).await;
        let (waiting, acknowledged) = (
            load.counts.under_way(Door::Calls),
            load.counts.acknowledged(Door::Calls),
        );
        proxy.set(Mode::Open);
        println!("{mode:?} at {moment:.3}, {waiting} batches wait");
        assert!(waiting > 0);
        goes_on(&load, acknowledged).await;
    }
    load.acknowledged().await;
    assert_eq!(load.counts.failed(Door::Calls), 0);
    suite.holds_once(&load).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_between_senders_and_ingestion_are_cut_and_blackholed() {
    let mut dice = dice();
    let mut suite = Suite::start().await;
    let proxy = Proxy::to(suite.ingestions[0].address).await;
    suite.ways = suite.ways.by_way_of(&suite.acuse, &[proxy.address]);
    let mut load = suite.send(Told::of(400), &mut dice, Manner::STREAMS);
    for (number, mode) in (0..).zip([Mode::Cut, Mode::Blackholed, Mode::Cut]) {
        let moment = f64::from(number) * 0.25 + dice.random_range(0.05..0.25);
        let under_way = well_under_way(&load, moment).await;
        let failed = load.counts.failed(Door::Calls);
        proxy.set(mode);
        if mode == Mode::Cut {
            load.until(|counts| counts.failed(Door::Calls) > failed)
                .await;
        } else {
            // Webhooks are not waited for as long.
            let failed = load.counts.failed(Door::Webhooks);
            load.until(|counts| counts.failed(Door::Webhooks) > failed)
                .await;
        }
        let acknowledged = load.counts.acknowledged(Door::Calls);
        proxy.set(Mode::Open);
        println!("{mode:?} at {moment:.3} with {under_way} batches under way");
        goes_on(&load, acknowledged).await;
    }
    load.acknowledged().await;
    assert!(load.counts.retried(Door::Calls) > 0);
    suite.holds_once(&load).await;
}
