//! Where events go.

use std::time::Duration;

use acuse_proto::{
    ingestion::{
        RecordInboundMessagesRequest, RecordStatusesRequest, RegisterMessagesRequest,
        ingestion_service_client::IngestionServiceClient,
    },
    types::ItemResult,
};
use acuse_rpc::{
    client::{Call, Channel},
    config::Limits,
    sized_client,
    status::retry_delay,
};
use tonic::{Code, Status};

use super::{DriveError, Webhook, backoff::Backoff, round::Parcel};

/// How long one call may take: a batch waits for its turn while others are applied.
const CALL_PATIENCE: Duration = Duration::from_secs(60);

/// The ways into Acuse for one workspace: calls for what the business itself and its gateways tell, webhooks for what Meta
/// does. Shared by cloning.
#[derive(Debug, Clone)]
pub struct Target {
    ingestion: Box<IngestionServiceClient<Channel>>,
    webhook: Webhook,
}

/// What the target said to a parcel.
#[derive(Debug)]
pub(super) enum Answer {
    /// To a call: what became of each item.
    Call {
        results: Vec<ItemResult>,
        retries: u64,
    },
    /// To a webhook: that it was taken.
    Webhook { updates: usize, retries: u64 },
}

impl Target {
    /// `IngestionService` at the end of a channel whose token may ingest, and the webhook of the same workspace.
    pub fn new(channel: Channel, webhook: Webhook) -> Self {
        let client = sized_client!(Limits::default(), IngestionServiceClient::new(channel));
        Self {
            ingestion: Box::new(client),
            webhook,
        }
    }

    /// Delivers a parcel, and tries again as long as the target is away or busy and `patience` lasts.
    pub(super) async fn deliver(
        &self,
        parcel: Parcel,
        patience: Duration,
    ) -> Result<Answer, DriveError> {
        let asked = parcel.len();
        if let Parcel::Webhook(updates) = &parcel {
            let retries = self.webhook.tell(updates, patience).await?;
            return Ok(Answer::Webhook {
                updates: asked,
                retries,
            });
        }
        let mut backoff = Backoff::new(patience);
        loop {
            let status = match self.call(parcel.clone()).await {
                Ok(results) if results.len() == asked => {
                    let retries = backoff.retries;
                    return Ok(Answer::Call { results, retries });
                }
                Ok(results) => {
                    let answered = results.len();
                    return Err(DriveError::Unanswered { asked, answered });
                }
                Err(status) => status,
            };
            let asked_for = retry_delay(&status);
            if !may_pass(&status) || !backoff.again(asked_for, Duration::MAX).await {
                return Err(DriveError::Refused(Box::new(status)));
            }
        }
    }

    async fn call(&self, parcel: Parcel) -> Result<Vec<ItemResult>, Status> {
        let mut client = self.ingestion.as_ref().clone();
        let call = Call::plain().within(CALL_PATIENCE);
        Ok(match parcel {
            Parcel::Registrations(messages) => {
                let call = call.request(RegisterMessagesRequest { messages });
                client.register_messages(call).await?.into_inner().results
            }
            Parcel::Statuses(statuses) => {
                let call = call.request(RecordStatusesRequest { statuses });
                client.record_statuses(call).await?.into_inner().results
            }
            Parcel::Inbound(messages) => {
                let call = call.request(RecordInboundMessagesRequest { messages });
                let answer = client.record_inbound_messages(call).await?;
                answer.into_inner().results
            }
            Parcel::Webhook(_) => Vec::new(),
        })
    }
}

/// Whether sending the same again may help. What was sent without an answer may be sent again, as it is all the same
/// evidence.
fn may_pass(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded | Code::Aborted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_help_is_tried_again() {
        assert!(may_pass(&Status::resource_exhausted("busy")));
        assert!(may_pass(&Status::unavailable("away")));
        assert!(!may_pass(&Status::permission_denied("no")));
        assert!(!may_pass(&Status::invalid_argument("no")));
    }
}
