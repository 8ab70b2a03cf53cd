use std::collections::BTreeSet;
use std::time::Duration;

use acuse_domain::error::ErrorKind;
use acuse_domain::scope::{Role, Scope};
use acuse_proto::message_state::event;
use acuse_proto::types::StatusEvidence;
use futures::FutureExt as _;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::*;

const INTEGRATION: Uuid = Uuid::from_u128(7);

/// What fails with a panic: the call for it, or what that gives.
const PANICS: [&str; 2] = ["thud", "boom"];

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// A message-state that shows the calls that come, and answers one for each permit. The answer to an event is its name.
struct Peer {
    gatherer: Gatherer,
    calls: mpsc::UnboundedReceiver<Called>,
    answers: Arc<Semaphore>,
}

/// A call that came.
struct Called {
    names: Vec<String>,
    caller: Caller,
    until: Instant,
}

impl Peer {
    fn new(fails: bool) -> Self {
        let (called, calls) = mpsc::unbounded_channel();
        let answers = Arc::new(Semaphore::new(0));
        let permits = Arc::clone(&answers);
        let apply: Apply = Arc::new(move |caller, events, until| {
            let names: Vec<String> = events.iter().map(name).collect();
            let [at_once, later] = PANICS.map(|it| names.iter().any(|name| name.starts_with(it)));
            let call = Called {
                names: names.clone(),
                caller,
                until,
            };
            called.send(call).unwrap();
            assert!(!at_once, "a test");
            let permits = Arc::clone(&permits);
            async move {
                permits.acquire().await.unwrap().forget();
                assert!(!later, "a test");
                if fails {
                    return Err(Error::unavailable("away", "a test"));
                }
                let told = |name| ItemResult {
                    message_id: Some(name),
                    ..ItemResult::default()
                };
                Ok(names.into_iter().map(told).collect())
            }
            .boxed()
        });
        Self {
            gatherer: Gatherer::new(apply),
            calls,
            answers,
        }
    }

    /// A webhook that says `count` things, once it waits.
    async fn webhook(&self, of: &str, count: usize) -> JoinHandle<Result<Vec<String>>> {
        let until = Instant::now() + Duration::from_secs(60);
        self.webhook_of(INTEGRATION, of, count, until).await
    }

    /// The same for an integration, by a moment.
    async fn webhook_of(
        &self,
        integration: Uuid,
        of: &str,
        count: usize,
        until: Instant,
    ) -> JoinHandle<Result<Vec<String>>> {
        let events: Vec<Event> = (0..count)
            .map(|index| said(&format!("{of}.{index}")))
            .collect();
        let gatherer = self.gatherer.clone();
        let work = tokio::spawn(async move {
            let caller = caller(integration);
            let results = gatherer.apply(integration, &caller, events, until).await?;
            Ok(results
                .into_iter()
                .filter_map(|result| result.message_id)
                .collect())
        });
        // On one thread it runs until it waits, and so does whoever works on the queue.
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
        work
    }

    fn called(&mut self) -> Option<Vec<String>> {
        self.calls.try_recv().ok().map(|call| call.names)
    }

    fn is_idle(&self) -> bool {
        self.gatherer.lock().is_empty()
    }
}

fn caller(integration: Uuid) -> Caller {
    Caller {
        subject: format!("integration:{integration}"),
        role: Role::Service,
        permissions: BTreeSet::new(),
        scope: Some(Scope::whole(format!("workspace-{integration}"))),
    }
}

fn said(name: &str) -> Event {
    let status = StatusEvidence {
        sender_message_id: Some(name.to_owned()),
        ..StatusEvidence::default()
    };
    Event {
        event: Some(event::Event::Status(status)),
        ..Event::default()
    }
}

fn name(event: &Event) -> String {
    match &event.event {
        Some(event::Event::Status(status)) => status.sender_message_id.clone().unwrap(),
        other => panic!("{other:?}"),
    }
}

fn names(of: &str, count: usize) -> Vec<String> {
    (0..count).map(|index| format!("{of}.{index}")).collect()
}

#[tokio::test]
async fn who_comes_alone_is_sent_at_once() {
    let mut peer = Peer::new(false);
    let webhook = peer.webhook("a", 1).await;
    assert_eq!(peer.called(), Some(names("a", 1)));
    peer.answers.add_permits(1);
    assert_eq!(webhook.await.unwrap().unwrap(), names("a", 1));
    tokio::task::yield_now().await;
    assert!(peer.is_idle() && peer.called().is_none());
    let none = peer.webhook("b", 0).await;
    assert!(none.await.unwrap().unwrap().is_empty());
    assert!(peer.called().is_none(), "there is nothing to say");
}

#[tokio::test]
async fn what_comes_while_calls_are_under_way_goes_together() {
    let mut peer = Peer::new(false);
    let mut webhooks = Vec::new();
    for (of, count) in [("a", 1), ("b", 1), ("c", 2), ("d", 1), ("e", 3)] {
        webhooks.push((of, count, peer.webhook(of, count).await));
    }
    assert_eq!(peer.called(), Some(names("a", 1)));
    assert_eq!(peer.called(), Some(names("b", 1)));
    assert_eq!(peer.called(), None, "two are under way");
    peer.answers.add_permits(3);
    for (of, count, webhook) in webhooks {
        assert_eq!(webhook.await.unwrap().unwrap(), names(of, count), "its own");
    }
    let together = [names("c", 2), names("d", 1), names("e", 3)].concat();
    assert_eq!(peer.called(), Some(together));
    tokio::task::yield_now().await;
    assert!(peer.is_idle() && peer.called().is_none());
}

#[tokio::test]
async fn a_call_has_a_size() {
    let mut peer = Peer::new(false);
    let mut webhooks = Vec::new();
    for (of, count) in [
        ("a", 1),
        ("b", 1),
        ("c", MAX_EVENTS - 1),
        ("d", 2),
        ("e", MAX_EVENTS + 1),
    ] {
        webhooks.push(peer.webhook(of, count).await);
    }
    peer.answers.add_permits(10);
    for webhook in webhooks {
        webhook.await.unwrap().unwrap();
    }
    let mut sizes: Vec<usize> = std::iter::from_fn(|| peer.called())
        .map(|call| call.len())
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1, 2, MAX_EVENTS - 1, MAX_EVENTS + 1]);
}

#[tokio::test]
async fn who_left_takes_along_what_was_not_sent() {
    let mut peer = Peer::new(false);
    let first = [peer.webhook("a", 1).await, peer.webhook("b", 1).await];
    let left = peer.webhook("c", 1).await;
    let stays = peer.webhook("d", 1).await;
    left.abort();
    assert!(left.await.unwrap_err().is_cancelled());
    // What is under way goes on for the others, whoever began it.
    first[0].abort();
    peer.answers.add_permits(3);
    assert_eq!(stays.await.unwrap().unwrap(), names("d", 1));
    let calls: Vec<_> = std::iter::from_fn(|| peer.called()).collect();
    assert_eq!(calls, [names("a", 1), names("b", 1), names("d", 1)]);
}

#[tokio::test]
async fn a_failure_is_told_to_all_that_went_together() {
    let peer = Peer::new(true);
    let mut webhooks = Vec::new();
    for of in ["a", "b", "c", "d"] {
        webhooks.push(peer.webhook(of, 1).await);
    }
    peer.answers.add_permits(3);
    for webhook in webhooks {
        let error = webhook.await.unwrap().unwrap_err();
        assert!(matches!(
            error.kind,
            acuse_domain::error::ErrorKind::Unavailable { .. }
        ));
        assert_eq!(error.source.unwrap().to_string(), "a test");
    }
    tokio::task::yield_now().await;
    assert!(peer.is_idle());
}

#[tokio::test]
async fn integrations_share_no_call() {
    let mut peer = Peer::new(false);
    let integrations = [INTEGRATION, Uuid::from_u128(8)];
    let now = Instant::now();
    let mut webhooks = Vec::new();
    // Both places of each are taken by the first two; the latest of those that go together is neither the first nor the last.
    for (turn, seconds) in [10, 20, 30, 50, 40].into_iter().enumerate() {
        for (index, integration) in integrations.into_iter().enumerate() {
            let of = format!("{index}.{turn}");
            let until = now + Duration::from_secs(seconds + u64::from(index == 1));
            let webhook = peer.webhook_of(integration, &of, 1, until).await;
            webhooks.push((of, webhook));
        }
    }
    assert_eq!(peer.calls.len(), 4, "two of each are under way");
    peer.answers.add_permits(6);
    for (of, webhook) in webhooks {
        assert_eq!(webhook.await.unwrap().unwrap(), names(&of, 1), "its own");
    }
    let mut calls: Vec<Called> = std::iter::from_fn(|| peer.calls.try_recv().ok()).collect();
    calls.sort_by(|a, b| a.names.cmp(&b.names));
    let expected = [0, 1].into_iter().flat_map(|index: usize| {
        let later = u64::from(index == 1);
        [(&[0][..], 10), (&[1], 20), (&[2, 3, 4], 50)].map(|(turns, seconds)| {
            let names: Vec<String> = turns.iter().map(|it| format!("{index}.{it}.0")).collect();
            (index, names, now + Duration::from_secs(seconds + later))
        })
    });
    for (call, (index, names, until)) in calls.iter().zip(expected.clone()) {
        assert_eq!(call.names, names);
        assert_eq!(call.caller, caller(integrations[index]), "{names:?}");
        assert_eq!(call.until, until, "{names:?}");
    }
    assert_eq!(calls.len(), expected.count());
    tokio::task::yield_now().await;
    assert!(peer.is_idle());
}

#[tokio::test]
async fn a_call_that_panics_strands_nobody() {
    for panics in PANICS {
        let mut peer = Peer::new(false);
        let mut webhooks = Vec::new();
        // While both places are taken come two calls that panic, one for each place, and one that does not.
        for (of, count) in [
            ("a", 1),
            ("b", 1),
            (panics, MAX_EVENTS - 1),
            ("c", 1),
            ("d", MAX_EVENTS - 1),
            (panics, 1),
            ("e", 1),
        ] {
            webhooks.push((of, count, peer.webhook(of, count).await));
        }
        peer.answers.add_permits(10);
        let mut broke_off = Vec::new();
        for (of, count, webhook) in webhooks {
            let answer = tokio::time::timeout(PATIENCE, webhook).await;
            match answer.expect("nobody answers").unwrap() {
                Ok(own) => assert_eq!(own, names(of, count)),
                Err(error) => {
                    let is_internal = matches!(error.kind, ErrorKind::Internal);
                    assert!(is_internal, "{error:?}");
                    broke_off.push(of);
                }
            }
        }
        assert_eq!(broke_off, [panics, "c", "d", panics]);
        let calls = std::iter::from_fn(|| peer.called());
        let sizes: Vec<usize> = calls.map(|call| call.len()).collect();
        assert_eq!(sizes, [1, 1, MAX_EVENTS, MAX_EVENTS, 1]);
        let next = peer.webhook("f", 1).await;
        assert_eq!(next.await.unwrap().unwrap(), names("f", 1));
        tokio::task::yield_now().await;
        assert!(peer.is_idle());
    }
}
