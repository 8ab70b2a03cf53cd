//! The command that people type: everything an installation needs that is no RPC's affair, and a terminal's view of what is.
//!
//! One file a subcommand in [`commands`]; what they share is how services are reached ([`connection`]), how a failure is told
//! ([`failure`], [`grpc`]), what is read ([`input`], [`secrets`]) and how things look ([`output`]).

mod cli;
mod commands;
mod connection;
mod failure;
mod grpc;
mod input;
mod output;
mod secrets;
mod values;

use std::process::ExitCode;

pub use cli::Cli;
use cli::Command;

/// Does what was asked for, and says how it went: on standard error where it failed.
pub async fn run(cli: Cli) -> ExitCode {
    let done = match cli.command {
        Command::Up(args) => commands::up::run(args).await,
        Command::Migrate(args) => commands::migrate::run(args).await,
        Command::Keys(args) => commands::keys::run(&args),
        Command::Token(args) => commands::token::run(&args),
        Command::Workspace(args) => commands::workspace::run(args).await,
        Command::Integration(args) => commands::integration::run(args).await,
        Command::Ingest(args) => commands::ingest::run(args).await,
        Command::Webhook(args) => commands::webhook::run(&args),
        Command::NotUnderstood(args) => commands::not_understood::run(args).await,
        Command::Simulate(args) => commands::simulate::run(args).await,
        Command::Message(args) => commands::message::run(args).await,
        Command::Report(report) => commands::report::run(report).await,
        Command::Schedule(args) => commands::schedule::run(args).await,
        Command::Notification(args) => commands::notification::run(args).await,
        Command::Export(export) => commands::export::run(export).await,
        Command::Verify(args) => commands::verify::run(args).await,
        Command::Doctor(args) => commands::doctor::run(args).await,
        Command::Maintain(args) => commands::maintain::run(args).await,
        Command::Completions(args) => commands::completions::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}
