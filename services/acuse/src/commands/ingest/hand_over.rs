//! Handing webhooks over by `IngestWebhook`, several at a time, answered for in their order.

use acuse_proto::ingestion::{
    IngestWebhookResponse, ingestion_service_client::IngestionServiceClient,
};
use acuse_rpc::client::{Call, Channel};
use futures::stream::{FuturesOrdered, StreamExt as _};
use tokio::{sync::mpsc::Receiver, time::sleep};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{
    bodies::Webhook,
    intake::Intake,
    patience::{Interrupt, Patience, Stop},
    row::{Origin, Position},
    rows::{Fault, Unfit},
    send::{End, told},
};
use crate::{
    connection::Server,
    failure::{Failure, Result},
    grpc::{reason, refused},
    output::note,
};

/// Calls that are under way at once: the service puts together what arrives at the same time.
const UNDER_WAY: usize = 16;

/// A webhook, and what the service says to it.
type Answered = (
    Origin,
    Position,
    std::result::Result<std::result::Result<IngestWebhookResponse, Unfit>, Status>,
);

/// Hands over everything that comes.
pub(super) async fn hand_over(
    server: &Server<'_>,
    workspace: Option<&str>,
    intake: &mut Intake,
    mut webhooks: Receiver<Result<Webhook>>,
) -> Result<End> {
    let mut interrupt = Interrupt::new();
    let channel = tokio::select! {
        opened = server.as_ingester(workspace) => opened?,
        _ = interrupt.next() => return Ok(End::Interrupted),
    };
    let mut under_way = FuturesOrdered::new();
    let mut patience = Patience::new(server.patience());
    let mut failure: Option<Failure> = None;
    let mut is_over = false;
    loop {
        if is_over && under_way.is_empty() {
            return match (failure, interrupt.is_pressed()) {
                (_, true) => Ok(End::Interrupted),
                (Some(failure), false) => Err(failure),
                (None, false) => Ok(End::Whole),
            };
        }
        tokio::select! {
            biased;
            Some(answered) = under_way.next(), if !under_way.is_empty() => {
                let (origin, next, answer): Answered = answered;
                let answer = answer.map_err(|status| refused("take in webhooks", server, &status))?;
                patience.renew();
                intake.settle_webhook(origin, answer, next)?;
            }
            stop = interrupt.next() => match stop {
                // What is under way is answered for, and nothing more is begun.
                Stop::Soon => is_over = true,
                Stop::Now => return Ok(End::Interrupted),
            },
            came = webhooks.recv(), if !is_over && under_way.len() < UNDER_WAY => match came {
                Some(Ok(webhook)) => {
                    under_way.push_back(answer(channel.clone(), webhook, patience.clone()));
                }
                Some(Err(why)) => {
                    failure = Some(why);
                    is_over = true;
                }
                None => is_over = true,
            },
        }
    }
}

/// What the service says to a webhook, asked again while it is away.
async fn answer(channel: Channel, webhook: Webhook, mut patience: Patience) -> Answered {
    let Webhook { origin, says, next } = webhook;
    let request = match says {
        Ok(request) => request,
        Err(unfit) => return (origin, next, Ok(Err(unfit))),
    };
    let mut client = IngestionServiceClient::new(channel);
    loop {
        let call = Call::plain().idempotent().request(request.clone());
        let status = match client.ingest_webhook(call).await {
            Ok(answer) => return (origin, next, Ok(Ok(answer.into_inner()))),
            Err(status) => status,
        };
        if let Some(unfit) = unfit(&status) {
            return (origin, next, Ok(Err(unfit)));
        }
        let Some(pause) = patience.pause(&status) else {
            return (origin, next, Err(status));
        };
        note(&format!(
            "{}; trying again in {:.1} s",
            told(&status),
            pause.as_secs_f32()
        ));
        sleep(pause).await;
    }
}

/// Why this one webhook is not taken in; `None` where no other would be either.
fn unfit(status: &Status) -> Option<Unfit> {
    if !matches!(
        status.code(),
        Code::InvalidArgument | Code::FailedPrecondition
    ) {
        return None;
    }
    let violations = status
        .get_details_bad_request()
        .map(|request| request.field_violations)
        .unwrap_or_default();
    let mut faults: Vec<_> = violations
        .into_iter()
        .map(|one| Fault::new(one.field, one.description))
        .collect();
    if faults.is_empty() {
        faults.push(Fault::new("", status.message()));
    }
    let reason = match reason(status) {
        reason if reason.is_empty() => "INVALID_ARGUMENT".to_owned(),
        reason => reason,
    };
    Some(Unfit { reason, faults })
}
