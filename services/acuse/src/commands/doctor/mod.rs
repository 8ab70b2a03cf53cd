//! `acuse doctor`: what is wrong with an installation, and what to do about it.

mod caller;
mod database;
mod finding;
mod lag;
mod services;

use crate::{
    connection::{Access, Database, Export, Ingestion, MessageState, Reporting, Service},
    failure::{Failure, Result},
    output::say,
};
use finding::{Finding, Findings, Severity};

const EXAMPLES: &str = "\
Examples:
  . ~/.local/share/acuse/env && acuse doctor
  acuse doctor --workspace acme --key keys/caller.pem
  acuse doctor --database-url postgres://acuse@localhost:5432/acuse --key keys/caller.pem
  acuse doctor --json | jq '.findings[] | select(.severity == \"fault\")'

Exit code 1 where there is a fault; what is to be looked at, a warning, is none. It changes nothing. What it is not told of it does
not look at, and says so: the database without --database-url, tokens without --key or --token, providers without --workspace.";

/// Looks at an installation: whether its services serve and trust the caller, whether its database, Redis and place for files
/// are fit, and whether anything is behind.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Slug of a workspace whose providers' lag is looked at
    #[arg(long, value_name = "SLUG")]
    workspace: Option<String>,
    #[command(flatten)]
    database: Database,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    ingestion: Ingestion,
    #[command(flatten)]
    message_state: MessageState,
    #[command(flatten)]
    reporting: Reporting,
    #[command(flatten)]
    export: Export,
    #[command(flatten)]
    access: Access,
}

/// Looks at everything, and fails where there is a fault.
pub(crate) async fn run(args: Args) -> Result<()> {
    let database = args.database.given()?;
    let mut findings = Findings::default();
    let all: [&dyn Service; 4] = [
        &args.ingestion,
        &args.message_state,
        &args.reporting,
        &args.export,
    ];
    for service in all {
        let server = args.access.at(service.place());
        services::look(&server, &mut findings).await?;
    }
    caller::look(&args, &mut findings).await?;
    match &database {
        Some(address) => database::look(address, &mut findings).await,
        None => findings.add(
            Finding::of("database", Severity::Unknown, "not looked at")
                .advise("give it with --database-url or ACUSE_DATABASE_URL"),
        ),
    }
    lag::look(&args, &mut findings).await?;
    if args.json {
        say(&findings.json()?)?;
    } else {
        say(&findings.text())?;
    }
    match findings.count(Severity::Fault) {
        0 => Ok(()),
        1 => Err(Failure::no("there is a fault")),
        many => Err(Failure::no(format!("there are {many} faults"))),
    }
}
