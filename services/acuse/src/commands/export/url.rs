//! `acuse export url`: an address that a file is downloaded from.

use jiff::tz::TimeZone;
use uuid::Uuid;

use super::client::Within;
use crate::{
    failure::Result,
    output::{note, say, time},
};

/// Prints an address that the file of an export is downloaded from, with a browser or curl, for a short time. Whoever has it
/// can read the file.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The export's id, as `acuse export list` shows it
    id: Uuid,
    /// How long it is good for, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(i32).range(60..=3_600))]
    valid: i32,
    #[command(flatten)]
    within: Within,
}

/// Prints it.
pub(super) async fn run(args: Args) -> Result<()> {
    let exports = args.within.open().await?;
    let link = exports.url(&args.id.to_string(), args.valid).await?;
    let until = time(link.expire_time.as_ref(), &TimeZone::UTC);
    note(&format!("good until {until} UTC, for whoever has it"));
    say(&link.url)
}
