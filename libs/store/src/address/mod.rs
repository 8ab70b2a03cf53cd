//! Where a database is, and how what is said to it is kept from others: the URL that users of libpq know.

mod tls;
mod url;

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::AsyncPgConnection;
use tokio_postgres::config::{Host, SslMode, SslNegotiation};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use tls::Check;
pub use tls::{Authorities, AuthoritiesError};
use url::{Given, Mode, Root, Said};

/// Where a database is, who asks, and how the connection is secured. `Debug` shows no password.
#[derive(Clone)]
pub struct Address {
    config: Config,
    mode: Mode,
    tls: MakeRustlsConnect,
}

/// Why a text is no address of a database. Says what is wrong and never quotes it: it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// It is no URL.
    #[error("is no address such as postgres://user:password@host:5432/acuse")]
    NoUrl,
    /// There is an @ in a parameter, after which host and path would begin.
    #[error("has an @ in a parameter: write it as %40")]
    At,
    /// It names no host.
    #[error("names no host")]
    NoHost,
    /// A certificate's name is to be compared with one that it does not give.
    #[error(
        "names a host by hostaddr alone, and with sslmode=verify-full its name is compared: give it as the host, or say \
         sslmode=verify-ca"
    )]
    NoName,
    /// Something else in it cannot be used.
    #[error("cannot be used: {0}")]
    Unusable(String),
    /// Its `sslmode` is `allow`.
    #[error("has sslmode=allow, which there is not here: say prefer, or better verify-full")]
    Allow,
    /// Its `sslmode` is not known.
    #[error("has an sslmode that is none of disable, prefer, require, verify-ca and verify-full")]
    NoMode,
    /// It has a parameter of libpq's that there is nothing here for.
    #[error("has {0}, which there is not here: take it out")]
    Unsupported(&'static str),
    /// Authorities are given, and it says that nothing is to be checked.
    #[error(
        "has an sslmode that checks no certificate, and an authority is given: say sslmode=verify-full, or take that out"
    )]
    Unchecked,
    /// Authorities are to be checked, and none is given.
    #[error(
        "has sslmode=verify-ca and no authority: name its file with sslrootcert or ACUSE_DATABASE_CA, or say \
         sslmode=verify-full for one that the machine trusts"
    )]
    NoAuthority,
    /// Any certificate of an authority that the machine trusts would do.
    #[error("has sslrootcert=system, which goes with sslmode=verify-full alone")]
    AnyCertificate,
    /// The file of authorities cannot be read.
    #[error("has an sslrootcert that cannot be read: {0}")]
    NoFile(std::io::ErrorKind),
    /// The file of authorities holds none.
    #[error("has an sslrootcert that {0}")]
    Authorities(#[from] AuthoritiesError),
    /// TLS cannot be set up at all.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

impl Address {
    /// The database at a URL, as `postgres://user:password@host:port/database`. Of TLS it says what libpq's does: `sslmode` and
    /// `sslrootcert`, which goes before `authorities`. Where it says nothing, a server whose authorities are given is checked
    /// like one with `verify-full`, and any other spoken to over TLS where it offers that. Sockets of the machine have no TLS.
    ///
    /// # Errors
    /// [`AddressError`], without the URL.
    pub fn new(url: &str, authorities: Option<&Authorities>) -> Result<Self, AddressError> {
        let Said {
            rest,
            mode,
            authorities: named,
        } = url::take_apart(url)?;
        let mut config: Config = rest.parse().map_err(unusable)?;
        let (hosts, numbers) = (config.get_hosts(), config.get_hostaddrs());
        if hosts.is_empty() && numbers.is_empty() {
            return Err(AddressError::NoHost);
        }
        let stays = numbers.is_empty() && hosts.iter().all(|host| matches!(host, Host::Unix(_)));
        let own = match &named {
            Some(Root::File(path)) => Some(read(path)?),
            Some(Root::Machine) => None,
            None => authorities.cloned(),
        };
        let given = match (&own, named) {
            (Some(_), _) => Some(Given::Own),
            (None, Some(Root::Machine)) => Some(Given::Machine),
            (None, _) => None,
        };
        let mode = if stays {
            Mode::Disable
        } else {
            Mode::settle(mode, given.as_ref())?
        };
        if config.get_hosts().is_empty() {
            if mode == Mode::VerifyFull {
                return Err(AddressError::NoName);
            }
            // libpq speaks TLS to a host without a name as well; the driver wants something to call it by.
            for number in config.get_hostaddrs().to_vec() {
                config.host(number.to_string());
            }
        }
        let trusted = || own.unwrap_or_else(Authorities::of_the_machine);
        let check = match mode {
            Mode::Disable | Mode::Prefer | Mode::Require => Check::Nothing,
            Mode::VerifyCa => Check::Issuer(trusted()),
            Mode::VerifyFull => Check::All(trusted()),
        };
        config.ssl_mode(match mode {
            Mode::Disable => SslMode::Disable,
            Mode::Prefer => SslMode::Prefer,
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
        });
        let direct = config.get_ssl_negotiation() == SslNegotiation::Direct;
        let tls = MakeRustlsConnect::new(tls::config(check, direct)?);
        Ok(Self { config, mode, tls })
    }

    /// Whether what is said goes over a network, where others may listen.
    pub fn is_remote(&self) -> bool {
        let numbers = self.config.get_hostaddrs();
        let by_number = numbers.iter().any(|number| !number.is_loopback());
        // A host's name is only a name where its number is given.
        let by_name = numbers.is_empty()
            && self.config.get_hosts().iter().any(|host| match host {
                Host::Tcp(name) => !is_loopback(name),
                Host::Unix(_) => false,
            });
        by_number || by_name
    }

    /// Whether somebody else who answers there would be noticed.
    pub fn checks_certificates(&self) -> bool {
        matches!(self.mode, Mode::VerifyCa | Mode::VerifyFull)
    }

    /// Connects.
    ///
    /// # Errors
    /// Where nobody answers, is who they should be, or lets us in; with what both sides say of it.
    pub(crate) async fn connect(&self) -> ConnectionResult<AsyncPgConnection> {
        let (client, connection) = self.open().await?;
        AsyncPgConnection::try_from_client_and_connection(client, connection)
            .await
            .map_err(|error| ConnectionError::BadConnection(error.to_string()))
    }

    /// The same as the driver has it, which keeps all that the server says of what fails.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub(crate) async fn client(&self) -> ConnectionResult<Client> {
        let (client, connection) = self.open().await?;
        // It ends with the client; whoever waits for an answer is told why there is none.
        tokio::spawn(async move { connection.await.ok() });
        Ok(client)
    }

    async fn open(&self) -> ConnectionResult<Opened> {
        match self.config.connect(self.tls.clone()).await {
            // As libpq has it: what would be as good without TLS is not to fail by it.
            Err(error) if self.mode == Mode::Prefer && may_be_of_tls(&error) => {
                let mut plain = self.config.clone();
                plain.ssl_mode(SslMode::Disable);
                plain.connect(self.tls.clone()).await
            }
            done => done,
        }
        .map_err(|error| ConnectionError::BadConnection(told(&error)))
    }

    /// How to speak to the server once more, to have it stop what a session is at.
    pub(crate) fn tls(&self) -> MakeRustlsConnect {
        self.tls.clone()
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(url: &str) -> Result<Self, AddressError> {
        Self::new(url, None)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("hosts", &self.config.get_hosts())
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

/// What is connected, and what has to be driven for it.
type Opened = (
    Client,
    Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>,
);

/// Whether the same may go well without TLS: it failed by that, or the server lets nobody in by it.
fn may_be_of_tls(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        Some(code) => *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        None => chain(error).any(|cause| {
            let io = cause.downcast_ref::<std::io::Error>();
            let inner = io.and_then(|io| io.get_ref());
            inner.is_some_and(|inner| inner.is::<rustls::Error>())
        }),
    }
}

/// A failure with all that lies under it, in one line. The server's own word is enough.
fn told(error: &tokio_postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        return said.message().to_owned();
    }
    let causes: Vec<String> = chain(error).map(ToString::to_string).collect();
    causes.join(": ")
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn unusable(error: tokio_postgres::Error) -> AddressError {
    let cause = error.into_source().map(|cause| cause.to_string());
    // What looks like a parameter may be a part of a password that has an @ in it.
    AddressError::Unusable(match cause {
        Some(cause) if cause.starts_with("unknown option") => {
            "it has a parameter that is not known".to_owned()
        }
        Some(cause) => cause,
        None => "it has no meaning".to_owned(),
    })
}

fn read(path: &str) -> Result<Authorities, AddressError> {
    let pem = std::fs::read(path).map_err(|error| AddressError::NoFile(error.kind()))?;
    Ok(Authorities::from_pem(&pem)?)
}

fn is_loopback(host: &str) -> bool {
    let number = host.parse::<std::net::IpAddr>();
    host == "localhost" || number.is_ok_and(|number| number.is_loopback())
}

#[cfg(test)]
mod tests;
