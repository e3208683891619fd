//! `authspec completions` and `authspec man`: what shells and `man` are told of the program.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Arguments, refuse};
use crate::exit_code;

/// What `authspec completions` is told.
#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArguments {
    /// The shell.
    shell: Shell,
}

/// What `authspec man` is told.
#[derive(Debug, clap::Args)]
pub(super) struct ManArguments {
    /// Where a page for each command is written; without it, the page of the program is printed.
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Prints the completions of a shell, and returns the exit code.
pub(super) fn completions(arguments: &CompletionsArguments) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "authspec", &mut script);
    print(&script)
}

/// Writes the man page, or one for each command, and returns the exit code.
pub(super) fn man(arguments: &ManArguments) -> u8 {
    let Some(directory) = &arguments.directory else {
        let mut page = Vec::new();
        return match clap_mangen::Man::new(Arguments::command()).render(&mut page) {
            Ok(()) => print(&page),
            Err(error) => refuse(format!("cannot make the page: {error}"), exit_code::HARNESS),
        };
    };
    match write_pages(directory) {
        Ok(()) => exit_code::HOLDS,
        Err(error) => {
            let why = format!("cannot write to {}: {error}", directory.display());
            refuse(why, exit_code::HARNESS)
        }
    }
}

fn write_pages(directory: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    clap_mangen::generate_to(Arguments::command(), directory)
}

fn print(text: &[u8]) -> u8 {
    match std::io::stdout().write_all(text) {
        Ok(()) => exit_code::HOLDS,
        Err(error) => refuse(format!("cannot write: {error}"), exit_code::HARNESS),
    }
}
