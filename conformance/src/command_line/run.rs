//! `authspec run`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::progress::Progress;
use super::reporting::{ReportArguments, conclude};
use super::subject::subject;
use super::{Itself, refuse, refuse_profile};
use crate::check::Level;
use crate::exit_code;
use crate::isolation::isolate;
use crate::profile::{Profile, ProfileError, tools};
use crate::report::{Report, Scope};
use crate::runner::{Course, Plan, Shard, run as run_plan};
use crate::selection::Selection;

/// How long one run of a tool may take unless told otherwise, in seconds.
const DEADLINE_SECONDS: u64 = 20;

/// What `authspec run` is told.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag, and stands alone")]
pub struct RunArguments {
    /// A built-in profile, or a TOML file; may be given several times.
    #[arg(long = "profile", value_name = "PROFILE")]
    profiles: Vec<String>,
    /// Run only the checks whose id matches this glob; may be given several times.
    #[arg(long = "check", value_name = "GLOB")]
    checks: Vec<String>,
    /// Leave out the checks whose id matches this glob; may be given several times.
    #[arg(long = "skip", value_name = "GLOB")]
    skips: Vec<String>,
    /// `must`: run only what is required; `should`: everything, as without this.
    #[arg(long)]
    level: Option<Level>,
    /// How many scenarios are played at once [default: four a processor].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Run everything N times; a check whose results differ fails.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// End a run of the tool that takes longer than this.
    #[arg(long, value_name = "SECONDS", default_value_t = DEADLINE_SECONDS, value_parser = clap::value_parser!(u64).range(1..))]
    deadline: u64,
    /// Leave out the scenarios that must wait longer than two seconds, and say which checks that
    /// leaves out.
    #[arg(long)]
    quick: bool,
    /// Play part I of N of the scenarios; `authspec report merge` makes one report of all parts.
    #[arg(long, value_name = "I/N", conflicts_with = "repeat")]
    shard: Option<Shard>,
    /// Play the scenarios in an order drawn from this number, the same each time.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Start nothing more after the first failure.
    #[arg(long)]
    fail_fast: bool,
    /// Leave the tool on the network of the machine, kept from other hosts by a proxy alone: for one
    /// that is reached by loopback, or in a container.
    #[arg(long)]
    share_network: bool,
    /// Keep the sandboxes, and what was seen in each, in this directory, which must be empty.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// The same for results that want attention alone; `authspec replay` opens what is kept.
    #[arg(long, value_name = "DIR", conflicts_with = "keep")]
    capsules: Option<PathBuf>,
    /// Show the ten scenarios that took longest.
    #[arg(long)]
    timings: bool,
    #[command(flatten)]
    reporting: ReportArguments,
    /// The tool and its first arguments; without it, the bundled reference CLI.
    #[arg(last = true, value_name = "PROGRAM")]
    program: Vec<String>,
}

impl RunArguments {
    fn course(&self) -> Result<Course, String> {
        Ok(Course {
            quick: self.quick,
            shard: self.shard,
            seed: self.seed,
            fail_fast: self.fail_fast,
            capsules: self.capsules.as_deref().map(absolute).transpose()?,
        })
    }
}

/// Runs, reports, and returns the exit code.
pub(super) fn run(arguments: &RunArguments, itself: &Itself) -> u8 {
    let profiles = match load_profiles(arguments) {
        Ok(profiles) => profiles,
        Err(error) => return refuse_profile(error),
    };
    let plan = match plan(arguments, profiles, itself) {
        Ok(plan) => plan,
        Err((why, code)) => return refuse(why, code),
    };
    drive(&plan, &arguments.reporting, arguments.timings)
}

/// Runs a plan, reports what came of it, and returns the exit code.
pub(super) fn drive(plan: &Plan, reporting: &ReportArguments, timings: bool) -> u8 {
    // Before there is a second thread.
    let shared_network = if plan.share_network {
        Ok(Some("--share-network".to_owned()))
    } else {
        isolate(&plan.authspec)
    };
    let shared_network = match shared_network {
        Ok(why) => why,
        Err(error) => return refuse(error, exit_code::HARNESS),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return refuse(format!("cannot set up: {error}"), exit_code::HARNESS),
    };
    let progress = Progress::new();
    let report = runtime.block_on(run_plan(plan, |event| progress.tell(event)));
    progress.finish();
    match report {
        Ok(report) => {
            let scope = Scope { shared_network, ..report.scope };
            conclude(reporting, timings, &Report { scope, ..report })
        }
        Err(error) => refuse(error, exit_code::HARNESS),
    }
}

fn load_profiles(arguments: &RunArguments) -> Result<Vec<Arc<Profile>>, ProfileError> {
    let names: Vec<&str> = if arguments.profiles.is_empty() {
        tools().collect()
    } else {
        arguments.profiles.iter().map(String::as_str).collect()
    };
    names.into_iter().map(|name| Profile::load(name).map(Arc::new)).collect()
}

fn plan(
    arguments: &RunArguments,
    profiles: Vec<Arc<Profile>>,
    itself: &Itself,
) -> Result<Plan, (String, u8)> {
    let usage = |why: String| (why, exit_code::USAGE);
    let selection = Selection {
        only: arguments.checks.clone(),
        skip: arguments.skips.clone(),
        level: arguments.level,
    };
    let checks = selection.select().map_err(|error| (error.to_string(), exit_code::UNKNOWN))?;
    let mut subjects = Vec::new();
    for profile in &profiles {
        subjects.push(subject(&arguments.program, profile, itself).map_err(usage)?);
    }
    let kept = [("--keep", &arguments.keep), ("--capsules", &arguments.capsules)];
    for (flag, directory) in kept {
        if let Some(directory) = directory {
            refuse_full_directory(flag, directory).map_err(usage)?;
        }
    }
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    Ok(Plan {
        profiles: profiles.into_iter().zip(subjects).collect(),
        checks,
        program: arguments.program.clone(),
        authspec: itself.program.clone(),
        // Most of a scenario is waiting.
        jobs: arguments.jobs.map_or(processors * 4, usize::from),
        repeat: arguments.repeat,
        deadline: Duration::from_secs(arguments.deadline),
        share_network: arguments.share_network,
        keep: arguments.keep.as_deref().map(absolute).transpose().map_err(usage)?,
        course: arguments.course().map_err(usage)?,
    })
}

/// The same path from any directory: a tool is run in another one.
fn absolute(path: &Path) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn refuse_full_directory(flag: &str, directory: &Path) -> Result<(), String> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("{flag} {}: {error}", directory.display())),
    };
    if entries.count() > 0 {
        return Err(format!("{flag} {}: the directory is not empty", directory.display()));
    }
    Ok(())
}
