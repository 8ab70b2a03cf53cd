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
}

/// Secrets, and those of them that nobody knows yet.
pub(super) struct Chosen {
    pub(super) secrets: IntegrationSecrets,
    made_up: Vec<(&'static str, Secret)>,
}

impl SecretOptions {
    /// Whether there is any.
    pub(super) fn is_given(&self) -> bool {
        !self.app_secrets.is_empty() || self.verify_token.is_some()
    }

    /// Reads what is given, and makes up the rest.
    pub(super) fn choose(&self) -> Result<Chosen> {
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
