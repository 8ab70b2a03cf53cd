//! `acuse not-understood`: webhooks with something in them that is not understood.

mod change;
mod filter;
mod show;

use clap::Subcommand;

use crate::failure::Result;

const EXAMPLES: &str = "\
Examples:
  acuse not-understood count --workspace acme
  acuse not-understood list --workspace acme --provider meta-whatsapp --reason unknown_status
  acuse not-understood show 5a1c2f0e-93c4-5d7b-8a10-6f2d4b9e7c31 --workspace acme
  acuse not-understood show 5a1c2f0e-93c4-5d7b-8a10-6f2d4b9e7c31 --workspace acme --body > payload.json
  acuse not-understood replay --all --workspace acme
  acuse not-understood replay --reason unknown_status --from 2026-11-01T00:00:00Z --workspace acme
  acuse not-understood delete 5a1c2f0e-93c4-5d7b-8a10-6f2d4b9e7c31 --workspace acme

What was understood of these payloads was taken in when they came. They are kept for as long as the workspace says
(`acuse workspace update --not-understood-retention-days`), and hold texts and phone numbers.

Exit code 1 where something of what was read again is still not understood.";

/// Shows what came by webhooks and was not understood, and reads it again.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List them, in the order in which they first came
    List(show::List),
    /// Count them by provider and reason
    Count(show::Count),
    /// Show one, with its body
    Show(show::Show),
    /// Read them again, as this version understands them; what is understood as a whole is gone
    Replay(change::Replay),
    /// Delete one for good
    Delete(change::Delete),
}

/// Does what was asked for.
pub(crate) async fn run(args: Args) -> Result<()> {
    match args.what {
        What::List(args) => show::list(args).await,
        What::Count(args) => show::count(args).await,
        What::Show(args) => show::show(args).await,
        What::Replay(args) => change::replay(args).await,
        What::Delete(args) => change::delete(args).await,
    }
}
