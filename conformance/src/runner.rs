//! The loop: groups checks by scenario, plays each scenario once, judges what was seen, and says
//! what came of it. Emits events on the way, and prints nothing.

mod capsule;
mod course;
mod repetitions;
mod results;
mod round;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::signal::unix::{SignalKind, signal};

use crate::check::Check;
use crate::profile::Profile;
use crate::report::Report;
use round::Round;

pub use course::{Course, LONGEST_QUICK_WAIT, Shard};
pub use results::judge_again;

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The profiles, in order, each with its subject: the program and its first arguments.
    pub profiles: Vec<(Arc<Profile>, Vec<String>)>,
    /// The checks, in the order of the catalogue.
    pub checks: Vec<&'static Check>,
    /// The program that was named, as reports show it; empty for the bundled one.
    pub program: Vec<String>,
    /// The `authspec` program, which browser openers call back.
    pub authspec: PathBuf,
    /// How many scenarios are played at once, beside those that only wait.
    pub jobs: usize,
    /// How often everything is run. At least 1.
    pub repeat: u32,
    /// How long one run of the subject may take.
    pub deadline: Duration,
    /// Whether the tool is left on the network of the machine.
    pub share_network: bool,
    /// Where sandboxes and observations stay; `None`: nowhere.
    pub keep: Option<PathBuf>,
    /// Which part of it is played, in which order, and what becomes of it.
    pub course: Course,
}

/// What happens during a run, for who shows progress.
#[derive(Debug, Clone, Copy)]
pub enum Event {
    /// This many scenarios will be played, repetitions included.
    Planned(usize),
    /// This scenario was played.
    Played(&'static str),
}

/// Trouble of the harness itself that leaves nothing to report.
#[derive(Debug, Error)]
pub enum RunError {
    /// The robot browser cannot be set up.
    #[error("cannot set up the robot browser: {0}")]
    Robot(#[from] reqwest::Error),
    /// Ctrl-C cannot be listened for.
    #[error("cannot listen for signals: {0}")]
    Signals(#[from] std::io::Error),
    /// Ctrl-C was pressed. Nothing of the run is left.
    #[error("interrupted")]
    Interrupted,
    /// The stage has a mistake.
    #[error("the harness has a mistake, please report it: {0}")]
    Panicked(#[from] tokio::task::JoinError),
}

/// Runs everything and reports it.
///
/// # Errors
/// [`RunError`]; what goes wrong with one scenario stands in the report, as an error.
pub async fn run(plan: &Plan, tell: impl Fn(Event)) -> Result<Report, RunError> {
    let client = crate::robot::client()?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        report = run_all(plan, &client, &tell) => report,
        _ = interrupt.recv() => Err(RunError::Interrupted),
    }
}

async fn run_all(
    plan: &Plan,
    client: &reqwest::Client,
    tell: &impl Fn(Event),
) -> Result<Report, RunError> {
    let repeat = plan.repeat.max(1);
    tell(Event::Planned(course::parts(plan).len() * repeat as usize));
    let mut rounds = Vec::new();
    for number in 1..=repeat {
        let round = Round::play(plan, client, number, tell).await?;
        let given_up = round.given_up;
        rounds.push(round);
        if given_up {
            break;
        }
    }
    Ok(repetitions::merge(plan, rounds))
}
