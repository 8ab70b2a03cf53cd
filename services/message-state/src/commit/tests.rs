//! Lanes over a made-up storage, for what the real one does seldom: losing, panicking, being away.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use acuse_domain::event::{Event, Item, StatusItem};
use acuse_domain::evidence::StatusEvidence;
use acuse_domain::identity::MessageNames;
use acuse_domain::ids::MessageId;
use acuse_domain::kinds::{Provider, StatusKind};
use futures::FutureExt as _;
use futures::future::join_all;
use tokio::time::sleep;

use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// An item that goes by `name`, in workspace 1.
fn item(name: &str) -> Submission {
    let evidence = StatusEvidence::new(StatusKind::Sent, NOW, Provider::Sender);
    Submission {
        workspace: WorkspaceId(1),
        event: Event {
            item: Item::Status(Arc::new(StatusItem {
                names: MessageNames {
                    sender: Some(name.to_owned()),
                    provider: None,
                },
                evidence,
                recipient: None,
                sender_phone: None,
                echo: None,
            })),
            received_at: NOW,
        },
    }
}

fn items(count: usize) -> Vec<Submission> {
    (0..count).map(|number| item(&number.to_string())).collect()
}

fn name_of(item: &Submission) -> &str {
    match &item.event.item {
        Item::Status(status) => status.names.sender.as_deref().unwrap(),
        other => panic!("{other:?}"),
    }
}

fn applied() -> Fate {
    Fate::Settled(Outcome::Applied(MessageId(uuid::Uuid::nil())))
}

/// A storage that takes a little time and does what `judge` says of each batch.
fn storage<J>(judge: J) -> Apply
where
    J: Fn(&[&str]) -> Result<(), StoreError> + Send + Sync + 'static,
{
    let judge = Arc::new(judge);
    Arc::new(move |batch, now| slowly(Arc::clone(&judge), batch, now))
}

fn slowly<'a, J>(
    judge: Arc<J>,
    batch: &'a [Submission],
    _now: Timestamp,
) -> BoxFuture<'a, Result<Vec<Outcome>, StoreError>>
where
    J: Fn(&[&str]) -> Result<(), StoreError> + Send + Sync + 'static,
{
    async move {
        sleep(Duration::from_millis(5)).await;
        let names: Vec<&str> = batch.iter().map(name_of).collect();
        judge(&names)?;
        let outcome = Outcome::Applied(MessageId(uuid::Uuid::nil()));
        Ok(vec![outcome; batch.len()])
    }
    .boxed()
}

struct Rig {
    committer: Arc<Committer>,
    counters: Arc<Counters>,
}

impl Rig {
    fn new(config: CommitConfig, apply: Apply) -> Self {
        let counters = Arc::new(Counters::default());
        let clock = Clock::fixed(NOW);
        let committer =
            Committer::start(&config, &apply, &clock, &counters, &watch::Sender::new(()));
        Self {
            committer: Arc::new(committer),
            counters,
        }
    }

    fn usual(apply: Apply) -> Self {
        Self::new(CommitConfig::default(), apply)
    }

    /// The fates of one call of one item each, all made at once.
    async fn calls(&self, names: &[String]) -> Vec<Result<Vec<Fate>, Failure>> {
        join_all(
            names
                .iter()
                .map(|name| self.committer.commit(vec![item(name)], 0)),
        )
        .await
    }
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn calls_that_come_together_share_transactions() {
    let rig = Rig::usual(storage(|_| Ok(())));
    for fates in rig.calls(&names(64)).await {
        assert_eq!(fates.unwrap(), [applied()]);
    }
    let counts = rig.counters.read();
    assert_eq!(counts.items, 64);
    assert!(counts.commits <= 2, "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_long_call_is_cut_and_answered_in_order() {
    let largest = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&largest);
    let config = CommitConfig {
        max_items: 7,
        ..CommitConfig::default()
    };
    let judge = move |names: &[&str]| {
        seen.fetch_max(names.len(), Ordering::SeqCst);
        let refused = names.contains(&"30");
        if refused {
            return Err(StoreError::Refused("30".into()));
        }
        Ok(())
    };
    let rig = Rig::new(config, storage(judge));
    let fates = rig.committer.commit(items(50), 0).await.unwrap();
    assert_eq!(fates.len(), 50);
    for (number, fate) in fates.into_iter().enumerate() {
        assert_eq!(fate == Fate::Unstorable, number == 30, "{number}");
    }
    assert_eq!(largest.load(Ordering::SeqCst), 7);
}

#[tokio::test(start_paused = true)]
async fn no_transaction_is_larger_than_allowed() {
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&sizes);
    let config = CommitConfig {
        max_items: 10,
        ..CommitConfig::default()
    };
    let judge = move |names: &[&str]| {
        seen.lock().unwrap().push(names.len());
        Ok(())
    };
    let rig = Rig::new(config, storage(judge));
    let calls = (0..9).map(|_| rig.committer.commit(items(4), 0));
    assert!(join_all(calls).await.iter().all(Result::is_ok));
    let sizes = sizes.lock().unwrap();
    assert_eq!(sizes.iter().sum::<usize>(), 36);
    assert!(sizes.iter().all(|size| *size <= 10), "{sizes:?}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_stored_is_found_among_many() {
    let refused = |names: &[&str]| {
        let bad = ["3", "17", "60"];
        if names.iter().any(|name| bad.contains(name)) {
            return Err(StoreError::Refused("a test".into()));
        }
        Ok(())
    };
    let rig = Rig::usual(storage(refused));
    for (number, fates) in rig.calls(&names(64)).await.into_iter().enumerate() {
        let is_bad = [3, 17, 60].contains(&number);
        let expected = if is_bad { Fate::Unstorable } else { applied() };
        assert_eq!(fates.unwrap(), [expected], "{number}");
    }
    let counts = rig.counters.read();
    assert_eq!((counts.items, counts.unstorable), (61, 3));
    // Three among 64 are found with some six splits each.
    assert!(counts.splits <= 18, "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_answered_to_its_caller_alone() {
    let panics = |names: &[&str]| {
        assert!(!names.contains(&"5"), "5 is too much");
        Ok(())
    };
    let rig = Rig::usual(storage(panics));
    for (number, fates) in rig.calls(&names(20)).await.into_iter().enumerate() {
        match fates {
            Ok(fates) => assert_eq!((number == 5, fates), (false, vec![applied()])),
            Err(failure) => assert!(matches!((number, failure), (5, Failure::Broken(_)))),
        }
    }
    // The lane goes on.
    assert!(rig.committer.commit(items(1), 0).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_transaction_that_lost_is_tried_again() {
    let lost = AtomicUsize::new(3);
    let losing = move |_: &[&str]| {
        let left = lost.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        });
        match left {
            Ok(_) => Err(StoreError::Contended("a test".into())),
            Err(_) => Ok(()),
        }
    };
    let rig = Rig::usual(storage(losing));
    assert_eq!(
        rig.committer.commit(items(1), 0).await.unwrap(),
        [applied()]
    );
    assert_eq!(rig.counters.read().retries, 3);

    let always = storage(|_| Err(StoreError::Contended("a test".into())));
    let rig = Rig::usual(always);
    let failure = rig.committer.commit(items(1), 0).await.unwrap_err();
    assert!(matches!(failure, Failure::Away(_)), "{failure:?}");
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_told_to_all_and_tried_once() {
    type Cause = fn() -> StoreError;
    let causes: [(Cause, bool); 2] = [
        (|| StoreError::Unavailable("a test".into()), true),
        (|| StoreError::Unprepared("a test".into()), false),
    ];
    for (cause, is_away) in causes {
        let tries = Arc::new(AtomicUsize::new(0));
        let tried = Arc::clone(&tries);
        let away = move |_: &[&str]| {
            tried.fetch_add(1, Ordering::SeqCst);
            Err(cause())
        };
        let rig = Rig::usual(storage(away));
        for fates in rig.calls(&names(30)).await {
            match fates.unwrap_err() {
                Failure::Away(_) => assert!(is_away),
                Failure::Broken(_) => assert!(!is_away),
                Failure::Full => panic!("there was room"),
            }
        }
        assert!(tries.load(Ordering::SeqCst) <= 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_storage_that_never_answers_is_given_up() {
    let never: Apply = Arc::new(|_, _| std::future::pending().boxed());
    let rig = Rig::usual(never);
    let failure = rig.committer.commit(items(1), 0).await.unwrap_err();
    assert!(matches!(failure, Failure::Away(_)), "{failure:?}");
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_turns_away_and_empties_again() {
    let config = CommitConfig {
        queue_items: 10,
        ..CommitConfig::default()
    };
    let rig = Rig::new(config, storage(|_| Ok(())));
    let first = rig.committer.commit(items(8), 0);
    tokio::pin!(first);
    assert!(first.as_mut().now_or_never().is_none());
    let failure = rig.committer.commit(items(3), 0).await.unwrap_err();
    assert!(matches!(failure, Failure::Full));
    let error = Error::from(failure);
    assert!(matches!(
        error.kind,
        ErrorKind::ResourceExhausted {
            retry_after: Some(_)
        }
    ));
    assert!(rig.committer.commit(items(2), 0).await.is_ok());
    assert_eq!(first.await.unwrap().len(), 8);
    assert!(rig.committer.commit(items(10), 0).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_is_large_takes_the_room_of_several() {
    let config = CommitConfig {
        queue_items: 10,
        ..CommitConfig::default()
    };
    let rig = Rig::new(config, storage(|_| Ok(())));
    // What is larger than all room there is gets in where nothing else waits.
    for bytes in [9 * BYTES_OF_ONE, usize::MAX] {
        let large = rig.committer.commit(items(1), bytes);
        tokio::pin!(large);
        assert!(large.as_mut().now_or_never().is_none());
        let failure = rig.committer.commit(items(2), 0).await.unwrap_err();
        assert!(matches!(failure, Failure::Full), "{bytes}");
        assert_eq!(large.await.unwrap().len(), 1);
        assert!(rig.committer.commit(items(10), 0).await.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn who_leaves_stops_nothing_that_is_under_way() {
    let rig = Rig::usual(storage(|_| Ok(())));
    let leaving = rig.committer.commit(vec![item("leaving")], 0);
    let staying = rig.committer.commit(vec![item("staying")], 0);
    tokio::pin!(staying);
    {
        tokio::pin!(leaving);
        assert!(leaving.as_mut().now_or_never().is_none());
        assert!(staying.as_mut().now_or_never().is_none());
        // The transaction begins.
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(staying.await.unwrap(), [applied()]);
    let counts = rig.counters.read();
    assert_eq!((counts.commits, counts.items), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_is_finished_before_the_end() {
    let rig = Rig::usual(storage(|_| Ok(())));
    let committer = Arc::into_inner(rig.committer).unwrap();
    {
        let leaving = committer.commit(items(2), 0);
        tokio::pin!(leaving);
        assert!(leaving.as_mut().now_or_never().is_none());
        // The transaction begins.
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(rig.counters.read().items, 0);
    committer.close().await;
    assert_eq!(rig.counters.read().items, 2);
}
