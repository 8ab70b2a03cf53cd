//! `acuse report`: figures, broken down and ranked, as tables at a terminal.

pub(super) mod ask;
mod basis;
mod breakdown;
mod columns;
mod consolidated;
mod counted;
mod csv;
mod filter;
mod funnel;
mod list;
mod look;
mod overview;
mod period;
mod ranking;
mod replies;
mod rows;
mod saved;
mod sparkline;
mod values;
pub(super) mod vocabulary;

use clap::Subcommand;

use crate::failure::Result;

const EXAMPLES: &str = "\
Examples:
  acuse report consolidated --workspace acme --key keys/caller.pem
  acuse report consolidated --period 2026-09-01..2026-09-30 --zone America/Santiago --compare
  acuse report overview --period last_month --bucket week
  acuse report breakdown --by template --filter department=ventas,soporte --filter 'channel!=sms'
  acuse report breakdown --by weekday hour_of_day --limit 168
  acuse report breakdown --by channel department --counted-in read_rate:left_out
  acuse report ranking --by agent --metric reply_rate --wilson --min-volume 50 --worst
  acuse report funnel --individual --period last_30_days
  acuse report replies --period last_90_days --filter department=ventas
  acuse report list failed --filter department=ventas --limit 50
  acuse report list outbound --counted-in tickets --period yesterday --csv
  acuse report rows --preset hsm_management --period yesterday
  acuse report values campaign --search navidad
  acuse report saved save 'Best agents' --shared ranking --by agent --metric reply_rate --period last_month
  acuse report saved run 'Best agents'

Without --period the last 7 days are shown. `--csv` gives every figure, `--json` the whole answer. Where the terminal
is too narrow for a table its last columns are left out, and named.";

/// Figures of a workspace, as far as the caller may see it.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Report {
    /// Show totals and rates, and their course over time
    Consolidated(consolidated::Args),
    /// Show what messages there are, and how far they came
    Overview(overview::Args),
    /// Show the figures by the values of one or two dimensions
    Breakdown(breakdown::Args),
    /// Rank the values of a dimension by one figure
    Ranking(ranking::Args),
    /// Show how far proactive sends came, step by step
    Funnel(funnel::Args),
    /// Show at which hours contacts reply
    Replies(replies::Args),
    /// List the messages themselves, the newest first
    List(list::Args),
    /// Print the rows of a table as JSON, one a line
    Rows(rows::Args),
    /// List the values of a dimension, as filters take them
    Values(values::Args),
    /// Save reports, and run them again
    Saved(saved::Args),
}

/// Shows a report.
pub(crate) async fn run(report: Report) -> Result<()> {
    match report {
        Report::Consolidated(args) => consolidated::run(args).await,
        Report::Overview(args) => overview::run(args).await,
        Report::Breakdown(args) => breakdown::run(args).await,
        Report::Ranking(args) => ranking::run(args).await,
        Report::Funnel(args) => funnel::run(args).await,
        Report::Replies(args) => replies::run(args).await,
        Report::List(args) => list::run(args).await,
        Report::Rows(args) => rows::run(args).await,
        Report::Values(args) => values::run(args).await,
        Report::Saved(args) => saved::run(args).await,
    }
}
