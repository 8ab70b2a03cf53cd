//! What arrives in bulk: a stream for each workspace that has something, batches of all of them under way at once.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
    time::Instant,
};

use acuse_proto::ingestion::{
    BatchAcknowledgement, IngestRequest, IngestResponse, RecordInboundMessagesRequest,
    RecordStatusesRequest, RegisterMessagesRequest, ingest_request::Items,
    ingest_response::Outcome,
};
use acuse_rpc::client::Call;
use anyhow::{Context as _, Result, bail, ensure};
use futures::{SinkExt as _, channel::mpsc};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc as queue},
    task::JoinHandle,
};
use tonic::Streaming;

use crate::load::{Answered, Batch, Calls, IN_FLIGHT, Ingestion};

/// Sends all batches, each on its workspace's stream; gives what was answered, and after how many seconds the last answer came.
///
/// # Errors
///
/// Where a stream ends before all of it is answered or an item is rejected: the rest would measure something else.
pub(crate) async fn send(clients: &[Ingestion], batches: Calls) -> Result<(Answered, f64)> {
    let begun = Instant::now();
    let places = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut streams: BTreeMap<usize, Stream> = BTreeMap::new();
    for (workspace, batch) in batches {
        let place = Arc::clone(&places).acquire_owned().await?;
        let stream = match streams.entry(workspace) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let client = clients.get(workspace).context("no such workspace")?;
                new.insert(Stream::open(client.clone()).await?)
            }
        };
        if !stream.send(batch, place).await {
            // Its answers say why.
            break;
        }
    }
    let mut all = Answered::default();
    for stream in streams.into_values() {
        let answered = stream.end().await?;
        all.events += answered.events;
        all.applied += answered.applied;
    }
    Ok((all, begun.elapsed().as_secs_f64()))
}

/// A stream that is open.
struct Stream {
    requests: mpsc::Sender<IngestRequest>,
    /// What is under way, in the order of the answers.
    under_way: queue::UnboundedSender<OwnedSemaphorePermit>,
    sequence: u64,
    answers: JoinHandle<Result<Answered>>,
}

impl Stream {
    async fn open(mut client: Ingestion) -> Result<Self> {
        let (requests, sent) = mpsc::channel(0);
        let answers = client.ingest(Call::plain().endless().request(sent)).await?;
        let (under_way, places) = queue::unbounded_channel();
        Ok(Self {
            requests,
            under_way,
            sequence: 0,
            answers: tokio::spawn(read(answers.into_inner(), places)),
        })
    }

    /// Sends a batch, which gives its place back once it is answered; whether the stream takes it.
    async fn send(&mut self, batch: Batch, place: OwnedSemaphorePermit) -> bool {
        self.sequence += 1;
        let request = IngestRequest {
            sequence: self.sequence,
            items: Some(items(batch)),
            all_results: false,
        };
        self.under_way.send(place).is_ok() && self.requests.send(request).await.is_ok()
    }

    /// Ends it once all is answered.
    async fn end(self) -> Result<Answered> {
        drop((self.requests, self.under_way));
        self.answers.await?
    }
}

fn items(batch: Batch) -> Items {
    match batch {
        Batch::Registrations(messages) => {
            Items::Registrations(RegisterMessagesRequest { messages })
        }
        Batch::Statuses(statuses) => Items::Statuses(RecordStatusesRequest { statuses }),
        Batch::Inbound(messages) => {
            Items::InboundMessages(RecordInboundMessagesRequest { messages })
        }
    }
}

async fn read(
    mut answers: Streaming<IngestResponse>,
    mut under_way: queue::UnboundedReceiver<OwnedSemaphorePermit>,
) -> Result<Answered> {
    let mut all = Answered::default();
    while let Some(answer) = answers.message().await? {
        let (events, applied) = count(answer)?;
        all.events += events;
        all.applied += applied;
        ensure!(
            under_way.recv().await.is_some(),
            "what was not sent is answered"
        );
    }
    ensure!(
        under_way.recv().await.is_none(),
        "a stream ended before all was answered"
    );
    Ok(all)
}

/// Items of a batch, and of these those that told something new.
fn count(answer: IngestResponse) -> Result<(usize, usize)> {
    let told = match answer.outcome {
        Some(Outcome::Acknowledged(told)) => told,
        other => bail!("a batch was not taken: {other:?}"),
    };
    let BatchAcknowledgement {
        applied,
        duplicate,
        late,
        rejected,
        results,
    } = told;
    if rejected > 0 {
        let mut errors = results.into_iter().filter_map(|one| one.result?.error);
        bail!("an item was rejected: {:?}", errors.next());
    }
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    Ok((count(applied + duplicate + late), count(applied)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(told: BatchAcknowledgement) -> IngestResponse {
        IngestResponse {
            sequence: 1,
            outcome: Some(Outcome::Acknowledged(told)),
        }
    }

    #[test]
    fn what_is_rejected_stops_the_run() {
        let told = BatchAcknowledgement {
            applied: 5,
            duplicate: 2,
            late: 1,
            ..BatchAcknowledgement::default()
        };
        assert_eq!(count(answered(told.clone())).unwrap(), (8, 5));
        let rejected = BatchAcknowledgement {
            rejected: 1,
            ..told
        };
        assert!(count(answered(rejected)).is_err());
        assert!(count(IngestResponse::default()).is_err());
    }
}
