//! `acuse webhook`: providers' webhooks, read here.

use std::path::{Path, PathBuf};

use acuse_domain::time::Timestamp;
use acuse_providers::{Delivery, Explanation, Format, explain, read};
use clap::Subcommand;
use serde_json::{Map, Value, json};

use crate::{
    failure::{Failure, Result},
    input::{self, MAX_WEBHOOK},
    output::{note, say},
};

const EXAMPLES: &str = "\
Examples:
  acuse webhook explain --provider meta-whatsapp payload.json
  acuse webhook explain --provider meta-whatsapp saved/*.json | jq 'select(.kind == \"not_understood\")'
  curl -s https://example.com/captured | acuse webhook explain --provider meta-whatsapp -

Each line is a JSON object for one thing that a body says. These keys are always there, null where there is nothing to tell;
others follow where they are known:
  file         the file, or -
  kind         status, inbound, not_understood, or rejected for a body that is none of the provider's
  id           the provider's id of the message
  evidence     what happened to it, as sent, delivered, read or failed
  happened_at  when, RFC 3339 in UTC
  from, to     the channel account and the contact, whoever wrote; from a group the member, beside the group
  text         what a message from a contact says
  reason       why nothing follows from it

Exit code 1 where a body is rejected, and 3 where a file could not be read, after all others. No server is asked, and no signature is checked.";

/// The keys of each line that are always there.
const KEYS: [&str; 9] = [
    "file",
    "kind",
    "id",
    "evidence",
    "happened_at",
    "from",
    "to",
    "text",
    "reason",
];

/// Reads providers' webhooks as ingestion does.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show what the bodies of webhooks say, as a JSON object a line; texts and numbers are shown
    #[command(after_help = EXAMPLES)]
    Explain(Explain),
}

#[derive(Debug, clap::Args)]
struct Explain {
    /// Whose webhooks they are: meta-whatsapp
    #[arg(long, value_name = "NAME", value_parser = format)]
    provider: Format,
    /// What a body means that names no channel account, as an integration with one
    #[arg(long, value_name = "ID")]
    channel_account: Option<String>,
    /// Files, each with one body; - for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Shows what is in the bodies.
pub(crate) fn run(args: &Args) -> Result<()> {
    let What::Explain(args) = &args.what;
    let (mut unread, mut rejected) = (0, 0);
    for file in &args.files {
        match input::read(file, MAX_WEBHOOK) {
            Ok(body) => rejected += usize::from(!show(args, file, &body)?),
            Err(failure) => {
                note(&format!("error: {failure}"));
                unread += 1;
            }
        }
    }
    let all = args.files.len();
    match (unread, rejected) {
        (0, 0) => Ok(()),
        (0, _) => Err(Failure::no(format!(
            "{rejected} of {all} bodies are none of the provider's"
        ))),
        _ => Err(Failure::new(format!(
            "{unread} of {all} files could not be read"
        ))),
    }
}

/// Shows what a body says; false where it is none of the provider's.
fn show(args: &Explain, file: &Path, body: &[u8]) -> Result<bool> {
    let reading = read(
        args.provider,
        &Delivery {
            body,
            headers: &[],
            received_at: Timestamp::now(),
            channel_account: args.channel_account.as_deref(),
            url: None,
            query: &[],
        },
    );
    for explanation in explain(&reading) {
        say(&line(file, &explanation)?)?;
    }
    Ok(reading.is_ok())
}

/// One object on one line.
fn line(file: &Path, explanation: &Explanation) -> Result<String> {
    let unwritable = |error: serde_json::Error| Failure::new(error.to_string());
    let mut line: Map<_, _> = KEYS
        .map(|key| (key.to_owned(), Value::Null))
        .into_iter()
        .collect();
    line.insert("file".to_owned(), json!(file.display().to_string()));
    if let Value::Object(told) = serde_json::to_value(explanation).map_err(unwritable)? {
        line.extend(told);
    }
    serde_json::to_string(&line).map_err(unwritable)
}

fn format(text: &str) -> std::result::Result<Format, String> {
    Format::parse(text).ok_or_else(|| {
        let known: Vec<_> = Format::ALL.iter().map(|format| format.as_str()).collect();
        format!(
            "not a provider whose webhooks are read: {}",
            known.join(", ")
        )
    })
}
