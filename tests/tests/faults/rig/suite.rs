//! Message-state, ingestion and reporting together, ready for a load.

use std::net::SocketAddr;

use rand::rngs::StdRng;

use super::Installation;
use super::load::{Load, Manner, Told, Ways};
use super::process::Process;

/// The services that a load needs, which end before their installation does.
pub(crate) struct Suite {
    pub(crate) states: Vec<Process>,
    pub(crate) ingestions: Vec<Process>,
    pub(crate) reporting: Process,
    pub(crate) ways: Ways,
    pub(crate) acuse: Installation,
}

impl Suite {
    /// One of each.
    pub(crate) async fn start() -> Self {
        Self::of(Installation::new().await, 1, 1).await
    }

    /// So many replicas of message-state and of ingestion; each of the latter knows all of the former.
    pub(crate) async fn of(acuse: Installation, states: usize, ingestions: usize) -> Self {
        let mut started = Vec::new();
        for _ in 0..states {
            started.push(acuse.message_state().await);
        }
        let addresses: Vec<SocketAddr> = started.iter().map(|state| state.address).collect();
        Self::before(acuse, started, &addresses, ingestions).await
    }

    /// So many replicas of ingestion that find these replicas of message-state at `addresses`.
    pub(crate) async fn before(
        acuse: Installation,
        states: Vec<Process>,
        addresses: &[SocketAddr],
        ingestions: usize,
    ) -> Self {
        let mut started = Vec::new();
        for _ in 0..ingestions {
            started.push(acuse.ingestion(addresses).await);
        }
        acuse.open_workspace(states[0].address).await;
        let all: Vec<SocketAddr> = started.iter().map(|ingestion| ingestion.address).collect();
        let path = acuse.open_integration(all[0]).await;
        Self {
            states,
            ways: Ways::new(&acuse, &all, path),
            ingestions: started,
            reporting: acuse.reporting().await,
            acuse,
        }
    }

    /// Begins to send a load of so many messages.
    pub(crate) fn load(&self, messages: usize, dice: &mut StdRng) -> Load {
        self.send(Told::of(messages), dice, Manner::CALLS)
    }

    /// Begins to send what is told in some manner.
    pub(crate) fn send(&self, told: Told, dice: &mut StdRng, manner: Manner) -> Load {
        Load::begin(told, dice, &self.ways, manner)
    }

    /// The same, of whose webhooks so much, from 0 to 1, is held back.
    pub(crate) fn load_in_part(&self, messages: usize, dice: &mut StdRng, held: f64) -> Load {
        let manner = Manner {
            held_back: held,
            ..Manner::CALLS
        };
        self.send(Told::of(messages), dice, manner)
    }

    /// Everything that the load told is there, once, and counted. Asks the last replica of message-state.
    pub(crate) async fn holds_once(&self, load: &Load) {
        let state = self.states.last().unwrap().address;
        load.is_there_once(&self.acuse, state, self.reporting.address)
            .await;
    }
}
