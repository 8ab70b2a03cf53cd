//! How late evidence came: what is counted, once, by provider and slice of the time of receipt.

use std::sync::Arc;
use std::time::Duration;

use acuse_domain::event::Event;
use acuse_domain::kinds::{Provider, StatusKind};
use acuse_domain::lag::{COUNTED, KEPT};
use acuse_domain::time::Timestamp;
use acuse_store::apply::Outcome;
use acuse_store::{retention, workspaces};
use acuse_testkit::build::{IntoEvent, inbound, registration, status};

use crate::fixture::{Fixture, NOON, is_applied, minutes, up_to};

const META: i16 = Provider::MetaWhatsApp.code();
const MESSENGER: i16 = Provider::MetaMessenger.code();
const TWILIO: i16 = Provider::Twilio.code();

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// The five minutes that noon lies in, by their beginning.
fn slice() -> Timestamp {
    let begins = NOON - seconds(200);
    assert_eq!(begins.micros() % 300_000_000, 0);
    begins
}

fn received(mut event: Event, at: Timestamp) -> Event {
    event.received_at = at;
    event
}

/// A status of the message `id`, received at `at` so many seconds after it happened.
fn late(id: &str, kind: StatusKind, at: Timestamp, by: u64) -> Event {
    received(status(id, kind, at - seconds(by)).event(), at)
}

/// What is kept of one provider in one slice of time.
#[derive(Debug, PartialEq)]
struct Kept {
    workspace: i32,
    slice: Timestamp,
    provider: i16,
    events: i64,
    total: f64,
    longest: f64,
    bins: Vec<i32>,
}

impl Fixture {
    fn kept(&self, slice: Timestamp, provider: i16, late: &[f64], bins: &[i32]) -> Kept {
        Kept {
            workspace: self.workspace.id.0,
            slice,
            provider,
            events: i64::try_from(late.len()).unwrap(),
            total: late.iter().sum(),
            longest: late.iter().copied().fold(0.0, f64::max),
            bins: bins.to_vec(),
        }
    }

    async fn lags(&self) -> Vec<Kept> {
        let select = "SELECT workspace_id, (extract(epoch FROM slice) * 1000000)::int8, provider, events, \
             total_seconds, longest_seconds, bins FROM message_state.provider_lags ORDER BY 1, 2, 3";
        let rows = self.client().await.query(select, &[]).await.unwrap();
        rows.iter()
            .map(|row| Kept {
                workspace: row.get(0),
                slice: Timestamp::from_micros(row.get(1)),
                provider: row.get(2),
                events: row.get(3),
                total: row.get(4),
                longest: row.get(5),
                bins: row.get(6),
            })
            .collect()
    }
}

#[tokio::test]
async fn new_evidence_is_counted_once_and_repetitions_are_not() {
    let fixture = Fixture::new().await;
    let batch = || {
        [
            late("a", StatusKind::Sent, NOON, 1),
            late("a", StatusKind::Delivered, NOON, 3),
            received(inbound("mo", NOON - seconds(3)).event(), NOON),
        ]
    };
    fixture.apply(batch().into_iter().chain(batch())).await;
    let once = [fixture.kept(slice(), META, &[1.0, 3.0, 3.0], &[0, 1, 0, 2])];
    assert_eq!(fixture.lags().await, once);
    let again = batch().map(|event| received(event, NOON + minutes(3)));
    let outcomes = fixture.apply(again).await;
    let is_duplicate = |outcome: &Outcome| matches!(outcome, Outcome::Duplicate(_));
    assert!(outcomes.iter().all(is_duplicate), "{outcomes:?}");
    assert_eq!(fixture.lags().await, once);
}

#[tokio::test]
async fn commits_of_one_slice_add_up_and_another_has_a_row_of_its_own() {
    let fixture = Fixture::new().await;
    for (kind, at, by) in [
        (StatusKind::Sent, slice(), 2),
        (StatusKind::Delivered, slice() + seconds(299), 30),
        (StatusKind::Read, slice() + seconds(300), 0),
        // Its bins end before those that are kept.
        (StatusKind::Played, slice() + seconds(30), 2),
    ] {
        fixture.apply([late("a", kind, at, by)]).await;
    }
    // The bins go second by second up to 20, and then on to 22, 24, 26, 28 and 30.
    let mut bins = vec![0; 26];
    (bins[2], bins[25]) = (2, 1);
    let rows = [
        fixture.kept(slice(), META, &[2.0, 30.0, 2.0], &bins),
        fixture.kept(slice() + minutes(5), META, &[0.0], &[1]),
    ];
    assert_eq!(fixture.lags().await, rows);
}

#[tokio::test]
async fn providers_are_told_apart_and_early_receipts_are_not_late() {
    let fixture = Fixture::new().await;
    let mut twilio = status("t", StatusKind::Sent, NOON + seconds(30));
    twilio.evidence.provider = Provider::Twilio;
    twilio.names.provider.as_mut().unwrap().provider = Provider::Twilio;
    fixture
        .apply([
            late("a", StatusKind::Sent, NOON, 5),
            received(twilio.event(), NOON),
        ])
        .await;
    let rows = [
        fixture.kept(slice(), META, &[5.0], &[0, 0, 0, 0, 0, 1]),
        fixture.kept(slice(), TWILIO, &[0.0], &[1]),
    ];
    assert_eq!(fixture.lags().await, rows);
}

#[tokio::test]
async fn what_has_no_time_of_a_provider_is_left_out() {
    let fixture = Fixture::new().await;
    // The business's own word, whatever it is about.
    let mut own = status("own", StatusKind::Sent, NOON - seconds(9));
    own.evidence.provider = Provider::Sender;
    let mut timeless = status("timeless", StatusKind::Sent, NOON);
    timeless.evidence.at_is_receipt = true;
    let mut heard = inbound("heard", NOON);
    heard.at_is_receipt = true;
    let mut left = registration("left", NOON - seconds(200));
    left.dispatched_at = Some(NOON - seconds(10));
    let outcomes = fixture
        .apply([
            received(own.event(), NOON),
            timeless.event(),
            heard.event(),
            received(left.event(), NOON),
        ])
        .await;
    assert!(outcomes.iter().all(is_applied), "{outcomes:?}");
    assert_eq!(fixture.lags().await, []);
}

#[tokio::test]
async fn watermarks_count_where_they_have_a_time_of_their_own() {
    let fixture = Fixture::new().await;
    let told = |own_time: bool| {
        let mut event = received(up_to(StatusKind::Read, NOON - minutes(5)), NOON);
        if let (acuse_domain::event::Item::Watermark(told), true) = (&mut event.item, own_time) {
            Arc::make_mut(told).at = NOON - seconds(2);
        }
        event
    };
    for (event, is_new) in [(told(false), true), (told(true), true), (told(true), false)] {
        let outcomes = fixture.apply([event]).await;
        assert_eq!(outcomes, [Outcome::Watermark { is_new }]);
    }
    let row = fixture.kept(slice(), MESSENGER, &[2.0], &[0, 0, 1]);
    assert_eq!(fixture.lags().await, [row]);
}

#[tokio::test]
async fn what_was_received_long_ago_makes_no_rows() {
    let fixture = Fixture::new().await;
    fixture
        .apply([
            late("a", StatusKind::Sent, NOON - COUNTED, 1),
            late("a", StatusKind::Delivered, NOON - COUNTED + seconds(60), 1),
        ])
        .await;
    let row = fixture.kept(slice() - COUNTED, META, &[1.0], &[0, 1]);
    assert_eq!(fixture.lags().await, [row]);
}

#[tokio::test]
async fn workspaces_of_one_commit_are_told_apart() {
    let fixture = Fixture::new().await;
    let other = workspaces::NewWorkspace {
        slug: "other".to_owned(),
        settings: workspaces::Settings::usual("Other"),
    };
    let other = workspaces::create(&fixture.database, other, NOON).await;
    let other = other.unwrap().unwrap();
    let submit = |workspace, by| acuse_store::apply::Submission {
        workspace,
        event: late("a", StatusKind::Sent, NOON, by),
    };
    let batch = [submit(fixture.workspace.id, 1), submit(other.id, 2)];
    fixture.applier.apply(&batch, NOON).await.unwrap();
    let theirs = Kept {
        workspace: other.id.0,
        ..fixture.kept(slice(), META, &[2.0], &[0, 0, 1])
    };
    let mine = fixture.kept(slice(), META, &[1.0], &[0, 1]);
    assert_eq!(fixture.lags().await, [mine, theirs]);
}

#[tokio::test]
async fn old_slices_are_dropped_with_what_retention_drops() {
    let fixture = Fixture::new().await;
    fixture
        .apply([
            late("a", StatusKind::Sent, NOON, 1),
            late("a", StatusKind::Delivered, NOON + minutes(2), 1),
        ])
        .await;
    let drop_at = async |now: Timestamp| {
        let dropped = retention::drop_old(&fixture.database, now).await;
        (dropped.unwrap().lags, fixture.lags().await.len())
    };
    assert_eq!(drop_at(slice() + KEPT).await, (0, 2));
    assert_eq!(drop_at(slice() + KEPT + seconds(1)).await, (1, 1));
    assert_eq!(drop_at(slice() + KEPT + seconds(301)).await, (1, 0));
}
