//! A service, and the channels to it.

use std::time::Duration;

use acuse_domain::scope::{Permission, Role};
use acuse_rpc::{
    auth::Claims,
    client::{Call, Channel, Credentials},
    config::{PeerConfig, Settings},
    server::VERSION_HEADER,
};
use tokio::time::{Instant, sleep};
use tonic::Status;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::{Access, Place};
use crate::{
    failure::{Failure, Result},
    values::Length,
};

/// How long a token lives that a command makes for itself.
const OWN_TOKEN: Duration = Duration::from_secs(15 * 60);
/// How long one lives with which a file is made and fetched, or taken in: longer than that takes.
const WAITING_TOKEN: Duration = Duration::from_secs(24 * 3600);
/// How often a server that is waited for is asked whether it serves.
const HEALTH_PAUSE: Duration = Duration::from_millis(100);
/// How long an answer about health is waited for.
const HEALTH_PATIENCE: Duration = Duration::from_secs(5);

/// A service at its address, and who asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Server<'a> {
    access: &'a Access,
    place: Place<'a>,
}

impl<'a> Server<'a> {
    pub(super) fn new(access: &'a Access, place: Place<'a>) -> Self {
        Self { access, place }
    }

    /// A channel with the token given, else with one for `claims`. Waits for the server if asked to.
    pub(crate) async fn open(&self, claims: impl FnOnce() -> Result<Claims>) -> Result<Channel> {
        self.open_for(OWN_TOKEN, claims).await
    }

    async fn open_for(
        &self,
        lifetime: Duration,
        claims: impl FnOnce() -> Result<Claims>,
    ) -> Result<Channel> {
        let signing = &self.access.signing;
        let token = match &self.access.token {
            Some(token) => token.clone(),
            None if signing.has_key() => signing.mint(claims()?, lifetime)?,
            None => {
                return Err(Failure::usage("nothing says who asks").advise(
                    "give a token with --token or ACUSE_TOKEN, or with --key or ACUSE_KEY the key to make one with",
                ));
            }
        };
        self.wait().await?;
        self.channel(Credentials::Bearer(token))
    }

    /// A channel of an operator.
    pub(crate) async fn as_operator(&self) -> Result<Channel> {
        self.open(|| Ok(Claims::of("acuse", Role::Operator, None)))
            .await
    }

    /// A channel that reads a workspace: `None` leaves it to the token given.
    pub(crate) async fn as_reader(&self, workspace: Option<&str>) -> Result<Channel> {
        self.of_workspace(workspace, (Role::Analyst, &[Permission::Report]), OWN_TOKEN)
            .await
    }

    /// A channel that has files made of a workspace, and waits for them: `None` leaves it to the token given.
    pub(crate) async fn as_exporter(&self, workspace: Option<&str>) -> Result<Channel> {
        let may = [Permission::Export, Permission::Report];
        self.of_workspace(workspace, (Role::Analyst, &may), WAITING_TOKEN)
            .await
    }

    /// A channel that takes evidence into a workspace for as long as that takes: `None` leaves it to the token given.
    pub(crate) async fn as_ingester(&self, workspace: Option<&str>) -> Result<Channel> {
        let may = [Permission::Ingest];
        self.of_workspace(workspace, (Role::Service, &may), WAITING_TOKEN)
            .await
    }

    /// How long it is to be waited for, as the user says.
    pub(crate) fn patience(&self) -> Option<Duration> {
        self.access.wait.map(|Length(patience)| patience)
    }

    /// Whether there is a key to make tokens with, once one has expired.
    pub(crate) fn makes_tokens(&self) -> bool {
        self.access.token.is_none() && self.access.signing.has_key()
    }

    /// A channel that administers a workspace: `None` leaves it to the token given.
    pub(crate) async fn as_administrator(&self, workspace: Option<&str>) -> Result<Channel> {
        self.of_workspace(
            workspace,
            (Role::Administrator, &[Permission::Admin]),
            OWN_TOKEN,
        )
        .await
    }

    async fn of_workspace(
        &self,
        workspace: Option<&str>,
        (role, permissions): (Role, &[Permission]),
        lifetime: Duration,
    ) -> Result<Channel> {
        self.open_for(lifetime, || {
            let workspace = workspace.ok_or_else(|| {
                Failure::usage("nothing says which workspace is meant")
                    .advise("name it with --workspace, or give a token of it with --token")
            })?;
            let claims = Claims::of("acuse", role, Some(workspace));
            Ok(claims.allowing(permissions.iter().copied()))
        })
        .await
    }

    /// A channel that plays a system of a workspace. It needs the key, and lives as long as `lifetime`.
    pub(crate) fn as_system(&self, workspace: &str, lifetime: Duration) -> Result<Channel> {
        let claims = Claims::of("acuse-simulate", Role::Service, Some(workspace))
            .allowing([Permission::Ingest, Permission::Admin]);
        let token = self.access.signing.mint(claims, lifetime)?;
        self.channel(Credentials::Bearer(token))
    }

    /// Where it is, for people.
    pub(crate) fn place(&self) -> Place<'a> {
        self.place
    }

    /// Its address with `http://` or `https://` before it; of several the first.
    pub(crate) fn url(&self) -> Result<String> {
        let first = self.peer()?.addresses.into_iter().next();
        let first = first.ok_or_else(|| Failure::usage(format!("{}: none", self.place.option)))?;
        Ok(first.to_string().trim_end_matches('/').to_owned())
    }

    /// Waits until it serves, if asked to.
    pub(crate) async fn wait(&self) -> Result<()> {
        let Some(Length(patience)) = self.access.wait else {
            return Ok(());
        };
        let until = Instant::now() + patience;
        loop {
            let answer = self.health_within(patience, "").await?;
            if matches!(answer, Ok(ServingStatus::Serving)) {
                return Ok(());
            }
            if Instant::now() >= until {
                let found = match answer {
                    Ok(_) => "is there, but does not serve: its database or its peer may be away",
                    Err(_) => "does not answer",
                };
                let (name, address) = (self.place.name, self.place.address);
                let text = format!("{name} at {address} {found} after {} s", patience.as_secs());
                return Err(Failure::new(text).advise("its log says more"));
            }
            sleep(HEALTH_PAUSE).await;
        }
    }

    /// What it says of its health under a name.
    pub(crate) async fn health(
        &self,
        name: &str,
    ) -> Result<std::result::Result<ServingStatus, Status>> {
        self.health_within(HEALTH_PATIENCE, name).await
    }

    /// Which version answers there; `None` where it does not say.
    pub(crate) async fn version(&self) -> Result<Option<String>> {
        let probe = Call::plain().within(HEALTH_PATIENCE);
        let channel = self.channel(Credentials::None)?;
        let probe = probe.request(HealthCheckRequest::default());
        let answer = HealthClient::new(channel).check(probe).await.ok();
        let said = answer.and_then(|answer| {
            let version = answer.metadata().get(VERSION_HEADER.as_str())?;
            version.to_str().ok().map(ToOwned::to_owned)
        });
        Ok(said)
    }

    async fn health_within(
        &self,
        patience: Duration,
        name: &str,
    ) -> Result<std::result::Result<ServingStatus, Status>> {
        let call = Call::plain().within(patience).request(HealthCheckRequest {
            service: name.to_owned(),
        });
        let channel = self.channel(Credentials::None)?;
        let answer = HealthClient::new(channel).check(call).await;
        Ok(answer.map(|answer| answer.into_inner().status()))
    }

    fn channel(&self, credentials: Credentials) -> Result<Channel> {
        Channel::new(&self.peer()?, credentials).map_err(|error| Failure::usage(error.to_string()))
    }

    /// Read as services read where their peers are, so that both mean the same.
    fn peer(&self) -> Result<PeerConfig> {
        let address = self.place.address.to_owned();
        let ca = self.access.ca.clone();
        let mut settings = Settings::new(move |name| match name {
            "SERVER_ADDRESSES" => Some(address.clone()),
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
                    "SERVER_ADDRESSES" => format!("{}: {}", self.place.option, fault.problem),
                    "ACUSE_PEER_CA" => format!("--ca: {}", fault.problem),
                    name => format!("{name}: {}", fault.problem),
                })
                .collect();
            Failure::usage(told.join("\n  "))
        })
    }
}
