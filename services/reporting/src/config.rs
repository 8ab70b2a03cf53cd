//! What the service is told at its start.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use acuse_rpc::Secret;
use acuse_rpc::config::{ServerConfig, Settings};
use acuse_rpc::paging::page_token_secret;
use acuse_rpc::server::Browsers;
use acuse_store::{Address, Authorities};

/// Where the service listens unless told otherwise.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7003);

/// Connections to the database where nothing is configured.
const USUAL_CONNECTIONS: usize = 8;

/// Memory for copies of messages where nothing is configured: some millions of messages.
const USUAL_COPIES_MIB: usize = 256;

/// How the service works.
#[derive(Debug, Clone)]
pub struct Config {
    /// How it serves.
    pub server: ServerConfig,
    /// Where the database is; a replica will do where [`Self::primary`] is given.
    pub database: Address,
    /// Where saved reports are kept, if not there.
    pub primary: Option<Address>,
    /// Connections to the database at most, all told; 2 or more. To a primary that is another one there are 3 besides.
    pub database_connections: usize,
    /// Signs page tokens; every replica needs the same one. `None`: each process makes up its own.
    pub page_token_secret: Option<Secret>,
    /// What figures are read from.
    pub sources: Sources,
    /// Memory at most for copies of messages, in MiB; with none, rows are read for what no rollup tells.
    pub copies_mib: usize,
    /// Which web pages' scripts may call.
    pub browsers: Browsers,
}

/// What figures are read from. They are the same either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sources {
    /// Rollups where they have the answer, else rows or copies of them in memory.
    #[default]
    Planned,
    /// Rows alone: slow, and what rollups are compared with.
    RowsAlone,
}

impl Config {
    /// What is usual, serving as `server` says on the database at that address.
    pub fn new(server: ServerConfig, database: Address) -> Self {
        Self {
            server,
            database,
            primary: None,
            database_connections: USUAL_CONNECTIONS,
            page_token_secret: None,
            sources: Sources::Planned,
            copies_mib: USUAL_COPIES_MIB,
            browsers: Browsers::default(),
        }
    }

    /// Reads what [`ServerConfig::read`] does, `ACUSE_DATABASE_URL`, `ACUSE_PRIMARY_DATABASE_URL`, `ACUSE_DATABASE_CA`
    /// for both, `ACUSE_DATABASE_CONNECTIONS`, `ACUSE_COPIES_MIB`, `ACUSE_PAGE_TOKEN_SECRET` and what [`Browsers::read`] does.
    ///
    /// `None` only where a fault was noted.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let server = ServerConfig::read(settings, DEFAULT_LISTEN);
        let authorities = settings.content_as("ACUSE_DATABASE_CA", Authorities::from_pem);
        let database = settings.required_as("ACUSE_DATABASE_URL", |url| {
            Address::new(url, authorities.as_ref())
        });
        let primary = settings.optional_as("ACUSE_PRIMARY_DATABASE_URL", |url| {
            Address::new(url, authorities.as_ref())
        });
        let connections =
            settings.count("ACUSE_DATABASE_CONNECTIONS", USUAL_CONNECTIONS, 2..=1_000);
        let copies_mib = settings.count("ACUSE_COPIES_MIB", USUAL_COPIES_MIB, 0..=1_000_000);
        let page_token_secret = page_token_secret(settings);
        let browsers = Browsers::read(settings);
        Some(Self {
            primary,
            database_connections: connections,
            copies_mib,
            page_token_secret,
            browsers,
            ..Self::new(server?, database?)
        })
    }

    /// Connections for reports: all but the one that health has for itself.
    pub(crate) fn reading_connections(&self) -> usize {
        self.database_connections.saturating_sub(1).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &'static [(&str, &str)]) -> Result<Config, Vec<String>> {
        const USUAL: [(&str, &str); 2] = [
            ("ACUSE_JWKS", "/etc/acuse/jwks.json"),
            ("ACUSE_ISSUER", "https://id.example"),
        ];
        let mut settings = Settings::new(move |name| {
            let all = USUAL.iter().chain(variables);
            let mut found = all.filter(|(known, _)| *known == name);
            found.next().map(|(_, value)| (*value).to_owned())
        });
        let config = Config::read(&mut settings);
        let finished = settings.finish(|| config);
        finished.map_err(|faults| faults.0.into_iter().map(|fault| fault.name).collect())
    }

    #[test]
    fn a_database_is_enough() {
        let config = read(&[("ACUSE_DATABASE_URL", "postgres://u:hunter2@localhost/acuse")]);
        let config = config.unwrap();
        assert_eq!(config.server.listen, DEFAULT_LISTEN);
        assert_eq!(config.database_connections, 8);
        assert_eq!(config.reading_connections(), 7);
        assert_eq!(config.copies_mib, 256);
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn saved_reports_may_be_kept_elsewhere_than_reports_are_read() {
        let config = read(&[
            ("ACUSE_DATABASE_URL", "postgres://u@replica/acuse"),
            (
                "ACUSE_PRIMARY_DATABASE_URL",
                "postgres://u:hunter2@primary/acuse",
            ),
        ]);
        let config = config.unwrap();
        let shown = |address| format!("{address:?}");
        assert!(shown(&config.database).contains("replica"));
        let primary = shown(config.primary.as_ref().unwrap());
        assert!(primary.contains("primary") && !primary.contains("hunter2"));
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn a_database_that_would_be_less_secure_than_it_is_said_to_be_is_a_fault() {
        let faults = read(&[
            ("ACUSE_DATABASE_URL", "postgres://u@h/acuse?sslmode=yes"),
            (
                "ACUSE_PRIMARY_DATABASE_URL",
                "postgres://u@h/acuse?sslmode=verify-ca",
            ),
        ]);
        let names = ["ACUSE_DATABASE_URL", "ACUSE_PRIMARY_DATABASE_URL"];
        assert_eq!(faults.unwrap_err(), names);
        let faults = read(&[
            ("ACUSE_DATABASE_URL", "postgres://u@h/acuse"),
            ("ACUSE_DATABASE_CA", "/dev/null"),
        ]);
        assert_eq!(faults.unwrap_err(), ["ACUSE_DATABASE_CA"]);
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let faults = read(&[
            ("ACUSE_DATABASE_CONNECTIONS", "1"),
            ("ACUSE_COPIES_MIB", "-1"),
            ("ACUSE_PAGE_TOKEN_SECRET", "short"),
            ("ACUSE_BROWSER_ORIGINS", "https://a.example, everywhere"),
        ]);
        let faults = faults.unwrap_err();
        let expected = [
            "ACUSE_DATABASE_URL",
            "ACUSE_DATABASE_CONNECTIONS",
            "ACUSE_COPIES_MIB",
            "ACUSE_PAGE_TOKEN_SECRET",
            "ACUSE_BROWSER_ORIGINS",
        ];
        assert_eq!(faults, expected);
    }
}
