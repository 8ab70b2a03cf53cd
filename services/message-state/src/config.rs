//! What the service is told at its start.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use acuse_rpc::Secret;
use acuse_rpc::config::{ServerConfig, Settings};
use acuse_rpc::paging::page_token_secret;
use acuse_store::fold::AT_ONCE;
use acuse_store::{Address, Authorities};

use crate::background::BackgroundConfig;
use crate::commit::CommitConfig;

/// Where the service listens unless told otherwise.
pub const DEFAULT_LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 7002);

/// Events of one call at most; a lane's queue has room for one such call at least.
pub(crate) const MAX_EVENTS: usize = 5_000;

/// Connections beside those of the lanes: those for folding, one each for dropping old changes and for health, and one at
/// least for everyone who reads.
const OTHER_CONNECTIONS: usize = AT_ONCE + 3;

/// How the service works.
#[derive(Debug, Clone)]
pub struct Config {
    /// How it serves.
    pub server: ServerConfig,
    /// Where the database is.
    pub database: Address,
    /// Connections to the database at most, all told.
    pub database_connections: usize,
    /// How calls are grouped into transactions.
    pub commit: CommitConfig,
    /// What is done in the background.
    pub background: BackgroundConfig,
    /// Signs page tokens. Without one tokens are good for this process alone, and until it ends.
    pub page_token_secret: Option<Secret>,
}

impl Config {
    /// What is usual, serving as `server` says on the database at that address.
    pub fn new(server: ServerConfig, database: Address) -> Self {
        Self {
            server,
            database,
            database_connections: 12,
            commit: CommitConfig::default(),
            background: BackgroundConfig::default(),
            page_token_secret: None,
        }
    }

    /// Reads what [`ServerConfig::read`] does, and `ACUSE_DATABASE_URL`, `ACUSE_DATABASE_CA`,
    /// `ACUSE_DATABASE_CONNECTIONS`, `ACUSE_COMMIT_LANES`, `ACUSE_COMMIT_MAX_ITEMS`, `ACUSE_COMMIT_LINGER_MILLIS`, `ACUSE_COMMIT_QUEUE_ITEMS`,
    /// `ACUSE_NO_FOLDING`, `ACUSE_NO_UPKEEP`, `ACUSE_KEEP_CHANGES_HOURS` and `ACUSE_PAGE_TOKEN_SECRET`.
    ///
    /// `None` only where a fault was noted.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let server = ServerConfig::read(settings, DEFAULT_LISTEN);
        let authorities = settings.content_as("ACUSE_DATABASE_CA", Authorities::from_pem);
        let database = settings.required_as("ACUSE_DATABASE_URL", |url| {
            Address::new(url, authorities.as_ref())
        });
        let usual = CommitConfig::default();
        let commit = CommitConfig {
            lanes: settings.count("ACUSE_COMMIT_LANES", usual.lanes, 1..=64),
            max_items: settings.count("ACUSE_COMMIT_MAX_ITEMS", usual.max_items, 1..=10_000),
            linger: Duration::from_millis(settings.number(
                "ACUSE_COMMIT_LINGER_MILLIS",
                u64::try_from(usual.linger.as_millis()).unwrap_or(0),
                0..=1_000,
            )),
            queue_items: settings.count(
                "ACUSE_COMMIT_QUEUE_ITEMS",
                usual.queue_items,
                MAX_EVENTS..=1_000_000,
            ),
        };
        let connections = connections(settings, commit.lanes);
        let hours = settings.number("ACUSE_KEEP_CHANGES_HOURS", 24, 1..=8_760);
        let background = BackgroundConfig {
            fold: !settings.flag("ACUSE_NO_FOLDING"),
            upkeep: !settings.flag("ACUSE_NO_UPKEEP"),
            keep_changes: Some(Duration::from_secs(hours * 3_600)),
        };
        let page_token_secret = page_token_secret(settings);
        Some(Self {
            database_connections: connections,
            commit,
            background,
            page_token_secret,
            ..Self::new(server?, database?)
        })
    }

    /// Connections for the lanes and the background.
    pub(crate) fn writing_connections(&self) -> usize {
        self.commit.lanes.max(1) + AT_ONCE + 1
    }

    /// Connections for everything else but health, which has one of its own.
    pub(crate) fn reading_connections(&self) -> usize {
        let taken = self.writing_connections() + 1;
        self.database_connections.saturating_sub(taken).max(1)
    }
}

/// How many connections there may be with so many lanes. What fewer can do depends on another setting, so that a range alone would
/// not say what is wrong.
fn connections(settings: &mut Settings, lanes: usize) -> usize {
    let name = "ACUSE_DATABASE_CONNECTIONS";
    let fewest = lanes + OTHER_CONNECTIONS;
    let connections = settings.count(name, fewest.max(12), 1 + OTHER_CONNECTIONS..=1_000);
    if connections < fewest {
        let problem = format!(
            "less than {fewest}: each lane has one (ACUSE_COMMIT_LANES), and {OTHER_CONNECTIONS} more are needed"
        );
        settings.fault(name, problem);
    }
    connections
}

#[cfg(test)]
mod tests {
    use acuse_rpc::config::Fault;

    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let read = read_or_faults(variables);
        read.map_err(|faults| faults.into_iter().map(|fault| fault.name).collect())
    }

    fn read_or_faults(variables: &[(&str, &str)]) -> Result<Config, Vec<Fault>> {
        let variables: Vec<(String, String)> = [
            ("ACUSE_JWKS", "/etc/acuse/jwks.json"),
            ("ACUSE_ISSUER", "https://id.example"),
        ]
        .iter()
        .chain(variables)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
        let mut settings = Settings::new(move |name| {
            let mut found = variables.iter().filter(|(known, _)| known == name);
            found.next_back().map(|(_, value)| value.clone())
        });
        let config = Config::read(&mut settings);
        settings.finish(|| config).map_err(|faults| faults.0)
    }

    const DATABASE: (&str, &str) = ("ACUSE_DATABASE_URL", "postgres://localhost/acuse");

    #[test]
    fn what_is_not_said_is_as_usual() {
        let config = read(&[DATABASE]).unwrap();
        assert_eq!(config.server.listen, DEFAULT_LISTEN);
        assert_eq!(config.commit, CommitConfig::default());
        assert_eq!(config.background, BackgroundConfig::default());
        assert_eq!(config.database_connections, 12);
        assert_eq!(
            (config.writing_connections(), config.reading_connections()),
            (5, 6)
        );
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let faults = read(&[
            ("ACUSE_COMMIT_LANES", "0"),
            ("ACUSE_COMMIT_MAX_ITEMS", "many"),
            ("ACUSE_COMMIT_QUEUE_ITEMS", "4999"),
            ("ACUSE_DATABASE_CONNECTIONS", "6"),
            ("ACUSE_PAGE_TOKEN_SECRET", "short"),
        ])
        .unwrap_err();
        assert_eq!(
            faults,
            [
                "ACUSE_DATABASE_URL",
                "ACUSE_COMMIT_LANES",
                "ACUSE_COMMIT_MAX_ITEMS",
                "ACUSE_COMMIT_QUEUE_ITEMS",
                "ACUSE_DATABASE_CONNECTIONS",
                "ACUSE_PAGE_TOKEN_SECRET",
            ]
        );
    }

    #[test]
    fn more_lanes_have_more_connections() {
        let config = read(&[DATABASE, ("ACUSE_COMMIT_LANES", "16")]).unwrap();
        assert_eq!(config.database_connections, 21);
        assert_eq!(config.reading_connections(), 1);
        let faults = read_or_faults(&[
            DATABASE,
            ("ACUSE_COMMIT_LANES", "16"),
            ("ACUSE_DATABASE_CONNECTIONS", "20"),
        ]);
        let [fault] = &faults.unwrap_err()[..] else {
            panic!("one setting is wrong")
        };
        assert_eq!(fault.name, "ACUSE_DATABASE_CONNECTIONS");
        for part in ["less than 21", "ACUSE_COMMIT_LANES", "5 more"] {
            assert!(fault.problem.contains(part), "{}", fault.problem);
        }
        // One lane does with fewer, and nothing with fewer than that.
        let one = |connections| {
            [
                DATABASE,
                ("ACUSE_COMMIT_LANES", "1"),
                ("ACUSE_DATABASE_CONNECTIONS", connections),
            ]
        };
        let config = read(&one("6")).unwrap();
        let shared = (config.writing_connections(), config.reading_connections());
        assert_eq!(shared, (4, 1));
        assert!(read(&one("5")).is_err());
    }

    #[test]
    fn secrets_are_not_printed() {
        let secret = "0123456789abcdef0123456789abcdef";
        let config = read(&[
            ("ACUSE_DATABASE_URL", "postgres://u:hunter2@localhost/acuse"),
            ("ACUSE_PAGE_TOKEN_SECRET", secret),
        ]);
        let printed = format!("{:?}", config.unwrap());
        assert!(!printed.contains("hunter2") && !printed.contains(secret));
    }
}
