//! What arrives in calls of up to 5,000 items, some under way at once.

use std::time::{Duration, Instant};

use acuse_proto::{
    ingestion::{
        RecordInboundMessagesRequest, RecordStatusesRequest, RegisterMessagesRequest,
        ingestion_service_client::IngestionServiceClient,
    },
    types::{InboundMessage, ItemOutcome, ItemResult, OutboundRegistration, StatusEvidence},
};
use acuse_rpc::{
    client::{Call, Channel},
    config::Limits,
    sized_client,
    status::retry_delay,
};
use acuse_simulator::Moment;
use anyhow::{Context as _, Result, ensure};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use tokio::time::sleep;
use tonic::{Code, Status};

use crate::world::Told;

/// Items of one call: as many as are taken.
const BATCH: usize = 5_000;
/// How long a call is made again for, and the pause before that where the service names none.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(100);
/// Batches under way at once: a sender that keeps the line full.
pub(crate) const IN_FLIGHT: usize = 4;

/// The way into one workspace.
pub(crate) type Ingestion = IngestionServiceClient<Channel>;

/// A client of ingestion at the end of a channel.
pub(crate) fn ingestion(channel: Channel) -> Ingestion {
    sized_client!(Limits::default(), IngestionServiceClient::new(channel))
}

/// What one call carries.
#[derive(Debug, Clone)]
pub(crate) enum Batch {
    /// To `RegisterMessages`.
    Registrations(Vec<OutboundRegistration>),
    /// To `RecordStatuses`.
    Statuses(Vec<StatusEvidence>),
    /// To `RecordInboundMessages`.
    Inbound(Vec<InboundMessage>),
}

/// A call to come: the workspace, by its place, and what the call carries.
pub(crate) type Calls = Vec<(usize, Batch)>;

/// Registrations in calls.
pub(crate) fn registrations(told: Told<OutboundRegistration>) -> Calls {
    calls(told, BATCH, Batch::Registrations)
}

/// Statuses in calls.
pub(crate) fn statuses(told: Told<StatusEvidence>) -> Calls {
    calls(told, BATCH, Batch::Statuses)
}

/// Inbound messages in calls.
pub(crate) fn inbound(told: Told<InboundMessage>) -> Calls {
    calls(told, BATCH, Batch::Inbound)
}

/// Each workspace's things, `size` in a call, in the order in which the calls begin.
pub(crate) fn calls<T>(told: Told<T>, size: usize, batch: fn(Vec<T>) -> Batch) -> Calls {
    let workspaces = told.iter().map(|(workspace, ..)| workspace + 1).max();
    let mut open: Vec<(Option<Moment>, Vec<T>)> = Vec::new();
    open.resize_with(workspaces.unwrap_or(0), Default::default);
    let mut done = Vec::new();
    for (workspace, at, one) in told {
        let (since, items) = &mut open[workspace];
        since.get_or_insert(at);
        items.push(one);
        if items.len() == size {
            let (since, items) = std::mem::take(&mut open[workspace]);
            done.push((since, workspace, items));
        }
    }
    let rest = open.into_iter().enumerate();
    done.extend(
        rest.filter(|(_, (_, items))| !items.is_empty())
            .map(|(workspace, (since, items))| (since, workspace, items)),
    );
    done.sort_by_key(|(since, workspace, _)| (*since, *workspace));
    done.into_iter()
        .map(|(_, workspace, items)| (workspace, batch(items)))
        .collect()
}

/// What was answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Answered {
    /// Events in all.
    pub(crate) events: usize,
    /// Of these, those that told something new.
    pub(crate) applied: usize,
    /// Calls that were made again, because the service was away or busy.
    pub(crate) again: usize,
}

/// Makes all calls by so many writers, each of whom makes its next call when the last is answered; gives what was answered, and
/// after how many seconds the last answer came.
///
/// # Errors
///
/// Where a call fails for good or an item is rejected: the rest would measure something else.
pub(crate) async fn send_by(
    writers: usize,
    clients: &[Ingestion],
    calls: Calls,
) -> Result<(Answered, f64)> {
    let begun = Instant::now();
    let answered = stream::iter(calls)
        .map(|(workspace, batch)| {
            let client = clients.get(workspace).cloned();
            async move { patiently(client.context("no such workspace")?, batch).await }
        })
        .buffer_unordered(writers)
        .try_fold(Answered::default(), |mut all, one| async move {
            all.events += one.events;
            all.applied += one.applied;
            all.again += one.again;
            Ok(all)
        })
        .await?;
    Ok((answered, begun.elapsed().as_secs_f64()))
}

/// Makes a call as senders are told to: again where the service is away or busy, for some time.
async fn patiently(client: Ingestion, batch: Batch) -> Result<Answered> {
    let until = Instant::now() + PATIENCE;
    let mut again = 0;
    loop {
        match call(client.clone(), batch.clone()).await {
            Ok(results) => {
                let answered = count(&results)?;
                return Ok(Answered { again, ..answered });
            }
            Err(status) => {
                let may_pass = matches!(
                    status.code(),
                    Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded
                );
                if !may_pass || Instant::now() > until {
                    return Err(status.into());
                }
                again += 1;
                sleep(retry_delay(&status).unwrap_or(PAUSE)).await;
            }
        }
    }
}

async fn call(mut client: Ingestion, batch: Batch) -> Result<Vec<ItemResult>, Status> {
    let call = Call::plain();
    Ok(match batch {
        Batch::Registrations(messages) => {
            let call = call.request(RegisterMessagesRequest { messages });
            client.register_messages(call).await?.into_inner().results
        }
        Batch::Statuses(statuses) => {
            let call = call.request(RecordStatusesRequest { statuses });
            client.record_statuses(call).await?.into_inner().results
        }
        Batch::Inbound(messages) => {
            let call = call.request(RecordInboundMessagesRequest { messages });
            let answer = client.record_inbound_messages(call).await?;
            answer.into_inner().results
        }
    })
}

fn count(results: &[ItemResult]) -> Result<Answered> {
    let rejected = results
        .iter()
        .find(|result| result.outcome() == ItemOutcome::Rejected);
    if let Some(error) = rejected.and_then(|result| result.error.as_ref()) {
        anyhow::bail!("an item was rejected: {} {}", error.reason, error.message);
    }
    ensure!(rejected.is_none(), "an item was rejected");
    let applied = results
        .iter()
        .filter(|result| result.outcome() == ItemOutcome::Applied);
    Ok(Answered {
        events: results.len(),
        applied: applied.count(),
        again: 0,
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_call_is_of_one_workspace_and_in_order() {
        let at = |second| Moment::from(Timestamp::from_second(second).unwrap());
        let inbound = |id: &str| InboundMessage {
            channel_account_id: id.to_owned(),
            ..InboundMessage::default()
        };
        let told = [
            (0, 1, "a"),
            (1, 2, "b"),
            (0, 3, "c"),
            (0, 4, "d"),
            (2, 5, "e"),
        ]
        .map(|(workspace, second, id)| (workspace, at(second), inbound(id)));
        let calls = calls(told.into(), 2, Batch::Inbound);
        let ids: Vec<_> = calls
            .into_iter()
            .map(|(workspace, batch)| match batch {
                Batch::Inbound(all) => (
                    workspace,
                    all.into_iter()
                        .map(|one| one.channel_account_id)
                        .collect::<String>(),
                ),
                _ => panic!("another kind"),
            })
            .collect();
        let expected = [(0, "ac"), (1, "b"), (0, "d"), (2, "e")];
        assert_eq!(
            ids,
            expected.map(|(workspace, ids)| (workspace, ids.to_owned()))
        );
    }

    #[test]
    fn what_is_rejected_stops_the_run() {
        let result = |outcome: ItemOutcome| ItemResult {
            outcome: outcome.into(),
            ..ItemResult::default()
        };
        let fine = [
            ItemOutcome::Applied,
            ItemOutcome::Duplicate,
            ItemOutcome::Late,
        ]
        .map(result);
        let answered = count(&fine).unwrap();
        assert_eq!((answered.events, answered.applied), (3, 1));
        assert!(count(&[result(ItemOutcome::Rejected)]).is_err());
    }
}
