//! What channel accounts can report, said while messages are written to and read.

use std::time::Duration;

use acuse_domain::capabilities::Capabilities;
use acuse_domain::event::Event;
use acuse_domain::kinds::{Channel, Stage};
use acuse_store::rebuild::{self, Step};
use acuse_store::restage::{self, AccountStages, MAX_ACCOUNTS, Refusal};
use acuse_store::upkeep::{self, Underway};
use acuse_store::verify::verify;
use acuse_store::workspaces::{self, Settings, Workspace};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use tokio_postgres::types::ToSql;

use crate::fixture::{NOW, Store};
use crate::paths::compare;
use crate::population;
use crate::rebuilds::{rebuild_all, verified};

const CHANNELS: [Channel; 4] = [
    Channel::WhatsApp,
    Channel::Sms,
    Channel::Instagram,
    Channel::Telegram,
];

async fn say(store: &Store, channel: Channel, stages: Option<Capabilities>) {
    let account = format!("{}-line", channel.as_str());
    let said = restage::say(&store.database, "acme", channel, &account, stages, NOW).await;
    said.unwrap().unwrap();
}

async fn step(store: &Store, workspace: &Workspace, page: u32) -> Option<u64> {
    let done = restage::step(&store.database, workspace.id, page, NOW).await;
    done.unwrap()
}

fn any(dice: &mut StdRng) -> Capabilities {
    let all = Stage::ALL.iter().copied();
    Capabilities::from_stages(all.filter(|_| dice.random()))
}

/// How many messages of a channel are stored with these stages, and how many with others.
async fn stored_with(
    store: &Store,
    workspace: &Workspace,
    channel: Channel,
    stages: Capabilities,
) -> (i64, i64) {
    let select = "SELECT count(*) FILTER (WHERE reportable = $3), count(*) FILTER (WHERE reportable <> $3) \
         FROM message_state.messages WHERE workspace_id = $1 AND channel = $2";
    let of: [&(dyn ToSql + Sync); 3] = [&workspace.id.0, &channel.code(), &stages.bits()];
    let row = store.admin.query_one(select, &of).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_right_at_every_moment_of_it() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let seed = rand::rng().random();
    eprintln!("seed {seed}");
    let mut dice = StdRng::seed_from_u64(seed);
    let events = population::events(seed, 150);
    let (mut halves, mut compared) = (0, 0);
    for events in events.chunks(60) {
        store.apply(&workspace, events).await;
        if dice.random() {
            store.fold().await;
        }
        let channel = *CHANNELS.choose(&mut dice).unwrap();
        let stages = dice.random_ratio(4, 5).then(|| any(&mut dice));
        say(&store, channel, stages).await;
        // At times somebody changes their mind before all messages are so.
        let page = *[5, 20, 40, 500].choose(&mut dice).unwrap();
        for _ in 0..dice.random_range(0..8) {
            let expected = stages.unwrap_or(Capabilities::of(channel));
            let (these, others) = stored_with(&store, &workspace, channel, expected).await;
            halves += usize::from(these > 0 && others > 0);
            verified(&store, &workspace).await;
            // All paths give what the rows say, once in a while when only some messages are so.
            if these > 0 && others > 0 && compared < 1 {
                compare(&store, &workspace, dice.random()).await;
                compared += 1;
            }
            if step(&store, &workspace, page).await.is_none() {
                break;
            }
        }
        if dice.random_ratio(1, 3) {
            rebuild_all(&store, &workspace).await;
        }
    }
    assert!(halves > 0 && compared > 0, "nothing was ever half done");
    while step(&store, &workspace, 50).await.is_some() {}
    store.fold().await;
    verified(&store, &workspace).await;
    compare(&store, &workspace, seed).await;
    let reported = restage::reported(&store.database, "acme").await.unwrap();
    let reported = reported.unwrap();
    assert_eq!(reported.restaging, None);
    for channel in CHANNELS {
        let account = format!("{}-line", channel.as_str());
        let said = reported
            .accounts
            .iter()
            .find(|said| said.account == account);
        let stages = said.map_or(Capabilities::of(channel), |said| said.stages);
        let (_, others) = stored_with(&store, &workspace, channel, stages).await;
        // Of WhatsApp's statuses some name another account, or none.
        assert!(others == 0 || channel == Channel::WhatsApp, "{channel:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_number_may_be_at_it_while_others_write_and_rebuild() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let seed = rand::rng().random();
    eprintln!("seed {seed}");
    let events = population::events(seed, 150);
    let (early, late) = events.split_at(events.len() / 2);
    store.apply(&workspace, early).await;
    store.fold().await;
    let work = async || while step(&store, &workspace, 11).await.is_some() {};
    let write = async |events: &[Event]| {
        for events in events.chunks(20) {
            store.apply(&workspace, events).await;
            store.fold().await;
        }
    };
    let rebuild = async || {
        rebuild::begin(&store.database, workspace.id, "a test", NOW)
            .await
            .unwrap();
        loop {
            let step = rebuild::step(&store.database, workspace.id, NOW).await;
            match step.unwrap() {
                Step::Done => return,
                Step::More => {}
                Step::Busy => tokio::task::yield_now().await,
            }
        }
    };
    say(&store, Channel::WhatsApp, Some(Capabilities::NONE)).await;
    say(&store, Channel::Telegram, Some(Capabilities::ALL)).await;
    let change = async || {
        for stages in [None, Some(Capabilities::NONE.with(Stage::Read))] {
            say(&store, Channel::Sms, stages).await;
            work().await;
        }
    };
    tokio::join!(work(), work(), change(), write(late), rebuild());
    work().await;
    store.fold().await;
    verified(&store, &workspace).await;
    compare(&store, &workspace, seed).await;
    for (channel, stages) in [
        (Channel::Telegram, Capabilities::ALL),
        (Channel::Sms, Capabilities::NONE.with(Stage::Read)),
    ] {
        let (these, others) = stored_with(&store, &workspace, channel, stages).await;
        assert!(these > 0 && others == 0, "{channel:?} {these} {others}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_again_changes_nothing() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let last_sequence = async || {
        let select =
            "SELECT last_sequence FROM message_state.workspace_heads WHERE workspace_id = $1";
        let row = store.admin.query_one(select, &[&workspace.id.0]).await;
        row.unwrap().get::<_, i64>(0)
    };
    let restaging = async || {
        let found = restage::reported(&store.database, "acme").await.unwrap();
        found.unwrap().restaging
    };
    // There is nothing to be brought to it yet, and an account that nobody knows has nothing to be forgotten.
    say(&store, Channel::Sms, Some(Capabilities::NONE)).await;
    say(&store, Channel::Line, None).await;
    assert_eq!(restaging().await, None);
    store.apply(&workspace, &population::events(3, 60)).await;
    let before = last_sequence().await;
    say(&store, Channel::Sms, Some(Capabilities::NONE)).await;
    assert_eq!(restaging().await, None);
    say(&store, Channel::Sms, None).await;
    let begun = restaging().await.unwrap();
    assert_eq!((begun.messages_seen, begun.messages_changed), (0, 0));
    let mut changed = 0;
    while let Some(more) = step(&store, &workspace, 1_000).await {
        changed += more;
    }
    assert!(changed > 0);
    // Each in a change of its own, and none that was right before.
    assert_eq!(
        last_sequence().await,
        before + i64::try_from(changed).unwrap()
    );
    assert_eq!(restaging().await, None);
    assert_eq!(step(&store, &workspace, 1_000).await, None);
    let mut count = 0;
    for stages in [Capabilities::NONE, Capabilities::of(Channel::Sms)] {
        say(&store, Channel::Sms, Some(stages)).await;
        while let Some(more) = step(&store, &workspace, 13).await {
            count += more;
        }
    }
    assert_eq!(count, 2 * changed);
    let row = "SELECT count(*) FROM message_state.directory WHERE external_id LIKE 'line:%'";
    let known: i64 = store.admin.query_one(row, &[]).await.unwrap().get(0);
    assert_eq!(known, 0);
    verified(&store, &workspace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_told_what_is_under_way() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let underway = async || upkeep::look(&store.database).await.unwrap();
    assert_eq!(underway().await, Underway::default());
    store.apply(&workspace, &population::events(3, 20)).await;
    say(&store, Channel::Sms, Some(Capabilities::NONE)).await;
    let zone = |settings: &mut Settings| settings.zone = "Asia/Kathmandu".parse().unwrap();
    let changed = workspaces::update(&store.database, "acme", || NOW, zone).await;
    changed.unwrap().unwrap();
    let both = Underway {
        restaging: 1,
        rebuilding: 1,
        stillest: Some(NOW),
    };
    assert_eq!(underway().await, both);
    // That of the two counts that has stood still for longer.
    let began = NOW - Duration::from_secs(60);
    rebuild::begin(&store.database, workspace.id, "a test", began)
        .await
        .unwrap();
    let stillest = Some(began);
    assert_eq!(underway().await, Underway { stillest, ..both });
    while step(&store, &workspace, 1_000).await.is_some() {}
    rebuild_all(&store, &workspace).await;
    assert_eq!(underway().await, Underway::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_finds_what_no_account_reports() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    store.apply(&workspace, &population::events(5, 60)).await;
    say(&store, Channel::Sms, Some(Capabilities::NONE)).await;
    // What is still to be changed is no fault.
    verified(&store, &workspace).await;
    while step(&store, &workspace, 10).await.is_some() {}
    verified(&store, &workspace).await;
    let tamper = "UPDATE message_state.workspaces SET reported_stages = '[]'";
    store.admin.batch_execute(tamper).await.unwrap();
    let found = verify(&store.database, &workspace, 1_000).await.unwrap();
    assert!(found.difference_count > 0);
    for difference in &found.differences {
        let told = (difference.rollup, difference.count);
        assert_eq!(told, ("messages", "reportable"));
        assert_eq!((difference.stored, difference.recounted), (1, 7));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_has_bounds_and_an_order() {
    let store = Store::new().await;
    store.workspace("acme").await;
    let all = store.database.clone();
    let say = async |channel, account: &str, stages| {
        let said = restage::say(&all, "acme", channel, account, stages, NOW).await;
        said.unwrap()
    };
    let stages = Some(Capabilities::NONE);
    // One by one it would take a while.
    let many = format!(
        "INSERT INTO message_state.directory (workspace_id, dimension, name_id, external_id, label) \
           SELECT workspace_id, 1, 1000000 + number, 'sms:n' || lpad(number::text, 4, '0'), '{{}}' \
           FROM message_state.workspaces CROSS JOIN generate_series(1, {MAX_ACCOUNTS}) AS number; \
         UPDATE message_state.workspaces SET reported_stages = \
           (SELECT jsonb_agg(jsonb_build_array(1000000 + number, 3)) FROM generate_series(1, {MAX_ACCOUNTS}) AS number)",
    );
    store.admin.batch_execute(&many).await.unwrap();
    assert_eq!(say(Channel::Sms, "n0007", stages).await, Ok(()));
    assert_eq!(
        say(Channel::Sms, "new", stages).await,
        Err(Refusal::TooManyAccounts)
    );
    assert_eq!(say(Channel::Sms, "n0500", None).await, Ok(()));
    assert_eq!(say(Channel::WhatsApp, "new", stages).await, Ok(()));
    let nowhere = restage::say(&all, "nowhere", Channel::Sms, "n", stages, NOW).await;
    assert_eq!(nowhere.unwrap(), Err(Refusal::NotFound));
    assert_eq!(restage::reported(&all, "nowhere").await.unwrap(), None);
    let found = restage::reported(&all, "acme").await.unwrap().unwrap();
    assert_eq!(found.accounts.len(), MAX_ACCOUNTS);
    let of = |account: &AccountStages| (account.channel, account.account.clone());
    assert!(found.accounts.is_sorted_by_key(of));
    let new = found.accounts.iter().find(|said| said.account == "new");
    assert_eq!(new.unwrap().channel, Channel::WhatsApp);
}
