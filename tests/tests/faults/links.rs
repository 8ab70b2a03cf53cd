//! Connections are cut, delayed and blackholed.

use std::time::{Duration, Instant};

use acuse_testkit::Postgres;
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use crate::rig::load::{Door, Load};
use crate::rig::proxy::{Mode, Proxy};
use crate::rig::suite::Suite;
use crate::rig::{Installation, dice};

/// Puts the proxy through everything that can be done to a connection, in some order, while a load is sent.
async fn mistreat(proxy: &Proxy, load: &Load, dice: &mut StdRng) {
    let delay = Duration::from_millis(dice.random_range(10..40));
    let mut modes = [Mode::Cut, Mode::Blackholed, Mode::Delayed(delay)];
    modes.shuffle(dice);
    for (number, mode) in (0..).zip(modes) {
        let moment = f64::from(number) * 0.25 + dice.random_range(0.05..0.25);
        load.reaches(moment).await;
        let (failed, acknowledged) = (
            load.counts.failed(Door::Calls),
            load.counts.acknowledged(Door::Calls),
        );
        proxy.set(mode);
        let began = Instant::now();
        load.until(|counts| match mode {
            // Slower, and no worse.
            Mode::Delayed(_) => counts.acknowledged(Door::Calls) > acknowledged + 10,
            _ => counts.failed(Door::Calls) > failed,
        })
        .await;
        proxy.set(Mode::Open);
        println!("{mode:?} at {moment:.3} for {:?}", began.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn between_the_services_and_postgres() {
    let mut dice = dice();
    let postgres = Postgres::start();
    let mut acuse = Installation::on(&postgres).await;
    let proxy = Proxy::to(postgres.address()).await;
    let (direct, through) = (postgres.address(), proxy.address);
    acuse.database_url = postgres
        .url()
        .replace(&direct.to_string(), &through.to_string());
    let suite = Suite::of(acuse, 1, 1).await;
    let mut load = suite.load(200, &mut dice);
    mistreat(&proxy, &load, &mut dice).await;
    load.acknowledged().await;
    suite.holds_once(&load).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn between_ingestion_and_message_state() {
    let mut dice = dice();
    let acuse = Installation::new().await;
    let state = acuse.message_state().await;
    let proxy = Proxy::to(state.address).await;
    let suite = Suite::before(acuse, vec![state], &[proxy.address], 1).await;
    let mut load = suite.load(200, &mut dice);
    mistreat(&proxy, &load, &mut dice).await;
    load.acknowledged().await;
    // Whatever became of the connection, they had the inbox.
    assert_eq!(load.counts.failed(Door::Webhooks), 0);
    suite.holds_once(&load).await;
}
