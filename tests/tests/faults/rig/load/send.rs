//! Sending once.

use std::net::SocketAddr;
use std::time::Duration;

use acuse_proto::ingestion::ingestion_service_client::IngestionServiceClient;
use acuse_proto::ingestion::{RecordStatusesRequest, RegisterMessagesRequest};
use acuse_proto::types::{ItemOutcome, ItemResult};
use acuse_rpc::client::{Call, Channel, Credentials};
use acuse_rpc::config::PeerConfig;
use acuse_rpc::status::retry_delay;
use acuse_testkit::service::http::{meta_signature, try_send};
use tonic::{Code, Status};

use super::told::Parcel;
use crate::rig::{APP_SECRET, Installation};

/// How long a sender waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The ways into ingestion for one workspace.
#[derive(Clone)]
pub(crate) struct Ways {
    calls: IngestionServiceClient<Channel>,
    /// Every replica.
    ingestion: Vec<SocketAddr>,
    /// The path of webhooks.
    path: String,
}

impl Ways {
    /// To ingestion at these addresses, and to an integration of the workspace of loads.
    pub(crate) fn new(acuse: &Installation, ingestion: &[SocketAddr], path: String) -> Self {
        let addresses = ingestion.iter();
        let addresses = addresses.map(|address| format!("http://{address}").parse().unwrap());
        let token = Credentials::Bearer(acuse.token());
        let channel = Channel::new(&PeerConfig::at(addresses), token).unwrap();
        Self {
            calls: IngestionServiceClient::new(channel),
            ingestion: ingestion.to_vec(),
            path,
        }
    }

    /// The same to ingestion at other addresses.
    pub(crate) fn by_way_of(&self, acuse: &Installation, ingestion: &[SocketAddr]) -> Self {
        Self::new(acuse, ingestion, self.path.clone())
    }

    /// The way by calls and streams.
    pub(crate) fn calls(&self) -> IngestionServiceClient<Channel> {
        self.calls.clone()
    }
}

/// Sends a parcel for that many times before; what was answered instead of an acknowledgement where another attempt may help.
///
/// # Panics
///
/// Where it is refused for good.
pub(super) async fn send(ways: &Ways, parcel: &Parcel, attempt: usize) -> Result<(), String> {
    let call = Call::plain().within(PATIENCE);
    let mut calls = ways.calls.clone();
    match parcel {
        Parcel::Registrations(messages) => {
            let messages = messages.clone();
            let request = call.request(RegisterMessagesRequest { messages });
            let answer = calls.register_messages(request).await;
            taken(answer.map(|answer| answer.into_inner().results))
        }
        Parcel::Statuses(statuses) => {
            let statuses = statuses.clone();
            let request = call.request(RecordStatusesRequest { statuses });
            let answer = calls.record_statuses(request).await;
            taken(answer.map(|answer| answer.into_inner().results))
        }
        Parcel::Webhook(body) => {
            let signature = meta_signature(APP_SECRET, body);
            let headers = [
                ("content-type", "application/json"),
                ("x-hub-signature-256", &*signature),
            ];
            let address = ways.ingestion[attempt % ways.ingestion.len()];
            let sent = try_send(address, "POST", &ways.path, &headers, body);
            match tokio::time::timeout(PATIENCE, sent).await {
                Ok(Some(answer)) if answer.status == 200 => Ok(()),
                Ok(Some(answer)) if answer.status == 503 => Err("503".to_owned()),
                Ok(Some(answer)) => panic!("a webhook was answered {}", answer.status),
                Ok(None) => Err("connection".to_owned()),
                Err(_) => Err("timeout".to_owned()),
            }
        }
    }
}

fn taken(answer: Result<Vec<ItemResult>, Status>) -> Result<(), String> {
    match answer {
        Ok(results) => {
            for result in results {
                let outcome = result.outcome();
                let is_taken = matches!(outcome, ItemOutcome::Applied | ItemOutcome::Duplicate);
                assert!(is_taken, "{result:?}");
            }
            Ok(())
        }
        Err(status) => Err(come_again(&status)),
    }
}

/// What was answered where another attempt may help.
///
/// # Panics
///
/// Where none does, and where a busy service does not say when to come again.
pub(super) fn come_again(status: &Status) -> String {
    match status.code() {
        Code::Unavailable | Code::DeadlineExceeded => {}
        Code::ResourceExhausted => assert!(retry_delay(status).is_some(), "{status:?}"),
        _ => panic!("refused for good: {status:?}"),
    }
    format!("{:?}", status.code())
}
