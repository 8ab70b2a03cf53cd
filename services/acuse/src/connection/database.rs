//! The database, where a command looks into it by itself.

use std::path::PathBuf;

use acuse_rpc::{Secret, config::Settings};
use acuse_store::{Address, Authorities};

use crate::failure::{Failure, Result};

const URL: &str = "ACUSE_DATABASE_URL";
const CA: &str = "ACUSE_DATABASE_CA";

/// Options of every command that does so.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Database")]
pub(crate) struct Database {
    /// Database of the installation, as postgres://user:password@host:port/name; `?sslmode=verify-full` behind it asks for TLS
    #[arg(long, env = URL, hide_env_values = true, value_name = "URL")]
    database_url: Option<Secret>,
    /// Certificate authority that the database has to be certified by, as PEM
    #[arg(long, env = CA, value_name = "FILE")]
    database_ca: Option<PathBuf>,
}

impl Database {
    /// Where it is.
    pub(crate) fn required(&self) -> Result<Address> {
        self.given()?.ok_or_else(|| {
            Failure::usage("nothing says where the database is")
                .advise("say it with --database-url or ACUSE_DATABASE_URL")
        })
    }

    /// Where it is, if that is said. Read as services read it, so that both mean the same.
    pub(crate) fn given(&self) -> Result<Option<Address>> {
        let (url, ca) = (self.database_url.clone(), self.database_ca.clone());
        let mut settings = Settings::new(move |name| match name {
            URL => url.as_ref().map(|url| url.expose().to_owned()),
            CA => ca.as_ref().map(|path| path.display().to_string()),
            _ => None,
        });
        let authorities = settings.content_as(CA, Authorities::from_pem);
        let address = settings.optional_as(URL, |url| Address::new(url, authorities.as_ref()));
        settings.finish(|| Some(address)).map_err(|faults| {
            let told: Vec<_> = faults
                .0
                .into_iter()
                .map(|fault| match fault.name.as_str() {
                    URL => format!("--database-url: {}", fault.problem),
                    CA => format!("--database-ca: {}", fault.problem),
                    name => format!("{name}: {}", fault.problem),
                })
                .collect();
            Failure::usage(told.join("\n  "))
        })
    }

    /// What services are told of it: nothing where nothing is said.
    pub(crate) fn variables(&self) -> Option<[(&'static str, String); 2]> {
        let url = self.database_url.as_ref()?.expose().to_owned();
        let ca = self.database_ca.as_ref();
        let ca = ca.map_or_else(String::new, |path| path.display().to_string());
        Some([(URL, url), (CA, ca)])
    }

    /// The same of a database that is known by its URL alone, whatever else is said.
    pub(crate) fn variables_of(url: &Secret) -> [(&'static str, String); 2] {
        [(URL, url.expose().to_owned()), (CA, String::new())]
    }
}
