//! `acuse migrate`: a database brought up to date.

use acuse_store::migrations::{self, Holder, MigrationError, Step};

use crate::{
    connection::Database,
    failure::{Failure, Result},
    output::{note, say},
    values::Length,
};

const EXAMPLES: &str = "\
Examples:
  acuse migrate --database-url postgres://acuse@localhost:5432/acuse
  acuse migrate --pending
  acuse migrate --lock-wait 10m

Services that run on the version before go on working while it runs and after it. Where somebody holds a lock that a migration
needs, it waits two seconds, lets everybody else go first and tries again: nobody waits long behind it.";

/// Applies the migrations that a database lacks, each in a transaction of its own. Safe to run again at any time.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    database: Database,
    /// Only list what would be applied
    #[arg(long)]
    pending: bool,
    /// Try so long for locks that others hold
    #[arg(long, value_name = "TIME", default_value = "60s")]
    lock_wait: Length,
}

/// Applies or lists them.
pub(crate) async fn run(args: Args) -> Result<()> {
    let address = args.database.required()?;
    if args.pending {
        let pending = migrations::pending(&address).await.map_err(failed)?;
        for name in &pending {
            say(name)?;
        }
        return match pending.len() {
            0 => say("the database is up to date"),
            _ => Ok(()),
        };
    }
    let Length(patience) = args.lock_wait;
    let mut applied = 0;
    migrations::run_within(&address, patience, |step| match step {
        Step::Applied(name) => {
            applied += 1;
            // Whoever closed the output is not told; the work goes on.
            let _ = say(&format!("applied {name}"));
        }
        Step::Waits(holders) => note(&waits(&holders)),
    })
    .await
    .map_err(failed)?;
    match applied {
        0 => say("the database is up to date already"),
        1 => say("one migration applied"),
        many => say(&format!("{many} migrations applied")),
    }
}

fn waits(holders: &[Holder]) -> String {
    match holders.first() {
        Some(first) => format!("waiting for a lock that {first} holds"),
        None => "waiting for a lock that somebody else holds".to_owned(),
    }
}

/// Postgres says what is wrong; this says what helps. Its messages are in English by the connection's own wish.
pub(super) fn failed(error: MigrationError) -> Failure {
    let text = with_causes(&error);
    let failure = Failure::new(&text);
    let has = |part: &str| text.contains(part);
    if let MigrationError::Locked { holders, .. } = &error {
        failure.advise(match holders.first() {
            Some(first) => format!(
                "have that end, with SELECT pg_terminate_backend({}) if need be, and run it again, or wait longer with --lock-wait",
                first.pid
            ),
            None => "look for transactions that hang in pg_stat_activity, and run it again".to_owned(),
        })
    } else if has("permission denied to create role")
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
    } else if has("no encryption") {
        failure.advise("the server takes nobody without TLS: say sslmode=verify-full in --database-url, or require")
    } else if has("password authentication failed") || has("no pg_hba.conf entry") {
        failure.advise("check user and password in --database-url, and the server's pg_hba.conf")
    } else if has("TLS handshake") {
        failure.advise(of_tls(&text))
    } else if has("does not exist") && matches!(error, MigrationError::Connect(_)) {
        failure.advise("create the database and the user first: CREATE DATABASE …")
    } else if matches!(error, MigrationError::Connect(_)) {
        failure
            .advise("check host, port and name in --database-url, and whether Postgres runs there")
    } else {
        failure.advise("what was applied before stays; mend the cause and run it again")
    }
}

/// What helps where TLS fails.
fn of_tls(text: &str) -> &'static str {
    let has = |part: &str| text.contains(part);
    if has("does not support TLS") {
        "the server has no TLS: turn it on there (ssl = on), or say sslmode=disable where nobody can listen"
    } else if has("not valid for") {
        "the certificate is another host's: name the host as its certificate does, or say sslmode=verify-ca"
    } else if has("UnknownIssuer") {
        "name the authority that issued the server's certificate with --database-ca"
    } else if has("CaUsedAsEndEntity") {
        "an authority's own certificate is not taken for a server's: have it issue one for the server"
    } else {
        "look at the server's certificate, and at sslmode in --database-url"
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
