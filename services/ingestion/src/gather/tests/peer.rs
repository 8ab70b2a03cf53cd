//! A message-state that is asked when it answers, and webhooks for it.

use std::collections::BTreeSet;
use std::time::Duration;

use acuse_domain::scope::{Role, Scope};
use acuse_proto::message_state::event;
use acuse_proto::types::StatusEvidence;
use futures::FutureExt as _;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::super::*;

/// A workspace, and the address that calls about it go to.
pub(super) const WORKSPACE: &str = "here/one";

/// A workspace whose part of a call is not taken in.
pub(super) const REFUSED: &str = "here/refused";

/// What fails with a panic: the call for it, or what that gives.
pub(super) const PANICS: [&str; 2] = ["thud", "boom"];

/// A message-state that shows the calls that come, and answers one for each permit. The answer to an event is its name.
pub(super) struct Peer {
    pub(super) gatherer: Gatherer,
    pub(super) calls: mpsc::UnboundedReceiver<Called>,
    pub(super) answers: Arc<Semaphore>,
}

/// A call that came.
pub(super) struct Called {
    /// For each part its workspace and the names of its events.
    pub(super) parts: Vec<(String, Vec<String>)>,
    pub(super) until: Instant,
}

impl Called {
    fn names(self) -> Vec<String> {
        self.parts
            .into_iter()
            .flat_map(|(_, names)| names)
            .collect()
    }
}

impl Peer {
    pub(super) fn new(fails: bool) -> Self {
        let (called, calls) = mpsc::unbounded_channel();
        let answers = Arc::new(Semaphore::new(0));
        let permits = Arc::clone(&answers);
        let apply: Apply = Arc::new(move |parts, until| {
            let parts: Vec<(String, Vec<String>)> = parts
                .iter()
                .map(|part| {
                    let names = part.events.iter().map(name);
                    (part.workspace().to_owned(), names.collect())
                })
                .collect();
            let [at_once, later] = PANICS.map(|it| {
                let mut names = parts.iter().flat_map(|(_, names)| names);
                names.any(|name| name.starts_with(it))
            });
            let call = Called {
                parts: parts.clone(),
                until,
            };
            called.send(call).unwrap();
            assert!(!at_once, "a test");
            let permits = Arc::clone(&permits);
            async move {
                permits.acquire().await.unwrap().forget();
                assert!(!later, "a test");
                let told = |name| ItemResult {
                    message_id: Some(name),
                    ..ItemResult::default()
                };
                let answered = parts.into_iter().map(|(workspace, names)| {
                    if fails || workspace == REFUSED {
                        return Err(Error::unavailable("away", "a test"));
                    }
                    Ok(names.into_iter().map(told).collect())
                });
                answered.collect()
            }
            .boxed()
        });
        let address: Address = Arc::new(|workspace| {
            let (address, _) = workspace.split_once('/')?;
            Some(address.to_owned())
        });
        Self {
            gatherer: Gatherer::new(apply, address),
            calls,
            answers,
        }
    }

    /// A webhook that says `count` things, once it waits.
    pub(super) async fn webhook(&self, of: &str, count: usize) -> JoinHandle<Result<Vec<String>>> {
        let until = Instant::now() + Duration::from_secs(60);
        self.webhook_of(WORKSPACE, of, count, until).await
    }

    /// The same for a workspace, by a moment.
    pub(super) async fn webhook_of(
        &self,
        workspace: &str,
        of: &str,
        count: usize,
        until: Instant,
    ) -> JoinHandle<Result<Vec<String>>> {
        let events: Vec<Event> = (0..count)
            .map(|index| said(&format!("{of}.{index}")))
            .collect();
        let gatherer = self.gatherer.clone();
        let caller = caller(workspace);
        let work = tokio::spawn(async move {
            let results = gatherer.apply(&caller, events, until).await?;
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

    pub(super) fn called(&mut self) -> Option<Vec<String>> {
        self.calls.try_recv().ok().map(Called::names)
    }

    pub(super) fn is_idle(&self) -> bool {
        self.gatherer.lock().is_empty()
    }
}

fn caller(workspace: &str) -> Caller {
    Caller {
        subject: format!("integration of {workspace}"),
        role: Role::Service,
        permissions: BTreeSet::new(),
        scope: Some(Scope::whole(workspace)),
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

pub(super) fn names(of: &str, count: usize) -> Vec<String> {
    (0..count).map(|index| format!("{of}.{index}")).collect()
}
