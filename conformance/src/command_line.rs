//! The program's commands: what is typed is parsed here, and what comes of it is printed here.

mod completions;
mod exec;
mod explain;
mod init;
mod list;
mod probe;
mod progress;
mod replay;
mod report;
mod reporting;
mod run;
mod serve;
mod subject;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mock_server::StartError;

use crate::exit_code;
use crate::hosting::HostingError;

pub use run::RunArguments;

/// Finds out how a command-line tool signs people in, and which promises it keeps.
#[derive(Debug, Parser)]
#[command(name = "authspec", version, about, after_help = EXIT_CODES)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes:
  0  all required checks hold
  1  some check failed
  2  wrong usage, or a wrong profile
  3  nothing was run, or a MUST was inconclusive
  4  the harness itself failed";

#[derive(Debug, Subcommand)]
enum Command {
    /// Drive a tool against the mock platform and judge what was seen.
    ///
    /// Without PROGRAM: the bundled reference CLI, against every built-in profile.
    Run(RunArguments),
    /// Serve the platform of a profile until stopped, and show each request.
    Serve(serve::ServeArguments),
    /// Run a command with the platform of a profile beside it, and return its exit code.
    Exec(exec::ExecArguments),
    /// Find out whether a real server is what a profile says.
    Probe(probe::ProbeArguments),
    /// Judge again what was seen once, or play it again.
    Replay(replay::ReplayArguments),
    /// Merge, show or convert reports that were saved.
    Report {
        #[command(subcommand)]
        command: report::ReportCommand,
    },
    /// List the checks.
    List(list::ListArguments),
    /// Tell everything about one check.
    Explain(explain::ExplainArguments),
    /// Work with profiles.
    Profile {
        #[command(subcommand)]
        command: ProfileCommand,
    },
    /// Print the completions of a shell.
    Completions(completions::CompletionsArguments),
    /// Print the man page, or write one for each command.
    #[command(hide = true)]
    Man(completions::ManArguments),
}

#[derive(Debug, Subcommand)]
enum ProfileCommand {
    /// Write a profile to start from: NAME.toml.
    Init(init::InitArguments),
    /// Read a profile and say whether it is valid.
    Check {
        /// A built-in profile's name, or a file.
        profile: String,
    },
    /// Print the JSON schema of profiles, for an editor that completes and checks them.
    Schema,
}

/// What the program needs to know of itself.
#[derive(Debug, Clone)]
pub struct Itself {
    /// Its own file, which browser openers call back and which holds the reference CLI.
    pub program: PathBuf,
    /// The arguments after its name that make it the reference CLI.
    pub reference: Vec<String>,
}

/// Runs the program with these arguments.
pub fn run(arguments: Arguments, itself: &Itself) -> ExitCode {
    let code = match arguments.command {
        Command::Run(arguments) => run::run(&arguments, itself),
        Command::Serve(arguments) => serve::serve(&arguments),
        Command::Exec(arguments) => exec::exec(&arguments),
        Command::Probe(arguments) => probe::probe(&arguments),
        Command::Replay(arguments) => replay::replay(&arguments, itself),
        Command::Report { command } => report::report(&command),
        Command::List(arguments) => list::list(&arguments),
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Profile { command: ProfileCommand::Init(arguments) } => init::init(&arguments),
        Command::Profile { command: ProfileCommand::Check { profile } } => check_profile(&profile),
        Command::Profile { command: ProfileCommand::Schema } => print_schema(),
        Command::Completions(arguments) => completions::completions(&arguments),
        Command::Man(arguments) => completions::man(&arguments),
    };
    ExitCode::from(code)
}

fn check_profile(name: &str) -> u8 {
    match crate::profile::Service::load(name) {
        Ok(service) => {
            let kind = if service.cli.is_some() { "a service and a tool" } else { "a service" };
            anstream::println!("{} ({}) is valid: {kind}", service.name, service.title);
            exit_code::HOLDS
        }
        Err(error) => refuse_profile(error),
    }
}

fn print_schema() -> u8 {
    anstream::println!("{:#}", crate::profile::schema().to_value());
    exit_code::HOLDS
}

/// Prints what is wrong with a profile, with its place.
fn refuse_profile(error: crate::profile::ProfileError) -> u8 {
    anstream::eprintln!("{:?}", miette::Report::new(error));
    exit_code::USAGE
}

/// Prints why a platform could not be hosted: a script that is not good is wrong usage.
fn refuse_hosting(error: HostingError) -> u8 {
    let code = match error {
        HostingError::Unreadable { .. }
        | HostingError::Script { .. }
        | HostingError::Start(StartError::State(_)) => exit_code::USAGE,
        HostingError::Start(_) | HostingError::Certificate(_) => exit_code::HARNESS,
    };
    refuse(error, code)
}

/// Prints an error, and returns the code that it was given.
fn refuse(error: impl std::fmt::Display, code: u8) -> u8 {
    anstream::eprintln!("authspec: {error}");
    code
}
