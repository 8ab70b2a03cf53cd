//! What the service is told at its start.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use acuse_rpc::Secret;
use acuse_rpc::auth::ServiceIdentity;
use acuse_rpc::config::{PeerConfig, PublicUrl, ServerConfig, Settings, service_identity};
use acuse_rpc::paging::page_token_secret;
use acuse_store::{Address, Authorities};

use crate::drain::DrainConfig;
use crate::seal::SecretsKeys;

/// Where the service listens unless told otherwise.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7001);

/// Connections to the database where nothing is configured: webhooks need one for a moment each, the drainer one, and
/// health one of its own.
const USUAL_CONNECTIONS: usize = 10;

/// Bodies of webhooks that are held in memory at once, where nothing is configured, in MiB.
const USUAL_BUFFER: usize = 64;

/// Batches of streams that are under way at once, where nothing is configured, in MiB. Each counts twice.
const USUAL_STREAM_BUFFER: usize = 64;

/// How long a batch of a stream may take until it is durable.
const USUAL_BATCH_PATIENCE: Duration = Duration::from_secs(30);

/// How the service works.
#[derive(Debug, Clone)]
pub struct Config {
    /// How it serves.
    pub server: ServerConfig,
    /// Where the database is.
    pub database: Address,
    /// Connections to the database at most, all told; 3 or more.
    pub database_connections: usize,
    /// Where message-state is.
    pub message_state: PeerConfig,
    /// As whom the service calls it.
    pub identity: Arc<ServiceIdentity>,
    /// What secrets are sealed under.
    pub secrets_keys: Arc<SecretsKeys>,
    /// Bytes of webhooks' bodies that are held at once; more are turned away with 503.
    pub webhook_buffer_bytes: usize,
    /// How webhooks' URLs begin for those who call them. Without, a URL is made of the host that a request names, which is
    /// whatever its sender wrote there: who knows a webhook that was signed for another address could send it here again. So set
    /// it wherever an integration's provider signs URLs.
    pub public_url: Option<PublicUrl>,
    /// Whether `X-Forwarded-Proto` and `X-Forwarded-Host` are believed where no public URL is configured. They are whatever a
    /// caller writes, unless a proxy stands before the service, nothing passes it by, and it sets both itself.
    pub trust_forwarded: bool,
    /// Bytes of streams' batches that are under way at once, each of them twice: as it came, and as message-state is told. Who
    /// sends more waits.
    pub stream_buffer_bytes: usize,
    /// How long a batch of a stream may take until it is durable; then its stream ends.
    pub batch_patience: Duration,
    /// How the inbox is worked off.
    pub drain: DrainConfig,
    /// Signs page tokens. Without one tokens are good for this process alone, and until it ends.
    pub page_token_secret: Option<Secret>,
}

impl Config {
    /// What is usual, serving as `server` says on the database at that address, calling message-state as `identity`.
    pub fn new(
        server: ServerConfig,
        database: Address,
        message_state: PeerConfig,
        identity: Arc<ServiceIdentity>,
        secrets_keys: SecretsKeys,
    ) -> Self {
        Self {
            server,
            database,
            database_connections: USUAL_CONNECTIONS,
            message_state,
            identity,
            secrets_keys: Arc::new(secrets_keys),
            webhook_buffer_bytes: USUAL_BUFFER << 20,
            public_url: None,
            trust_forwarded: false,
            stream_buffer_bytes: USUAL_STREAM_BUFFER << 20,
            batch_patience: USUAL_BATCH_PATIENCE,
            drain: DrainConfig::default(),
            page_token_secret: None,
        }
    }

    /// Reads what [`ServerConfig::read`] does, `ACUSE_DATABASE_URL`, `ACUSE_DATABASE_CA`, `ACUSE_DATABASE_CONNECTIONS`, what
    /// [`PeerConfig::read`] does of `ACUSE_MESSAGE_STATE`, `ACUSE_SERVICE_KEY`, `ACUSE_SECRETS_KEYS`,
    /// `ACUSE_WEBHOOK_BUFFER_MIB`, `ACUSE_STREAM_BUFFER_MIB`, `ACUSE_PUBLIC_URL` (as `https://hooks.example.com`), `ACUSE_TRUST_FORWARDED`,
    /// `ACUSE_NO_DRAINING`, `ACUSE_DRAIN_ENTRIES`, `ACUSE_DRAIN_WORKERS` and `ACUSE_PAGE_TOKEN_SECRET`.
    ///
    /// `None` only where a fault was noted.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let server = ServerConfig::read(settings, DEFAULT_LISTEN);
        let authorities = settings.content_as("ACUSE_DATABASE_CA", Authorities::from_pem);
        let database = settings.required_as("ACUSE_DATABASE_URL", |url| {
            Address::new(url, authorities.as_ref())
        });
        let connections =
            settings.count("ACUSE_DATABASE_CONNECTIONS", USUAL_CONNECTIONS, 3..=1_000);
        let message_state = PeerConfig::read(settings, "ACUSE_MESSAGE_STATE");
        let identity = service_identity(settings, "ingestion");
        let secrets_keys = SecretsKeys::read(settings);
        let buffer = settings.count("ACUSE_WEBHOOK_BUFFER_MIB", USUAL_BUFFER, 4..=4_096);
        let streams = settings.count("ACUSE_STREAM_BUFFER_MIB", USUAL_STREAM_BUFFER, 4..=4_096);
        let public_url = settings.optional("ACUSE_PUBLIC_URL");
        let trust_forwarded = settings.flag("ACUSE_TRUST_FORWARDED");
        let usual = DrainConfig::default();
        let drain = DrainConfig {
            enabled: !settings.flag("ACUSE_NO_DRAINING"),
            entries: settings.count("ACUSE_DRAIN_ENTRIES", usual.entries, 1..=1_000),
            workers: settings.count("ACUSE_DRAIN_WORKERS", usual.workers, 1..=64),
        };
        let page_token_secret = page_token_secret(settings);
        let (server, database) = (server?, database?);
        Some(Self {
            database_connections: connections,
            webhook_buffer_bytes: buffer << 20,
            public_url,
            trust_forwarded,
            stream_buffer_bytes: streams << 20,
            drain,
            page_token_secret,
            ..Self::new(server, database, message_state?, identity?, secrets_keys?)
        })
    }

    /// Connections for everything but health, which has one of its own.
    pub(crate) fn working_connections(&self) -> usize {
        self.database_connections.saturating_sub(1).max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use acuse_rpc::auth::KeyPair;

    use super::*;

    fn read(variables: Vec<(&'static str, String)>) -> Result<Config, Vec<String>> {
        let usual = [
            ("ACUSE_JWKS", "/etc/acuse/jwks.json".to_owned()),
            ("ACUSE_ISSUER", "https://id.example".to_owned()),
        ];
        let variables: BTreeMap<_, _> = usual.into_iter().chain(variables).collect();
        let mut settings = Settings::new(move |name| variables.get(name).cloned());
        let config = Config::read(&mut settings);
        settings
            .finish(|| config)
            .map_err(|faults| faults.0.into_iter().map(|fault| fault.name).collect())
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let faults = read(vec![
            ("ACUSE_DATABASE_CONNECTIONS", "2".to_owned()),
            ("ACUSE_SECRETS_KEYS", "hunter2,again".to_owned()),
            ("ACUSE_WEBHOOK_BUFFER_MIB", "3".to_owned()),
            ("ACUSE_STREAM_BUFFER_MIB", "3".to_owned()),
            ("ACUSE_PUBLIC_URL", "hooks.example.com".to_owned()),
            ("ACUSE_DRAIN_WORKERS", "none".to_owned()),
            ("ACUSE_PAGE_TOKEN_SECRET", "short".to_owned()),
        ]);
        assert_eq!(
            faults.unwrap_err(),
            [
                "ACUSE_DATABASE_URL",
                "ACUSE_DATABASE_CONNECTIONS",
                "ACUSE_MESSAGE_STATE_ADDRESSES",
                "ACUSE_SERVICE_KEY",
                "ACUSE_SECRETS_KEYS",
                "ACUSE_SECRETS_KEYS",
                "ACUSE_WEBHOOK_BUFFER_MIB",
                "ACUSE_STREAM_BUFFER_MIB",
                "ACUSE_PUBLIC_URL",
                "ACUSE_DRAIN_WORKERS",
                "ACUSE_PAGE_TOKEN_SECRET",
            ]
        );
    }

    #[test]
    fn what_is_needed_is_enough_and_nothing_secret_is_printed() {
        let name = format!("acuse-test-{}.pem", uuid::Uuid::now_v7().simple());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, KeyPair::generate().unwrap().1.expose()).unwrap();
        let key = "vOVH6sdmpNWjRRIqCc7rdxs01lwHzfr3qqTQPMNBPhQ=";
        let config = read(vec![
            (
                "ACUSE_DATABASE_URL",
                "postgres://u:hunter2@localhost/acuse".to_owned(),
            ),
            ("ACUSE_MESSAGE_STATE_ADDRESSES", "localhost:7002".to_owned()),
            ("ACUSE_SERVICE_KEY", path.display().to_string()),
            ("ACUSE_SECRETS_KEYS", format!("k1:{key}")),
        ]);
        std::fs::remove_file(path).unwrap();
        let config = config.unwrap();
        assert_eq!(config.server.listen, DEFAULT_LISTEN);
        assert_eq!(config.drain, DrainConfig::default());
        assert_eq!(config.webhook_buffer_bytes, 64 << 20);
        let printed = format!("{config:?}");
        assert!(
            !printed.contains("hunter2") && !printed.contains(key),
            "{printed}"
        );
    }
}
