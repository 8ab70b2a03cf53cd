//! `acuse ingest`: files of messages, statuses and webhooks, into Acuse.
//!
//! Files are read row by row on a thread of their own ([`csv_rows`], [`json_rows`], [`bodies`]), understood ([`rows`]), sent in
//! batches ([`send`]) or one by one ([`hand_over`]), and answered for in their order ([`intake`]): what is rejected is written
//! down ([`rejected`]), then it is kept how far the file is ([`state`]).

mod batch;
mod bodies;
mod csv_rows;
mod described;
mod hand_over;
mod intake;
mod job;
mod json_rows;
mod patience;
mod progress;
mod rejected;
mod row;
mod rows;
mod running;
mod send;
mod source;
mod state;
mod tally;

use std::path::PathBuf;

use clap::ValueHint;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::{
    connection::{Access, Ingestion},
    failure::{Failure, Result},
    output::{note, say},
};
use described::described;
use job::Job;
use rows::Kind;
use send::End;
use source::Format;

const EXAMPLES: &str = "\
Examples:
  acuse ingest --kind registrations sent-2025.csv --workspace acme --key keys/caller.pem
  acuse ingest --kind statuses --time-zone America/Lima statuses-*.csv
  acuse ingest events.jsonl --json
  gunzip -c sent.csv.gz | acuse ingest --kind registrations -
  acuse ingest --integration 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d saved-webhooks/
  acuse ingest --columns statuses

CSV has a header with the names of columns, which --columns shows; an empty cell says nothing. In JSON Lines each line is an
object with the API's own names, nested, or flat with those of columns. It may name its kind as its only member instead of --kind:
{\"registration\": {…}}, {\"status\": {…}} or {\"inbound\": {…}}. Enum values go by their words in any case: whatsapp or CHANNEL_WHATSAPP.

With --integration files are webhooks as the provider sent them: one body a file, whose time stands in for those that it leaves
out; a folder of such; or JSON Lines of {\"body\": TEXT, \"headers\": {…}, \"url\": TEXT, \"received_at\": TIME}, with body_base64 for
what is no text.

What is acknowledged is durable. Beside each file FILE.ingest-state says how far it is until all of it is in: the same command
again goes on from there, after Ctrl-C, a crash or an outage. A service that goes away is waited for, 5 minutes or as long as
--wait says. Nothing is counted twice, whatever is sent again.

Rejected rows of sent.csv go to sent.rejected.csv as they were, with line, reason and message before them, those of JSON Lines and
webhooks likewise to .rejected.jsonl; mend them there, and take that file in.

Exit code 1 where rows were rejected, 3 where a file could not be taken in to its end, 130 after Ctrl-C.";

/// Takes in files: registrations, statuses and inbound messages as CSV or JSON Lines, or webhooks that were kept.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Files to take in, one after the other; - for standard input, which cannot be resumed
    #[arg(
        value_name = "FILE",
        required_unless_present = "columns",
        value_hint = ValueHint::AnyPath
    )]
    files: Vec<PathBuf>,
    /// What the rows are
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// What the files are; told by name or first bytes if left out
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Print all columns of a kind of rows, and end
    #[arg(long, value_enum, value_name = "KIND", conflicts_with = "files")]
    columns: Option<Kind>,
    /// Zone of times without an offset from UTC, for example America/Lima
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    time_zone: Option<TimeZone>,
    /// What stands between fields of CSV: a character or tab; told by the header if left out
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// Pass over columns and members that are not known
    #[arg(long)]
    ignore_unknown: bool,
    /// Rows of a batch, 1 to 5,000
    #[arg(long, value_name = "COUNT", default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..=5_000))]
    batch: u16,
    /// Where it is kept how far the file is; FILE.ingest-state if left out
    #[arg(long, value_name = "STATE", value_hint = ValueHint::FilePath)]
    resume: Option<PathBuf>,
    /// Where rejected rows go
    #[arg(long, value_name = "OUTPUT", value_hint = ValueHint::FilePath)]
    rejected: Option<PathBuf>,
    /// Write over a file of rejected rows that is there
    #[arg(long)]
    force: bool,
    /// Print what became of each file as JSON, one object a line
    #[arg(long)]
    json: bool,
    /// Slug of the workspace, where the command makes its own token
    #[arg(long, value_name = "SLUG")]
    workspace: Option<String>,
    #[command(flatten)]
    webhooks: Webhooks,
    #[command(flatten)]
    ingestion: Ingestion,
    #[command(flatten)]
    access: Access,
}

/// Options of webhooks.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Webhooks")]
struct Webhooks {
    /// The files are webhooks of this integration
    #[arg(long, value_name = "ID", conflicts_with = "kind")]
    integration: Option<Uuid>,
    /// Reject what is not signed with a secret of the integration
    #[arg(long, requires = "integration")]
    verify_signature: bool,
    /// A header of bodies that come without, as 'content-type: application/x-www-form-urlencoded'; may be repeated
    #[arg(long, value_name = "NAME: VALUE", requires = "integration")]
    header: Vec<String>,
    /// The URL of webhooks that come without, with its query
    #[arg(long, value_name = "URL", requires = "integration")]
    url: Option<String>,
}

/// Takes in all files, and says what became of each.
pub(crate) async fn run(args: Args) -> Result<()> {
    if let Some(kind) = args.columns {
        return say(&described(kind)?);
    }
    let jobs = Job::all(&args)?;
    let many = jobs.len() > 1;
    if many && (args.resume.is_some() || args.rejected.is_some()) {
        return Err(Failure::usage(
            "--resume and --rejected are for one file at a time",
        ));
    }
    let all = jobs.len();
    let (mut rejected, mut rows, mut failed) = (0, 0, 0);
    for job in jobs {
        let mut running = match job.prepare(&args) {
            Ok(running) => running,
            Err(failure) if many => {
                note(&format!("error: {failure}"));
                failed += 1;
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let done = running.run(&args).await;
        let tally = running.tell(&args, &done)?;
        rejected += tally.rejected;
        rows += tally.rows;
        match done {
            Ok(End::Whole) => {}
            Ok(End::Interrupted) => return Err(running.interrupted()),
            Err(failure) => return Err(failure),
        }
    }
    match (failed, rejected) {
        (0, 0) => Ok(()),
        (0, _) => Err(Failure::no(format!(
            "{rejected} of {rows} rows were rejected"
        ))),
        _ => Err(Failure::new(format!(
            "{failed} of {all} files could not be taken in"
        ))),
    }
}

fn zone(text: &str) -> std::result::Result<TimeZone, &'static str> {
    TimeZone::get(text).map_err(|_| "not a time zone, such as America/Lima")
}

fn delimiter(text: &str) -> std::result::Result<u8, &'static str> {
    match text.as_bytes() {
        b"tab" | b"\\t" | b"\t" => Ok(b'\t'),
        [one] if one.is_ascii_punctuation() && *one != b'"' => Ok(*one),
        _ => Err("not one character, such as ; or tab"),
    }
}
