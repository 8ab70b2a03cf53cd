//! `acuse up`: everything on one machine.
//!
//! The services are those that run alone elsewhere, with the same configuration read the same way, and talk to each other
//! over sockets of the loopback interface. Only where their addresses, keys and database come from differs.

mod child;
mod home;
mod postgres;
mod redis;
mod services;

use std::path::PathBuf;

use acuse_rpc::{
    Secret,
    config::{Settings, telemetry},
    server::shutdown_signal,
};
use acuse_store::{Address, migrations};

use crate::{
    connection::Database,
    failure::{Failure, Result},
    output::{note, say},
};
use child::{Account, Server};
use home::Home;
use services::Services;

const EXAMPLES: &str = "\
Examples:
  acuse up
  acuse up --home /srv/acuse --first-port 7101
  acuse up --database-url postgres://acuse@localhost/acuse --redis-url redis://localhost

Ctrl-C ends it; what it keeps is there again the next time. The file `env` in its home folder holds what other commands
need, for a shell: . FOLDER/env. Logs go to standard error; ACUSE_LOG says how much, as in ACUSE_LOG=warn.";

/// Runs all services on this machine, with a Postgres and a Redis of its own where none is given. A database that is given is
/// brought up to date.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Folder for the database, keys and files [default: /var/lib/acuse for root, else ~/.local/share/acuse]
    #[arg(long, env = "ACUSE_HOME", value_name = "FOLDER")]
    home: Option<PathBuf>,
    #[command(flatten)]
    database: Database,
    /// Redis to use, as redis://:password@host:port/number, or over TLS rediss://…
    #[arg(
        long,
        env = "ACUSE_REDIS_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    redis_url: Option<Secret>,
    /// The services listen on this port and the ones after it; 0 takes free ones
    #[arg(
        long,
        env = "ACUSE_FIRST_PORT",
        value_name = "PORT",
        default_value_t = services::FIRST_PORT
    )]
    first_port: u16,
}

/// Runs until it is told to stop, or a part of it ends by itself.
pub(crate) async fn run(args: Args) -> Result<()> {
    let mut settings = Settings::from_environment();
    let telemetry = telemetry(&mut settings, "acuse");
    settings
        .finish(|| Some(()))
        .map_err(|faults| Failure::usage(faults.to_string()))?;
    let telemetry = acuse_telemetry::init(&telemetry)
        .map_err(|error| Failure::new(format!("logs cannot be set up: {error}")))?;
    let done = up(args).await;
    telemetry.shutdown().await;
    done
}

async fn up(args: Args) -> Result<()> {
    let home = Home::open(args.home)?;
    let mut engines = Engines::default();
    let done = tokio::select! {
        served = serve(&home, &mut engines, &args.database, args.redis_url, args.first_port) => served,
        // Also while it is still starting.
        () = shutdown_signal() => Ok(None),
    };
    let done = match done {
        Ok(Some(services)) => {
            let failure = tokio::select! {
                () = shutdown_signal() => None,
                failure = engines.failed() => Some(failure),
                failure = services.failed() => Some(failure),
            };
            note("stopping");
            services.stop().await;
            failure.map_or(Ok(()), Err)
        }
        Ok(None) => Ok(()),
        Err(failure) => Err(failure),
    };
    engines.stop().await;
    done
}

/// The servers that were started because none was given.
#[derive(Default)]
struct Engines {
    postgres: Option<Server>,
    redis: Option<Server>,
}

impl Engines {
    /// Returns when one of them has ended.
    async fn failed(&mut self) -> Failure {
        async fn ended(server: &mut Option<Server>) -> Failure {
            match server {
                Some(server) => server.ended().await,
                None => std::future::pending().await,
            }
        }
        tokio::select! {
            failure = ended(&mut self.postgres) => failure,
            failure = ended(&mut self.redis) => failure,
        }
    }

    async fn stop(self) {
        if let Some(redis) = self.redis {
            redis.stop().await;
        }
        if let Some(postgres) = self.postgres {
            postgres.stop().await;
        }
    }
}

/// Starts everything, and says where it is.
async fn serve(
    home: &Home,
    engines: &mut Engines,
    database: &Database,
    redis_url: Option<Secret>,
    first_port: u16,
) -> Result<Option<Services>> {
    let given = database.given()?.zip(database.variables());
    let account = match (&given, &redis_url) {
        (Some(_), Some(_)) => Account::Own,
        _ => Account::find().await?,
    };
    let (address, of_database) = match given {
        Some(given) => given,
        None => {
            note("starting Postgres");
            let (server, url) = postgres::start(&account, home.path()).await?;
            engines.postgres = Some(server);
            let address: Address = url.expose().parse().map_err(|error| {
                Failure::new(format!("the address of the private Postgres {error}"))
            })?;
            (address, Database::variables_of(&url))
        }
    };
    let of_redis = match redis_url {
        Some(url) => vec![("ACUSE_REDIS_URL", url.expose().to_owned())],
        None => {
            note("starting Redis");
            let (server, url) = redis::start(&account, home.path()).await?;
            engines.redis = Some(server);
            // It has no TLS, whatever is said of another.
            vec![
                ("ACUSE_REDIS_URL", url.expose().to_owned()),
                ("ACUSE_REDIS_CA", String::new()),
            ]
        }
    };
    let applied = migrations::run(&address)
        .await
        .map_err(super::migrate::failed)?;
    if !applied.is_empty() {
        note(&format!("migrations applied: {}", applied.len()));
    }
    let services = Services::start(home, of_database, of_redis, first_port).await?;
    services.write_environment(home)?;
    say(&services.describe(home))?;
    Ok(Some(services))
}
