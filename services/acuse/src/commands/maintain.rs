//! `acuse maintain`: rollups made anew, months made and dropped, contacts erased, tables shared out.

use acuse_proto::message_state::{
    ApplyRetentionRequest, EnsurePartitionsRequest, EraseContactRequest, ListPartitionsRequest,
    Partition, RebuildRollupsRequest, maintenance_service_client::MaintenanceServiceClient,
};
use acuse_rpc::client::{Call, Channel};
use acuse_store::Address;
use acuse_store::distribution::{self, DistributionError};
use clap::Subcommand;
use tonic::Status;

use crate::{
    connection::{Access, Database, MessageState},
    failure::{Failure, Result},
    grpc::refused,
    input::agreed,
    output::{number, say, table},
};

const EXAMPLES: &str = "\
Examples:
  acuse maintain rebuild --workspace acme --key keys/caller.pem
  acuse maintain partitions --ahead 3 --key keys/caller.pem
  acuse maintain retention --key keys/caller.pem
  acuse maintain erase --workspace acme '+51 977 452 931' --key keys/caller.pem
  acuse maintain distribute --database-url postgres://acuse@coordinator:5432/acuse --dry-run
  acuse maintain distribute --database-url postgres://acuse@coordinator:5432/acuse --yes

Everything goes on while the installation works. What is interrupted is finished by the service, or by asking again.";

/// Maintains an installation. For operators.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make the figures that reports read anew from the messages
    Rebuild {
        /// Slug of the workspace
        #[arg(long, value_name = "SLUG")]
        workspace: String,
        #[command(flatten)]
        at: At,
    },
    /// List the months that there are tables of
    Partitions {
        /// First make those of the present month and of so many after it
        #[arg(long, value_name = "MONTHS", value_parser = clap::value_parser!(i32).range(0..=24))]
        ahead: Option<i32>,
        #[command(flatten)]
        at: At,
    },
    /// Drop the messages that workspaces keep no longer
    Retention {
        #[command(flatten)]
        at: At,
    },
    /// Erase who a contact is; every figure stays
    Erase {
        /// The business's own id of the contact, or any address of theirs
        contact: String,
        /// Slug of the workspace
        #[arg(long, value_name = "SLUG")]
        workspace: String,
        /// Erase every contact that is known by it
        #[arg(long)]
        all_matching: bool,
        #[command(flatten)]
        at: At,
    },
    /// Share the tables out over the machines of a Citus cluster, by workspace; while no service runs. The database is that of its
    /// coordinator
    Distribute {
        #[command(flatten)]
        database: Database,
        /// Only print the statements that are still to be run
        #[arg(long)]
        dry_run: bool,
        /// Do not ask first
        #[arg(long, conflicts_with = "dry_run")]
        yes: bool,
    },
}

/// Where the service is, and who asks.
#[derive(Debug, clap::Args)]
struct At {
    #[command(flatten)]
    message_state: MessageState,
    #[command(flatten)]
    access: Access,
}

impl At {
    async fn client(&self) -> Result<MaintenanceServiceClient<Channel>> {
        let server = self.access.to(&self.message_state);
        Ok(MaintenanceServiceClient::new(server.as_operator().await?))
    }

    fn failed(&self, what: &str, status: &Status) -> Failure {
        refused(what, &self.access.to(&self.message_state), status)
    }
}

/// Does what was asked for.
pub(crate) async fn run(args: Args) -> Result<()> {
    match args.what {
        What::Rebuild { workspace, at } => rebuild(workspace, &at).await,
        What::Partitions { ahead, at } => partitions(ahead, &at).await,
        What::Retention { at } => retention(&at).await,
        What::Erase {
            contact,
            workspace,
            all_matching,
            at,
        } => {
            let request = EraseContactRequest {
                workspace,
                contact,
                all_matching,
            };
            erase(request, &at).await
        }
        What::Distribute {
            database,
            dry_run,
            yes,
        } => distribute(&database.required()?, dry_run, yes).await,
    }
}

async fn rebuild(workspace: String, at: &At) -> Result<()> {
    let failed = |status: &Status| at.failed("rebuild the figures", status);
    let request = RebuildRollupsRequest { workspace };
    let call = Call::plain().endless().request(request);
    let answers = at.client().await?.rebuild_rollups(call).await;
    let mut answers = answers.map_err(|status| failed(&status))?.into_inner();
    while let Some(answer) = answers.message().await.map_err(|status| failed(&status))? {
        let Some(rebuild) = answer.rebuild else {
            return say("done: every figure is made of the messages anew");
        };
        let phase = rebuild.phase().as_str_name();
        let phase = phase.trim_start_matches("REBUILD_PHASE_").to_lowercase();
        let counted = number(rebuild.messages_counted);
        say(&format!(
            "{}, {counted} messages counted",
            phase.replace('_', " ")
        ))?;
    }
    Err(Failure::new("the service ended before the rebuild was done").advise("ask again"))
}

async fn partitions(ahead: Option<i32>, at: &At) -> Result<()> {
    let failed = |status: &Status| at.failed("list the months", status);
    let mut client = at.client().await?;
    let found: Vec<Partition> = if ahead.is_some() {
        let request = EnsurePartitionsRequest {
            months_ahead: ahead,
        };
        let made = client.ensure_partitions(request).await;
        made.map_err(|status| failed(&status))?
            .into_inner()
            .partitions
    } else {
        let listed = client.list_partitions(ListPartitionsRequest {}).await;
        listed
            .map_err(|status| failed(&status))?
            .into_inner()
            .partitions
    };
    let mut shown = table(&["month", "messages (about)", "bytes"], &[1, 2]);
    for partition in found {
        let messages = partition.estimated_messages.map(number);
        shown.add_row([
            partition.month,
            messages.unwrap_or_else(|| "not counted".to_owned()),
            number(partition.bytes),
        ]);
    }
    say(&shown.to_string())
}

async fn retention(at: &At) -> Result<()> {
    let answer = at
        .client()
        .await?
        .apply_retention(ApplyRetentionRequest {})
        .await;
    let answer = answer
        .map_err(|status| at.failed("drop old messages", &status))?
        .into_inner();
    let dropped = number(answer.messages_dropped);
    let months = match answer.months_dropped.as_slice() {
        [] => "no month".to_owned(),
        months => months.join(", "),
    };
    say(&format!(
        "{dropped} messages dropped, and the tables of {months}"
    ))?;
    if answer.watermarks_dropped > 0 {
        let watermarks = number(answer.watermarks_dropped);
        say(&format!(
            "{watermarks} watermarks dropped, which covered none that is kept"
        ))?;
    }
    for workspace in answer.workspaces_left {
        say(&format!(
            "{workspace} is left for later: its figures are being rebuilt"
        ))?;
    }
    Ok(())
}

async fn erase(request: EraseContactRequest, at: &At) -> Result<()> {
    let answer = at.client().await?.erase_contact(request).await;
    let answer = answer
        .map_err(|status| at.failed("erase the contact", &status))?
        .into_inner();
    let messages = number(answer.messages_erased);
    match answer.contacts_erased {
        0 => say(&format!(
            "no contact is known by this; {messages} messages of earlier erasures were finished"
        ))?,
        contacts => say(&format!(
            "{} contacts erased, with {messages} messages",
            number(contacts)
        ))?,
    }
    match answer.group_statuses_erased {
        0 => Ok(()),
        statuses => say(&format!(
            "named as a member in {} statuses of groups, and erased there",
            number(statuses)
        )),
    }
}

async fn distribute(address: &Address, dry_run: bool, yes: bool) -> Result<()> {
    let left = distribution::plan(address).await;
    let left = left.map_err(not_distributed)?;
    if dry_run {
        for statement in &left {
            say(&format!("{statement};"))?;
        }
        return Ok(());
    }
    if left.is_empty() {
        return say("all tables are shared out already");
    }
    let many = left.len();
    agreed(
        yes,
        &format!(
            "{many} statements share the database's tables out over its machines, and no command puts them together again. \
             No service may run meanwhile."
        ),
    )?;
    let done = |statement: &str| {
        // Whoever closed the output is not told; the work goes on.
        let _ = say(statement);
    };
    distribution::distribute(address, done)
        .await
        .map_err(not_distributed)?;
    say(&format!("{many} statements run; all tables are shared out"))
}

fn not_distributed(error: DistributionError) -> Failure {
    let advice = match &error {
        DistributionError::Connect(_) => {
            "check host, port and name in --database-url, and whether Postgres runs there"
        }
        DistributionError::NoCitus => {
            "this is for a coordinator of Citus: CREATE EXTENSION citus there and on its workers first"
        }
        DistributionError::OtherTables(_) => "run `acuse migrate` of the same version first",
        DistributionError::Failed { .. } | DistributionError::Catalogue(_) => {
            "what was done stays; mend the cause and run it again"
        }
    };
    Failure::new(error.to_string()).advise(advice)
}
