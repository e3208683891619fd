//! The program `authspec`: one file that is the suite, the browser openers of its sandboxes, and
//! the reference CLI. The only place that names the reference CLI.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use authspec::command_line::{Arguments, Itself};
use authspec::{exit_code, isolation, opener};
use clap::Parser as _;

/// The first argument that makes the program the reference CLI.
const REFERENCE: &str = "reference";

/// The first argument that makes the program a browser opener of a sandbox.
const OPENER: &str = "opener";

fn main() -> ExitCode {
    // Both are started thousands of times in a run: nothing is set up before they are told apart.
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next().as_ref().and_then(|first| first.to_str()) {
        Some(REFERENCE) => cli_under_test::main(arguments),
        Some(OPENER) => open(arguments),
        Some(isolation::ATTEMPT) => attempt_isolation(),
        _ => run(),
    }
}

fn run() -> ExitCode {
    match std::env::current_exe() {
        Ok(program) => {
            let itself = Itself { program, reference: vec![REFERENCE.to_owned()] };
            authspec::command_line::run(Arguments::parse(), &itself)
        }
        Err(error) => {
            anstream::eprintln!("authspec: cannot find its own program: {error}");
            ExitCode::from(exit_code::HARNESS)
        }
    }
}

fn attempt_isolation() -> ExitCode {
    match isolation::attempt() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn open(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let mailbox = PathBuf::from(arguments.next().unwrap_or_default());
    let mut texts = arguments.map(|argument| argument.to_string_lossy().into_owned());
    let name = texts.next().unwrap_or_default();
    opener::run(&mailbox, &name, texts.collect())
}
