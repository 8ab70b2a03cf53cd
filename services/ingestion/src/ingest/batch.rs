//! One batch of a stream.

use std::time::Duration;

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::scope::Caller;
use acuse_proto::ingestion::ingest_request::Items;
use acuse_proto::ingestion::ingest_response::Outcome;
use acuse_proto::ingestion::{
    BatchAcknowledgement, IndexedItemResult, IngestRequest, IngestResponse,
};
use acuse_proto::message_state::event::Event;
use acuse_proto::types::{ItemError, ItemFieldViolation, ItemOutcome, ItemResult};
use acuse_rpc::paging::check_count;
use tokio::time::{Instant, sleep};

use crate::forward_events::forward_events;
use crate::grpc::MAX_ITEMS;
use crate::parts::Parts;

/// The shortest pause until a batch is tried again, and what a sender is told to wait whose stream ends.
const PAUSE: Duration = Duration::from_millis(100);
const COME_AGAIN: Duration = Duration::from_secs(1);

/// A batch as it came.
pub(super) struct Batch {
    sequence: u64,
    /// The field that holds the items, and the items.
    items: Option<(&'static str, Vec<Event>)>,
    all_results: bool,
}

impl Batch {
    pub(super) fn of(request: IngestRequest) -> Self {
        let items = request.items.map(|items| match items {
            Items::Registrations(batch) => {
                let items = batch.messages.into_iter().map(Event::Registration);
                ("registrations.messages", items.collect())
            }
            Items::Statuses(batch) => {
                let items = batch.statuses.into_iter().map(Event::Status);
                ("statuses.statuses", items.collect())
            }
            Items::InboundMessages(batch) => {
                let items = batch.messages.into_iter().map(Event::Inbound);
                ("inbound_messages.messages", items.collect())
            }
        });
        Self {
            sequence: request.sequence,
            items,
            all_results: request.all_results,
        }
    }

    /// Takes it in; one that is no batch is refused in its answer.
    ///
    /// # Errors
    ///
    /// What ends the stream: UNAVAILABLE where message-state is busy or away for longer than is waited, and whatever else it
    /// answers to the whole of a batch.
    pub(super) async fn take_in(self, parts: &Parts, caller: &Caller) -> Result<IngestResponse> {
        let Self {
            sequence,
            items,
            all_results,
        } = self;
        let checked = items
            .ok_or_else(|| {
                let fault = "must be given: registrations, statuses or inbound_messages";
                Error::invalid_field("items", fault)
            })
            .and_then(|(field, items)| check_count(field, items.len(), MAX_ITEMS).map(|()| items));
        let outcome = match checked {
            Ok(items) => {
                let results = settle(parts, caller, items).await?;
                Outcome::Acknowledged(acknowledgement(results, all_results))
            }
            Err(error) => Outcome::Refused(refusal(error)),
        };
        Ok(IngestResponse {
            sequence,
            outcome: Some(outcome),
        })
    }
}

/// Has message-state apply a batch, again while it is busy or away: whoever waits for it sends nothing meanwhile.
async fn settle(parts: &Parts, caller: &Caller, items: Vec<Event>) -> Result<Vec<ItemResult>> {
    let until = Instant::now() + parts.batch_patience;
    loop {
        let asked = forward_events(parts, caller, items.clone(), Some(until)).await;
        let error = match asked {
            Ok(results) => return Ok(results),
            Err(error) => error,
        };
        let pause = match error.kind {
            ErrorKind::Unavailable { retry_after }
            | ErrorKind::ResourceExhausted {
                retry_after: Some(retry_after),
            } => retry_after.max(PAUSE),
            _ => return Err(error),
        };
        if Instant::now() + pause >= until {
            return Err(Error {
                kind: ErrorKind::Unavailable {
                    retry_after: pause.max(COME_AGAIN),
                },
                ..error
            });
        }
        sleep(pause).await;
    }
}

fn acknowledgement(results: Vec<ItemResult>, all: bool) -> BatchAcknowledgement {
    let mut told = BatchAcknowledgement::default();
    for (index, result) in results.into_iter().enumerate() {
        let outcome = result.outcome();
        let counter = match outcome {
            ItemOutcome::Applied => &mut told.applied,
            ItemOutcome::Duplicate => &mut told.duplicate,
            ItemOutcome::Late => &mut told.late,
            ItemOutcome::Rejected | ItemOutcome::Unspecified => &mut told.rejected,
        };
        *counter += 1;
        if all || outcome != ItemOutcome::Applied {
            told.results.push(IndexedItemResult {
                index: u32::try_from(index).unwrap_or(u32::MAX),
                result: Some(result),
            });
        }
    }
    told
}

fn refusal(error: Error) -> ItemError {
    let field_violations = match error.kind {
        ErrorKind::InvalidArgument(violations) => violations
            .into_iter()
            .map(|one| ItemFieldViolation {
                field: one.field,
                description: one.description,
            })
            .collect(),
        _ => Vec::new(),
    };
    ItemError {
        reason: error.reason.to_owned(),
        message: error.message,
        field_violations,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(outcome: ItemOutcome) -> ItemResult {
        ItemResult {
            outcome: outcome.into(),
            ..ItemResult::default()
        }
    }

    #[test]
    fn an_acknowledgement_counts_and_names_what_is_not_applied() {
        use ItemOutcome::{Applied, Duplicate, Late, Rejected};
        let results = [Applied, Duplicate, Applied, Late, Rejected].map(result);
        let told = acknowledgement(results.to_vec(), false);
        assert_eq!(
            (told.applied, told.duplicate, told.late, told.rejected),
            (2, 1, 1, 1)
        );
        let named: Vec<_> = told.results.iter().map(|one| one.index).collect();
        assert_eq!(named, [1, 3, 4]);
        let all = acknowledgement(results.to_vec(), true);
        assert_eq!(all.results.len(), 5);
    }
}
