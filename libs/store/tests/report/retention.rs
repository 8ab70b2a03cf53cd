//! Rows that nobody keeps any more.

use std::sync::Arc;
use std::time::Duration;

use acuse_domain::calendar::{Interval, LocalDay, Zone, quarter_hour};
use acuse_domain::event::{Event, Item};
use acuse_domain::identity::sender_key;
use acuse_domain::kinds::{Channel, Direction, MessageState, Provider, StatusKind};
use acuse_domain::report::{Group, Query};
use acuse_domain::rollup::Facet;
use acuse_domain::time::{Timestamp, days, hours};
use acuse_domain::watermark::WatermarkEvidence;
use acuse_store::StoreError;
use acuse_store::apply::{Applier, Outcome, Submission};
use acuse_store::read::{Answered, Asked, Kept, Lookup, Path};
use acuse_store::retention;
use acuse_store::workspaces::{self, Settings, Workspace};
use acuse_testkit::build::{self, IntoEvent};

use crate::fixture::{NOW, Store};
use crate::population;
use crate::rebuilds::{rebuild_all, verified};

pub(crate) async fn keep_months(store: &Store, slug: &str, months: i32) {
    let change = move |settings: &mut Settings| settings.retention_months = months;
    let changed = workspaces::update(&store.database, slug, || NOW, change).await;
    changed.unwrap().unwrap();
}

async fn count(store: &Store, sql: &str) -> i64 {
    store.admin.query_one(sql, &[]).await.unwrap().get(0)
}

/// Everything that rollups tell of the last 90 days.
async fn told(store: &Store, workspace: &Workspace) -> Vec<Answered> {
    let scoped = store.whole(workspace).await;
    let zone = scoped.workspace().zone();
    let start = zone.day_start(zone.day_of(NOW - days(90)));
    let interval = Interval::new(start, zone.day_start(zone.day_of(NOW)));
    let query = Query {
        direction: Direction::Outbound,
        interval,
        windows: None,
        conditions: Vec::new(),
        counted: Vec::new(),
        replied: None,
        group: Group::All,
        unconfirmed_before: interval.start,
    };
    let asked = |path, durations| Asked {
        question: scoped.question(query.clone(), Vec::new()),
        path,
        durations,
        departments: true,
    };
    let asked = vec![
        asked(Path::Totals, true),
        asked(Path::Facets(Facet::Channel), true),
        asked(Path::Facets(Facet::Campaign), true),
    ];
    let told = scoped.answer(asked.clone()).await.unwrap();
    // Where the rollups are far behind, rows are counted beside what dropped ones counted.
    let behind = scoped.with_longest_tail(0);
    assert_eq!(
        behind.answer(asked).await.unwrap().answered,
        told.answered,
        "{} of {}",
        told.folded_sequence,
        told.last_sequence
    );
    told.answered
}

fn month(year: i16, month: i8) -> LocalDay {
    LocalDay::from_ymd(year, month, 1).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_old_rows_counted_stays_when_they_go() {
    let store = Store::new().await;
    let (workspace, other) = (
        store.workspace("acme").await,
        store.workspace("other").await,
    );
    let seed = rand::random();
    eprintln!("seed {seed}");
    let old = build::registration("old", NOW - days(60));
    store
        .apply(&workspace, &population::events(seed, 300))
        .await;
    store.apply(&workspace, &[old.clone().event()]).await;
    store.apply(&other, &population::events(seed, 60)).await;
    // Some of it is folded, some not yet.
    store.fold().await;
    store
        .apply(&workspace, &population::events(seed + 1, 100))
        .await;
    let before = told(&store, &workspace).await;
    let messages = verified(&store, &workspace).await;

    // Both keep everything: nothing goes.
    let none = retention::drop_old(&store.database, NOW).await.unwrap();
    assert_eq!(none, retention::Dropped::default());

    keep_months(&store, "acme", 1).await;
    let dropped = retention::drop_old(&store.database, NOW).await.unwrap();
    assert!(
        dropped.messages > 0 && dropped.months.is_empty(),
        "{dropped:?}"
    );
    let boundary = "message_state.least_id('2026-10-01')";
    let is_gone = "NOT EXISTS (SELECT FROM message_state.messages AS sent \
           WHERE (sent.workspace_id, sent.message_id) = (stored.workspace_id, stored.message_id)) \
         AND NOT EXISTS (SELECT FROM message_state.inbound_messages AS received \
           WHERE (received.workspace_id, received.message_id) = (stored.workspace_id, stored.message_id))";
    for (table, condition) in [
        ("messages", "stored.origin < '2026-10-01T00:00:00Z'"),
        (
            "inbound_messages",
            "stored.received_at < '2026-10-01T00:00:00Z'",
        ),
        ("contents", is_gone),
        ("timeline", is_gone),
    ] {
        let left = format!(
            "SELECT count(*) FROM message_state.{table} AS stored \
             WHERE stored.workspace_id = {} AND stored.message_id < {boundary} AND {condition}",
            workspace.id.0
        );
        assert_eq!(count(&store, &left).await, 0, "{table}");
    }
    let left = verified(&store, &workspace).await;
    assert_eq!(left + dropped.messages, messages);
    assert_eq!(told(&store, &workspace).await, before);
    store.fold().await;
    verified(&store, &workspace).await;
    assert_eq!(told(&store, &workspace).await, before);
    verified(&store, &other).await;

    // What is still told of a dropped message makes no new one, and neither does its registration.
    let applier = Applier::new(store.database.clone());
    let read = build::status("nothing", StatusKind::Read, NOW - days(59));
    let mut read = read;
    read.names.sender = Some("old".to_owned());
    read.names.provider = None;
    let batch = [read.event(), old.event()].map(|event| Submission {
        workspace: workspace.id,
        event,
    });
    let outcomes = applier.apply(&batch, NOW).await.unwrap();
    let is_late = |outcome: &Outcome| matches!(outcome, Outcome::Late(_) | Outcome::Duplicate(_));
    assert!(outcomes.iter().all(is_late), "{outcomes:?}");
    let scoped = store.whole(&workspace).await;
    let lookup = Lookup::Key(sender_key("old"));
    assert!(scoped.message(lookup).await.unwrap().is_none());
    assert_eq!(told(&store, &workspace).await, before);

    // Made anew they still hold it.
    rebuild_all(&store, &workspace).await;
    assert_eq!(told(&store, &workspace).await, before);
    verified(&store, &workspace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn months_go_when_nobody_keeps_them_and_come_before_they_are_needed() {
    let store = Store::new().await;
    let (workspace, other) = (
        store.workspace("acme").await,
        store.workspace("other").await,
    );
    let of_all_months: Vec<Event> = (0..60_u64)
        .map(|number| build::registration(&format!("m{number}"), NOW - hours(number * 28)))
        .map(IntoEvent::event)
        .collect();
    store.apply(&workspace, &of_all_months).await;
    store.apply(&other, &of_all_months).await;
    let months = async || -> Vec<LocalDay> {
        let found = retention::months(&store.database).await.unwrap();
        assert!(found.iter().all(|month| month.bytes > 0));
        found.into_iter().map(|month| month.month).collect()
    };
    // Those that the messages need, and those that every test's database has.
    let all = months().await;
    assert_eq!(all[0], month(2026, 9));
    retention::make_months(&store.database, NOW, 4)
        .await
        .unwrap();
    // A message known by its end alone may belong to a month that is still to come.
    let ahead = [(2026, 12), (2027, 1), (2027, 2), (2027, 3)].map(|(year, at)| month(year, at));
    let ahead: Vec<LocalDay> = ahead
        .into_iter()
        .filter(|month| !all.contains(month))
        .collect();
    assert_eq!(months().await, [&all[..], &ahead].concat());

    keep_months(&store, "acme", 1).await;
    let dropped = retention::drop_old(&store.database, NOW).await.unwrap();
    assert_eq!(dropped.months, []);
    keep_months(&store, "other", 1).await;
    let dropped = retention::drop_old(&store.database, NOW).await.unwrap();
    assert_eq!(dropped.months, [all[0]]);
    assert_eq!(months().await, [&all[1..], &ahead].concat());
    for workspace in [&workspace, &other] {
        verified(&store, workspace).await;
    }
    // An old message that comes all the same has its month made again.
    let origin: Timestamp = NOW - days(70);
    let late = build::registration("late", origin).event();
    store.apply(&workspace, &[late]).await;
    assert_eq!(months().await[0], all[0]);
    verified(&store, &workspace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_stay_while_rollups_are_rebuilt() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    store.apply(&workspace, &population::events(5, 120)).await;
    keep_months(&store, "acme", 1).await;
    let begun = acuse_store::rebuild::begin(&store.database, workspace.id, "a test", NOW);
    assert!(begun.await.unwrap());
    let left = retention::drop_old(&store.database, NOW).await.unwrap();
    assert_eq!((left.messages, left.left), (0, vec!["acme".to_owned()]));
    rebuild_all(&store, &workspace).await;
    let dropped = retention::drop_old(&store.database, NOW).await.unwrap();
    assert!(dropped.messages > 0);
    verified(&store, &workspace).await;
}

/// All of a contact's was read up to a time.
fn read_up_to(up_to: Timestamp, number: &str) -> Event {
    let item = WatermarkEvidence {
        kind: StatusKind::Read,
        up_to,
        at: up_to,
        provider: Provider::MetaMessenger,
        channel: Channel::Messenger,
        channel_account: build::named(build::CHANNEL_ACCOUNT),
        contact: build::phone(number),
    };
    Event {
        item: Item::Watermark(Arc::new(item)),
        received_at: NOW,
    }
}

/// The beginning of a day of 2026.
fn day(month: i8, day: i8) -> Timestamp {
    Zone::UTC.day_start(LocalDay::from_ymd(2026, month, day).unwrap())
}

/// Told of first by its reading, and by its registration when it left.
fn known_by_its_end(id: &str, left: Timestamp, end: Timestamp) -> [Event; 2] {
    let mut read = build::status("none", StatusKind::Read, end);
    read.names.sender = Some(id.to_owned());
    read.names.provider = None;
    read.evidence.sender = None;
    read.recipient = None;
    let mut registered = build::registration(id, left);
    registered.channel = Channel::Messenger;
    registered.dispatched_at = Some(left);
    [read.event(), registered.event()]
}

#[tokio::test(flavor = "multi_thread")]
async fn watermarks_go_that_cover_nothing_that_is_kept() {
    let store = Store::new().await;
    let (workspace, other) = (
        store.workspace("acme").await,
        store.workspace("other").await,
    );
    // More than go in one page, of somebody to whom nothing was sent.
    let first = day(8, 20);
    let many: Vec<Event> = (0..1_200)
        .map(|count| read_up_to(first + Duration::from_secs(count), "+51 900 000 002"))
        .collect();
    let edge = day(9, 1);
    let around = [edge - Duration::from_secs(1), edge, edge + hours(30 * 24)]
        .map(|up_to| read_up_to(up_to, build::PHONE));
    for workspace in [&workspace, &other] {
        store.apply(workspace, &many).await;
        store.apply(workspace, &around).await;
    }
    keep_months(&store, "acme", 1).await;
    let dropped = retention::drop_old(&store.database, NOW).await.unwrap();
    assert_eq!((dropped.messages, dropped.watermarks), (0, 1_201));
    let left = async |workspace: &Workspace| {
        let left = format!(
            "SELECT count(*) FROM message_state.watermarks WHERE workspace_id = {}",
            workspace.id.0
        );
        count(&store, &left).await
    };
    assert_eq!((left(&workspace).await, left(&other).await), (2, 1_203));
    let again = retention::drop_old(&store.database, NOW).await.unwrap();
    assert_eq!(again, retention::Dropped::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watermark_stays_as_long_as_what_it_covers() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    // It left two months before the first that is kept; by its id it is of the second.
    let (left, end) = (day(8, 10), day(10, 3));
    store
        .apply(&workspace, &known_by_its_end("old", left, end))
        .await;
    let mark = left + hours(48);
    store
        .apply(&workspace, &[read_up_to(mark, build::PHONE)])
        .await;
    keep_months(&store, "acme", 1).await;
    let dropped = retention::drop_old(&store.database, NOW).await.unwrap();
    assert_eq!((dropped.messages, dropped.watermarks), (0, 0));

    // Derived anew, because it was sent a little after it left.
    let mut sent = build::status("none", StatusKind::Sent, left + hours(1));
    sent.names.sender = Some("old".to_owned());
    sent.names.provider = None;
    sent.evidence.sender = None;
    sent.recipient = None;
    store.apply(&workspace, &[sent.event()]).await;
    let scoped = store.whole(&workspace).await;
    let lookup = Lookup::Key(sender_key("old"));
    let message = scoped.message(lookup).await.unwrap().unwrap().message;
    assert_eq!(message.marks.read, Some(mark));
    assert_eq!(message.standing().state, MessageState::Read);
    verified(&store, &workspace).await;

    keep_months(&store, "acme", 0).await;
    let dropped = retention::drop_old(&store.database, NOW).await.unwrap();
    assert_eq!((dropped.messages, dropped.watermarks), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_was_dropped_is_made_again_for_what_comes_then() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    let applier = Applier::new(store.database.clone());
    let batch = |name: &str| {
        [Submission {
            workspace: workspace.id,
            event: build::registration(name, NOW - days(400)).event(),
        }]
    };
    let applied = applier.apply(&batch("first"), NOW).await.unwrap();
    assert!(matches!(applied[..], [Outcome::Applied(_)]), "{applied:?}");
    keep_months(&store, "acme", 1).await;
    let dropped = retention::drop_old(&store.database, NOW).await.unwrap();
    assert!(!dropped.months.is_empty(), "{dropped:?}");

    // Whoever knew the month as it was is told to try again, and then finds it anew.
    let lost = applier.apply(&batch("second"), NOW).await;
    assert!(matches!(lost, Err(StoreError::Contended(_))), "{lost:?}");
    let applied = applier.apply(&batch("second"), NOW).await.unwrap();
    assert!(matches!(applied[..], [Outcome::Applied(_)]), "{applied:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_a_month_that_is_kept_stays_whatever_was_told_of_it_first() {
    let store = Store::new().await;
    let workspace = store.workspace("acme").await;
    // A status of long ago makes it a message of that month, until its registration says when it left.
    let mut odd = build::status("none", StatusKind::Sent, NOW - days(70));
    odd.names.sender = Some("odd".to_owned());
    odd.names.provider = None;
    odd.evidence.sender = None;
    odd.recipient = None;
    store.apply(&workspace, &[odd.event()]).await;
    let mut registered = build::registration("odd", NOW - days(1));
    registered.dispatched_at = Some(NOW - days(1));
    store.apply(&workspace, &[registered.event()]).await;
    let old = build::registration("old", NOW - days(60)).event();
    store.apply(&workspace, &[old]).await;
    let scoped = store.whole(&workspace).await;
    assert_eq!(scoped.kept().await.unwrap(), Kept::default());

    keep_months(&store, "acme", 1).await;
    let dropped = retention::drop_old(&store.database, NOW).await.unwrap();
    assert_eq!((dropped.messages, dropped.months), (1, vec![]));
    verified(&store, &workspace).await;
    let lookup = Lookup::Key(sender_key("odd"));
    assert!(scoped.message(lookup).await.unwrap().is_some());
    let kept = scoped.kept().await.unwrap();
    let next = quarter_hour(NOW - days(60)) + Duration::from_secs(15 * 60);
    assert_eq!((kept.rows_from, kept.days_from), (Some(next), None));
}
