//! Where events go.

use std::time::Duration;

use acuse_proto::{
    message_state::{ApplyEventsRequest, message_state_service_client::MessageStateServiceClient},
    types::ItemResult,
};
use acuse_rpc::{
    client::{Call, Channel},
    config::Limits,
    sized_client,
    status::retry_delay,
};
use tokio::time::{Instant, sleep};
use tonic::{Code, Status};

use super::DriveError;
use crate::Arrival;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long one call may take: a batch waits for its turn while others are applied.
const CALL_PATIENCE: Duration = Duration::from_secs(60);

/// A way into Acuse, and the workspace that its token names. Shared by cloning.
#[derive(Debug, Clone)]
pub struct Target(Way);

#[derive(Debug, Clone)]
enum Way {
    /// Straight to the service that keeps the state: registrations and providers' words alike.
    MessageState(Box<MessageStateServiceClient<Channel>>),
}

/// What the target said to a batch.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) results: Vec<ItemResult>,
    pub(super) retries: u64,
}

impl Target {
    /// `MessageStateService.ApplyEvents` at the end of a channel whose token may ingest.
    pub fn message_state(channel: Channel) -> Self {
        let client = sized_client!(Limits::default(), MessageStateServiceClient::new(channel));
        Self(Way::MessageState(Box::new(client)))
    }

    /// Delivers a batch, and tries again as long as the target is away or busy and `patience` lasts.
    pub(super) async fn deliver(
        &self,
        batch: Vec<Arrival>,
        patience: Duration,
    ) -> Result<Answer, DriveError> {
        let until = Instant::now() + patience;
        let asked = batch.len();
        let Way::MessageState(client) = &self.0;
        let request = ApplyEventsRequest {
            events: batch.into_iter().map(Arrival::into_event).collect(),
        };
        let mut retries = 0;
        loop {
            let call = Call::plain().within(CALL_PATIENCE).request(request.clone());
            match client.as_ref().clone().apply_events(call).await {
                Ok(answer) => {
                    let results = answer.into_inner().results;
                    let answered = results.len();
                    return if answered == asked {
                        Ok(Answer { results, retries })
                    } else {
                        Err(DriveError::Unanswered { asked, answered })
                    };
                }
                Err(status) => {
                    let pause = pause(&status, retries);
                    match pause.filter(|pause| Instant::now() + *pause < until) {
                        Some(pause) => sleep(pause).await,
                        None => return Err(DriveError::Refused(Box::new(status))),
                    }
                    retries += 1;
                }
            }
        }
    }
}

/// How long to wait before trying again, if that may help: as long as the target asks, else twice as long each time. What was
/// sent without an answer may be sent again, as it is all the same evidence.
fn pause(status: &Status, retries: u64) -> Option<Duration> {
    let may_help = matches!(
        status.code(),
        Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded | Code::Aborted
    );
    if !may_help {
        return None;
    }
    let doublings = u32::try_from(retries).unwrap_or(u32::MAX).min(10);
    let ours = (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE);
    Some(retry_delay(status).map_or(ours, |asked| asked.max(ours)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_help_is_tried_again() {
        let busy = Status::resource_exhausted("busy");
        assert_eq!(pause(&busy, 0), Some(FIRST_PAUSE));
        assert_eq!(pause(&busy, 1), Some(FIRST_PAUSE * 2));
        assert_eq!(pause(&busy, 99), Some(LONGEST_PAUSE));
        assert!(pause(&Status::unavailable("away"), 3).is_some());
        assert!(pause(&Status::permission_denied("no"), 0).is_none());
        assert!(pause(&Status::invalid_argument("no"), 0).is_none());
    }
}
