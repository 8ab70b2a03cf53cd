//! What the service is told at its start.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use acuse_domain::time::days;
use acuse_rpc::Secret;
use acuse_rpc::auth::ServiceIdentity;
use acuse_rpc::config::{PeerConfig, PublicUrl, ServerConfig, Settings, service_identity};
use acuse_rpc::paging::page_token_secret;
use acuse_rpc::server::Browsers;
use acuse_store::{Address, Authorities};
use redis::{ConnectionAddr, RedisResult, TlsCertificates};

use crate::storage::Storage;
use crate::work::WorkConfig;

/// Where the service listens unless told otherwise.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7004);

/// Connections to the database where nothing is configured: a worker needs one for a moment now and then, calls the rest.
const USUAL_CONNECTIONS: usize = 8;

/// How long files are kept where nothing is configured, in days.
const USUAL_KEEP: u64 = 7;

/// Shortest secret that signs addresses, in bytes.
const MIN_SECRET: usize = 32;

/// How the service works.
#[derive(Debug, Clone)]
pub struct Config {
    /// How it serves.
    pub server: ServerConfig,
    /// Where the database is.
    pub database: Address,
    /// Connections to the database at most, all told; 3 or more.
    pub database_connections: usize,
    /// Where progress and wake-ups go.
    pub redis: RedisConfig,
    /// Where reporting is.
    pub reporting: PeerConfig,
    /// As whom the service calls it.
    pub identity: Arc<ServiceIdentity>,
    /// Where the files are.
    pub storage: Storage,
    /// How long files are kept.
    pub keep: Duration,
    /// How jobs are worked off.
    pub work: WorkConfig,
    /// Signs page tokens. Without one tokens are good for this process alone, and until it ends.
    pub page_token_secret: Option<Secret>,
    /// Signs addresses of files. Without one they are good for this process alone, and until it ends.
    pub download_secret: Option<Secret>,
    /// How addresses of files begin; without one as the service listens.
    pub public_url: Option<PublicUrl>,
    /// Which web pages may call.
    pub browsers: Browsers,
}

/// Where what may be lost is kept.
#[derive(Debug, Clone)]
pub struct RedisConfig {
    /// `redis://user:password@host:port/number`, or over TLS `rediss://…`.
    pub url: Secret,
    /// Authorities that its certificate may be from, as PEM; those that the machine trusts if absent.
    pub authorities: Option<Vec<u8>>,
    /// What every key and channel begins with.
    pub prefix: String,
}

impl RedisConfig {
    /// The Redis at `url`, with the usual keys.
    pub fn new(url: Secret) -> Self {
        Self {
            url,
            authorities: None,
            prefix: "acuse:export".to_owned(),
        }
    }

    /// Reads `ACUSE_REDIS_URL` and `ACUSE_REDIS_CA`.
    ///
    /// `None` only where a fault was noted.
    fn read(settings: &mut Settings) -> Option<Self> {
        const URL: &str = "ACUSE_REDIS_URL";
        const CA: &str = "ACUSE_REDIS_CA";
        let url = settings.required(URL);
        let authorities =
            settings.content_as(CA, |pem| Authorities::from_pem(pem).map(|_| pem.to_vec()));
        let config = Self {
            authorities,
            ..Self::new(url?)
        };
        let has_tls = match redis::Client::open(config.url.expose()) {
            Ok(client) => match client.get_connection_info().addr() {
                ConnectionAddr::TcpTls { insecure, .. } => {
                    if *insecure {
                        settings.fault(
                            URL,
                            "ends with #insecure, which there is not here: name the certificate's authority with ACUSE_REDIS_CA",
                        );
                    }
                    true
                }
                _ => false,
            },
            Err(_) => {
                settings.fault(
                    URL,
                    "is no address such as redis://host:6379/0 or rediss://host:6379/0",
                );
                return None;
            }
        };
        if config.authorities.is_some() && !has_tls {
            settings.fault(CA, "there is no TLS without rediss:// in ACUSE_REDIS_URL");
        }
        Some(config)
    }

    /// Whoever connects to it, as soon as that is needed.
    ///
    /// # Errors
    ///
    /// Where the URL is none, or the authorities cannot be read.
    pub(crate) fn client(&self) -> RedisResult<redis::Client> {
        match &self.authorities {
            None => redis::Client::open(self.url.expose()),
            Some(authorities) => redis::Client::build_with_tls(
                self.url.expose(),
                TlsCertificates {
                    client_tls: None,
                    root_cert: Some(authorities.clone()),
                },
            ),
        }
    }
}

impl Config {
    /// What is usual, serving as `server` says on the database at that address, calling reporting as `identity`, with the
    /// files in `folder`.
    pub fn new(
        server: ServerConfig,
        database: Address,
        redis: RedisConfig,
        (reporting, identity): (PeerConfig, Arc<ServiceIdentity>),
        folder: PathBuf,
    ) -> Self {
        Self {
            server,
            database,
            database_connections: USUAL_CONNECTIONS,
            redis,
            reporting,
            identity,
            storage: Storage::Folder(folder),
            keep: days(USUAL_KEEP),
            work: WorkConfig::default(),
            page_token_secret: None,
            download_secret: None,
            public_url: None,
            browsers: Browsers::default(),
        }
    }

    /// Reads what [`ServerConfig::read`] does, `ACUSE_DATABASE_URL`, `ACUSE_DATABASE_CA`, `ACUSE_DATABASE_CONNECTIONS`,
    /// `ACUSE_REDIS_URL`, `ACUSE_REDIS_CA`, what [`PeerConfig::read`] does of `ACUSE_REPORTING`, `ACUSE_SERVICE_KEY`, what
    /// [`Storage::read`] does, `ACUSE_EXPORT_WORKERS`, `ACUSE_EXPORT_LEASE_SECONDS`, `ACUSE_EXPORT_KEEP_DAYS`,
    /// `ACUSE_PAGE_TOKEN_SECRET`, `ACUSE_DOWNLOAD_SECRET`, `ACUSE_PUBLIC_URL` and what [`Browsers::read`] does.
    ///
    /// `None` only where a fault was noted.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let server = ServerConfig::read(settings, DEFAULT_LISTEN);
        let authorities = settings.content_as("ACUSE_DATABASE_CA", Authorities::from_pem);
        let database = settings.required_as("ACUSE_DATABASE_URL", |url| {
            Address::new(url, authorities.as_ref())
        });
        let database_connections =
            settings.count("ACUSE_DATABASE_CONNECTIONS", USUAL_CONNECTIONS, 3..=1_000);
        let redis = RedisConfig::read(settings);
        let reporting = PeerConfig::read(settings, "ACUSE_REPORTING");
        let identity = service_identity(settings, "export");
        let storage = Storage::read(settings);
        let usual = WorkConfig::default();
        let work = WorkConfig {
            workers: settings.count("ACUSE_EXPORT_WORKERS", usual.workers, 0..=64),
            lease: settings.seconds(
                "ACUSE_EXPORT_LEASE_SECONDS",
                usual.lease.as_secs(),
                3..=3_600,
            ),
            ..usual
        };
        let keep = days(settings.number("ACUSE_EXPORT_KEEP_DAYS", USUAL_KEEP, 1..=3_650));
        let page_token_secret = page_token_secret(settings);
        let download_secret = download_secret(settings);
        let public_url = settings.optional("ACUSE_PUBLIC_URL");
        let browsers = Browsers::read(settings);
        let peer = (reporting?, identity?);
        Some(Self {
            database_connections,
            keep,
            work,
            page_token_secret,
            download_secret,
            public_url,
            browsers,
            storage: storage?,
            ..Self::new(server?, database?, redis?, peer, PathBuf::new())
        })
    }

    /// Connections for everything but health, which has one of its own.
    pub(crate) fn working_connections(&self) -> usize {
        self.database_connections.saturating_sub(1).max(1)
    }
}

fn download_secret(settings: &mut Settings) -> Option<Secret> {
    const NAME: &str = "ACUSE_DOWNLOAD_SECRET";
    let secret: Secret = settings.optional(NAME)?;
    if secret.expose().len() < MIN_SECRET {
        settings.fault(NAME, format!("is shorter than {MIN_SECRET} bytes"));
    }
    Some(secret)
}

#[cfg(test)]
mod tests {
    use acuse_rpc::auth::KeyPair;

    use super::*;

    fn read(variables: Vec<(&'static str, String)>) -> Result<Config, Vec<String>> {
        let mut settings = Settings::new(move |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.clone())
        });
        let config = Config::read(&mut settings);
        let names = |faults: acuse_rpc::config::Faults| {
            let faults = faults.0.into_iter();
            faults.map(|fault| fault.name).collect()
        };
        settings.finish(|| config).map_err(names)
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let faults = read(vec![
            ("ACUSE_JWKS", "/etc/acuse/jwks.json".to_owned()),
            ("ACUSE_DATABASE_CONNECTIONS", "2".to_owned()),
            ("ACUSE_REDIS_URL", "localhost".to_owned()),
            ("ACUSE_EXPORT_WORKERS", "65".to_owned()),
            ("ACUSE_EXPORT_LEASE_SECONDS", "2".to_owned()),
            ("ACUSE_EXPORT_KEEP_DAYS", "0".to_owned()),
            ("ACUSE_PAGE_TOKEN_SECRET", "short".to_owned()),
            ("ACUSE_DOWNLOAD_SECRET", "short".to_owned()),
            ("ACUSE_PUBLIC_URL", "files.example.com".to_owned()),
        ]);
        assert_eq!(
            faults.unwrap_err(),
            [
                "ACUSE_ISSUER",
                "ACUSE_DATABASE_URL",
                "ACUSE_DATABASE_CONNECTIONS",
                "ACUSE_REDIS_URL",
                "ACUSE_REPORTING_ADDRESSES",
                "ACUSE_SERVICE_KEY",
                "ACUSE_ISSUER",
                "ACUSE_EXPORT_FOLDER",
                "ACUSE_EXPORT_WORKERS",
                "ACUSE_EXPORT_LEASE_SECONDS",
                "ACUSE_EXPORT_KEEP_DAYS",
                "ACUSE_PAGE_TOKEN_SECRET",
                "ACUSE_DOWNLOAD_SECRET",
                "ACUSE_PUBLIC_URL",
            ]
        );
    }

    #[test]
    fn what_is_said_of_redis_fits_together() {
        let faults = |url: &str, ca: &str| {
            let mut settings = Settings::new({
                let variables = [("ACUSE_REDIS_URL", url), ("ACUSE_REDIS_CA", ca)];
                let variables = variables.map(|(name, value)| (name, value.to_owned()));
                move |asked| {
                    let found = variables.iter().find(|(name, _)| *name == asked);
                    found.map(|(_, value)| value.clone())
                }
            });
            RedisConfig::read(&mut settings);
            let faults = settings.faults().iter();
            faults.map(|fault| fault.name.clone()).collect::<Vec<_>>()
        };
        let authority = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../libs/rpc/tests/stack/testdata/ca.pem"
        );
        assert!(faults("redis://h", "").is_empty());
        assert!(faults("rediss://h", "").is_empty());
        assert!(faults("rediss://h", authority).is_empty());
        assert_eq!(faults("redis://h", authority), ["ACUSE_REDIS_CA"]);
        assert_eq!(faults("rediss://h", "/dev/null"), ["ACUSE_REDIS_CA"]);
        assert_eq!(faults("rediss://h/#insecure", ""), ["ACUSE_REDIS_URL"]);
        assert_eq!(faults("http://h", ""), ["ACUSE_REDIS_URL"]);
    }

    #[test]
    fn what_is_needed_is_enough_and_nothing_secret_is_printed() {
        let name = format!("acuse-test-{}.pem", uuid::Uuid::now_v7().simple());
        let key = std::env::temp_dir().join(name);
        std::fs::write(&key, KeyPair::generate().unwrap().1.expose()).unwrap();
        let told = [
            ("ACUSE_JWKS", "/etc/acuse/jwks.json"),
            ("ACUSE_ISSUER", "https://id.example"),
            ("ACUSE_DATABASE_URL", "postgres://u:hunter2@localhost/acuse"),
            ("ACUSE_REDIS_URL", "redis://:hunter2@localhost:6379/0"),
            ("ACUSE_REPORTING_ADDRESSES", "localhost:7003"),
            ("ACUSE_EXPORT_FOLDER", "/var/lib/acuse/exports"),
        ];
        let mut variables = vec![("ACUSE_SERVICE_KEY", key.display().to_string())];
        variables.extend(told.map(|(variable, value)| (variable, value.to_owned())));
        let config = read(variables);
        std::fs::remove_file(key).unwrap();
        let config = config.unwrap();
        assert_eq!(config.server.listen, DEFAULT_LISTEN);
        assert_eq!((config.work.workers, config.keep), (2, days(7)));
        assert_eq!(config.work.lease, Duration::from_secs(30));
        assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
    }
}
