//! What can be asked for.

use clap::{Parser, Subcommand};

use crate::commands::{
    completions, doctor, export, ingest, integration, keys, maintain, message, migrate,
    not_understood, notification, report, schedule, simulate, token, up, verify, webhook,
    workspace,
};

/// How a run ends, in every subcommand.
const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    done, and the answer is no: figures differ, events or rows were rejected, a signature is wrong
  2    the command line cannot be understood
  3    it could not be done; the message says why and what helps
  130  interrupted";

/// What became of every message that a business sent or received.
#[derive(Debug, Parser)]
#[command(name = "acuse", version, after_help = EXIT_CODES, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run everything on this machine
    Up(up::Args),
    /// Bring a database up to date
    Migrate(migrate::Args),
    /// Make the keys that sign tokens
    Keys(keys::Args),
    /// Make a token for a caller
    Token(token::Args),
    /// Create, list and change workspaces
    Workspace(workspace::Args),
    /// Manage the providers that report to a workspace by webhooks
    Integration(integration::Args),
    /// Take in files of messages, statuses and webhooks
    Ingest(ingest::Args),
    /// Show what webhooks say
    Webhook(webhook::Args),
    /// Look at webhooks that were not understood, and read them again
    NotUnderstood(not_understood::Args),
    /// Play a business and its providers
    Simulate(simulate::Args),
    /// Show a message and how it got into its state
    Message(message::Args),
    /// Show figures, broken down and ranked
    #[command(subcommand)]
    Report(report::Report),
    /// Make files of reports and download them
    #[command(subcommand)]
    Export(export::Export),
    /// Have exports made by themselves, again and again
    Schedule(schedule::Args),
    /// Tell what became of exports
    Notification(notification::Args),
    /// Compare every report's figures with the messages
    Verify(verify::Args),
    /// Look at an installation: what is wrong, and what to do
    Doctor(doctor::Args),
    /// Rebuild figures, make and drop months, erase a contact
    Maintain(maintain::Args),
    /// Print what completes this command's words in a shell
    Completions(completions::Args),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_subcommand_has_examples() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string);
            assert!(
                help.is_some_and(|help| help.contains("Examples:")),
                "{}",
                command.get_name()
            );
        }
    }
}
