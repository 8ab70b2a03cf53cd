//! `acuse export cancel`: gives an export up that is not made yet.

use uuid::Uuid;

use super::client::Within;
use crate::{failure::Result, output::say};

/// Gives an export up that waits or is being made. What was written of it is removed; it stays in the list.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The export's id, as `acuse export list` shows it
    id: Uuid,
    #[command(flatten)]
    within: Within,
}

/// Cancels it.
pub(super) async fn run(args: Args) -> Result<()> {
    let exports = args.within.open().await?;
    let export = exports.cancel(&args.id.to_string()).await?;
    say(&format!("{}: cancelled", export.id))
}
