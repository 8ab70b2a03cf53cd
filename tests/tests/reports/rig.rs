//! An installation that was told a history, and a reporting service on it that answers over a socket.

use std::time::Duration;

use acuse_domain::scope::{Permission, Role};
use acuse_domain::time::Timestamp;
use acuse_proto::convert;
use acuse_proto::message_state::Event;
use acuse_proto::reporting::reporting_service_client::ReportingServiceClient;
use acuse_reporting::{Clock, Config, Serving, Sources, start};
use acuse_rpc::auth::{Claims, KeyPair, system_clock};
use acuse_rpc::client::{Channel, Credentials};
use acuse_rpc::config::PeerConfig;
use acuse_store::apply::{Applier, Outcome, Submission};
use acuse_store::fold::Folder;
use acuse_store::workspaces::{self, NewWorkspace, Settings, Workspace};
use acuse_store::{Database, PoolConfig};
use acuse_tests::history;
use acuse_tests::reference::report::Scope;
use acuse_tests::serving::on_loopback;
use tokio::sync::oneshot;

use crate::asked;

const ISSUER: &str = "tests";

/// A client with a caller's token.
pub(crate) type Client = ReportingServiceClient<Channel>;

/// Both ways of reading figures.
pub(crate) const SOURCES: [Sources; 2] = [Sources::Planned, Sources::RowsAlone];

/// How much of what was told is in the rollups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folded {
    /// Nothing: all of it is in the log of changes.
    Nothing,
    /// What was told first: the log has more of the same messages.
    Half,
    /// All.
    All,
}

/// A database with what runs on it. Services end with it.
pub(crate) struct Rig {
    pub(crate) folded: Folded,
    store: Database,
    workspaces: Vec<Workspace>,
    key: KeyPair,
    services: Vec<(Sources, Serving)>,
    _stop: Vec<oneshot::Sender<()>>,
    _database: acuse_testkit::Database,
}

fn now() -> Timestamp {
    Timestamp::from_micros(history::NOW)
}

impl Rig {
    /// Makes the workspaces of a history and tells it, batch by batch. `available_from` is by workspace.
    pub(crate) async fn told(
        history: &history::History,
        batches: &[Vec<(usize, Event)>],
        available_from: &[Option<i64>],
        folded: Folded,
    ) -> Self {
        let database = acuse_testkit::Database::new().await;
        let store = Database::new(&PoolConfig::new(database.address(), 4)).unwrap();
        let key = KeyPair::generate().unwrap().0;
        let mut rig = Self {
            folded,
            store,
            workspaces: Vec::new(),
            services: Vec::new(),
            _stop: Vec::new(),
            key,
            _database: database,
        };
        for (workspace, available_from) in history.workspaces.iter().zip(available_from) {
            rig.create(workspace, *available_from).await;
        }
        let (first, rest) = batches.split_at(match folded {
            Folded::Nothing => 0,
            Folded::Half => batches.len() / 2,
            Folded::All => batches.len(),
        });
        rig.tell(first).await;
        if folded != Folded::Nothing {
            Folder::new(rig.store.clone()).fold_all().await.unwrap();
        }
        rig.tell(rest).await;
        for sources in SOURCES {
            rig.serve(sources).await;
        }
        rig
    }

    async fn create(&mut self, like: &history::Workspace, available_from: Option<i64>) {
        let settings = Settings {
            zone: like.time_zone.parse().unwrap(),
            attribution_window: Duration::from_secs(like.attribution_seconds.into()),
            data_available_from: available_from.map(Timestamp::from_micros),
            ..Settings::usual(&like.slug)
        };
        let new = NewWorkspace {
            slug: like.slug.clone(),
            settings,
        };
        let made = workspaces::create(&self.store, new, now()).await.unwrap();
        self.workspaces.push(made.unwrap());
    }

    async fn tell(&self, batches: &[Vec<(usize, Event)>]) {
        let applier = Applier::new(self.store.clone());
        for batch in batches {
            let submissions: Vec<Submission> = batch
                .iter()
                .map(|(workspace, event)| Submission {
                    workspace: self.workspaces[*workspace].id,
                    event: convert::event(event.clone(), now()).unwrap(),
                })
                .collect();
            for outcome in applier.apply(&submissions, now()).await.unwrap() {
                assert!(!matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
            }
        }
    }

    async fn serve(&mut self, sources: Sources) {
        let server = on_loopback(&self.key, ISSUER);
        let config = Config {
            sources,
            database_connections: 3,
            ..Config::new(server, self._database.address())
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            stopped.await.ok();
        };
        let asked_at = Timestamp::from_micros(asked::ASKED_AT);
        let service = start(config, Clock::fixed(asked_at), shutdown)
            .await
            .unwrap();
        self.services.push((sources, service));
        self._stop.push(stop);
    }

    /// A client of a caller who sees so much of a workspace.
    pub(crate) fn client(&self, sources: Sources, workspace: &str, scope: &Scope) -> Client {
        let (_, service) = self.services.iter().find(|(of, _)| *of == sources).unwrap();
        let claims = claims(workspace, scope);
        let hour = Duration::from_secs(3_600);
        let token = self
            .key
            .mint(claims, ISSUER, "acuse", hour, &system_clock());
        let address = format!("http://{}", service.address());
        let peer = PeerConfig::at([address.parse().unwrap()]);
        let channel = Channel::new(&peer, Credentials::Bearer(token.unwrap())).unwrap();
        ReportingServiceClient::new(channel)
    }
}

/// The token of whoever sees so much: agents see their own messages, supervisors those of their departments.
fn claims(workspace: &str, scope: &Scope) -> Claims {
    let role = match (&scope.agents, &scope.departments) {
        (Some(_), _) => Role::Agent,
        (None, Some(_)) => Role::Supervisor,
        (None, None) => Role::Analyst,
    };
    let agent = scope
        .agents
        .as_ref()
        .and_then(|agents| agents.first().cloned());
    Claims {
        departments: scope.departments.clone(),
        accounts: scope.accounts.clone(),
        agent,
        ..Claims::of("tests", role, Some(workspace)).allowing([Permission::Report])
    }
}
