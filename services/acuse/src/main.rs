//! The command `acuse`.

use std::process::ExitCode;

use acuse::Cli;
use clap::Parser as _;

// Calls are made of many small pieces, which the system's allocator takes a quarter of a service's time for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// Migrations need the runtime of several threads.
#[tokio::main]
async fn main() -> ExitCode {
    acuse::run(Cli::parse()).await
}
