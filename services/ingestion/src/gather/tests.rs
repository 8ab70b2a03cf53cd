use std::collections::BTreeSet;
use std::time::Duration;

use acuse_domain::scope::{Role, Scope};
use acuse_proto::message_state::event;
use acuse_proto::types::StatusEvidence;
use futures::FutureExt as _;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::*;

const INTEGRATION: Uuid = Uuid::from_u128(7);

/// A message-state that shows the calls that come, and answers one for each permit. The answer to an event is its name.
struct Peer {
    gatherer: Gatherer,
    calls: mpsc::UnboundedReceiver<Vec<String>>,
    answers: Arc<Semaphore>,
}

impl Peer {
    fn new(fails: bool) -> Self {
        let (called, calls) = mpsc::unbounded_channel();
        let answers = Arc::new(Semaphore::new(0));
        let permits = Arc::clone(&answers);
        let apply: Apply = Arc::new(move |_, events, _| {
            let names: Vec<String> = events.iter().map(name).collect();
            called.send(names.clone()).unwrap();
            let permits = Arc::clone(&permits);
            async move {
                permits.acquire().await.unwrap().forget();
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
        let events: Vec<Event> = (0..count)
            .map(|index| said(&format!("{of}.{index}")))
            .collect();
        let gatherer = self.gatherer.clone();
        let until = Instant::now() + Duration::from_secs(60);
        let work = tokio::spawn(async move {
            let results = gatherer
                .apply(INTEGRATION, &caller(), events, until)
                .await?;
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
        self.calls.try_recv().ok()
    }

    fn is_idle(&self) -> bool {
        self.gatherer.lock().is_empty()
    }
}

fn caller() -> Caller {
    Caller {
        subject: "integration:7".to_owned(),
        role: Role::Service,
        permissions: BTreeSet::new(),
        scope: Some(Scope::whole("acme")),
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
