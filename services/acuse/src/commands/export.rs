//! `acuse export`: files of reports, made by the export service and fetched.

mod cancel;
mod client;
pub(crate) mod create;
mod delete;
mod deliver;
mod download;
mod fetch;
mod figures;
mod file;
mod list;
mod progress;
mod url;
pub(crate) mod vocabulary;
pub(crate) mod written;

use clap::Subcommand;

use crate::failure::Result;

const EXAMPLES: &str = "\
Examples:
  acuse export create hsm-management --workspace acme --key keys/caller.pem
  acuse export create hsm-management --period 2026-09-01..2026-09-30 --zone America/Santiago --delimiter ';' --bom
  acuse export create hsm-management --period yesterday --filter department=ventas --output ventas.csv --force
  acuse export create outbound --columns timestamp,contact_name,content --gzip --output yesterday.csv.gz --period yesterday
  acuse export create ranking --by agent --metric read_rate --wilson --output agents.xlsx
  acuse export create pack --period last_month --language english --output last-month.pdf
  acuse export create --saved 'Best agents' --format xlsx
  acuse export list --workspace acme --key keys/caller.pem --state running --state queued
  acuse export download 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d --output again.csv
  acuse export cancel 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d
  acuse export delete 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d
  curl -OJ \"$(acuse export url 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d)\"

A file takes its name only once all of it is there and its SHA-256 is right; it is readable by you alone. What came before a
Ctrl-C or a lost connection stays beside it in a file that ends with .part, and the next download of the export goes on with it.
The export itself goes on in any case: `acuse export download` fetches it later, `acuse export cancel` ends it.";

/// Makes files of reports, as far as the caller may see them, and downloads them.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Export {
    /// Make a file of a report, and download it
    #[command(after_help = EXAMPLES)]
    Create(Box<create::Args>),
    /// Download the file of an export that was made before
    Download(download::Args),
    /// List exports, newest first
    List(list::Args),
    /// Give an export up that is not made yet
    Cancel(cancel::Args),
    /// Take exports out of the list, and remove their files
    Delete(delete::Args),
    /// Print an address that a file is downloaded from, for a short time
    Url(url::Args),
}

/// Makes, downloads, lists or ends.
pub(crate) async fn run(export: Export) -> Result<()> {
    match export {
        Export::Create(args) => create::run(*args).await,
        Export::Download(args) => download::run(args).await,
        Export::List(args) => list::run(args).await,
        Export::Cancel(args) => cancel::run(args).await,
        Export::Delete(args) => delete::run(args).await,
        Export::Url(args) => url::run(args).await,
    }
}
