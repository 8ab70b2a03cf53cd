//! Tokens that a command makes itself.

use std::{path::PathBuf, time::Duration};

use acuse_rpc::{
    Secret,
    auth::{Claims, KeyPair, system_clock},
};

use crate::failure::{Failure, Result};

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
    pub(super) fn has_key(&self) -> bool {
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
