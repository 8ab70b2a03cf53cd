//! `acuse schedule`: exports that are made again and again.

mod change;
mod create;
mod list;
mod timing;

use clap::Subcommand;

use crate::failure::Result;

const EXAMPLES: &str = "\
Examples:
  acuse schedule create 'Ventas, daily' --daily --at 07:30 --filter department=ventas --workspace acme --key keys/caller.pem
  acuse schedule create 'HSM, by week' --weekly mon --at 08:00 --zone America/Santiago --delimiter ';' --bom
  acuse schedule create 'HSM, by month' --monthly 1 --at 06:00 --name gestion-hsm
  acuse schedule create 'Month so far' --weekly mon,thu --at 18:00 --covering this_month
  acuse schedule create 'As asked' --daily --at 05:00 --request export.json
  acuse schedule list
  acuse schedule runs 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d
  acuse schedule change 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d --weekly tue --at 09:15
  acuse schedule pause 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d
  acuse schedule run 019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d

Without --covering a run covers what lies behind its day: daily the day before, weekly the week before from Monday to Sunday, monthly
the month before. On the 31st means on the last day where the month is shorter. `acuse notification watch` tells how runs ended, and
`acuse export download` fetches their files.";

/// Has exports made by themselves, as far as the caller may see them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Create one
    Create(Box<create::Args>),
    /// List them, those created last first
    List(list::List),
    /// Show one
    Show(list::Show),
    /// List the times at which one ran, or should have, newest first
    Runs(list::Runs),
    /// Change when one runs, what its runs cover, or its name
    Change(change::Change),
    /// Have one rest: what would be due meanwhile is neither made nor made up
    Pause(change::One),
    /// Have one that rests go on
    Resume(change::One),
    /// Run one now, besides the times when it is due
    Run(change::One),
    /// Delete one for good; exports that it asked for stay
    Delete(change::One),
}

/// Does what was asked for.
pub(crate) async fn run(args: Args) -> Result<()> {
    match args.what {
        What::Create(args) => create::run(*args).await,
        What::List(args) => list::list(args).await,
        What::Show(args) => list::show(args).await,
        What::Runs(args) => list::runs(args).await,
        What::Change(args) => change::change(args).await,
        What::Pause(args) => change::pause(args).await,
        What::Resume(args) => change::resume(args).await,
        What::Run(args) => change::run_now(args).await,
        What::Delete(args) => change::delete(args).await,
    }
}
