//! How far a simulation is: a bar at a terminal, a line every few seconds elsewhere.

use std::sync::{Mutex, MutexGuard, PoisonError};

use acuse_proto::types::StatusKind;
use acuse_simulator::{Story, What, drive::Outcome};
use indicatif::ProgressBar;

use crate::output::{Lines, bar, note, number};

/// What was told and acknowledged so far, in all workspaces.
pub(super) struct Progress {
    bar: ProgressBar,
    messages: u64,
    state: Mutex<State>,
}

struct State {
    told: u64,
    example: Option<String>,
    outcomes: Vec<Outcome>,
    lines: Lines,
}

impl Progress {
    /// Of a simulation of so many messages in so many workspaces.
    pub(super) fn new(messages: u64, workspaces: usize) -> Self {
        let template = "{wide_bar} {human_pos} of {human_len} messages  {msg}  {eta} left";
        Self {
            bar: bar(messages, template),
            messages,
            state: Mutex::new(State {
                told: 0,
                example: None,
                outcomes: vec![Outcome::default(); workspaces],
                lines: Lines::new(),
            }),
        }
    }

    /// A story of a workspace was told.
    pub(super) fn told(&self, workspace: &str, story: &Story) {
        let mut state = self.state();
        state.told += messages(story);
        if state.example.is_none() {
            state.example =
                example(story).map(|id| format!("acuse message {id} --workspace {workspace}"));
        }
    }

    /// The command that shows a message of which there is something to see.
    pub(super) fn example(&self) -> Option<String> {
        self.state().example.clone()
    }

    /// What was acknowledged to one workspace so far.
    pub(super) fn acknowledged(&self, workspace: usize, outcome: &Outcome) {
        let mut state = self.state();
        state.outcomes[workspace] = outcome.clone();
        let events: u64 = state.outcomes.iter().map(Outcome::acknowledged).sum();
        self.bar.set_position(state.told);
        self.bar.set_message(format!("{} events", number(events)));
        if self.bar.is_hidden() && state.lines.due() {
            let (told, all) = (number(state.told), number(self.messages));
            note(&format!(
                "{told} of {all} messages, {} events acknowledged",
                number(events)
            ));
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// What was acknowledged to each workspace.
    pub(super) fn outcomes(&self) -> Vec<Outcome> {
        self.state().outcomes.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn messages(story: &Story) -> u64 {
    let told = story.happenings.iter();
    told.filter(|happening| matches!(happening.what, What::Registered(_)))
        .count() as u64
}

/// The sender's id of a campaign's message that was read, and answered with a click.
fn example(story: &Story) -> Option<String> {
    let mut id = None;
    let (mut read, mut answered) = (false, false);
    for happening in &story.happenings {
        match &happening.what {
            What::Registered(message) if message.campaign.is_some() => {
                id = id.or_else(|| message.sender_message_id.clone());
            }
            What::Registered(_) => {}
            What::Status(status) => read |= status.kind() == StatusKind::Read,
            What::Inbound(message) => answered |= message.button.is_some(),
        }
    }
    id.filter(|_| read && answered)
}
