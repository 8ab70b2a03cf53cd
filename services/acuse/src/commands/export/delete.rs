//! `acuse export delete`: takes exports out of the list, and removes their files.

use uuid::Uuid;

use super::client::Within;
use crate::{failure::Result, output::say};

/// Takes exports out of the list and removes their files, for good. One that is not made yet is cancelled first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The exports' ids, as `acuse export list` shows them
    #[arg(required = true, value_name = "ID")]
    ids: Vec<Uuid>,
    #[command(flatten)]
    within: Within,
}

/// Deletes them, one after the other, up to the first that cannot be.
pub(super) async fn run(args: Args) -> Result<()> {
    let exports = args.within.open().await?;
    for id in args.ids {
        exports.delete(&id.to_string()).await?;
        say(&format!("{id}: deleted"))?;
    }
    Ok(())
}
