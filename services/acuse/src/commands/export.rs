//! `acuse export`: files of reports, made by the export service and fetched.

mod client;
mod deliver;
mod download;
mod fetch;
mod file;
mod hsm_management;
mod list;
mod progress;

use clap::Subcommand;

use crate::failure::Result;

const EXAMPLES: &str = "\
Examples:
  acuse export hsm-management --workspace acme --key keys/caller.pem
  acuse export hsm-management --period 2026-09-01..2026-09-30 --zone America/Santiago --delimiter ';' --bom
  acuse export hsm-management --period yesterday --filter department=ventas --output ventas.csv --force
  acuse export hsm-management --period last_month --output - | gzip > last-month.csv.gz
  acuse export list --workspace acme --key keys/caller.pem
  acuse export download 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d --output again.csv

A file takes its name only once all of it is there and its SHA-256 is right; it is readable by you alone. Ctrl-C leaves no half
file; the export itself goes on, and `acuse export download` fetches it later.";

/// Makes files of reports, as far as the caller may see them, and downloads them.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Export {
    /// Make a file with a row for each template message, and download it
    #[command(after_help = EXAMPLES)]
    HsmManagement(hsm_management::Args),
    /// Download the file of an export that was made before
    Download(download::Args),
    /// List exports, newest first
    List(list::Args),
}

/// Makes, downloads or lists.
pub(crate) async fn run(export: Export) -> Result<()> {
    match export {
        Export::HsmManagement(args) => hsm_management::run(args).await,
        Export::Download(args) => download::run(args).await,
        Export::List(args) => list::run(args).await,
    }
}
