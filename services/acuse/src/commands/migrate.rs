//! `acuse migrate`: a database brought up to date.

use acuse_rpc::Secret;
use acuse_store::migrations::{self, MigrationError};

use crate::{
    failure::{Failure, Result},
    output::say,
};

const EXAMPLES: &str = "\
Examples:
  acuse migrate --database-url postgres://acuse@localhost:5432/acuse
  acuse migrate --pending

Services that run on the version before go on working while it runs and after it.";

/// Applies the migrations that a database lacks, each in a transaction of its own. Safe to run again at any time.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Database to bring up to date, as postgres://user:password@host:port/name
    #[arg(
        long,
        env = "ACUSE_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    database_url: Secret,
    /// Only list what would be applied
    #[arg(long)]
    pending: bool,
}

/// Applies or lists them.
pub(crate) async fn run(args: Args) -> Result<()> {
    let url = args.database_url.expose();
    if args.pending {
        let pending = migrations::pending(url).await.map_err(failed)?;
        for name in &pending {
            say(name)?;
        }
        return match pending.len() {
            0 => say("the database is up to date"),
            _ => Ok(()),
        };
    }
    let applied = migrations::run(url).await.map_err(failed)?;
    for version in &applied {
        say(&format!("applied {version}"))?;
    }
    match applied.len() {
        0 => say("the database is up to date already"),
        1 => say("one migration applied"),
        many => say(&format!("{many} migrations applied")),
    }
}

/// Postgres says what is wrong; this says what helps. Its messages are in English by the connection's own wish.
pub(super) fn failed(error: MigrationError) -> Failure {
    let text = with_causes(&error);
    let failure = Failure::new(&text);
    let has = |part: &str| text.contains(part);
    if has("permission denied to create role")
        || has("must have CREATEROLE")
        || has("permission denied to grant role")
    {
        failure.advise(
            "services work under roles of their own (acuse_*). Let a superuser run this once, or: ALTER ROLE … CREATEROLE",
        )
    } else if has("permission denied for database") {
        failure
            .advise("the user must be allowed to create schemas: GRANT CREATE ON DATABASE … TO …")
    } else if has("permission denied for schema") {
        failure.advise(
            "the user must be allowed to create tables there: let it own the database, or GRANT CREATE ON SCHEMA … TO …",
        )
    } else if has("password authentication failed") || has("no pg_hba.conf entry") {
        failure.advise("check user and password in --database-url, and the server's pg_hba.conf")
    } else if has("does not exist") && matches!(error, MigrationError::Connect(_)) {
        failure.advise("create the database and the user first: CREATE DATABASE …")
    } else if matches!(error, MigrationError::Connect(_)) {
        failure
            .advise("check host, port and name in --database-url, and whether Postgres runs there")
    } else {
        failure.advise("what was applied before stays; mend the cause and run it again")
    }
}

fn with_causes(error: &MigrationError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(one) = cause {
        let more = one.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = one.source();
    }
    text
}
