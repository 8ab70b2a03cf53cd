//! What is logged and traced holds nothing private: no text, no phone number, no name of a contact, no id of a sender's own, and
//! nothing that opens a door. Everything that may go wrong with a call goes wrong here, and whatever is behind the services
//! goes away, at the level at which the services say most.

mod markers;
mod refused;
mod said;

use std::net::SocketAddr;
use std::time::Duration;

use acuse_proto::export::export_service_client::ExportServiceClient;
use acuse_proto::ingestion::ingestion_service_client::IngestionServiceClient;
use acuse_rpc::Secret;
use acuse_rpc::client::{Channel, Credentials};
use acuse_testkit::service::{channel, eventually};
use acuse_tests::collector::Collector;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::rig::Installation;
use crate::rig::asked::callers;
use crate::rig::process::Process;
use crate::rig::proxy::{Mode, Proxy};
use crate::rig::redis::Redis;
use crate::rig::whole::Whole;
use markers::{LENGTH, Markers};

/// What has to be in the logs, lest nothing was looked at: of each kind of trouble, what is said of it.
const TROUBLES: [(&str, &str); 12] = [
    ("message-state", "call refused"),
    ("message-state", "call failed for want of a part"),
    ("message-state", "the database refused an item"),
    ("message-state", "not ready"),
    ("ingestion", "webhook refused"),
    ("ingestion", "webhook waits in the inbox"),
    ("ingestion", "webhook taken in, but for what was kept aside"),
    ("ingestion", "webhook's address verified"),
    ("reporting", "call refused"),
    ("reporting", "call failed for want of a part"),
    ("export", "Redis is away"),
    ("export", "downloaded by address"),
];

/// All services behind proxies, with what must not be told.
struct Rig {
    whole: Whole,
    markers: Markers,
    postgres: Proxy,
    redis: Proxy,
    collector: Collector,
    /// Who may do everything in the workspace, and who runs the installation.
    callers: [Secret; 2],
    _redis: Redis,
}

impl Rig {
    async fn start(format: &str) -> Self {
        let markers = Markers::default();
        let collector = Collector::start().await;
        let mut acuse = Installation::new().await;

        let url: tokio_postgres::Config = acuse.database_url.parse().unwrap();
        let server = tokio::net::lookup_host((host(&url), url.get_ports()[0]))
            .await
            .unwrap()
            .next()
            .unwrap();
        let postgres = Proxy::to(server).await;
        acuse.database_url = format!(
            "postgres://{}:{}@{}/{}",
            url.get_user().unwrap(),
            markers.fresh("the password of Postgres"),
            postgres.address,
            url.get_dbname().unwrap(),
        );
        let own = Redis::start().await;
        let server: SocketAddr = own.url()[8..].trim_end_matches("/0").parse().unwrap();
        let password = markers.fresh("the password of Redis");
        demand(server, &password).await;
        let redis = Proxy::to(server).await;
        let redis_url = format!("redis://:{password}@{}/0", redis.address);

        let twice = |text: String| format!("{text}{text}");
        let key = markers.fresh("the key of secrets");
        acuse.settings = vec![
            ("ACUSE_LOG", "debug".to_owned()),
            ("ACUSE_LOG_FORMAT", format.to_owned()),
            ("ACUSE_OTLP_ENDPOINT", collector.endpoint.clone()),
            ("ACUSE_SECRETS_KEYS", format!("a:{key}{}A=", &key[..18])),
            (
                "ACUSE_PAGE_TOKEN_SECRET",
                twice(markers.fresh("the secret of page tokens")),
            ),
            (
                "ACUSE_DOWNLOAD_SECRET",
                twice(markers.fresh("the secret of downloads")),
            ),
        ];
        let callers = callers(&acuse.keys, crate::rig::ACME);
        // What all tokens begin with that are signed with one key.
        let token = callers[0].expose();
        markers.is_private("a token", &token[..LENGTH]);
        Self {
            whole: Whole::of(acuse, &redis_url).await,
            markers,
            postgres,
            redis,
            collector,
            callers,
            _redis: own,
        }
    }

    fn to(&self, address: SocketAddr) -> Channel {
        channel(address, Credentials::Bearer(self.callers[0].clone()))
    }

    fn ingestion(&self) -> IngestionServiceClient<Channel> {
        IngestionServiceClient::new(self.to(self.whole.ingestion.address))
    }

    fn export(&self) -> ExportServiceClient<Channel> {
        ExportServiceClient::new(self.to(self.whole.export.address))
    }

    /// Has everything that is said be said again while what is behind the services is away.
    async fn goes_on_in_outages(&mut self, webhook: &said::Webhook) {
        self.redis.set(Mode::Cut);
        self.asks_for_a_file().await;
        self.redis.set(Mode::Open);

        // To message-state there is no way, and webhooks wait in the inbox.
        self.whole.message_state.kill();
        self.whole.ingestion.takes_evidence(false).await;
        assert_eq!(self.posts(webhook).await, 200);
        assert!(self.registers(self.registration()).await.is_err());
        self.whole.message_state.start().await;
        self.whole.ingestion.takes_evidence(true).await;
        self.whole.acuse.drained().await;

        self.postgres.set(Mode::Cut);
        for process in self.processes() {
            process.says(ServingStatus::NotServing).await;
        }
        assert_eq!(self.posts(webhook).await, 503);
        assert!(self.registers(self.registration()).await.is_err());
        self.is_asked_everything(1).await;
        self.postgres.set(Mode::Open);
        for process in self.processes() {
            process.says(ServingStatus::Serving).await;
        }
    }

    fn processes(&mut self) -> [&mut Process; 4] {
        let Whole {
            message_state,
            ingestion,
            reporting,
            export,
            ..
        } = &mut self.whole;
        [message_state, ingestion, reporting, export]
    }

    /// Ends the services, and gives what they logged, by their names, and all that was traced.
    async fn end(mut self) -> (Vec<(&'static str, String)>, String, Markers) {
        for process in self.processes() {
            process.stop().await;
        }
        let logs = self.processes().map(|process| process.logged());
        let spans = self.collector.spans();
        assert!(spans.len() > 100, "{}", spans.len());
        (logs.to_vec(), format!("{spans:?}"), self.markers)
    }
}

fn host(url: &tokio_postgres::Config) -> &str {
    match &url.get_hosts()[0] {
        tokio_postgres::config::Host::Tcp(name) => name,
        other => unreachable!("{other:?}"),
    }
}

/// Has Redis ask for a password from now on.
async fn demand(server: SocketAddr, password: &str) {
    let mut connection = TcpStream::connect(server).await.unwrap();
    let command = format!("CONFIG SET requirepass {password}\r\n");
    connection.write_all(command.as_bytes()).await.unwrap();
    let mut answer = [0; 5];
    connection.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"+OK\r\n");
}

async fn nothing_private(format: &str) {
    let mut rig = Rig::start(format).await;
    let webhook = rig.everything_is_said().await;
    rig.everything_is_refused(&webhook).await;
    rig.goes_on_in_outages(&webhook).await;
    rig.everything_is_said().await;
    let (logs, spans, markers) = rig.end().await;
    for (service, trouble) in TROUBLES {
        let (_, log) = logs.iter().find(|(name, _)| *name == service).unwrap();
        assert!(log.contains(trouble), "{service}: no {trouble:?}");
    }
    let mut found = Vec::new();
    for (service, log) in &logs {
        let private = markers.found_in(log).into_iter();
        found.extend(private.map(|line| format!("{service}: {line}")));
    }
    let traced = markers.found_in(&spans).into_iter();
    found.extend(traced.map(|line| format!("traces: {line}")));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_for_people_hold_nothing_private() {
    nothing_private("human").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_for_machines_hold_nothing_private() {
    nothing_private("json").await;
}

/// What is wrong with a configuration is said without it.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_start_says_nothing_private() {
    let markers = Markers::default();
    let acuse = Installation::new().await;
    let secret = |what| markers.fresh(what);
    let wrong = [
        (
            "ACUSE_DATABASE_URL",
            format!("postgres://acuse:{}@host:port/acuse", secret("a password")),
        ),
        (
            "ACUSE_REDIS_URL",
            format!("redis://:{}@host:port/none", secret("a password")),
        ),
        ("ACUSE_SECRETS_KEYS", secret("a key")),
        ("ACUSE_PAGE_TOKEN_SECRET", secret("a secret")),
        ("ACUSE_DOWNLOAD_SECRET", secret("a secret")),
        ("ACUSE_SERVICE_KEY", secret("a key")),
        ("ACUSE_JWKS_URL", format!("ftp://{}", secret("an address"))),
        ("ACUSE_LOG", "debug".to_owned()),
    ];
    for service in ["message-state", "ingestion", "reporting", "export"] {
        let mut process = Process::new(service, wrong.to_vec(), None, &acuse.folder);
        process.launch();
        eventually(Duration::from_secs(20), || {
            let ended = process.has_ended();
            async move { ended.then_some(()) }
        })
        .await;
        let log = process.logged().1;
        assert!(log.contains("ACUSE_DATABASE_URL"), "{log}");
        let found = markers.found_in(&log);
        assert!(found.is_empty(), "{service}: {}", found.join("\n"));
    }
}
