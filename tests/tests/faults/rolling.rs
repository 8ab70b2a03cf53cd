//! A rolling restart, as a new version brings one; and replicas that are killed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use acuse_domain::scope::{Permission, Role};
use acuse_proto::export::ListExportsRequest;
use acuse_proto::export::export_service_client::ExportServiceClient;
use acuse_proto::ingestion::RegisterMessagesRequest;
use acuse_proto::ingestion::ingestion_service_client::IngestionServiceClient;
use acuse_proto::message_state::message_key::Key;
use acuse_proto::message_state::message_state_service_client::MessageStateServiceClient;
use acuse_proto::message_state::{GetMessageRequest, MessageKey};
use acuse_proto::reporting::reporting_service_client::ReportingServiceClient;
use acuse_proto::reporting::{GetConsolidatedRequest, Question};
use acuse_rpc::client::{Call, Channel, Credentials};
use acuse_rpc::config::PeerConfig;
use acuse_testkit::service::eventually;
use tokio::task::JoinSet;
use tonic::Status;

use crate::rig::load::Told;
use crate::rig::process::Process;
use crate::rig::{ACME, Installation};

/// Calls of each kind that have to be answered between two restarts.
const BETWEEN: usize = 10;

/// Calls of one kind, made one after the other until told to stop. None of them may fail.
#[derive(Default)]
struct Calls {
    answered: AtomicUsize,
    stop: AtomicBool,
}

impl Calls {
    async fn make<F>(self: Arc<Self>, name: &str, call: impl Fn(usize) -> F)
    where
        F: Future<Output = Result<(), Status>>,
    {
        while !self.stop.load(Ordering::SeqCst) {
            let number = self.answered.load(Ordering::SeqCst);
            if let Err(status) = call(number).await {
                panic!("{name}, call {number}: {status:?}");
            }
            self.answered.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Two of each, and a client that spreads its calls over both.
struct Pairs {
    acuse: Installation,
    /// Message-states, ingestions, reportings and exports.
    processes: Vec<[Process; 2]>,
    told: Told,
}

impl Pairs {
    async fn start() -> Self {
        let acuse = Installation::new().await;
        let states = [acuse.message_state().await, acuse.message_state().await];
        acuse.open_workspace(states[0].address).await;
        let at = addresses(&states);
        let ingestions = [acuse.ingestion(&at).await, acuse.ingestion(&at).await];
        let reportings = [acuse.reporting().await, acuse.reporting().await];
        let at = addresses(&reportings);
        let redis = std::env::var("REDIS_URL").unwrap();
        let exports = [
            acuse.export(&at, &redis).await,
            acuse.export(&at, &redis).await,
        ];
        Self {
            acuse,
            processes: vec![states, ingestions, reportings, exports],
            told: Told::of(0),
        }
    }

    /// Spreads calls over both replicas of a service.
    fn channel(&self, service: usize) -> Channel {
        let of = addresses(&self.processes[service]).into_iter();
        let uris = of.map(|address| format!("http://{address}").parse().unwrap());
        let all = [Permission::Ingest, Permission::Report, Permission::Export];
        let token = self.acuse.keys.allowed(Role::Administrator, ACME, &all);
        let token = Credentials::Bearer(token);
        Channel::new(&PeerConfig::at(uris), token).unwrap()
    }

    /// Begins to call all of them.
    fn load(&self) -> (JoinSet<()>, Vec<Arc<Calls>>) {
        let calls: Vec<Arc<Calls>> = (0..4).map(|_| Arc::default()).collect();
        let mut load = JoinSet::new();
        let client = IngestionServiceClient::new(self.channel(1));
        let told = self.told;
        let registering = move |number| {
            let (mut client, messages) = (client.clone(), vec![told.registration(number)]);
            let request = RegisterMessagesRequest { messages };
            async move {
                let call = Call::plain().idempotent().request(request);
                let answer = client.register_messages(call).await?.into_inner();
                assert_eq!(answer.results.len(), 1);
                assert_eq!(answer.results[0].error, None);
                Ok(())
            }
        };
        load.spawn(Arc::clone(&calls[0]).make("RegisterMessages", registering));
        let client = MessageStateServiceClient::new(self.channel(0));
        let registered = Arc::clone(&calls[0]);
        let looking_up = move |_| {
            let mut client = client.clone();
            let last = registered.answered.load(Ordering::SeqCst).saturating_sub(1);
            let key = MessageKey {
                key: Some(Key::SenderMessageId(last.to_string())),
            };
            async move {
                let call = Call::plain().idempotent();
                let call = call.request(GetMessageRequest { key: Some(key) });
                client.get_message(call).await.map(|_| ())
            }
        };
        let client = ReportingServiceClient::new(self.channel(2));
        let question = Question {
            period: Some(told.period()),
            ..Question::default()
        };
        let reporting = move |_| {
            let (mut client, question) = (client.clone(), Some(question.clone()));
            async move {
                let request = GetConsolidatedRequest {
                    question,
                    ..GetConsolidatedRequest::default()
                };
                let call = Call::plain().idempotent().request(request);
                client.get_consolidated(call).await.map(|_| ())
            }
        };
        load.spawn(Arc::clone(&calls[2]).make("GetConsolidated", reporting));
        let client = ExportServiceClient::new(self.channel(3));
        let listing = move |_| {
            let mut client = client.clone();
            async move {
                let call = Call::plain().idempotent();
                let call = call.request(ListExportsRequest::default());
                client.list_exports(call).await.map(|_| ())
            }
        };
        load.spawn(Arc::clone(&calls[3]).make("ListExports", listing));
        let (registered, asked) = (Arc::clone(&calls[0]), Arc::clone(&calls[1]));
        load.spawn(async move {
            some_more(&registered, 1).await;
            asked.make("GetMessage", looking_up).await;
        });
        (load, calls)
    }
}

fn addresses(processes: &[Process; 2]) -> Vec<SocketAddr> {
    processes.iter().map(|process| process.address).collect()
}

/// Returns when so many more were answered.
async fn some_more(calls: &Calls, more: usize) {
    let enough = calls.answered.load(Ordering::SeqCst) + more;
    eventually(Duration::from_secs(30), || async {
        (calls.answered.load(Ordering::SeqCst) >= enough).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_each_are_restarted_in_turn_and_no_call_fails() {
    go_in_turn(End::Asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_of_each_is_killed_and_no_call_fails() {
    go_in_turn(End::Killed).await;
}

/// How a process ends.
#[derive(Clone, Copy)]
enum End {
    Asked,
    Killed,
}

/// Has every process end and come back while calls go on, none of which may fail for good.
async fn go_in_turn(end: End) {
    let mut pairs = Pairs::start().await;
    let (mut load, calls) = pairs.load();
    for service in 0..pairs.processes.len() {
        for replica in 0..2 {
            for calls in &calls {
                some_more(calls, BETWEEN).await;
            }
            let process = &mut pairs.processes[service][replica];
            match end {
                End::Asked => process.stop().await,
                End::Killed => process.kill(),
            }
            for calls in &calls {
                some_more(calls, BETWEEN).await;
            }
            process.start().await;
        }
    }
    for calls in &calls {
        some_more(calls, BETWEEN).await;
        calls.stop.store(true, Ordering::SeqCst);
    }
    while let Some(ended) = load.join_next().await {
        ended.unwrap();
    }
    let answered: Vec<usize> = calls
        .iter()
        .map(|calls| calls.answered.load(Ordering::SeqCst))
        .collect();
    println!("calls answered, and none failed: {answered:?}");
    let reported = pairs
        .told
        .reported(&pairs.acuse, pairs.processes[2][0].address);
    assert_eq!(reported.await.messages, i64::try_from(answered[0]).unwrap());
    pairs.acuse.verify(pairs.processes[0][0].address).await;
}
