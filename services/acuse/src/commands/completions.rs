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

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;

    /// Every command and every long option below it.
    fn words(command: &Command, found: &mut Vec<String>) {
        let options = command
            .get_arguments()
            .filter(|option| !option.is_hide_set());
        found.extend(options.filter_map(|option| option.get_long().map(str::to_owned)));
        for inner in command.get_subcommands() {
            found.push(inner.get_name().to_owned());
            words(inner, found);
        }
    }

    #[test]
    fn shells_complete_every_command_and_option() {
        let mut wanted = Vec::new();
        words(&Cli::command(), &mut wanted);
        assert!(wanted.len() > 100, "{wanted:?}");
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut written = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "acuse", &mut written);
            let written = String::from_utf8(written).unwrap();
            for word in &wanted {
                assert!(written.contains(word.as_str()), "{shell} {word}");
            }
        }
    }
}
