//! `acuse completions`: words that a shell completes.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::{
    Cli,
    failure::{Failure, Result},
    output::say,
};

const EXAMPLES: &str = "\
Examples:
  acuse completions bash > ~/.local/share/bash-completion/completions/acuse
  acuse completions zsh > ~/.zfunc/_acuse
  acuse completions fish > ~/.config/fish/completions/acuse.fish";

/// Prints what completes commands, options and their values in a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

/// Prints it.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut written = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "acuse", &mut written);
    let text = String::from_utf8(written).map_err(|error| Failure::new(error.to_string()))?;
    say(text.trim_end())
}
