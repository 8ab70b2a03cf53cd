//! Reach: how far the changes of a batch may move replies and sessions, and what has to be looked at for that.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::WorkspaceKey;
use crate::capabilities::Capabilities;
use crate::ids::{MessageId, NameId, WorkspaceId};
use crate::inbound::Inbound;
use crate::outbound::{Outbound, ThreadKey};
use crate::thread::{DEFAULT_ATTRIBUTION_WINDOW, SESSION_LENGTH};
use crate::time::Timestamp;

/// What of workspaces' settings messages depend on: attribution windows, of which a change applies from a time on, so that
/// past figures stay; and what channel accounts can report, of which a change applies to all that they ever sent. Beside
/// them how much of its rows retention has dropped.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    windows: HashMap<WorkspaceId, Vec<(Timestamp, Duration)>>,
    reported: HashMap<(WorkspaceId, NameId), Capabilities>,
    dropped_before: HashMap<WorkspaceId, Timestamp>,
}

impl Settings {
    /// Sets a workspace's windows, each with the time from which it applies.
    pub fn set(&mut self, workspace: WorkspaceId, mut windows: Vec<(Timestamp, Duration)>) {
        windows.sort_unstable();
        self.windows.insert(workspace, windows);
    }

    /// Sets what channel accounts of a workspace can report; of those left out their channels decide.
    pub fn set_reported(
        &mut self,
        workspace: WorkspaceId,
        accounts: impl IntoIterator<Item = (NameId, Capabilities)>,
    ) {
        let accounts = accounts.into_iter();
        self.reported
            .extend(accounts.map(|(account, reported)| ((workspace, account), reported)));
    }

    /// Sets before when every message belongs whose rows retention has dropped.
    pub fn set_dropped_before(&mut self, workspace: WorkspaceId, before: Timestamp) {
        self.dropped_before.insert(workspace, before);
    }

    /// Before when every message belongs whose rows are dropped; `None` where none are.
    pub(super) fn dropped_before(&self, workspace: WorkspaceId) -> Option<Timestamp> {
        self.dropped_before.get(&workspace).copied()
    }

    /// Gives a message what its channel account can report.
    pub fn report(&self, message: &mut Outbound) {
        if self.reported.is_empty() {
            message.set_capabilities(None);
            return;
        }
        let account = message.attribution().channel_account;
        let reported = account.and_then(|account| self.reported.get(&(message.workspace, account)));
        message.set_capabilities(reported.copied());
    }

    /// The window that applies to an inbound message received at `at`.
    pub fn window(&self, workspace: WorkspaceId, at: Timestamp) -> Duration {
        self.windows
            .get(&workspace)
            .and_then(|windows| windows.iter().rev().find(|(from, _)| *from <= at))
            .map_or(DEFAULT_ATTRIBUTION_WINDOW, |(_, window)| *window)
    }

    /// The longest window that ever applied.
    pub(super) fn longest(&self, workspace: WorkspaceId) -> Duration {
        self.windows
            .get(&workspace)
            .into_iter()
            .flatten()
            .map(|(_, window)| *window)
            .fold(DEFAULT_ATTRIBUTION_WINDOW, Duration::max)
    }
}

/// Inbound messages to load because of what they quote or answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuoteQuery {
    /// Keys that became known: inbound messages that quote one without a reply found so far are to be loaded.
    pub keys: Vec<WorkspaceKey>,
    /// Messages that moved: inbound messages that quote one without being a reply to it are to be loaded.
    pub moved: Vec<(WorkspaceId, MessageId)>,
    /// Messages with replies that moved: their replies are to be loaded.
    pub answered: Vec<(WorkspaceId, MessageId)>,
}

impl QuoteQuery {
    /// Whether nothing is to be loaded.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.moved.is_empty() && self.answered.is_empty()
    }
}

/// The part of a thread to load. Both ends of the spans are within them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreadQuery {
    /// The thread.
    pub thread: ThreadKey,
    /// Outbound messages with an origin from the first to the second.
    pub sends: (Timestamp, Timestamp),
    /// Inbound messages received from the first to the second.
    pub answers: (Timestamp, Timestamp),
}

/// How far a batch's changes reach.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Per thread the instants at which something changed.
    touched: BTreeMap<ThreadKey, Vec<Timestamp>>,
    /// Per thread spans in which something changed, both ends within.
    spans: BTreeMap<ThreadKey, Vec<Span>>,
    /// The parts of threads to load.
    pub threads: Vec<ThreadQuery>,
}

/// From the first to the last of some instants.
type Span = (Timestamp, Timestamp);

impl Reach {
    pub(super) fn touch(&mut self, thread: Option<ThreadKey>, at: Timestamp) {
        if let Some(thread) = thread {
            self.touched.entry(thread).or_default().push(at);
        }
    }

    /// Finds what is to be loaded, once everything that changed is known. What lies so far apart that neither reaches the
    /// other is looked at apart, so that nothing of the time in between is loaded.
    pub(super) fn spread(&mut self, settings: &Settings) {
        for (thread, mut instants) in std::mem::take(&mut self.touched) {
            let before = settings.longest(thread.workspace);
            let after = before.max(SESSION_LENGTH);
            instants.sort_unstable();
            let mut spans: Vec<Span> = Vec::new();
            for at in instants {
                match spans.last_mut() {
                    Some((_, last)) if at <= *last + after + after => *last = at,
                    _ => spans.push((at, at)),
                }
            }
            self.threads
                .extend(spans.iter().map(|(first, last)| ThreadQuery {
                    thread,
                    sends: (*first - before, *last + after),
                    answers: (*first - SESSION_LENGTH, *last + after),
                }));
            self.spans.insert(thread, spans);
        }
    }

    fn spans(&self, thread: ThreadKey) -> &[Span] {
        self.spans.get(&thread).map_or(&[], Vec::as_slice)
    }

    /// Whether everything that decides what `message` answers is loaded.
    pub(super) fn covers_answer(&self, message: &Inbound, settings: &Settings) -> bool {
        let window = settings.longest(message.workspace);
        let mut spans = self.spans(message.thread()).iter();
        spans.any(|(first, last)| *first <= message.at && message.at <= *last + window)
    }

    /// Whether everything that decides whether a session was open at `message` is loaded.
    pub(super) fn covers_send(&self, message: &Outbound) -> bool {
        let Some(thread) = message.thread() else {
            return true;
        };
        let origin = message.origin();
        let mut spans = self.spans(thread).iter();
        spans.any(|(first, last)| *first <= origin && origin <= *last + SESSION_LENGTH)
    }
}
