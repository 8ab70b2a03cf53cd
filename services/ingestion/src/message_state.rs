//! The one peer: message-state, called for whoever asks.

use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::scope::{Caller, Permission, Role};
use acuse_proto::message_state::directory_service_client::DirectoryServiceClient;
use acuse_proto::message_state::message_state_service_client::MessageStateServiceClient;
use acuse_proto::message_state::{
    ApplyEventsRequest, BatchApplyEventsRequest, DirectoryEntry, Event, UpsertEntriesRequest,
    WorkspaceEvents,
};
use acuse_proto::types::ItemResult;
use acuse_rpc::client::{Call, Channel, is_serving};
use acuse_rpc::config::Limits;
use acuse_rpc::context::CallContext;
use acuse_rpc::sized_client;
use acuse_rpc::status::to_error;
use futures::future::join_all;
use prost::Message as _;
use tokio::time::Instant;

use crate::gather::{Answered, Part};

/// Events of one call at most, which is what message-state takes.
const MAX_EVENTS: usize = 5_000;

/// Bytes of one call's events, but for one that is longer by itself. Wrapped into events, what came in one message of the
/// greatest length no longer fits one; and answers are longer the more events they are about.
const MAX_BYTES: usize = 4 << 20;

/// The service whose health decides whether message-state is there.
const SERVICE: &str = "acuse.message_state.v1.MessageStateService";

/// Calls message-state.
#[derive(Debug, Clone)]
pub(crate) struct MessageState {
    channel: Channel,
    limits: Limits,
    /// As whom it is called for several workspaces at once.
    itself: Caller,
}

impl MessageState {
    /// Calls it over `channel`, with messages as long as `limits` allow.
    pub(crate) fn new(channel: Channel, limits: Limits) -> Self {
        let itself = Caller {
            subject: "ingestion".into(),
            role: Role::Operator,
            permissions: [Permission::Ingest].into(),
            scope: None,
        };
        Self {
            channel,
            limits,
            itself,
        }
    }

    /// Applies events for `caller`, by `until` where that is given; the results are in their order. Any number of them go in
    /// calls of a size that message-state takes, one after the other.
    ///
    /// # Errors
    ///
    /// What message-state answers, and UNAVAILABLE where it does not. Some of the events may be applied then; applying all of
    /// them again is safe.
    pub(crate) async fn apply(
        &self,
        caller: &Caller,
        events: Vec<Event>,
        until: Option<Instant>,
    ) -> Result<Vec<ItemResult>> {
        let client = MessageStateServiceClient::new(self.channel.clone());
        let mut client = sized_client!(self.limits, client);
        let mut results = Vec::with_capacity(events.len());
        for events in batches(events) {
            let asked = events.len();
            let mut call = patient(Call::of(caller), until).idempotent();
            // Calls that meet at one replica share transactions, and do not wait there for each other's locks.
            if let Some(scope) = &caller.scope {
                call = call.about(&scope.workspace);
            }
            let request = call.request(ApplyEventsRequest { events });
            let answer = client
                .apply_events(request)
                .await
                .map_err(to_error)
                .map_err(away)?;
            let answered = answer.into_inner().results;
            if answered.len() != asked {
                let found = answered.len();
                let problem = format!("message-state gave {found} results for {asked} events");
                return Err(Error::internal(problem));
            }
            results.extend(answered);
        }
        Ok(results)
    }

    /// Applies parts, each of another workspace, by `until`; what became of each is in their order. They go in one call where they
    /// fit one.
    pub(crate) async fn apply_all(&self, parts: Vec<Part>, until: Instant) -> Vec<Answered> {
        let answered = if parts.len() > 1 && fit(&parts) {
            match self.batch(&parts, until).await {
                Ok(answered) => answered,
                Err(error) if is_everyones(&error) => {
                    return parts.iter().map(|_| Err(error.again())).collect();
                }
                Err(error) => {
                    tracing::debug!(%error, "parts go each by itself");
                    vec![Vec::new(); parts.len()]
                }
            }
        } else {
            vec![Vec::new(); parts.len()]
        };
        // What was not taken in is sent alone, which says why: nobody else's trouble is that of the others.
        let settled = parts
            .into_iter()
            .zip(answered)
            .map(|(part, results)| async move {
                if results.len() == part.events.len() {
                    return Ok(results);
                }
                self.apply(&part.caller, part.events, Some(until)).await
            });
        join_all(settled).await
    }

    /// What became of each part; nothing of one that was not taken in.
    async fn batch(&self, parts: &[Part], until: Instant) -> Result<Vec<Vec<ItemResult>>> {
        let client = MessageStateServiceClient::new(self.channel.clone());
        let mut client = sized_client!(self.limits, client);
        let mut call = patient(Call::of(&self.itself), Some(until)).idempotent();
        // All of them prefer the same address.
        if let Some(first) = parts.first() {
            call = call.about(first.workspace());
        }
        let events = |part: &Part| WorkspaceEvents {
            workspace: part.workspace().to_owned(),
            events: part.events.clone(),
        };
        let request = BatchApplyEventsRequest {
            parts: parts.iter().map(events).collect(),
        };
        let answer = client
            .batch_apply_events(call.request(request))
            .await
            .map_err(to_error)
            .map_err(away)?;
        let answered = answer.into_inner().parts;
        if answered.len() != parts.len() {
            let (found, asked) = (answered.len(), parts.len());
            let problem = format!("message-state answered {found} of {asked} parts");
            return Err(Error::internal(problem));
        }
        Ok(answered.into_iter().map(|part| part.results).collect())
    }

    /// The address that calls about a workspace go to, where there are several.
    pub(crate) fn address(&self, workspace: &str) -> Option<String> {
        self.channel.preferred(workspace)
    }

    /// Stores names for `caller`; of none nothing is said.
    ///
    /// # Errors
    ///
    /// What message-state answers, UNAVAILABLE where it does not, INTERNAL where it refuses an entry.
    pub(crate) async fn name(&self, caller: &Caller, entries: Vec<DirectoryEntry>) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let client = DirectoryServiceClient::new(self.channel.clone());
        let mut client = sized_client!(self.limits, client);
        let request = Call::of(caller)
            .idempotent()
            .request(UpsertEntriesRequest { entries });
        let answer = client
            .upsert_entries(request)
            .await
            .map_err(to_error)
            .map_err(away)?;
        let results = answer.into_inner().results;
        // They were checked as message-state does.
        match results.into_iter().find_map(|result| result.error) {
            Some(error) => Err(Error::internal(format!(
                "message-state refused a name: {}",
                error.reason
            ))),
            None => Ok(()),
        }
    }

    /// Whether it says that it can do its work.
    ///
    /// # Errors
    ///
    /// Where it says no, or nothing.
    pub(crate) async fn is_there(&self) -> Result<()> {
        is_serving(&self.channel, SERVICE).await
    }
}

fn patient(call: Call, until: Option<Instant>) -> Call {
    match until {
        Some(until) => call.within(until.saturating_duration_since(Instant::now())),
        None => call,
    }
}

/// What a failed call means to whoever waits for it: a peer that does not answer in time is away, unless the caller's own time
/// is over.
fn away(error: Error) -> Error {
    let remaining = CallContext::current().and_then(|context| context.remaining());
    if error.kind == ErrorKind::DeadlineExceeded && remaining != Some(Duration::ZERO) {
        return Error::unavailable("message-state does not answer in time; try again", error);
    }
    error
}

/// Whether all parts of a call fail as the call does: where message-state is away, or has no room. Else one alone may be at fault, or
/// message-state knows no such call yet, as while a new version is rolled out.
fn is_everyones(error: &Error) -> bool {
    matches!(
        error.kind,
        ErrorKind::Unavailable { .. }
            | ErrorKind::ResourceExhausted { .. }
            | ErrorKind::DeadlineExceeded
    )
}

/// Whether parts go in one call.
fn fit(parts: &[Part]) -> bool {
    let count: usize = parts.iter().map(|part| part.events.len()).sum();
    let events = parts.iter().flat_map(|part| &part.events);
    count <= MAX_EVENTS && events.map(Event::encoded_len).sum::<usize>() <= MAX_BYTES
}

/// Events in their order, in batches within the limits.
fn batches(events: Vec<Event>) -> Vec<Vec<Event>> {
    let mut batches = Vec::new();
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for event in events {
        let length = event.encoded_len();
        if !batch.is_empty() && (batch.len() == MAX_EVENTS || bytes + length > MAX_BYTES) {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes += length;
        batch.push(event);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

#[cfg(test)]
mod tests {
    use acuse_proto::message_state::event;
    use acuse_proto::types::StatusEvidence;

    use super::*;

    fn status(id: String) -> Event {
        let status = StatusEvidence {
            sender_message_id: Some(id),
            ..StatusEvidence::default()
        };
        Event {
            event: Some(event::Event::Status(status)),
            ..Event::default()
        }
    }

    fn sizes(events: &[Event]) -> Vec<usize> {
        let batches = batches(events.to_vec());
        let sizes = batches.iter().map(Vec::len).collect();
        assert_eq!(batches.concat(), events, "all of them, in their order");
        sizes
    }

    #[test]
    fn calls_have_a_number_of_events_and_a_length() {
        let many: Vec<_> = (0..12_001).map(|index| status(index.to_string())).collect();
        assert_eq!(sizes(&many), [5_000, 5_000, 2_001]);
        let long: Vec<_> = [3, 1, 5, 1, 1]
            .map(|mebibytes| status("x".repeat(mebibytes << 20)))
            .to_vec();
        assert_eq!(sizes(&long), [1, 1, 1, 2], "what is too long goes alone");
        assert_eq!(sizes(&[]), [0_usize; 0]);
    }
}
