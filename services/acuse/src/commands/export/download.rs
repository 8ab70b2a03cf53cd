//! `acuse export download`: the file of an export that was made before.

use uuid::Uuid;

use super::{
    client::Within,
    deliver::{Output, deliver},
};
use crate::failure::Result;

/// Downloads the file of an export, and waits for it where it is not made yet. Goes on with what came of it before.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The export's id, as `acuse export list` shows it
    id: Uuid,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    within: Within,
}

/// Waits for the file and fetches it.
pub(super) async fn run(args: Args) -> Result<()> {
    args.output.check()?;
    let exports = args.within.open().await?;
    deliver(&exports, &args.id.to_string(), &args.output).await
}
