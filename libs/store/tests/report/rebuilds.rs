//! Rollups made anew while they are written to and read.

use std::time::Duration;

use acuse_domain::calendar::Zone;
use acuse_domain::event::Event;
use acuse_store::rebuild::{self, Phase, Step};
use acuse_store::verify::verify;
use acuse_store::workspaces::{self, Settings, Workspace};
use acuse_testkit::build::{self, IntoEvent};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::fixture::{NOW, Store};
use crate::paths::compare;
use crate::population;
use crate::queries;

/// What a rebuild goes through, in order.
const PHASES: [Phase; 5] = [
    Phase::Clearing,
    Phase::Outbound,
    Phase::Inbound,
    Phase::CatchingUp,
    Phase::Tidying,
];

pub(crate) async fn verified(store: &Store, workspace: &Workspace) -> u64 {
    let found = verify(&store.database, workspace, 10).await.unwrap();
    assert_eq!(found.differences, []);
    found.messages
}

async fn set_zone(store: &Store, zone: &str) {
    let zone: Zone = zone.parse().unwrap();
    let change = move |settings: &mut Settings| settings.zone = zone;
    let changed = workspaces::update(&store.database, "acme", || NOW, change).await;
    changed.unwrap().unwrap();
}

pub(crate) async fn rebuild_all(store: &Store, workspace: &Workspace) {
    rebuild::begin(&store.database, workspace.id, "a test", NOW)
        .await
        .unwrap();
    while rebuild::step(&store.database, workspace.id, NOW)
        .await
        .unwrap()
        == Step::More
    {}
}

/// Which zone the facets are cut by, and which tables hold them.
async fn in_use(store: &Store) -> (Option<String>, i16) {
    let select = "SELECT facet_zone, rollup_set FROM message_state.workspaces WHERE slug = 'acme'";
    let row = store.admin.query_one(select, &[]).await.unwrap();
    (row.get(0), row.get(1))
}

async fn rows_in(store: &Store, table: &str) -> i64 {
    let select = format!("SELECT count(*) FROM message_state.{table}");
    store.admin.query_one(&select, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_zone_is_right_at_once_and_through_all_of_its_rebuild() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let seed = rand::rng().random();
    eprintln!("seed {seed}");
    let mut dice = StdRng::seed_from_u64(seed);
    let mut events = population::events(seed, 400);
    let later = events.split_off(events.len() / 3);
    store.apply(&workspace, &events).await;
    store.fold().await;

    set_zone(&store, "Asia/Kathmandu").await;
    assert_eq!(
        in_use(&store).await,
        (Some("America/Santiago".to_owned()), 0)
    );
    compare(&store, &workspace, seed).await;
    let due = rebuild::due(&store.database).await.unwrap();
    assert_eq!(due, [workspace.id]);
    assert!(
        rebuild::begin(&store.database, workspace.id, "a test", NOW)
            .await
            .unwrap()
    );
    assert!(
        !rebuild::begin(&store.database, workspace.id, "again", NOW)
            .await
            .unwrap()
    );

    let mut later = later.chunks(60);
    let mut phases = Vec::new();
    loop {
        let found = rebuild::find(&store.database, workspace.id).await.unwrap();
        let Some(found) = found else { break };
        assert_eq!(found.reason, "a test");
        phases.push(found.phase);
        // What comes between two steps is what a rebuild has to catch up with.
        if let Some(events) = later.next() {
            store.apply(&workspace, events).await;
        }
        if dice.random_bool(0.5) {
            store.fold().await;
        }
        let step = rebuild::step(&store.database, workspace.id, NOW)
            .await
            .unwrap();
        assert_ne!(step, Step::Busy);
        verified(&store, &workspace).await;
        if dice.random_bool(0.4) {
            compare(&store, &workspace, dice.random()).await;
        }
    }
    phases.dedup();
    assert_eq!(phases, PHASES);
    assert_eq!(in_use(&store).await, (None, 1));
    assert_eq!(rebuild::due(&store.database).await.unwrap(), []);
    for table in ["totals", "facets", "histograms", "rollup_rebuild_pages"] {
        assert_eq!(rows_in(&store, table).await, 0, "{table}");
    }
    for events in later {
        store.apply(&workspace, events).await;
    }
    store.fold().await;
    let compared = compare(&store, &workspace, seed).await;
    let told: Vec<_> = compared.told.keys().copied().collect();
    assert_eq!(told, queries::paths());

    // And back: into the tables that are free now.
    set_zone(&store, "America/Santiago").await;
    rebuild_all(&store, &workspace).await;
    assert_eq!(in_use(&store).await, (None, 0));
    verified(&store, &workspace).await;
    compare(&store, &workspace, seed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_mends_what_is_wrong_and_any_number_may_try() {
    let store = Store::new().await;
    let (workspace, other) = (
        store.workspace("acme").await,
        store.workspace("other").await,
    );
    let seed = rand::rng().random();
    eprintln!("seed {seed}");
    let events = population::events(seed, 300);
    let (early, late) = events.split_at(events.len() / 2);
    store.apply(&other, &population::events(seed, 50)).await;
    store.apply(&workspace, early).await;
    store.fold().await;
    let tamper = "UPDATE message_state.totals SET messages = messages + 1; DELETE FROM message_state.facets WHERE facet = 1";
    store.admin.batch_execute(tamper).await.unwrap();
    assert!(
        verify(&store.database, &workspace, 1)
            .await
            .unwrap()
            .difference_count
            > 0
    );

    rebuild::begin(&store.database, workspace.id, "a test", NOW)
        .await
        .unwrap();
    let work = async || {
        loop {
            match rebuild::step(&store.database, workspace.id, NOW)
                .await
                .unwrap()
            {
                Step::Done => return,
                Step::More => {}
                Step::Busy => tokio::task::yield_now().await,
            }
        }
    };
    let write = async |events: &[Event]| {
        for events in events.chunks(20) {
            store.apply(&workspace, events).await;
            store.fold().await;
        }
    };
    tokio::join!(work(), work(), write(late));
    store.fold().await;
    verified(&store, &workspace).await;
    compare(&store, &workspace, seed).await;
    // The other workspace's are as wrong as they were.
    assert!(
        verify(&store.database, &other, 1)
            .await
            .unwrap()
            .difference_count
            > 0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_that_changes_again_meanwhile_is_the_one_that_counts() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    store.apply(&workspace, &population::events(7, 60)).await;
    store.fold().await;
    set_zone(&store, "Asia/Kathmandu").await;
    rebuild::begin(&store.database, workspace.id, "a test", NOW)
        .await
        .unwrap();
    let phase = async || {
        let found = rebuild::find(&store.database, workspace.id).await.unwrap();
        found.map(|found| found.phase)
    };
    while phase().await != Some(Phase::CatchingUp) {
        rebuild::step(&store.database, workspace.id, NOW)
            .await
            .unwrap();
    }
    set_zone(&store, "Australia/Lord_Howe").await;
    rebuild_all(&store, &workspace).await;
    assert_eq!(in_use(&store).await, (None, 1));
    verified(&store, &workspace).await;
    compare(&store, &workspace, 7).await;
    // To change it and back again leaves nothing to do.
    set_zone(&store, "UTC").await;
    set_zone(&store, "Australia/Lord_Howe").await;
    assert_eq!(rebuild::due(&store.database).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_ends_however_many_messages_come_in_meanwhile() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let mut number = 0;
    // Each pair is newer than all before, so that it would come on a page of its own.
    let mut come_in = async || {
        number += 1;
        let at = NOW - Duration::from_secs(3_600 - number);
        let sent = build::registration(&format!("out-{number}"), at).event();
        let received = build::inbound(&format!("in-{number}"), at).event();
        store.apply(&workspace, &[sent, received]).await;
    };
    come_in().await;
    rebuild::begin(&store.database, workspace.id, "a test", NOW)
        .await
        .unwrap();
    let mut phases = Vec::new();
    while let Some(found) = rebuild::find(&store.database, workspace.id).await.unwrap() {
        phases.push(found.phase);
        assert!(phases.len() < 20, "{phases:?}");
        rebuild::step(&store.database, workspace.id, NOW)
            .await
            .unwrap();
        come_in().await;
    }
    // One step each: all of it fits on a page.
    assert_eq!(phases, PHASES);
    verified(&store, &workspace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_a_rebuild_needs_are_not_trimmed() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let events = population::events(11, 80);
    let (early, late) = events.split_at(events.len() / 2);
    store.apply(&workspace, early).await;
    rebuild::begin(&store.database, workspace.id, "a test", NOW)
        .await
        .unwrap();
    for _ in 0..3 {
        rebuild::step(&store.database, workspace.id, NOW)
            .await
            .unwrap();
    }
    store.apply(&workspace, late).await;
    store.fold().await;
    let folder = acuse_store::fold::Folder::new(store.database.clone());
    let later = NOW + Duration::from_secs(3_600);
    assert!(folder.trim(later, Duration::ZERO).await.unwrap() > 0);
    while rebuild::step(&store.database, workspace.id, NOW)
        .await
        .unwrap()
        == Step::More
    {}
    verified(&store, &workspace).await;
    assert!(folder.trim(later, Duration::ZERO).await.unwrap() > 0);
}
