//! Sending by streams: many parcels are under way on each, and what one leaves unanswered goes again on the next.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acuse_proto::ingestion::ingest_request::Items;
use acuse_proto::ingestion::ingest_response::Outcome;
use acuse_proto::ingestion::{
    IngestRequest, IngestResponse, RecordStatusesRequest, RegisterMessagesRequest,
};
use acuse_rpc::client::Call;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::send::{Ways, come_again};
use super::told::Parcel;
use super::{Counts, Door};

/// How long a sender waits before it opens another stream.
const PAUSE: Duration = Duration::from_millis(50);

/// Sends what is in the queue on one stream after the other, each until all on it is acknowledged or it breaks off.
pub(super) struct Streamer {
    pub(super) queue: Arc<Mutex<Vec<Parcel>>>,
    pub(super) counts: Arc<Counts>,
    pub(super) ways: Ways,
    /// Parcels that it has under way at once, if it cares.
    pub(super) ahead: Option<usize>,
}

/// A parcel, and how often it was sent in vain.
struct Sent {
    parcel: Parcel,
    attempts: usize,
}

impl Streamer {
    /// Returns when everything in the queue was acknowledged.
    pub(super) async fn work(self) {
        let mut again = VecDeque::new();
        while !(again.is_empty() && self.queue.lock().unwrap().is_empty()) {
            let mut unanswered = BTreeMap::new();
            let end = self.stream(&mut again, &mut unanswered).await;
            for sent in unanswered.into_values() {
                self.count(&self.counts.failed);
                self.counts.under_way[Door::Calls as usize].fetch_sub(1, Ordering::SeqCst);
                again.push_back(Sent {
                    attempts: sent.attempts + 1,
                    ..sent
                });
            }
            if let Err(answer) = end {
                self.counts.answered(answer);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    fn count(&self, of: &[AtomicUsize; 2]) {
        of[Door::Calls as usize].fetch_add(1, Ordering::SeqCst);
    }

    /// One stream. What is not answered is left in `unanswered`.
    async fn stream(
        &self,
        again: &mut VecDeque<Sent>,
        unanswered: &mut BTreeMap<u64, Sent>,
    ) -> Result<(), String> {
        let (tell, told) = mpsc::channel(1);
        let call = Call::plain().endless().request(ReceiverStream::new(told));
        let opened = self.ways.calls().ingest(call).await;
        let mut answers = opened.map_err(|status| come_again(&status))?.into_inner();
        let mut tell = Some(tell);
        let mut sequence = 0;
        loop {
            let has_place = self.ahead.is_none_or(|ahead| unanswered.len() < ahead);
            let entrance = tell.clone().filter(|_| has_place);
            let place = async move {
                // Where the stream has ended its answers say why.
                match entrance?.reserve_owned().await {
                    Ok(place) => Some(place),
                    Err(_) => std::future::pending().await,
                }
            };
            tokio::select! {
                answer = answers.message() => match answer {
                    Ok(Some(answer)) => self.acknowledge(&answer, unanswered),
                    Ok(None) if unanswered.is_empty() => return Ok(()),
                    Ok(None) => return Err("end".to_owned()),
                    Err(status) => return Err(come_again(&status)),
                },
                Some(place) = place => match self.next(again) {
                    Some(sent) => {
                        sequence += 1;
                        place.send(request(sequence, &sent.parcel));
                        self.count(&self.counts.under_way);
                        unanswered.insert(sequence, sent);
                    }
                    None => tell = None,
                },
            }
        }
    }

    fn next(&self, again: &mut VecDeque<Sent>) -> Option<Sent> {
        let new = || {
            let parcel = self.queue.lock().unwrap().pop()?;
            Some(Sent {
                parcel,
                attempts: 0,
            })
        };
        again.pop_front().or_else(new)
    }

    fn acknowledge(&self, answer: &IngestResponse, unanswered: &mut BTreeMap<u64, Sent>) {
        let sent = unanswered.remove(&answer.sequence);
        let sent = sent.expect("what was not sent is answered");
        let Some(Outcome::Acknowledged(told)) = &answer.outcome else {
            panic!("{answer:?}");
        };
        assert_eq!((told.rejected, told.late), (0, 0), "{answer:?}");
        self.counts.under_way[Door::Calls as usize].fetch_sub(1, Ordering::SeqCst);
        self.count(&self.counts.acknowledged);
        if sent.attempts > 0 {
            self.count(&self.counts.retried);
        }
    }
}

fn request(sequence: u64, parcel: &Parcel) -> IngestRequest {
    let items = match parcel.clone() {
        Parcel::Registrations(messages) => {
            Items::Registrations(RegisterMessagesRequest { messages })
        }
        Parcel::Statuses(statuses) => Items::Statuses(RecordStatusesRequest { statuses }),
        Parcel::Webhook(_) => unreachable!("webhooks have a door of their own"),
    };
    IngestRequest {
        sequence,
        items: Some(items),
        all_results: false,
    }
}
