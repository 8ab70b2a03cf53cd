//! A simulated business against a service over a real socket: what is acknowledged adds up, every figure is what the messages
//! say, and what is told again changes nothing.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use acuse_domain::scope::{Permission, Role};
use acuse_message_state::{Clock, Config, Running, start};
use acuse_proto::message_state::{
    CreateWorkspaceRequest, UpsertEntriesRequest, UpsertOutcome, VerifyRollupsRequest,
    VerifyRollupsResponse, Workspace, directory_service_client::DirectoryServiceClient,
    maintenance_service_client::MaintenanceServiceClient,
    workspace_service_client::WorkspaceServiceClient,
};
use acuse_rpc::{
    Secret,
    auth::{Claims, KeyPair, system_clock},
    client::{Call, Channel, Credentials},
    config::PeerConfig,
};
use acuse_simulator::{
    Arrivals, Business, Disorder, Tally, Traffic,
    drive::{Outcome, Speed, Target, drive},
};
use acuse_testkit::Database;
use acuse_tests::serving::on_loopback;
use tokio::sync::oneshot;

const ISSUER: &str = "tests";
const SEED: u64 = 7;

struct Installation {
    key: KeyPair,
    running: Running,
    stop: oneshot::Sender<()>,
    _database: Database,
}

impl Installation {
    async fn start() -> Self {
        let database = Database::new().await;
        let key = KeyPair::generate().unwrap().0;
        let server = on_loopback(&key, ISSUER);
        let config = Config::new(server, Secret::new(database.url()));
        let (stop, stopped) = oneshot::channel();
        let running = start(config, Clock::system(), async {
            stopped.await.unwrap_or(())
        })
        .await
        .unwrap();
        Self {
            key,
            running,
            stop,
            _database: database,
        }
    }

    fn channel(&self, claims: Claims) -> Channel {
        let hour = Duration::from_secs(3600);
        let token = self
            .key
            .mint(claims, ISSUER, "acuse", hour, &system_clock())
            .unwrap();
        let address = format!("http://{}", self.running.address());
        let peer = PeerConfig::at([address.parse().unwrap()]);
        Channel::new(&peer, Credentials::Bearer(token)).unwrap()
    }

    fn operator(&self) -> Channel {
        self.channel(Claims::of("tests", Role::Operator, None))
    }

    /// A workspace for a business, and a channel of one of its systems.
    async fn open(&self, business: &Business) -> Channel {
        let workspace = Workspace {
            slug: business.slug().to_owned(),
            display_name: Some(business.name().to_owned()),
            time_zone: Some(business.time_zone().to_owned()),
            language_code: Some(business.language_code().to_owned()),
            ..Workspace::default()
        };
        let request = CreateWorkspaceRequest {
            workspace: Some(workspace),
        };
        let mut workspaces = WorkspaceServiceClient::new(self.operator());
        workspaces
            .create_workspace(Call::plain().request(request))
            .await
            .unwrap();
        let claims = Claims::of("simulator", Role::Service, Some(business.slug()));
        self.channel(claims.allowing([Permission::Ingest, Permission::Admin]))
    }

    async fn verify(&self) -> Vec<VerifyRollupsResponse> {
        let call = Call::plain()
            .endless()
            .request(VerifyRollupsRequest::default());
        let mut client = MaintenanceServiceClient::new(self.operator());
        let mut answers = client.verify_rollups(call).await.unwrap().into_inner();
        let mut found = Vec::new();
        while let Some(answer) = answers.message().await.unwrap() {
            found.push(answer);
        }
        found
    }

    async fn end(self) {
        self.stop.send(()).unwrap();
        self.running.stopped().await.unwrap();
    }
}

async fn simulate(target: &Target, business: &Business, messages: u64) -> (Outcome, Tally) {
    let traffic = Traffic {
        messages,
        days: 60,
        last_day: jiff::civil::date(2026, 6, 30),
        now: "2026-09-30T12:00:00Z".parse().unwrap(),
    };
    let disorder = Disorder::BAD_WEEK;
    let now = traffic.now.into();
    let mut arrivals = Arrivals::new(business.stories(&traffic), disorder, SEED, now);
    let speed = Speed {
        batch: 200.try_into().unwrap(),
        ..Speed::default()
    };
    let outcome = drive(target, arrivals.by_ref(), speed, |_| {})
        .await
        .unwrap();
    (outcome, arrivals.tally())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulation_adds_up_and_a_second_one_changes_nothing() {
    let acuse = Installation::start().await;
    let businesses = [Business::new(SEED, 0), Business::new(SEED, 2)];
    let mut targets = Vec::new();
    for business in &businesses {
        targets.push(Target::message_state(acuse.open(business).await));
    }
    let both = || {
        futures::future::join(
            simulate(&targets[0], &businesses[0], 2_000),
            simulate(&targets[1], &businesses[1], 1_000),
        )
    };

    let first = both().await;
    for (outcome, tally) in [&first.0, &first.1] {
        assert_eq!(outcome.rejected, 0, "{:?}", outcome.reasons);
        assert_eq!(outcome.acknowledged(), tally.arrivals());
        // What came twice is known, wherever in the order it was; a late piece that came twice is a duplicate as well.
        assert_eq!(outcome.duplicate, tally.duplicates, "{outcome:?} {tally:?}");
        assert!(outcome.applied > tally.registrations * 2, "{outcome:?}");
    }
    let found = acuse.verify().await;
    let messages: i64 = found.iter().map(|answer| answer.messages_recounted).sum();
    assert_eq!(found.len(), 2);
    assert!(messages > 3_000, "outbound and inbound ones: {messages}");
    for answer in found {
        assert_eq!(answer.difference_count, 0, "{:?}", answer.differences);
    }

    let second = both().await;
    for (outcome, tally) in [second.0, second.1] {
        assert_eq!(outcome.duplicate, tally.arrivals(), "{outcome:?}");
        assert_eq!(outcome.acknowledged(), tally.arrivals(), "{outcome:?}");
    }
    for answer in acuse.verify().await {
        assert_eq!(answer.difference_count, 0, "{:?}", answer.differences);
    }
    acuse.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_is_introduced_once() {
    let acuse = Installation::start().await;
    let business = Business::new(SEED, 1);
    let channel = acuse.open(&business).await;
    let introduce = async || {
        let request = UpsertEntriesRequest {
            entries: business.directory(),
        };
        let mut client = DirectoryServiceClient::new(channel.clone());
        let answer = client
            .upsert_entries(Call::plain().request(request))
            .await
            .unwrap();
        let results = answer.into_inner().results;
        results
            .iter()
            .map(|result| result.outcome())
            .collect::<Vec<_>>()
    };
    let all =
        |outcomes: Vec<UpsertOutcome>, outcome| outcomes.iter().all(|found| *found == outcome);
    assert!(all(introduce().await, UpsertOutcome::Created));
    assert!(all(introduce().await, UpsertOutcome::Unchanged));
    acuse.end().await;
}
