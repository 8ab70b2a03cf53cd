//! The command `acuse`.

use std::process::ExitCode;

use acuse::Cli;
use clap::Parser as _;

// Migrations need the runtime of several threads.
#[tokio::main]
async fn main() -> ExitCode {
    acuse::run(Cli::parse()).await
}
