//! How services are reached, and who asks.

mod database;
mod server;
mod service;
mod signing;

use std::path::PathBuf;

use acuse_rpc::Secret;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::values::Length;
pub(crate) use database::Database;
pub(crate) use server::Server;
pub(crate) use service::{Export, Ingestion, MessageState, Place, Reporting, Service};
pub(crate) use signing::Signing;

/// Options of every command that calls a service, beside those that say where it is.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Access {
    /// The caller's token; without one the command makes its own with --key
    #[arg(
        long,
        env = "ACUSE_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    token: Option<Secret>,
    #[command(flatten)]
    signing: Signing,
    /// Certificate authority to trust, as PEM, for https addresses
    #[arg(long, env = "ACUSE_PEER_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Wait so long for a service to serve, for example 30s
    #[arg(long, value_name = "TIME")]
    wait: Option<Length>,
}

impl Access {
    /// The way to a service.
    pub(crate) fn to<'a>(&'a self, service: &'a impl Service) -> Server<'a> {
        self.at(service.place())
    }

    /// The way to whatever is there.
    pub(crate) fn at<'a>(&'a self, place: Place<'a>) -> Server<'a> {
        Server::new(self, place)
    }

    /// Whether there is a token, or a key to make one with.
    pub(crate) fn says_who(&self) -> bool {
        self.token.is_some() || self.signing.has_key()
    }

    /// The workspace of the token given, as it says itself; `None` where there is none. Nobody checks that here.
    pub(crate) fn claimed_workspace(&self) -> Option<String> {
        let claims = self.claims()?;
        claims.get("workspace")?.as_str().map(str::to_owned)
    }

    /// Everything that the token given says of itself; `None` where there is none, or it cannot be read.
    pub(crate) fn claims(&self) -> Option<serde_json::Value> {
        let claims = self.token.as_ref()?.expose().split('.').nth(1)?;
        let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
        serde_json::from_slice(&claims).ok()
    }
}
