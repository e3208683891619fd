//! `authspec exec`: a platform around a command, such as a test suite.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::ExitStatus;

use mock_server::{Control, Options};

use super::{refuse, refuse_hosting, refuse_profile};
use crate::exit_code;
use crate::hosting::{Hosted, Wishes, host};
use crate::profile::Service;

/// The exit code of a command that a signal ended is this and the signal's number, as in shells.
const SIGNALLED: i32 = 128;

/// What `authspec exec` is told.
#[derive(Debug, clap::Args)]
pub(super) struct ExecArguments {
    /// A built-in profile, or a TOML file.
    #[arg(long)]
    profile: String,
    /// Faults that the platform is to have, in a TOML file.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Speak TLS, by a throw-away authority that the environment makes the command believe.
    #[arg(long)]
    tls: bool,
    /// The command, and its arguments.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Runs the command, and returns its exit code; never 0 when the platform could not start.
pub(super) fn exec(arguments: &ExecArguments) -> u8 {
    let service = match Service::load(&arguments.profile) {
        Ok(service) => service,
        Err(error) => return refuse_profile(error),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(exec_beside(arguments, &service)),
        Err(error) => refuse(format!("cannot set up: {error}"), exit_code::HARNESS),
    }
}

async fn exec_beside(arguments: &ExecArguments, service: &Service) -> u8 {
    let options = Options { control: Control::SamePort, ..Options::default() };
    let wishes = Wishes { options, tls: arguments.tls, script: arguments.script.clone() };
    let hosted = match host(service, wishes).await {
        Ok(hosted) => hosted,
        Err(error) => return refuse_hosting(error),
    };
    let [program, rest @ ..] = arguments.command.as_slice() else {
        return refuse("there is no command", exit_code::USAGE);
    };
    let mut command = tokio::process::Command::new(program);
    command.args(rest).envs(hosted.environment.iter().map(|(name, value)| (name, value)));
    match command.status().await {
        Ok(status) => {
            if !status.success() {
                tell_journal(&hosted);
            }
            code_of(status)
        }
        Err(error) => refuse(format!("cannot run `{program}`: {error}"), exit_code::USAGE),
    }
}

/// What the platform was asked, for who must find out why the command failed.
fn tell_journal(hosted: &Hosted) {
    let exchanges = hosted.platform.journal().snapshot();
    anstream::eprintln!("authspec: the platform was asked {} times", exchanges.len());
    for exchange in &exchanges {
        anstream::eprintln!("  {}", hosted.tell(exchange));
    }
    for host in hosted.stand_in.iter().flat_map(mock_server::StandIn::refused) {
        anstream::eprintln!("  refused: {host}");
    }
}

fn code_of(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| Some(SIGNALLED + status.signal()?));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(exit_code::HARNESS)
}
