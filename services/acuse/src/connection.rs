//! How a server is reached, and who asks.

use std::{path::PathBuf, time::Duration};

use acuse_domain::scope::{Permission, Role};
use acuse_rpc::{
    Secret,
    auth::{Claims, KeyPair, system_clock},
    client::{Call, Channel, Credentials},
    config::{PeerConfig, Settings},
};
use tokio::time::{Instant, sleep};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    failure::{Failure, Result},
    values::Length,
};

/// How long a token lives that a command makes for itself.
const OWN_TOKEN: Duration = Duration::from_secs(15 * 60);
/// How often a server that is waited for is asked whether it serves.
const HEALTH_PAUSE: Duration = Duration::from_millis(100);

/// Options of every command that calls a server.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Where message-state listens
    #[arg(
        long,
        env = "ACUSE_SERVER",
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:7002"
    )]
    server: String,
    /// The option that named the server.
    #[arg(skip = "--server")]
    option: &'static str,
    /// The caller's token; without one the command makes its own with --key
    #[arg(
        long,
        env = "ACUSE_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    token: Option<Secret>,
    #[command(flatten)]
    pub(crate) signing: Signing,
    /// Certificate authority to trust, as PEM, for https addresses
    #[arg(long, env = "ACUSE_PEER_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Wait so long for the server to serve, for example 30s
    #[arg(long, value_name = "TIME")]
    wait: Option<Length>,
}

/// Options of whatever signs tokens.
#[derive(Debug, clap::Args)]
pub(crate) struct Signing {
    /// Private key that signs tokens, as `acuse keys` makes one
    #[arg(long, env = "ACUSE_KEY", value_name = "FILE")]
    key: Option<PathBuf>,
    /// Issuer that the server trusts (its ACUSE_ISSUER)
    #[arg(
        long,
        env = "ACUSE_ISSUER",
        value_name = "NAME",
        default_value = "acuse"
    )]
    issuer: String,
    /// Audience that the server expects (its ACUSE_AUDIENCE)
    #[arg(
        long,
        env = "ACUSE_AUDIENCE",
        value_name = "NAME",
        default_value = "acuse"
    )]
    audience: String,
}

impl Signing {
    /// Whether there is a key to sign with.
    fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// A token for a caller.
    pub(crate) fn mint(&self, claims: Claims, lifetime: Duration) -> Result<Secret> {
        let path = self.key.as_ref().ok_or_else(|| {
            Failure::usage("there is no key to sign a token with")
                .advise("name it with --key or ACUSE_KEY; `acuse keys` makes one")
        })?;
        let shown = path.display();
        let pem = std::fs::read(path).map_err(|error| {
            Failure::new(format!("the key {shown} cannot be read: {error}"))
                .advise("`acuse keys` makes one")
        })?;
        let key = KeyPair::from_pem(&pem).map_err(|error| {
            Failure::new(format!("the key {shown} cannot be used: {error}"))
                .advise("`acuse keys` makes one that can")
        })?;
        key.mint(
            claims,
            &self.issuer,
            &self.audience,
            lifetime,
            &system_clock(),
        )
        .map_err(|error| Failure::new(error.to_string()))
    }
}

impl Connection {
    /// The same to another service, at the address that `option` names.
    pub(crate) fn towards(mut self, option: &'static str, address: String) -> Self {
        self.option = option;
        self.server = address;
        self
    }

    /// A channel with the token given, else with one for `claims`. Waits for the server if asked to.
    pub(crate) async fn open(&self, claims: impl FnOnce() -> Result<Claims>) -> Result<Channel> {
        let token = match &self.token {
            Some(token) => token.clone(),
            None if self.signing.has_key() => self.signing.mint(claims()?, OWN_TOKEN)?,
            None => {
                return Err(Failure::usage("nothing says who asks").advise(
                    "give a token with --token or ACUSE_TOKEN, or with --key or ACUSE_KEY the key to make one with",
                ));
            }
        };
        self.wait_for_server().await?;
        self.channel(Credentials::Bearer(token))
    }

    /// A channel of an operator.
    pub(crate) async fn as_operator(&self) -> Result<Channel> {
        self.open(|| Ok(Claims::of("acuse", Role::Operator, None)))
            .await
    }

    /// A channel that reads a workspace: `None` leaves it to the token given.
    pub(crate) async fn as_reader(&self, workspace: Option<&str>) -> Result<Channel> {
        self.open(|| {
            let workspace = workspace.ok_or_else(|| {
                Failure::usage("nothing says which workspace is meant")
                    .advise("name it with --workspace, or give a token of it with --token")
            })?;
            let claims = Claims::of("acuse", Role::Analyst, Some(workspace));
            Ok(claims.allowing([Permission::Report]))
        })
        .await
    }

    /// A channel that plays a system of a workspace. It needs the key, and lives as long as `lifetime`.
    pub(crate) fn as_system(&self, workspace: &str, lifetime: Duration) -> Result<Channel> {
        let claims = Claims::of("acuse-simulate", Role::Service, Some(workspace))
            .allowing([Permission::Ingest, Permission::Admin]);
        let token = self.signing.mint(claims, lifetime)?;
        self.channel(Credentials::Bearer(token))
    }

    /// The server's address, for people.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    fn channel(&self, credentials: Credentials) -> Result<Channel> {
        Channel::new(&self.peer()?, credentials).map_err(|error| Failure::usage(error.to_string()))
    }

    /// Read as services read where their peers are, so that both mean the same.
    fn peer(&self) -> Result<PeerConfig> {
        let (server, ca) = (self.server.clone(), self.ca.clone());
        let mut settings = Settings::new(move |name| match name {
            "SERVER_ADDRESSES" => Some(server.clone()),
            "ACUSE_PEER_CA" => ca.as_ref().map(|path| path.display().to_string()),
            "ACUSE_CONFIG" | "SERVER_DEADLINE_SECONDS" => None,
            name => std::env::var(name).ok(),
        });
        let peer = PeerConfig::read(&mut settings, "SERVER");
        settings.finish(|| peer).map_err(|faults| {
            let told: Vec<_> = faults
                .0
                .into_iter()
                .map(|fault| match fault.name.as_str() {
                    "SERVER_ADDRESSES" => format!("{}: {}", self.option, fault.problem),
                    "ACUSE_PEER_CA" => format!("--ca: {}", fault.problem),
                    name => format!("{name}: {}", fault.problem),
                })
                .collect();
            Failure::usage(told.join("\n  "))
        })
    }

    async fn wait_for_server(&self) -> Result<()> {
        let Some(Length(patience)) = self.wait else {
            return Ok(());
        };
        let until = Instant::now() + patience;
        let mut health = HealthClient::new(self.channel(Credentials::None)?);
        loop {
            let call = Call::plain()
                .within(patience)
                .request(HealthCheckRequest::default());
            let answer = health.check(call).await;
            let serves = answer
                .as_ref()
                .is_ok_and(|answer| answer.get_ref().status() == ServingStatus::Serving);
            if serves {
                return Ok(());
            }
            if Instant::now() >= until {
                let found = match answer {
                    Ok(_) => "is there, but does not serve: its database may be away",
                    Err(_) => "does not answer",
                };
                let text = format!("{} {found} after {} s", self.server, patience.as_secs());
                return Err(Failure::new(text).advise("its log says more"));
            }
            sleep(HEALTH_PAUSE).await;
        }
    }
}
