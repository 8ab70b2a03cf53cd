//! Replies and sessions that rest on rows which retention dropped.

use acuse_domain::calendar::{LocalDay, Zone};
use acuse_domain::event::Event;
use acuse_domain::identity::sender_key;
use acuse_domain::kinds::{InboundKind, ReplyAttribution, StatusKind};
use acuse_domain::outbound::Outbound;
use acuse_domain::registration::Registration;
use acuse_domain::time::{Timestamp, days, hours};
use acuse_store::read::Lookup;
use acuse_store::retention;
use acuse_store::workspaces::Workspace;
use acuse_testkit::build::{self, IntoEvent};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::fixture::{NOW, Store};
use crate::population;
use crate::rebuilds::verified;
use crate::retention::keep_months;

/// All that is stored of messages and figures, as one digest a table. What a first look at old rows makes (partitions) is left out.
async fn stored(store: &Store) -> Vec<(String, String)> {
    let mut digests = Vec::new();
    for table in [
        "messages",
        "inbound_messages",
        "contents",
        "timeline",
        "changes",
        "message_keys",
        "united_messages",
        "open_quotes",
        "told_ids",
        "watermarks",
        "contacts",
        "workspace_heads",
        "totals",
        "facets",
        "histograms",
        "totals_dropped",
        "facets_dropped",
        "histograms_dropped",
    ] {
        let select = format!(
            "SELECT coalesce(md5(string_agg(stored::text, ';' ORDER BY stored::text)), '') FROM message_state.{table} AS stored"
        );
        let row = store.admin.query_one(&select, &[]).await.unwrap();
        digests.push((table.to_owned(), row.get(0)));
    }
    digests
}

/// What each inbound message is stored as a reply to, by its time.
async fn replies(
    store: &Store,
    workspace: &Workspace,
) -> Vec<(i64, Option<String>, Option<i16>, Option<i32>)> {
    let select = "SELECT (extract(epoch FROM received_at) * 1000000)::int8, reply_to::text, reply_how, department_id \
         FROM message_state.inbound_messages WHERE workspace_id = $1 ORDER BY received_at, message_id";
    let rows = store.admin.query(select, &[&workspace.id.0]).await.unwrap();
    rows.iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
        .collect()
}

async fn sent(store: &Store, workspace: &Workspace, id: &str) -> Outbound {
    let scoped = store.whole(workspace).await;
    let lookup = Lookup::Key(sender_key(id));
    scoped.message(lookup).await.unwrap().unwrap().message
}

async fn drop_before_october(store: &Store) {
    keep_months(store, "acme", 1).await;
    let dropped = retention::drop_old(&store.database, NOW).await.unwrap();
    assert!(dropped.messages > 0);
}

/// The first of October: rows of before go.
fn october() -> Timestamp {
    Zone::UTC.day_start(LocalDay::from_ymd(2026, 10, 1).unwrap())
}

fn sale(id: &str, at: Timestamp) -> Registration {
    let mut registration = build::registration(id, at);
    registration.department = Some(build::named("ventas"));
    registration.names.provider = Some(build::wamid(&format!("w-{id}")));
    registration.dispatched_at = Some(at);
    registration
}

/// Messages on both sides of a month's end, with all that rests on what is before it.
fn across() -> Vec<Event> {
    let october = october();
    let mut quoting = build::inbound("quoting", october + days(3));
    quoting.quoted = Some(build::wamid("w-quoted"));
    let mut clicking = build::inbound("clicking", october + days(4));
    clicking.quoted = Some(build::wamid("w-quoted"));
    clicking.button = Some(acuse_domain::inbound::ButtonClick {
        id: Some("yes".to_owned()),
        title: None,
    });
    // An answer to the latest message, because what it quotes is the contact's own.
    let mut own = build::inbound("own", october + hours(20));
    own.quoted = Some(build::wamid("before"));
    let mut reaction = build::inbound("reaction", october - hours(2));
    reaction.kind = InboundKind::Reaction;
    // Too old a quote.
    let mut old = build::inbound("old", october + days(20));
    old.quoted = Some(build::wamid("w-quoted"));
    // Known by its end first, so that its row stays although it was sent and answered before.
    let mut read = build::status("w-ended", StatusKind::Read, october + hours(30));
    read.evidence.sender = None;
    read.recipient = None;
    let mut first = build::inbound("first", october - days(10) + hours(1));
    first.quoted = Some(build::wamid("w-ended"));
    let mut second = build::inbound("second", october + hours(31));
    second.quoted = Some(build::wamid("w-ended"));
    vec![
        sale("quoted", october - days(25)).event(),
        quoting.event(),
        clicking.event(),
        old.event(),
        sale("late", october - hours(3)).event(),
        build::inbound("before", october - hours(4)).event(),
        reaction.event(),
        build::inbound("window", october + hours(1)).event(),
        sale("open", october + hours(19)).event(),
        own.event(),
        read.event(),
        sale("ended", october - days(10)).event(),
        first.event(),
        second.event(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_again_changes_nothing_after_rows_were_dropped() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let seed = rand::random();
    eprintln!("seed {seed}");
    let mut events = population::events(seed, 300);
    events.extend(across());
    store.apply(&workspace, &events).await;
    store.fold().await;
    verified(&store, &workspace).await;
    drop_before_october(&store).await;
    verified(&store, &workspace).await;
    let before = stored(&store).await;
    let mut dice = StdRng::seed_from_u64(seed);
    for _ in 0..2 {
        store.apply(&workspace, &events).await;
        store.fold().await;
        assert_eq!(stored(&store).await, before);
        events.shuffle(&mut dice);
    }
    verified(&store, &workspace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rests_on_dropped_rows_stands_when_it_is_looked_at_again() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let october = october();
    store.apply(&workspace, &across()).await;
    drop_before_october(&store).await;
    let before = replies(&store, &workspace).await;
    let how = |at| {
        let found = before
            .iter()
            .find(|(when, ..)| *when == Timestamp::micros(at));
        found.unwrap().2.and_then(ReplyAttribution::from_code)
    };
    assert_eq!(how(october + days(3)), Some(ReplyAttribution::Quote));
    assert_eq!(how(october + days(4)), Some(ReplyAttribution::Button));
    assert_eq!(how(october + days(20)), None);
    assert_eq!(how(october + hours(1)), Some(ReplyAttribution::Window));
    assert_eq!(how(october + hours(20)), Some(ReplyAttribution::Window));
    let (open, ended) = (
        sent(&store, &workspace, "open").await,
        sent(&store, &workspace, "ended").await,
    );
    assert_eq!(open.session_derived, Some(true));
    let first = ended.first_reply.map(|reply| reply.at);
    assert_eq!(first, Some(october - days(10) + hours(1)));

    // Known by another address as well, under which there is somebody else: every message of the two is looked at again.
    let guest = || acuse_domain::contact::ContactRef {
        external_id: Some("guest".to_owned()),
        ..Default::default()
    };
    let mut other = sale("other", october + days(30));
    other.contact = guest();
    let mut both = sale("both", october + days(40));
    both.contact = acuse_domain::contact::ContactRef {
        external_id: Some("guest".to_owned()),
        ..build::phone(build::PHONE)
    };
    let same = async |what: &str| {
        let now = replies(&store, &workspace).await;
        let of_before: Vec<_> = now
            .iter()
            .filter(|reply| before.contains(reply))
            .cloned()
            .collect();
        assert_eq!(of_before, before, "{what}");
        let (open, ended) = (
            sent(&store, &workspace, "open").await,
            sent(&store, &workspace, "ended").await,
        );
        assert_eq!(open.session_derived, Some(true), "{what}");
        assert_eq!(ended.first_reply.map(|reply| reply.at), first, "{what}");
        verified(&store, &workspace).await;
    };
    store.apply(&workspace, &[other.event()]).await;
    store.apply(&workspace, &[both.event()]).await;
    same("contacts joined").await;
    // What else is told of the time before reaches beyond the month's end.
    let wrote = build::inbound("more", october - hours(23)).event();
    store.apply(&workspace, &[wrote]).await;
    same("an older message").await;
    let more = build::status("w-open", StatusKind::Sent, october + hours(19)).event();
    store.apply(&workspace, &[more]).await;
    let mut quoting = build::inbound("second quote", october + hours(40));
    quoting.quoted = Some(build::wamid("w-ended"));
    store.apply(&workspace, &[quoting.event()]).await;
    same("another reply").await;

    // What goes before it takes its place all the same: a later message, and the contact's taking it back.
    let later = sale(
        "later",
        october + hours(1) - std::time::Duration::from_secs(60),
    )
    .event();
    let mut gone = build::inbound("quoting", october + days(3));
    gone.quoted = Some(build::wamid("w-quoted"));
    gone.deleted = true;
    store.apply(&workspace, &[later, gone.event()]).await;
    let now = replies(&store, &workspace).await;
    let at = |at: Timestamp| now.iter().find(|(when, ..)| *when == at.micros()).unwrap();
    let later = sent(&store, &workspace, "later").await.id.to_string();
    assert_eq!(at(october + hours(1)).1.as_ref(), Some(&later));
    assert_eq!(at(october + days(3)).1, None);
    verified(&store, &workspace).await;
}
