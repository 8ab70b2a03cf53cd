//! An integration's secrets, from where the command line says.

use std::path::{Path, PathBuf};

use acuse_proto::ingestion::{IntegrationSecrets, MetaSecrets, integration_secrets::Secrets};
use acuse_rpc::Secret;

use crate::{
    failure::{Failure, Result},
    input::is_standard_input,
    output::say,
    secrets::{from_file, made_up},
};

/// Options for secrets.
#[derive(Debug, clap::Args)]
pub(super) struct SecretOptions {
    /// File with the app's secret, with which Meta signs; up to 3, while one replaces another
    #[arg(long = "app-secret", value_name = "FILE")]
    app_secrets: Vec<PathBuf>,
    /// File with what Meta is to show when it verifies the webhook's address
    #[arg(long, value_name = "FILE")]
    verify_token: Option<PathBuf>,
    /// Make up all of its secrets, and show them once
    #[arg(long, conflicts_with_all = ["app_secrets", "verify_token"])]
    new_secrets: bool,
}

/// Secrets, and those of them that nobody knows yet.
pub(super) struct Chosen {
    pub(super) secrets: IntegrationSecrets,
    made_up: Vec<(&'static str, Secret)>,
}

impl SecretOptions {
    /// Secrets for an integration that has none: the app's has to be known, as Meta makes it; a verify token that is not given
    /// is made up.
    pub(super) fn first(&self) -> Result<Chosen> {
        if self.app_secrets.is_empty() && !self.new_secrets {
            let advice = "give Meta's with --app-secret FILE, or --new-secrets where no app of Meta's is to sign";
            return Err(Failure::usage("there is no app secret").advise(advice));
        }
        self.choose()
    }

    /// Secrets in place of those that an integration has; `None` to leave them. They go together, and what is not given would
    /// be lost.
    pub(super) fn others(&self) -> Result<Option<Chosen>> {
        if self.new_secrets {
            return self.choose().map(Some);
        }
        let missing = match (self.app_secrets.is_empty(), self.verify_token.is_none()) {
            (true, true) => return Ok(None),
            (false, false) => return self.choose().map(Some),
            (true, false) => "--app-secret",
            (false, true) => "--verify-token",
        };
        let fault = format!("{missing} is missing: secrets are replaced together");
        let advice =
            "give both --app-secret and --verify-token, or --new-secrets to make up others";
        Err(Failure::usage(fault).advise(advice))
    }

    /// Reads what is given, and makes up the rest.
    fn choose(&self) -> Result<Chosen> {
        let files = || self.app_secrets.iter().chain(&self.verify_token);
        if files().filter(|path| is_standard_input(path)).count() > 1 {
            return Err(
                Failure::usage("standard input holds one secret only").advise(
                    "give - for one of --app-secret and --verify-token, and files for the others",
                ),
            );
        }
        let mut made_up = Vec::new();
        let mut app_secrets = Vec::new();
        for path in &self.app_secrets {
            app_secrets.push(from_file(path)?);
        }
        if app_secrets.is_empty() {
            app_secrets.push(other(None, "app secret", &mut made_up)?);
        }
        let token = other(self.verify_token.as_deref(), "verify token", &mut made_up)?;
        let meta = MetaSecrets {
            app_secrets: app_secrets
                .iter()
                .map(|secret| secret.expose().to_owned())
                .collect(),
            verify_token: token.expose().to_owned(),
        };
        Ok(Chosen {
            secrets: IntegrationSecrets {
                secrets: Some(Secrets::Meta(meta)),
            },
            made_up,
        })
    }
}

impl Chosen {
    /// Shows what was made up, the only time.
    pub(super) fn show(&self) -> Result<()> {
        for (name, secret) in &self.made_up {
            say(&format!(
                "  {name:<13} {}  (made up, shown this once)",
                secret.expose()
            ))?;
        }
        Ok(())
    }
}

/// The secret in a file; without one it is made up.
fn other(
    path: Option<&Path>,
    name: &'static str,
    all: &mut Vec<(&'static str, Secret)>,
) -> Result<Secret> {
    if let Some(path) = path {
        return from_file(path);
    }
    let secret = made_up();
    all.push((name, secret.clone()));
    Ok(secret)
}
